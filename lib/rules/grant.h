/* SPDX-License-Identifier: Apache-2.0 */
/* How an amount is computed: what a claim on a rate measure is granted, and what an invoice pays.
 * Pure arithmetic over figures that the caller looked up. */
#ifndef RULES_GRANT_H
#define RULES_GRANT_H

#include "rules/kind.h"
#include "rules/reason.h"

/* What counts in one ceiling of the measure, by the ceiling's index; claims, where it counts those.
 */
struct ceiling_use {
    struct money used;   /* before this command */
    struct money own;    /* of it, by vouchers of the same claim key */
    struct money raised; /* the limit that a document raised it to; 0: it was not */
    bool over;           /* its months from the first grant are over */
};

struct grant_case {
    const struct measure *measure;
    const struct group *group; /* NULL: the measure is in none */
    const struct facts *facts;
    struct rate rate;       /* applied: the case's, or a lower one */
    struct money amount;    /* the case's */
    struct money base;      /* what the rate is of: the claim's, or what counts of the year */
    struct money accounted; /* CROSSING_RECOMPUTE: in the year, before */
    struct ceiling_use uses[LIMIT_CEILINGS]; /* of ceilings on issue; others are not looked at */
    struct money support;      /* net support on the claim key, vouchers and outside */
    struct money own;          /* of it, by vouchers of this measure for this very spending */
    struct money available;    /* on the fund lines (split_available) */
    const struct money *lines; /* what each has; NULL: `available` says all */
    bool round;                /* `available` is what a closed round left for the claim */
    bool has_asked;
    struct money asked;
};

/* What a rate measure's rate is of: the contract's amount, a field, or the support from outside. */
struct money claim_base(const struct measure *m, const struct facts *f, struct money contract,
                        struct money outside);

/* Decides an issue ("How an amount is computed", 1 to 3). Returns REASON_NONE and the grant in
 * *face, or why it is refused; *e names every limit either way. Holders are the caller's to fill.
 */
enum reason grant_decide(const struct grant_case *c, struct explanation *e, struct money *face);

struct redeem_case {
    const struct measure *measure;
    struct rate rate; /* applied to the voucher */
    struct money face;
    struct money open;           /* of the face: not redeemed yet */
    struct money redeemed;       /* on the voucher before */
    struct money invoiced;       /* on the voucher, this invoice included */
    struct rate claim_rate;      /* highest applied rate among vouchers on the claim key */
    struct money claim_invoiced; /* distinct invoices on the claim key, this one included */
    struct money claim_redeemed; /* on all vouchers of the claim key before */
    const struct group *group;   /* ADD_UP alone; NULL: none */
    struct money base;           /* of the voucher */
    struct money outside;        /* support from outside for the spending */
    struct ceiling_use uses[LIMIT_CEILINGS]; /* of ceilings on redemption, by index */
};

/* What an invoice pays ("How an amount is computed", 4; "One support"); may be 0. */
struct money redeem_decide(const struct redeem_case *c, struct explanation *e);

#endif
