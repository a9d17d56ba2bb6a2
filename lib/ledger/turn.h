/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the ledger: claims that wait for money, in line or for a round to close. */
#ifndef LEDGER_TURN_H
#define LEDGER_TURN_H

#include "ledger/claim.h"

/* Where a claim stands. */
struct turn {
    const struct queue_row *queue; /* NULL: nobody ever waited */
    uint32_t place;                /* 0: it does not wait */
    const struct waiting_row *waiting;
    bool elsewhere; /* it waits for money of another year */
};

/* Whether claims on a measure wait when money is short. */
static inline bool measure_waits(const struct measure *m)
{
    return m->shortfall == SHORTFALL_QUEUE || m->shortfall == SHORTFALL_ROUND;
}

/* What a claim stands for while it waits: 0 if it does not. */
struct money turn_waits_for(const struct turn *t);

void turn_find(struct deciding *d, const struct claim_case *x, struct turn *t);

/* A place is given to a claim; and left by one that was granted, if it had one. */
void fold_place(struct folding *f, const struct spending_name *s, const struct measure *m);
void fold_turn_over(struct folding *f, const struct spending_name *s, const struct measure *m);

/* Withdrawing a claim that waits (amend.c asks): decided, and folded. */
int decide_leave(struct deciding *d, const struct waited_row *at) MUST_CHECK;
void fold_leave(struct folding *f, const struct waited_row *at);

#endif
