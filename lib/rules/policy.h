/* SPDX-License-Identifier: Apache-2.0 */
/* A policy as the rules see it: read from one file (policy_file.h), then never changed. What the
 * keys of the file mean is said in voucherd-policy(5). */
#ifndef RULES_POLICY_H
#define RULES_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/day.h"
#include "base/limits.h"
#include "base/money.h"
#include "rules/field.h"

struct kind; /* of a measure: kind.h */

enum claimant {
    CLAIMANT_BUYER = 1,
    CLAIMANT_SELLER = 2,
    CLAIMANT_EITHER = 3,
};

enum payee {
    PAYEE_ENTERPRISE = 1, /* the beneficiary */
    PAYEE_PROVIDER = 2,   /* the contract's other party */
};

enum shortfall {
    SHORTFALL_REFUSE = 1,  /* too little on the fund lines: refused; asking for less is granted */
    SHORTFALL_PARTIAL = 2, /* without an amount asked for: what is left is given */
    SHORTFALL_QUEUE = 3,   /* it waits, and is granted in its turn when there is money */
    SHORTFALL_ROUND = 4,   /* all wait for a round to close, which divides in proportion */
};

enum status {
    STATUS_IN_FORCE = 1,
    STATUS_AWAITING_GUIDE = 2, /* refused until its guide is out */
};

enum form {
    FORM_QUOTA = 1, /* a promise, redeemed in parts by invoices */
    FORM_GRANT = 2, /* after the fact: issued and redeemed in one act */
};

/* What names a spending. */
struct spending {
    bool contract; /* its seller and number; otherwise what these fields state: */
    int n;
    int fields[LIMIT_KEY_FIELDS];
};

enum ceiling_scope {
    SCOPE_ENTERPRISE = 1,
    SCOPE_SPENDING = 2, /* "contract" or "spending" */
    SCOPE_CLAIM = 3,    /* the one voucher */
    SCOPE_RELATED = 4,  /* the group of related enterprises; without one, the enterprise */
    SCOPE_AREA = 5,
    SCOPE_ALL = 6,
    SCOPE_FIELDS = 7, /* what some fields state, with or without the enterprise */
};

enum ceiling_period {
    PERIOD_POLICY = 1, /* the policy's whole life */
    PERIOD_YEAR = 2,   /* the calendar year of the event's business day */
    PERIOD_MONTHS = 3, /* so many from the first grant that counts in it; then nothing is left */
};

enum ceiling_event {
    EVENT_ISSUE = 1,  /* counts what is issued */
    EVENT_REDEEM = 2, /* counts what is redeemed; over it a redemption pays what is left */
};

struct ceiling {
    char name[LIMIT_NAME + 1]; /* "per enterprise over the policy's life", derived from the rest
                                  when the file gives none */
    enum ceiling_scope scope;
    bool with_enterprise; /* FIELDS: by enterprise too */
    int nfields;
    int fields[LIMIT_KEY_FIELDS];
    uint64_t measures; /* over which it counts: bits by their index in the policy */
    enum ceiling_period period;
    int months; /* MONTHS */
    enum ceiling_event event;
    bool counts;        /* claims, not money */
    struct money limit; /* money; or how many claims */
    int of;             /* field of whose value `share` is the limit; -1: none */
    struct rate share;
};

struct fund_share {
    char source[LIMIT_NAME + 1]; /* "city" */
    char pool[LIMIT_CODE + 1];   /* whose money it is: the measure's code, or a name it shares */
    bool life, by_area; /* of the pool: one line for the policy's life; one for each area */
    struct rate share;  /* all of a measure's shares sum to RATE_ONE */
};

/* What a test looks at. */
enum subject {
    SUBJECT_FIELD = 1,
    SUBJECT_TRAIT,    /* has it on the business day */
    SUBJECT_NO_TRAIT, /* has it not */
    SUBJECT_AREA,
    SUBJECT_CODE,    /* how the credit code begins */
    SUBJECT_BASE,    /* of the claim, or the year's spending */
    SUBJECT_ENJOYED, /* which year of enjoyment this is */
    SUBJECT_OUTSIDE, /* support from outside for the spending */
};

/* A sum that is kept of a measure's claims because some ceiling counts by it. */
struct tally {
    enum ceiling_scope scope;
    bool with_enterprise;
    int nfields;
    int fields[LIMIT_KEY_FIELDS];
};

/* A range; its ends belong to it or not. */
struct range {
    bool has_from, has_to, above, below;
    int64_t from, to;
};

/* One test of a condition. Names are alternatives, but for traits, which are one test each. */
struct test {
    enum subject subject;
    int field;      /* FIELD */
    uint32_t words; /* FIELD of type word: bits */
    int nnames;     /* others that are one of a list */
    char names[LIMIT_HOLDS][LIMIT_NAME + 1];
    bool is_range;
    struct range range;
};

/* All of its tests must hold; none: it always does. */
struct condition {
    int n;
    struct test tests[LIMIT_TESTS];
};

/* What a measure gives in one case. */
struct rule_case {
    struct condition when;
    char refusal[LIMIT_NAME * 4 + 1]; /* it refuses, for this reason; "": it gives: */
    struct rate rate;                 /* kinds that apply a rate */
    struct money amount;              /* the others: of one unit, or the whole */
};

enum crossing {
    CROSSING_NONE = 0,      /* each claim for itself */
    CROSSING_KEEP = 1,      /* the year's spending finds the case, for this claim's base */
    CROSSING_RECOMPUTE = 2, /* and for the whole year's, less what was accounted for in it */
};

/* A term that must run for some months. */
struct term {
    int from; /* field; -1: the contract's day of signing */
    int to;   /* field */
    int months;
};

struct intake {
    struct instant from, to;
    bool to_inclusive;
};

/* Designations of which one is asked for, on a day. */
struct holds {
    int n;
    char any[LIMIT_HOLDS][LIMIT_CODE + 1]; /* codes of measures */
    int on;                                /* field; or: */
};
#define ON_ISSUE  (-1)
#define ON_SIGNED (-2)

struct measure {
    char code[LIMIT_CODE + 1]; /* "3A" */
    char name[LIMIT_NAME + 1]; /* Chinese: 标注券A */
    char english[LIMIT_NAME + 1];
    char document[LIMIT_TEXT + 1]; /* its own; "": the policy's */
    const struct kind *kind;
    enum status status;
    enum form form;
    enum claimant claimant; /* where the spending is a contract */
    enum claimant first;    /* who of EITHER has the first right until a day; 0: nobody */
    struct day first_until; /* inclusive */
    enum payee payee;
    int group; /* index of its exclusive group, -1 for none */
    struct spending spending;
    uint64_t must_state; /* fields that a claim must state: bits */
    uint64_t may_state;  /* and all that it may, these included */

    /* Kinds' own. Fields are -1 where there is none. */
    bool base_outside; /* the base is the support from outside */
    int base;          /* field; -1: the contract's amount */
    int quantity;
    int64_t quantity_most; /* in 1/QUANTITY_ONE; 0: any */
    int principal, interest_from, interest_to;
    int days_of_year;

    int ncases;
    struct rule_case *cases;
    enum crossing crossing;
    struct money least; /* of a claim's base, or of the year's spending; 0: none */

    struct condition require;
    int ntraits; /* that the beneficiary must have on the business day of issue */
    char traits[LIMIT_TRAITS][LIMIT_NAME + 1];
    int nattestations; /* that a claim must carry */
    char attestations[LIMIT_ATTESTATIONS][LIMIT_NAME + 1];
    int nredeem_attestations; /* that a redemption must carry */
    char redeem_attestations[LIMIT_ATTESTATIONS][LIMIT_NAME + 1];
    int ncodes; /* credit codes that may claim begin with one of these; 0: any */
    char codes[LIMIT_HOLDS][LIMIT_NAME + 1];
    bool parties_unrelated;
    struct holds seller_holds, holds;
    int nterms;
    struct term terms[LIMIT_TERMS];
    int nintakes; /* 0: any time */
    struct intake intakes[LIMIT_INTAKES];
    bool has_window; /* contract must have been signed from signed_from to signed_to */
    struct day signed_from, signed_to;
    struct day first_day, last_day; /* days of issue, both inclusive: its own or the policy's */

    int nceilings;
    struct ceiling ceilings[LIMIT_CEILINGS];
    int ntallies; /* that ceilings of this and other measures count by */
    struct tally tallies[LIMIT_TALLIES];
    int nshares;
    struct fund_share shares[LIMIT_LINES];
    int odd; /* index in shares of the line that takes the odd fen */
    enum shortfall shortfall;
};

struct area {
    char code[LIMIT_NAME + 1]; /* "350602", or the name of a zone without a code */
    char name[LIMIT_NAME + 1]; /* 芗城区 */
    int now; /* index of the area that has taken a retired one's place; its own index otherwise */
};

/* Money under a name of its own. */
struct pool {
    char name[LIMIT_CODE + 1];
    bool life;    /* one line for the policy's whole life, under its first year */
    bool by_area; /* one for each area */
};

/* Supports for one and the same spending. */
enum group_rule {
    GROUP_TOP_UP = 1,  /* up to the highest */
    GROUP_EXCLUDE = 2, /* one of them */
    GROUP_ADD_UP = 3,  /* up to a common ceiling */
};

enum group_outside {
    OUTSIDE_COUNTS = 1,
    OUTSIDE_EXCLUDES = 2,
    OUTSIDE_IGNORED = 3,
};

struct group {
    char name[LIMIT_NAME + 1];
    struct spending key; /* what its measures share: their spending, or a part of it */
    enum group_rule rule;
    struct rate ceiling; /* ADD_UP: of the base */
    enum group_outside outside;
};

/* Made by policy_read, freed whole by policy_free. */
struct policy {
    struct arena arena;      /* for its lists */
    char id[LIMIT_NAME + 1]; /* "zhangzhou-2025" */
    char title[LIMIT_TEXT + 1];
    char document[LIMIT_TEXT + 1]; /* 漳发改规〔2025〕2号 */
    struct day first, last;        /* days of issue that it applies to, both inclusive */
    struct day statistics_from;    /* spending counts from this day */
    int zone_minutes;              /* east of UTC */
    char zone[LIMIT_NAME + 1];
    int valid_years; /* a voucher is valid to 12-31 of the year of issue + this, never
                        past its measure's last day */
    int grace_days;  /* redeeming goes on so long after that; may pass `last` */
    int nareas;
    struct area areas[LIMIT_AREAS];
    int ntraits; /* trait names that enterprises may have */
    char traits[LIMIT_TRAITS * 4][LIMIT_NAME + 1];
    int nattestations;
    char attestations[LIMIT_ATTESTATIONS * 4][LIMIT_NAME + 1];
    int nfields; /* that claims may state */
    struct claim_field fields[LIMIT_FIELDS];
    int npools;
    struct pool pools[LIMIT_POOLS];
    int ngroups;
    struct group groups[LIMIT_GROUPS];
    int nmeasures;
    struct measure measures[LIMIT_MEASURES];
};

/* By code; NULL if it has none. */
const struct measure *policy_measure(const struct policy *p, const char *code);
int policy_measure_index(const struct policy *p, const struct measure *m);
/* By code or name, retired ones replaced by what they are now; NULL if none. */
const struct area *policy_area(const struct policy *p, const char *code_or_name);
bool policy_has_trait(const struct policy *p, const char *name);
bool policy_has_attestation(const struct policy *p, const char *name);
/* The index of a field by name; -1 if there is none. */
int policy_field(const struct policy *p, const char *name);
/* The year of the fund line of a share, for a claim of a year. */
int policy_line_year(const struct policy *p, const struct fund_share *s, int year);
/* What measure m's support is counted by, with others of its group or alone. */
const struct spending *policy_key(const struct policy *p, const struct measure *m);
bool spending_same(const struct spending *a, const struct spending *b);
/* Whether a ceiling counts by a tally: what accounts and spendings hold by themselves needs none.
 */
bool ceiling_has_tally(const struct ceiling *c);
/* Whether a tally is what a ceiling counts by. */
bool tally_is_of(const struct tally *t, const struct ceiling *c);
/* The last day of a voucher of a measure issued on a day. */
struct day policy_valid_to(const struct policy *p, const struct measure *m, struct day issued);
/* The last day on which a voucher can be redeemed that is valid to a day. */
struct day policy_redeem_to(const struct policy *p, struct day valid_to);

#endif
