/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the journal: what was asked, by whom, when, and what it did. Everything else in the
 * book is folded from entries alone. */
#ifndef MODEL_ENTRY_H
#define MODEL_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/day.h"
#include "base/limits.h"
#include "base/money.h"
#include "model/command.h"
#include "rules/reason.h"

#define FORMAT_BOOK   1 /* of the stored book: entries and keys */
#define RULES_VERSION 1 /* of the code that decides */

/* Stages of money. OUTSIDE is where appropriations come from. */
enum stage {
    STAGE_AVAILABLE = 0,
    STAGE_HELD = 1,
    STAGE_COMMITTED = 2,
    STAGE_PAYABLE = 3,
    STAGE_PAID = 4,
    STAGE_RETURNED = 5,
    STAGE_COUNT = 6,
    STAGE_OUTSIDE = 6,
};

/* Fen in each stage. For a voucher and an account AVAILABLE holds what was freed again (voided,
 * lapsed), so that the stages of a voucher sum to its face. */
struct stages {
    struct money at[STAGE_COUNT];
};

/* An amount that moves between two stages of one fund line, for one voucher if it has to do with
 * one. */
struct posting {
    uint32_t line;
    uint64_t voucher; /* 0: none */
    enum stage from, to;
    struct money amount; /* > 0 */
};

/* What a command did beyond its postings. */
enum given {
    GIVEN_VOUCHER = 0,
    GIVEN_RECORD = 1,      /* no money: below the least amount; it counts later in the year */
    GIVEN_DESIGNATION = 2, /* no money: a designation or recommendation */
    GIVEN_PLACE = 3,       /* no money yet: it waits in line, or for the round to close */
};

struct done_issue {
    uint64_t voucher; /* its number, from 1 without gaps; 0 where no voucher was given */
    struct money face;
    struct money base;    /* what the rate was applied to */
    struct rate rate;     /* applied rate */
    struct day valid_to;  /* last day of its validity */
    struct day redeem_to; /* last day on which it can be redeemed: valid_to and grace */
    struct uscc seller;   /* of the contract, resolved */
    uint64_t tops_up;     /* the newest voucher on the same claim key that holds money, 0 if none */
    enum given given;
    bool paid_out;          /* redeemed in the same act */
    struct money spent;     /* of this claim: what counts in the year's spending */
    struct money wanted;    /* PLACE: what it would be granted */
    struct money accounted; /* where the year is decided anew: what this claim's case gives for it,
                               whether or not other limits let it be granted */
};

struct done_redeem {
    struct money paid;   /* became payable; may be 0 */
    bool invoice_shared; /* the invoice was shown on this claim key before */
};

struct done_free {
    struct money freed; /* void */
};

struct done_lapse {
    struct day day;
    uint32_t vouchers; /* lapsed by this entry */
    struct money freed;
    bool more;           /* the entry is full: more may be due, from here on: */
    struct day next_day; /* 0 unless more */
    uint64_t next_voucher;
};

struct done_line {
    uint32_t line; /* the fund line's number */
};

struct done_round {
    uint32_t claims;
    struct money wanted;  /* of all of them */
    struct money allowed; /* divided among them, and held */
};

struct done_payment {
    struct money amount; /* of all its vouchers */
};

struct done_policy {
    uint32_t version; /* from 1 */
};

/* Balances of one thing after an entry that changed it, and the entry that changed it before: the
 * chain by which a balance is found as of any entry. */
enum balance_kind {
    BALANCE_LINE = 1,
    BALANCE_VOUCHER = 2,
    BALANCE_ACCOUNT = 3, /* the account (enterprise and measure) that a voucher belongs to */
};

struct balance {
    enum balance_kind kind;
    uint64_t id;     /* line or voucher; for an account a voucher of it in this entry */
    uint64_t before; /* the previous entry that changed it, 0: none */
    struct stages stages;
    struct money counted; /* account: counts toward ceilings over the policy's life, on issue */
};

struct entry {
    uint64_t number;       /* from 1 without gaps; leaf index + 1 */
    struct instant time;   /* booked; never before the entry before */
    struct day day;        /* business day: the time's day in the policy's zone */
    uint32_t policy;       /* version in force; 0 before the first */
    uint32_t rules;        /* RULES_VERSION */
    const char *principal; /* who asked; "" for COMMAND_CREATE_BOOK */
    struct command command;
    bool refused;
    bool of_failed_batch;   /* refused in an all-or-nothing batch, with figures that count the rows
                               before it, which were not done */
    struct refusal refusal; /* if refused */
    const struct explanation *explanation; /* issue and redeem, granted or refused; else NULL */
    union {                                /* if not refused, by command.kind */
        struct done_issue issue;
        struct done_redeem redeem;
        struct done_free freed; /* void */
        struct done_lapse lapse;
        struct done_line line;             /* appropriate */
        struct done_policy policy_version; /* adopt policy */
        struct done_round round;           /* close round */
        struct done_payment payment;       /* pay, bank return */
    } done;
    uint32_t nlapsed; /* COMMAND_LAPSE: the vouchers, in the order done */
    const uint64_t *lapsed;
    uint32_t npostings;
    const struct posting *postings;
    uint32_t nbalances;
    const struct balance *balances;
};

#endif
