/* SPDX-License-Identifier: Apache-2.0 */
/* What stands before any voucher: the book itself, its policy, money on fund lines. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "ledger/step.h"
#include "rules/policy_file.h"

static int decide_create_book(struct deciding *d)
{
    if (d->head->entries)
        return fault_set(d->fault, "command", "create_book",
                         "a command other than the first entry");
    return 0;
}

static void fold_create_book(struct folding *f)
{
    struct key k;
    if (f->entry->number != 1)
        fold_corrupt(f);
    rows_write_head_row(f->rows, key_head(&k))->test_clock =
        f->entry->command.create_book.test_clock;
}

const struct verb verb_create_book = {"create_book", false, decide_create_book, fold_create_book,
                                      NULL};

/* A person adopting a file sees its first mistake; checking it beforehand shows them all. */
static int policy_fault(struct fault *f, const struct mistakes *m)
{
    char place[32];
    snprintf(place, sizeof place, "line %d, column %d", m->list[0].line, m->list[0].column);
    return fault_set(f, "adopt_policy.file", place,
                     "%.120s (of %d mistakes; see voucherctl policy check)", m->list[0].text,
                     m->n + m->more);
}

static const char *group_of(const struct policy *p, const struct measure *m)
{
    return m->group >= 0 ? p->groups[m->group].name : "";
}

/* Whether two versions name the spending of a measure by the same values. */
static bool same_key(const struct policy *p, const struct spending *a, const struct policy *old,
                     const struct spending *b)
{
    bool same = a->contract == b->contract && a->n == b->n;
    for (int i = 0; same && i < a->n; i++)
        same = p->fields[a->fields[i]].form == old->fields[b->fields[i]].form &&
               strcmp(p->fields[a->fields[i]].name, old->fields[b->fields[i]].name) == 0;
    return same;
}

/* Support is kept by exclusive group: a measure that changed its group would forget what its
 * vouchers hold, and the same spending could be supported again. */
static int check_groups(struct deciding *d, const struct policy *p)
{
    for (uint32_t v = 1; v <= d->head->policy; v++) {
        const struct policy *old = policies_get(d->ledger->policies, v);
        for (int i = 0; old && i < p->nmeasures; i++) {
            const struct measure *m = &p->measures[i], *was = policy_measure(old, m->code);
            if (was && strcmp(group_of(p, m), group_of(old, was)) != 0)
                return fault_set(
                    d->fault, "adopt_policy.file", group_of(p, m),
                    "measure %s in the exclusive group that it had in version %u: '%s'", m->code, v,
                    group_of(old, was));
            if (was && (!same_key(p, &m->spending, old, &was->spending) ||
                        !same_key(p, policy_key(p, m), old, policy_key(old, was))))
                return fault_set(d->fault, "adopt_policy.file", m->code,
                                 "measure %s with its spending, and the key of its group, named "
                                 "as in version %u",
                                 m->code, v);
        }
    }
    return 0;
}

static int decide_adopt_policy(struct deciding *d)
{
    struct span file = d->command->adopt_policy.file;
    struct key k;
    key_policy(&k, d->head->policy + 1);
    rows_want(d->rows, &k);
    if (d->head->policy == LIMIT_POLICIES)
        return fault_set(d->fault, "adopt_policy.file", "", "at most %d versions in one book",
                         LIMIT_POLICIES);
    struct mistakes *m = calloc(1, sizeof *m);
    struct policy *p = NULL;
    if (!m)
        return ERR_MEMORY;
    int rc = policy_read(file, "policy", m, &p);
    if (rc == ERR_INVALID)
        rc = policy_fault(d->fault, m);
    free(m);
    if (rc < 0)
        return rc;
    if (d->head->policy == 0)
        d->entry->day = instant_day(d->entry->time, p->zone_minutes);
    rc = check_groups(d, p);
    policy_free(p);
    if (rc < 0)
        return rc;
    if (d->head->policy && span_equal(file, policies_file(d->ledger->policies, d->head->policy)))
        return refuse(d, REASON_EXISTS, "this policy file, in force now,");
    d->entry->done.policy_version.version = d->head->policy + 1;
    return 0;
}

static void fold_adopt_policy(struct folding *f)
{
    struct key k;
    uint32_t version = f->entry->done.policy_version.version;
    struct head_row *head = rows_write_head_row(f->rows, key_head(&k));
    struct policy_row *row = rows_write_policy_row(f->rows, key_policy(&k, version));
    if (rows_incomplete(f->rows))
        return;
    if (version != head->policy + 1) {
        fold_corrupt(f);
        return;
    }
    int rc = policies_put(f->ledger->policies, version, f->entry->command.adopt_policy.file);
    if (rc < 0)
        f->error = rc == ERR_MEMORY ? rc : ERR_CORRUPT;
    row->entry = f->entry->number;
    head->policy = version;
}

const struct verb verb_adopt_policy = {"adopt_policy", false, decide_adopt_policy,
                                       fold_adopt_policy, NULL};

/* Whether some measure draws on the pool, from the source; told if not. */
static const struct fund_share *find_pool(struct deciding *d, const struct appropriate *c)
{
    char list[LIMIT_LINES * 4 * (LIMIT_NAME + 3)] = "";
    size_t n = 0;
    for (int i = 0; i < d->policy->nmeasures; i++) {
        const struct measure *m = &d->policy->measures[i];
        for (int k = 0; k < m->nshares; k++) {
            if (strcmp(m->shares[k].pool, c->measure) != 0)
                continue;
            if (strcmp(m->shares[k].source, c->source) == 0)
                return &m->shares[k];
            if (n < sizeof list)
                n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? ", " : "",
                                      m->shares[k].source);
        }
    }
    if (n > 0)
        (void)fault_set(d->fault, "appropriate.source", c->source, "a source of measure %s: %.160s",
                        c->measure, list);
    else if (find_measure(d, c->measure, "appropriate.measure"))
        (void)fault_set(d->fault, "appropriate.measure", c->measure,
                        "the pool that it draws on: measure %s has no money of its own",
                        c->measure);
    return NULL;
}

/* A pool by area has a line for each, and one for the policy's life is under its first year. */
static int check_pool(struct deciding *d, const struct fund_share *s, const char **area)
{
    const struct appropriate *c = &d->command->appropriate;
    const struct area *at = c->area ? policy_area(d->policy, c->area) : NULL;
    char year[16];
    snprintf(year, sizeof year, "%d", c->year);
    if (s->by_area && !at)
        return fault_set(d->fault, "appropriate.area", c->area,
                         "an area of policy %s: the money of '%s' is kept by area", d->policy->id,
                         s->pool);
    if (c->area && !s->by_area)
        return fault_set(d->fault, "appropriate.area", c->area,
                         "no area: the money of '%s' is not kept by area", s->pool);
    if (s->life && c->year != day_year(d->policy->first))
        return fault_set(d->fault, "appropriate.year", year,
                         "%d: the money of '%s' is for the policy's life, under its first year",
                         day_year(d->policy->first), s->pool);
    *area = at ? at->code : "";
    return 0;
}

static int decide_appropriate(struct deciding *d)
{
    struct key k;
    const struct appropriate *c = &d->command->appropriate;
    const char *area = "";
    const struct fund_share *share = find_pool(d, c);
    if (!share)
        return ERR_INVALID;
    int rc = check_pool(d, share, &area);
    if (rc < 0)
        return rc;
    const struct line_name_row *name =
        rows_read_line_name_row(d->rows, key_line_name(&k, c->measure, c->year, c->source, area));
    if (c->year < day_year(d->policy->first) || c->year > day_year(d->policy->last)) {
        d->entry->refusal.day = d->policy->first;
        d->entry->refusal.day_to = d->policy->last;
        return refuse(d, REASON_LINE_CLOSED, NULL);
    }
    uint32_t number = name ? name->line : d->head->lines + 1;
    const struct line_row *line = rows_read_line_row(d->rows, key_line(&k, number));
    if (line && line->appropriated.fen > LIMIT_AMOUNT_FEN - c->amount.fen)
        return fault_set(
            d->fault, "appropriate.amount", money_format(c->amount, (char[MONEY_TEXT]){0}),
            "all appropriations of a fund line are at most %s yuan", LIMIT_AMOUNT_TEXT);
    struct posting *p = postings_begin(d, 1);
    if (!p)
        return ERR_MEMORY;
    *p = (struct posting){
        .line = number, .from = STAGE_OUTSIDE, .to = STAGE_AVAILABLE, .amount = c->amount};
    d->entry->npostings = 1;
    d->entry->done.line.line = number;
    return 0;
}

static void fold_appropriate(struct folding *f)
{
    struct key k;
    const struct appropriate *c = &f->entry->command.appropriate;
    uint32_t number = f->entry->done.line.line;
    struct head_row *head = rows_write_head_row(f->rows, key_head(&k));
    struct line_row *line = rows_write_line_row(f->rows, key_line(&k, number));
    if (rows_incomplete(f->rows) || number <= head->lines)
        return;
    if (number != head->lines + 1) {
        fold_corrupt(f);
        return;
    }
    head->lines = number;
    text_copy(line->measure, sizeof line->measure, c->measure);
    text_copy(line->source, sizeof line->source, c->source);
    line->year = c->year;
    if (c->area) {
        const struct policy *p = policies_get(f->ledger->policies, f->entry->policy);
        const struct area *area = p ? policy_area(p, c->area) : NULL;
        if (!area) {
            fold_corrupt(f);
            return;
        }
        memcpy(line->area, area->code, sizeof line->area);
    }
    rows_write_line_name_row(f->rows, key_line_name(&k, c->measure, c->year, c->source, line->area))
        ->line = number;
}

const struct verb verb_appropriate = {"appropriate", true, decide_appropriate, fold_appropriate,
                                      NULL};
