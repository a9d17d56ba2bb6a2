/* SPDX-License-Identifier: Apache-2.0 */
/* Commands: what a principal asks the book to do. Plain data; texts belong to the arena of the
 * request (or to whoever made the command) and are terminated. proto/journal.proto has the same
 * messages. */
#ifndef MODEL_COMMAND_H
#define MODEL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/day.h"
#include "base/limits.h"
#include "base/money.h"
#include "base/uscc.h"

/* Numbers are those of the field in journal.proto's Command. */
enum command_kind {
    COMMAND_NONE = 0,
    COMMAND_CREATE_BOOK = 1, /* the first entry; never taken from a socket */
    COMMAND_ADOPT_POLICY = 2,
    COMMAND_APPROPRIATE = 3,
    COMMAND_ADD_ENTERPRISE = 4,
    COMMAND_ADD_CONTRACT = 5,
    COMMAND_ISSUE = 6,
    COMMAND_REDEEM = 7,
    COMMAND_VOID = 8,
    COMMAND_ADD_OUTSIDE = 9,
    COMMAND_LAPSE = 10,
    COMMAND_AMEND_ENTERPRISE = 11,
    COMMAND_RAISE_CEILING = 12,
    COMMAND_WITHDRAW = 13,
    COMMAND_CLOSE_ROUND = 14,
    COMMAND_PAY = 15,
    COMMAND_BANK_RETURN = 16,
    COMMAND_COUNT
};

enum digest {
    DIGEST_SHA256 = 1,
};

struct create_book {
    uint32_t format; /* of the book, FORMAT_BOOK when written */
    enum digest digest;
    bool test_clock; /* only daemons on a test clock may open it */
};

struct adopt_policy {
    struct span file; /* the policy file's bytes, at most LIMIT_POLICY_BYTES */
};

struct appropriate {
    const char *measure;
    int year;
    const char *source; /* "city": one of the measure's in the policy */
    struct money amount;
    const char *document;
    const char *area; /* of a pool by area; NULL: another pool */
};

/* A trait holds from one day to another, both inclusive; DAY_MIN and DAY_MAX where open. */
struct trait_span {
    const char *name;
    struct day from, to;
};

struct add_enterprise {
    struct uscc uscc;
    const char *name;
    const char *area;    /* code or name */
    const char *related; /* name of its group of related enterprises; NULL: none */
    int ntraits;
    struct trait_span traits[LIMIT_TRAITS];
};

/* What changes of an enterprise from now on; what was decided before stays. */
struct amend_enterprise {
    struct uscc uscc;
    const char *area;    /* NULL: as it was */
    const char *related; /* NULL: as it was */
    int ntraits;         /* of these names: a trait that it has already gets these days */
    struct trait_span traits[LIMIT_TRAITS];
    const char *document; /* by which it changes */
};

/* A ceiling of one enterprise raised by a document. */
struct raise_ceiling {
    struct uscc enterprise;
    const char *measure; /* whose ceiling it is */
    const char *ceiling; /* its name in the policy */
    struct money limit;  /* from now on; above the policy's and above any before */
    const char *document;
};

/* A designation taken back, or a claim that waits. */
struct withdraw {
    uint64_t entry; /* that gave it, or let it wait */
    const char *reason;
};

/* What the fund line has is divided among the claims of a round. */
struct close_round {
    const char *measure;
    int year; /* of the fund line; 0: the business day's */
};

struct add_contract {
    const char *number;
    struct uscc seller, buyer;
    struct money amount;
    struct day signed_on;
};

struct attestation {
    const char *name;
    const char *document;
};

/* What a claim states in one of the policy's fields, as text. A person's is never a number of an
 * identity paper: the daemon has put a keyed hash in its place. */
struct fact {
    const char *name;
    const char *value;
};

/* A person as the sender names him: on the way to the daemon alone, which makes a fact of it. */
struct person {
    const char *field;  /* of the policy; NULL: no person is named */
    const char *type;   /* of the paper: "resident-id" */
    const char *number; /* on it */
};

struct issue {
    const char *measure;
    struct uscc enterprise;
    const char *contract; /* number; NULL: the measure supports other spending than a contract */
    bool has_seller;
    struct uscc seller; /* needed where the number alone names several contracts */
    int year;           /* of the fund lines; 0: the business day's */
    bool has_amount;
    struct money amount; /* asked for; without: the whole grant */
    bool has_rate;
    struct rate rate; /* applied, set by a review; without: the measure's */
    int nattestations;
    struct attestation attestations[LIMIT_ATTESTATIONS];
    int nfacts; /* at most LIMIT_FACTS */
    const struct fact *facts;
    struct person person; /* never stored */
};

struct redeem {
    uint64_t voucher;
    const char *invoice;
    struct day dated;
    struct money amount; /* of the invoice */
    int nattestations;
    struct attestation attestations[LIMIT_ATTESTATIONS];
};

struct void_voucher {
    uint64_t voucher;
    const char *reason;
};

/* For a contract, or for the spending of a measure that its facts name. */
struct add_outside {
    const char *contract; /* NULL: by measure and facts */
    struct uscc seller;
    const char *measure; /* NULL: by contract */
    int nfacts;          /* at most LIMIT_FACTS */
    const struct fact *facts;
    struct money amount;
    const char *document;
};

struct lapse {
    bool has_day;
    struct day day; /* vouchers whose last day of redeeming is this day or earlier; without: the day
                       before the business day */
};

/* Of each voucher all that is payable was paid, or (bank return) all that was paid is payable
 * again. */
struct payment {
    uint32_t n; /* 1 to LIMIT_PAYMENT, each once */
    const uint64_t *vouchers;
    bool has_payee; /* pay: it is his alone */
    struct uscc payee;
    const char *document;
};

struct command {
    enum command_kind kind;
    uint8_t request_id[16]; /* all zero only for COMMAND_CREATE_BOOK */
    union {
        struct create_book create_book;
        struct adopt_policy adopt_policy;
        struct appropriate appropriate;
        struct add_enterprise add_enterprise;
        struct add_contract add_contract;
        struct issue issue;
        struct redeem redeem;
        struct void_voucher void_voucher;
        struct add_outside add_outside;
        struct lapse lapse;
        struct amend_enterprise amend_enterprise;
        struct raise_ceiling raise_ceiling;
        struct withdraw withdraw;
        struct close_round close_round;
        struct payment pay;
        struct payment bank_return;
    };
};

#endif
