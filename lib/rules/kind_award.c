/* SPDX-License-Identifier: Apache-2.0 */
/* A fixed sum, or one of a table, by the class of what was won or reached. */
#include "rules/kind.h"

static void entitle(const struct kind_case *c, struct limit *l)
{
    l->rule = RULE_AWARD;
    l->at_most = c->amount;
}

const struct kind kind_award = {"award", GIVES_AMOUNT, FORM_GRANT, NULL, entitle};
