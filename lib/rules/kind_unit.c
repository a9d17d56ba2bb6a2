/* SPDX-License-Identifier: Apache-2.0 */
/* An amount for each unit: of a quantity that the claim states, once (unit) or for each year
 * (unit-year), or for a person and month. */
#include "rules/kind.h"
#include "rules/policy_reader.h"

static void read_unit(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    struct doc_node *most = doc_may(r->d, at, "quantity-at-most");
    m->quantity = policy_read_field(r, doc_need(r->d, at, "quantity"), m,
                                    1U << FACT_COUNT | 1U << FACT_QUANTITY, true);
    if (policy_read_quantity(r, most, "quantity-at-most", &m->quantity_most) &&
        m->quantity_most == 0)
        doc_mistake(r->d, most, "quantity-at-most: of 0 nothing would be granted: above 0");
}

/* The spending is that of one year, or of one person and month. */
static bool names_a(const struct policy_reader *r, const struct measure *m, enum fact_form form)
{
    for (int i = 0; i < m->spending.n; i++)
        if (r->p->fields[m->spending.fields[i]].form == form)
            return true;
    return false;
}

static void read_unit_year(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    read_unit(r, at, m);
    if (!names_a(r, m, FACT_YEAR))
        doc_mistake(r->d, at, "spending: kind unit-year needs a field of type year in it");
}

static void read_person_month(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    if (!names_a(r, m, FACT_PERSON) || !names_a(r, m, FACT_MONTH))
        doc_mistake(r->d, at,
                    "spending: kind person-month needs fields of types person and month in it");
}

static void entitle(const struct kind_case *c, struct limit *l)
{
    const struct measure *m = c->measure;
    l->quantity = m->quantity < 0 ? QUANTITY_ONE : c->facts->of[m->quantity].n;
    if (m->quantity_most && l->quantity > m->quantity_most)
        l->quantity = m->quantity_most;
    l->rule = RULE_UNIT;
    l->base = c->amount;
    l->at_most = kind_product(c->amount.fen, l->quantity, 1, QUANTITY_ONE);
}

const struct kind kind_unit = {"unit", GIVES_AMOUNT, FORM_GRANT, read_unit, entitle};
const struct kind kind_unit_year = {"unit-year", GIVES_AMOUNT, FORM_GRANT, read_unit_year, entitle};
const struct kind kind_person_month = {"person-month", GIVES_AMOUNT, FORM_GRANT, read_person_month,
                                       entitle};
