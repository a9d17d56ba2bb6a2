/* SPDX-License-Identifier: Apache-2.0 */
/* Queries and their answers. Texts and lists of an answer belong to the arena it was made with. */
#ifndef MODEL_QUERY_H
#define MODEL_QUERY_H

#include "base/day.h"
#include "base/uscc.h"
#include "model/entry.h"
#include "model/outcome.h"
#include "model/row.h"

enum query_kind {
    QUERY_NONE = 0,
    QUERY_FUNDS = 1,      /* every fund line */
    QUERY_ENTERPRISE = 2, /* one enterprise with its accounts by measure */
    QUERY_VOUCHER = 3,    /* one voucher */
    QUERY_VOUCHERS = 4,   /* a page of vouchers */
    QUERY_REFUSALS = 5,   /* a page of refusals, as entries */
    QUERY_ENTRIES = 6,    /* a page of the journal */
    QUERY_EXPLAIN = 7,    /* what could an enterprise get for a contract */
    QUERY_STATUS = 8,     /* the book's state: last entry, root, policy, clock */
    QUERY_COUNT
};

/* As of the end of a day or of an entry; neither: now. */
struct as_of {
    bool has_day;
    struct day day;
    uint64_t entry; /* 0: not given */
};

enum voucher_state {
    VOUCHER_OPEN = 1, /* something is left to redeem */
    VOUCHER_USED = 2, /* wholly redeemed */
    VOUCHER_VOID = 3,
    VOUCHER_LAPSED = 4,
};

struct voucher_filter {
    bool has_enterprise;
    struct uscc enterprise;
    const char *measure;      /* NULL: any */
    const char *contract;     /* contract's number; NULL: any */
    enum voucher_state state; /* 0: any */
    bool has_redeem_by;
    struct day redeem_by; /* open vouchers that lapse on this day or before */
    bool has_payee;
    struct uscc payee; /* to whom they are paid */
    bool to_pay;       /* of which something is payable */
};

struct query {
    enum query_kind kind;
    struct as_of as_of;           /* FUNDS, ENTERPRISE, VOUCHER */
    struct uscc enterprise;       /* ENTERPRISE, EXPLAIN */
    uint64_t voucher;             /* VOUCHER */
    struct voucher_filter filter; /* VOUCHERS */
    bool has_enterprise;          /* REFUSALS: only this enterprise's */
    uint64_t after;   /* VOUCHERS, REFUSALS, ENTRIES: the cursor: numbers above it; below it in the
                         vouchers of one enterprise, which come newest first */
    uint32_t count;   /* rows in the page; 0: the most, LIMIT_PAGE */
    uint32_t wait_ms; /* ENTRIES: how long to wait for one above `after`; 0: not at all */
    const char *measure;  /* EXPLAIN: NULL: every measure */
    const char *contract; /* EXPLAIN */
    bool has_seller;
    struct uscc seller;
    int year; /* EXPLAIN: of the fund lines; 0: the business day's */
};

struct fund_answer {
    const char *measure, *source;
    uint32_t line;
    int year;
    struct money appropriated; /* = sum of the stages */
    struct stages stages;
    const char *area; /* code, of a pool by area; NULL: another pool */
};

struct ceiling_answer {
    const char *name;
    int year; /* of a ceiling over a year: the business day's; 0 otherwise */
    struct money limit, used, left;
};

struct account_answer {
    const char *measure;
    struct stages stages;
    uint32_t nvouchers;
    int nceilings;
    struct ceiling_answer *ceilings; /* per enterprise, in force; only without as_of */
};

struct enterprise_answer {
    const struct enterprise_row *row;
    const char *name;
    struct uscc uscc;
    const char *area_name;
    uint32_t naccounts;
    struct account_answer *accounts; /* every measure that has one, by code */
};

struct voucher_answer {
    uint64_t number;
    const struct voucher_row *row; /* its stages as of the entry asked for */
    enum voucher_state state;
    const char *invoice_last; /* not used yet: NULL */
    uint32_t nsiblings;       /* other vouchers on the same claim key, newest first */
    const uint64_t *siblings;
    struct uscc payee; /* who is paid */
};

struct stored_entry {
    uint64_t number;
    struct span bytes; /* as stored: voucherd.Entry */
    uint8_t leaf[LEAF_HASH];
};

struct explain_answer {
    const char *measure;
    struct outcome outcome; /* of the dry run */
};

struct status_answer {
    uint64_t entries, vouchers;
    uint8_t root[LEAF_HASH];
    uint32_t policy; /* version, 0: none */
    const char *policy_id;
    bool test_clock;
    struct instant now;
    int zone_minutes;
};

struct answer {
    enum query_kind kind;
    struct fault fault;   /* field is "" when the query could be answered */
    uint64_t as_of_entry; /* the last entry that the answer counts */
    uint64_t next;        /* cursor for the next page, 0: that was all */
    uint32_t n;           /* of the list below that belongs to the kind */
    union {
        struct fund_answer *funds;
        struct enterprise_answer *enterprise;
        struct voucher_answer *vouchers; /* VOUCHER (one) and VOUCHERS */
        struct stored_entry *entries;    /* REFUSALS and ENTRIES */
        struct explain_answer *explained;
        struct status_answer *status;
    };
};

#endif
