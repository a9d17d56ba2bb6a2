/* SPDX-License-Identifier: Apache-2.0 */
/* How an amount is computed: what a claim on a rate measure is granted, and what an invoice pays.
 * Pure arithmetic over figures that the caller looked up. */
#ifndef RULES_GRANT_H
#define RULES_GRANT_H

#include "rules/policy.h"
#include "rules/reason.h"

/* What counts in one ceiling of the measure, by the ceiling's index. */
struct ceiling_use {
    struct money used; /* before this command */
    struct money own;  /* of it, by vouchers of the same claim key */
};

struct grant_case {
    const struct measure *measure;
    struct money base;                       /* the contract's amount */
    struct ceiling_use uses[LIMIT_CEILINGS]; /* of ceilings on issue; others are not looked at */
    struct money support;      /* net support on the claim key, vouchers and outside */
    struct money available;    /* on the fund lines (split_available) */
    const struct money *lines; /* what each has; NULL: `available` says all */
    bool has_asked;
    struct money asked;
};

/* Decides an issue ("How an amount is computed", 1 to 3). Returns REASON_NONE and the grant in
 * *face, or why it is refused; *e names every limit either way. Holders are the caller's to fill.
 */
enum reason grant_decide(const struct grant_case *c, struct explanation *e, struct money *face);

struct redeem_case {
    const struct measure *measure;
    struct rate rate; /* applied to the voucher */
    struct money face;
    struct money open;                 /* of the face: not redeemed yet */
    struct money redeemed;             /* on the voucher before */
    struct money invoiced;             /* on the voucher, this invoice included */
    struct rate claim_rate;            /* highest applied rate among vouchers on the claim key */
    struct money claim_invoiced;       /* distinct invoices on the claim key, this one included */
    struct money claim_redeemed;       /* on all vouchers of the claim key before */
    struct money uses[LIMIT_CEILINGS]; /* what counts in ceilings on redemption, by index */
};

/* What an invoice pays ("How an amount is computed", 4; "One support"); may be 0. */
struct money redeem_decide(const struct redeem_case *c, struct explanation *e);

#endif
