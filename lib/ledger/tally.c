/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/tally.h"

#include <stdarg.h>
#include <stdio.h>

/* Adds a part of a key; parts are told apart by VALUE_SEPARATOR, which is in no value but, between
 * its own values, in a spending's name, whose number of values the policy fixes. */
__attribute__((format(printf, 3, 4))) static void add(struct tally_key *k, size_t *n,
                                                      const char *fmt, ...)
{
    va_list ap;
    if (*n >= sizeof k->text)
        return;
    va_start(ap, fmt);
    int more = vsnprintf(k->text + *n, sizeof k->text - *n, fmt, ap);
    va_end(ap);
    *n += more > 0 ? (size_t)more : 0;
}

static void add_fields(const struct tally_subject *s, const struct tally *t, struct tally_key *k,
                       size_t *n)
{
    char value[LIMIT_FACT + 1];
    for (int i = 0; i < t->nfields; i++) {
        const struct claim_field *f = &s->policy->fields[t->fields[i]];
        if (!fact_format(f, &s->facts->of[t->fields[i]], value, sizeof value))
            *n = sizeof k->text;
        add(k, n, "%s=%s" VALUE_SEPARATOR, f->name, value);
    }
}

bool tally_key_make(const struct tally_subject *s, const struct tally *t, const char *measure,
                    struct tally_key *out)
{
    struct tally_key k = {{0}};
    size_t n = 0;
    switch (t->scope) {
    case SCOPE_ENTERPRISE:
        add(&k, &n, "e" VALUE_SEPARATOR "%.18s" VALUE_SEPARATOR, s->enterprise.c);
        break;
    case SCOPE_SPENDING:
    case SCOPE_CLAIM:
        add(&k, &n, "s" VALUE_SEPARATOR "%.18s" VALUE_SEPARATOR "%s" VALUE_SEPARATOR,
            s->spending.seller.c, s->spending.text);
        break;
    case SCOPE_RELATED:
        if (s->related[0])
            add(&k, &n, "r" VALUE_SEPARATOR "%s" VALUE_SEPARATOR, s->related);
        else
            add(&k, &n, "R" VALUE_SEPARATOR "%.18s" VALUE_SEPARATOR, s->enterprise.c);
        break;
    case SCOPE_AREA:
        add(&k, &n, "a" VALUE_SEPARATOR "%s" VALUE_SEPARATOR, s->area);
        break;
    case SCOPE_ALL:
        add(&k, &n, "x" VALUE_SEPARATOR);
        break;
    case SCOPE_FIELDS:
        add(&k, &n, "f" VALUE_SEPARATOR);
        if (t->with_enterprise)
            add(&k, &n, "%.18s" VALUE_SEPARATOR, s->enterprise.c);
        add_fields(s, t, &k, &n);
        break;
    }
    /* Room for any code: the tallies of other measures are found by theirs. */
    if (n + LIMIT_CODE >= sizeof k.text)
        return false;
    add(&k, &n, "%s", measure);
    *out = k;
    return true;
}

int tally_of(const struct measure *m, const struct ceiling *c)
{
    int i = 0;
    while (i + 1 < m->ntallies && !tally_is_of(&m->tallies[i], c))
        i++;
    return i;
}

/* The same tally of another measure. */
static const struct key *sibling(struct key *k, const struct tally_key *of, const char *measure)
{
    struct tally_key its = *of;
    char *code = strrchr(its.text, VALUE_SEPARATOR[0]) + 1;
    snprintf(code, (size_t)(its.text + sizeof its.text - code), "%s", measure);
    return key_tally(k, &its);
}

bool tally_is_sibling(const struct tally_key *a, const struct tally_key *b)
{
    size_t n = (size_t)(strrchr(a->text, VALUE_SEPARATOR[0]) - a->text);
    return n == (size_t)(strrchr(b->text, VALUE_SEPARATOR[0]) - b->text) &&
           memcmp(a->text, b->text, n) == 0;
}

static int64_t counted(const struct tally_row *t, const struct ceiling *c, int year)
{
    int64_t sum = 0;
    for (int i = 0; i < t->nyears; i++) {
        const struct tally_year *y = &t->years[i];
        if (year == 0 || y->year == year)
            sum += c->counts                 ? y->claims
                   : c->event == EVENT_ISSUE ? y->issued.fen
                                             : y->redeemed.fen;
    }
    return sum;
}

void tally_use(struct rows *rows, const struct policy *p, const struct ceiling *c,
               const struct tally_key *key, struct day today, struct ceiling_use *u)
{
    struct key k;
    struct day first = DAY(0);
    bool begun = false;
    for (int i = 0; i < p->nmeasures; i++) {
        if (!(c->measures >> i & 1))
            continue;
        const struct tally_row *t =
            rows_read_tally_row(rows, sibling(&k, key, p->measures[i].code));
        if (!t)
            continue;
        u->used.fen += counted(t, c, ceiling_year(c, day_year(today)));
        if (!tally_live(t))
            continue;
        if (!begun || t->first.n < first.n)
            first = t->first;
        begun = true;
    }
    if (c->period == PERIOD_MONTHS && begun)
        u->over = today.n >= day_add_months(first, c->months).n;
}

bool tally_has_spending(const struct tally_key *k)
{
    return k->text[0] == 'e' || k->text[0] == 's';
}

bool tally_live(const struct tally_row *t)
{
    for (int i = 0; i < t->nyears; i++)
        if (t->years[i].claims > 0)
            return true;
    return false;
}

const struct tally_year *tally_find(const struct tally_row *t, int year)
{
    for (int i = 0; t && i < t->nyears; i++)
        if (t->years[i].year == year)
            return &t->years[i];
    return NULL;
}

struct tally_year *tally_make(struct tally_row *t, int year)
{
    const struct tally_year *have = tally_find(t, year);
    if (have)
        return &t->years[have - t->years];
    if (t->nyears == LIMIT_ACCOUNT_YEARS)
        return NULL;
    t->years[t->nyears] = (struct tally_year){.year = year};
    return &t->years[t->nyears++];
}
