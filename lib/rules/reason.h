/* SPDX-License-Identifier: Apache-2.0 */
/* The words of every answer that is not a plain yes: why a rule refused, and which limits were
 * looked at. Numbers are stored in the book and go over the wire: never change or reuse one. */
#ifndef RULES_REASON_H
#define RULES_REASON_H

#include <stdint.h>

#include "base/day.h"
#include "base/limits.h"
#include "base/money.h"
#include "base/phrase.h"

/* Why a rule refused. Names (reason_name) are for JSON and logs. */
enum reason {
    REASON_NONE = 0,
    REASON_OUTSIDE_PERIOD = 1,      /* the business day is outside the policy's period */
    REASON_WRONG_PARTY = 2,         /* who claims on the contract: measure's claimant */
    REASON_TRAIT_MISSING = 3,       /* the beneficiary lacks a trait on the day */
    REASON_ATTESTATION_MISSING = 4, /* an attestation that the measure asks for */
    REASON_CONTRACT_WINDOW = 5,     /* contract signed outside the measure's window */
    REASON_OTHER_BENEFICIARY = 6,   /* one support: another enterprise holds the claim key; a
                                       checker's override is not possible yet */
    REASON_SUPPORTED_ALREADY = 7,   /* one support: net support >= entitlement, or asked above the
                                       rest */
    REASON_RATE = 8,                /* asked above rate x base, or that is 0 */
    REASON_CEILING = 9,             /* a ceiling of the measure */
    REASON_FUNDS = 10,              /* what is available on the fund lines */
    REASON_NO_FUND_LINE = 11,       /* no fund line of that measure and year is open */
    REASON_VOUCHER_STATE = 12,      /* void, lapsed or used up: nothing left to redeem or void */
    REASON_EXPIRED = 13,            /* past the end of the voucher's last day */
    REASON_INVOICE_TOO_EARLY = 14,  /* dated before the policy's statistics start */
    REASON_INVOICE_IN_FUTURE = 15,  /* dated after the business day */
    REASON_INVOICE_USED = 16,       /* used on this voucher, or on other spending */
    REASON_INVOICE_DIFFERS = 17,    /* shown before with another amount or date */
    REASON_EXISTS = 18,             /* the enterprise, contract or policy is in the book already */
    REASON_SAME_PARTY = 19,         /* seller and buyer of a contract are one */
    REASON_DAY_NOT_OVER = 20,       /* lapse for a day that has not ended */
    REASON_LINE_CLOSED = 21,        /* year of the fund line outside the policy's years */
    REASON_AWAITING_GUIDE = 22,     /* the measure is switched off until its guide is out */
    REASON_INTAKE_CLOSED = 23,      /* the time is in none of the measure's intake windows */
    REASON_NOT_BENEFICIARY = 24,    /* the credit code is of no kind that the measure is for */
    REASON_FIRST_RIGHT = 25,        /* the contract's other party has the first right until a day */
    REASON_TERM_TOO_SHORT = 26,     /* a term of fewer months than the measure asks for */
    REASON_CONDITION = 27,          /* what the measure requires does not hold */
    REASON_NO_CASE = 28,            /* none of the measure's cases applies */
    REASON_CASE_REFUSES = 29,       /* the case that applies refuses; the detail is the policy's */
    REASON_RELATED_PARTIES = 30,    /* seller and buyer are of one group of related enterprises */
    REASON_DESIGNATION_MISSING = 31, /* a designation that the measure asks for */
    REASON_SUPPORTED_OUTSIDE = 32,   /* the group excludes what is supported from outside */
    REASON_APPLIED_RATE = 33,        /* a review's rate is above the measure's */
    REASON_SPENDING_TIME = 34,       /* a month or year before the statistics start, or to come */
    REASON_COUNT_LIMIT = 35,         /* a ceiling on how often */
    REASON_NOT_DESIGNATED = 36,      /* no designation in force to withdraw */
    REASON_NOT_RAISED = 37,          /* a ceiling can only be raised */
    REASON_WAITS = 38,               /* others wait before it, or the round is still open */
    REASON_NOBODY_WAITS = 39,        /* no claim waits in a round to be closed */
    REASON_NOTHING_TO_PAY = 40, /* nothing of a voucher is payable, or was paid to be returned */
    REASON_OTHER_PAYEE = 41,    /* a voucher is paid to somebody else */
    REASON_COUNT
};

/* Which rule gives a limit. */
enum rule {
    RULE_NONE = 0,
    RULE_RATE = 1,     /* floor(rate x base) */
    RULE_CEILING = 2,  /* limit - used + what this claim key holds in it */
    RULE_SUPPORT = 3,  /* entitlement - net support on the claim key */
    RULE_FUNDS = 4,    /* available on the fund lines */
    RULE_FACE = 5,     /* redeem: face - redeemed before */
    RULE_INVOICED = 6, /* redeem: floor(rate x invoiced on the voucher) - redeemed before */
    RULE_CLAIM = 7,    /* redeem: floor(highest rate x invoices on the key) - redeemed on the key */
    RULE_UNIT = 8,     /* floor(amount of a unit x quantity) */
    RULE_AWARD = 9,    /* a fixed sum */
    RULE_INTEREST = 10,    /* floor(principal x rate x days / days of a year) */
    RULE_COUNT_LIMIT = 11, /* how often: at most `limit` times, `used` before: neither is money */
    RULE_GROUP = 12,       /* common ceiling of a group: floor(rate x base) - held by all (used) */
    RULE_YEAR =
        13, /* the year decided anew: floor(rate x its spending) - accounted before (used) */
    RULE_ROUND = 14, /* what the closed round left for this claim */
    RULE_COUNT
};

/* One limit that was looked at. What a field does not apply to is 0. */
struct limit {
    enum rule rule;
    int binding;          /* 1 for the one limit that decides */
    struct money at_most; /* what this limit alone leaves; not below 0 */
    struct money base;    /* what the rate applies to (RATE, INVOICED, CLAIM) or the entitlement
                             (SUPPORT), or the face (FACE) */
    struct rate rate;     /* RATE, INVOICED, CLAIM, INTEREST, GROUP, YEAR */
    int64_t quantity;     /* UNIT: in 1/QUANTITY_ONE; INTEREST: days */
    struct money limit;   /* CEILING: the ceiling's amount */
    struct money used;    /* CEILING: counted before; SUPPORT: net support on the key, of vouchers
                             and from outside; FACE, INVOICED, CLAIM: redeemed before */
    struct money own;     /* CEILING: of `used`, held by this claim key and so added back */
    char name[LIMIT_NAME + 1]; /* CEILING, COUNT_LIMIT: its name in the policy file */
};

/* Everything that was looked at to decide one amount. */
struct explanation {
    int nlimits;
    struct limit limits[LIMIT_LIMITS];
    int nholders; /* vouchers that hold the claim key, newest first */
    uint64_t holders[LIMIT_HOLDERS];
};

/* A refusal: the reason, and what makes its sentence exact. */
struct refusal {
    enum reason reason;
    char detail[LIMIT_TEXT +
                1];     /* the trait, attestation, party or voucher state meant; "" if none */
    struct day day;     /* the day meant (period, validity, window); 0 if none */
    struct day day_to;  /* the end of a period; 0 if none */
    struct money asked; /* the amount asked for; 0 if none */
    uint64_t voucher;   /* the voucher meant; 0 if none, or one of the same failed batch */
};

/* "outside_period", ...; "unknown" for a number not in the list. */
const char *reason_name(enum reason r);
/* "rate", "ceiling", ... */
const char *rule_name(enum rule r);

/* The sentence for people, in English: "rate 50 % of 1,200,000.00 = 600,000.00; left of the
 * enterprise's ceiling 450,000.00; ... -> at most 450,000.00". Returns out (cap bytes). */
char *explanation_text(const struct explanation *e, char *out, unsigned long cap);
char *refusal_text(const struct refusal *r, const struct explanation *e, char *out,
                   unsigned long cap);

/* The same in the language of translate. Names that the policy gives stay as they are, unless they
 * are the names that this program gives to ceilings without one. */
char *refusal_text_in(translate_fn *translate, const struct refusal *r, const struct explanation *e,
                      char *out, unsigned long cap);

#endif
