/* SPDX-License-Identifier: Apache-2.0 */
/* A policy as the rules see it: read from one file (policy_file.h), then never changed. */
#ifndef RULES_POLICY_H
#define RULES_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/day.h"
#include "base/limits.h"
#include "base/money.h"

enum measure_kind {
    KIND_RATE = 1, /* a rate of a contract's amount */
};

enum claimant {
    CLAIMANT_BUYER = 1,
    CLAIMANT_SELLER = 2,
};

enum payee {
    PAYEE_ENTERPRISE = 1, /* the beneficiary */
    PAYEE_PROVIDER = 2,   /* the contract's other party */
};

enum shortfall {
    SHORTFALL_REFUSE = 1,  /* too little on the fund lines: refused; asking for less is granted */
    SHORTFALL_PARTIAL = 2, /* without an amount asked for: what is left is given */
};

enum ceiling_scope {
    SCOPE_ENTERPRISE = 1,
    SCOPE_CONTRACT = 2,
};

enum ceiling_period {
    PERIOD_POLICY = 1, /* the policy's whole life */
    PERIOD_YEAR = 2,   /* the calendar year of the event's business day */
};

enum ceiling_event {
    EVENT_ISSUE = 1,  /* counts what is issued */
    EVENT_REDEEM = 2, /* counts what is redeemed; over it a redemption pays what is left */
};

struct ceiling {
    char name[LIMIT_NAME + 1]; /* "per enterprise over the policy's life", derived from the rest
                                  when the file gives none */
    enum ceiling_scope scope;
    enum ceiling_period period;
    enum ceiling_event event;
    struct money limit;
};

struct fund_share {
    char source[LIMIT_NAME + 1]; /* "city" */
    struct rate share;           /* all of a measure's shares sum to RATE_ONE */
};

struct measure {
    char code[LIMIT_CODE + 1]; /* "3A" */
    char name[LIMIT_NAME + 1]; /* Chinese: 标注券A */
    char english[LIMIT_NAME + 1];
    enum measure_kind kind;
    struct rate rate;
    enum claimant claimant;
    enum payee payee;
    int group;   /* index of its exclusive group, -1 for none */
    int ntraits; /* that the beneficiary must have on the business day of issue */
    char traits[LIMIT_TRAITS][LIMIT_NAME + 1];
    int nattestations; /* that a claim must carry */
    char attestations[LIMIT_ATTESTATIONS][LIMIT_NAME + 1];
    int nceilings;
    struct ceiling ceilings[LIMIT_CEILINGS];
    int nshares;
    struct fund_share shares[LIMIT_LINES];
    int odd; /* index in shares of the line that takes the odd fen */
    enum shortfall shortfall;
    bool has_window; /* contract must have been signed from signed_from to signed_to */
    struct day signed_from, signed_to;
};

struct area {
    char code[LIMIT_NAME + 1]; /* "350602", or the name of a zone without a code */
    char name[LIMIT_NAME + 1]; /* 芗城区 */
    int now; /* index of the area that has taken a retired one's place; its own index otherwise */
};

/* Heap-allocated as one piece by policy_read. */
struct policy {
    char id[LIMIT_NAME + 1]; /* "zhangzhou-2025" */
    char title[LIMIT_TEXT + 1];
    char document[LIMIT_TEXT + 1]; /* 漳发改规〔2025〕2号 */
    struct day first, last;        /* days of issue that it applies to, both inclusive */
    struct day statistics_from;    /* spending counts from this day */
    int zone_minutes;              /* east of UTC */
    char zone[LIMIT_NAME + 1];
    int valid_years; /* a voucher is valid to 12-31 of the year of issue + this, never
                        past `last` */
    int grace_days;  /* redeeming goes on so long after that; may pass `last` */
    int nareas;
    struct area areas[LIMIT_AREAS];
    int ntraits; /* trait names that enterprises may have */
    char traits[LIMIT_TRAITS * 4][LIMIT_NAME + 1];
    int nattestations;
    char attestations[LIMIT_ATTESTATIONS * 4][LIMIT_NAME + 1];
    int ngroups;
    char groups[LIMIT_GROUPS][LIMIT_NAME + 1];
    int nmeasures;
    struct measure measures[LIMIT_MEASURES];
};

/* By code; NULL if it has none. */
const struct measure *policy_measure(const struct policy *p, const char *code);
/* By code or name, retired ones replaced by what they are now; NULL if none. */
const struct area *policy_area(const struct policy *p, const char *code_or_name);
bool policy_has_trait(const struct policy *p, const char *name);
bool policy_has_attestation(const struct policy *p, const char *name);
/* The last day of a voucher issued on a day; and the last day on which it can be redeemed. */
struct day policy_valid_to(const struct policy *p, struct day issued);
struct day policy_redeem_to(const struct policy *p, struct day issued);

#endif
