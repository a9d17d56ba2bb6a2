/* SPDX-License-Identifier: Apache-2.0 */
/* What stands before any voucher: the book itself, its policy, money on fund lines. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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
    if (f->entry->number != 1)
        fold_corrupt(f);
    rows_write_head_row(f->rows, key_head())->test_clock = f->entry->command.create_book.test_clock;
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
    return m->group >= 0 ? p->groups[m->group] : "";
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
        }
    }
    return 0;
}

static int decide_adopt_policy(struct deciding *d)
{
    struct span file = d->command->adopt_policy.file;
    struct key k = key_policy(d->head->policy + 1);
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
    uint32_t version = f->entry->done.policy_version.version;
    struct head_row *head = rows_write_head_row(f->rows, key_head());
    struct policy_row *row = rows_write_policy_row(f->rows, key_policy(version));
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

static int source_fault(struct deciding *d, const struct measure *m, const char *source)
{
    char list[LIMIT_LINES * (LIMIT_NAME + 3)];
    size_t n = 0;
    list[0] = 0;
    for (int i = 0; i < m->nshares; i++)
        n +=
            (size_t)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", m->shares[i].source);
    return fault_set(d->fault, "appropriate.source", source, "a source of measure %s: %.160s",
                     m->code, list);
}

static int decide_appropriate(struct deciding *d)
{
    const struct appropriate *c = &d->command->appropriate;
    const struct line_name_row *name =
        rows_read_line_name_row(d->rows, key_line_name(c->measure, c->year, c->source));
    const struct measure *m = find_measure(d, c->measure, "appropriate.measure");
    if (!m)
        return ERR_INVALID;
    int share = 0;
    while (share < m->nshares && strcmp(m->shares[share].source, c->source) != 0)
        share++;
    if (share == m->nshares)
        return source_fault(d, m, c->source);
    if (c->year < day_year(d->policy->first) || c->year > day_year(d->policy->last)) {
        d->entry->refusal.day = d->policy->first;
        d->entry->refusal.day_to = d->policy->last;
        return refuse(d, REASON_LINE_CLOSED, NULL);
    }
    uint32_t number = name ? name->line : d->head->lines + 1;
    const struct line_row *line = rows_read_line_row(d->rows, key_line(number));
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
    const struct appropriate *c = &f->entry->command.appropriate;
    uint32_t number = f->entry->done.line.line;
    struct head_row *head = rows_write_head_row(f->rows, key_head());
    struct line_row *line = rows_write_line_row(f->rows, key_line(number));
    if (rows_incomplete(f->rows) || number <= head->lines)
        return;
    if (number != head->lines + 1) {
        fold_corrupt(f);
        return;
    }
    head->lines = number;
    snprintf(line->measure, sizeof line->measure, "%s", c->measure);
    snprintf(line->source, sizeof line->source, "%s", c->source);
    line->year = c->year;
    rows_write_line_name_row(f->rows, key_line_name(c->measure, c->year, c->source))->line = number;
}

const struct verb verb_appropriate = {"appropriate", true, decide_appropriate, fold_appropriate,
                                      NULL};
