/* SPDX-License-Identifier: Apache-2.0 */
/* Interest on a loan: principal x rate x days / days of a year, exact. */
#include "rules/kind.h"
#include "rules/policy_reader.h"

static void read_interest(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    struct doc_node *year = doc_may(r->d, at, "days-of-year");
    m->principal = policy_read_field(r, doc_need(r->d, at, "principal"), m, 1U << FACT_MONEY, true);
    m->interest_from =
        policy_read_field(r, doc_need(r->d, at, "interest-from"), m, 1U << FACT_DAY, true);
    m->interest_to =
        policy_read_field(r, doc_need(r->d, at, "interest-to"), m, 1U << FACT_DAY, true);
    m->days_of_year = 365;
    (void)doc_int(r->d, year, "days-of-year", 360, 366, &m->days_of_year);
}

/* The day on which it is paid back bears no interest any more. */
static void entitle(const struct kind_case *c, struct limit *l)
{
    const struct measure *m = c->measure;
    int64_t days = c->facts->of[m->interest_to].n - c->facts->of[m->interest_from].n;
    l->rule = RULE_INTEREST;
    l->base = MONEY(c->facts->of[m->principal].n);
    l->rate = c->rate;
    l->quantity = days > 0 ? days : 0;
    l->limit = MONEY(m->days_of_year);
    l->at_most =
        kind_product(l->base.fen, c->rate.ppm, l->quantity, (int64_t)RATE_ONE * m->days_of_year);
}

const struct kind kind_interest = {"interest", GIVES_RATE, FORM_GRANT, read_interest, entitle};
