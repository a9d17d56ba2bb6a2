/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/policy_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/policy_reader.h"

#define YEARS_MAX 20   /* of a voucher's life: longer than any policy */
#define GRACE_MAX 3660 /* days: ten years */

/* Areas are looked up by code and by name, so neither may mean two. */
static void check_area(struct policy_reader *r, struct doc_node *at, const struct area *a)
{
    for (int i = 0; i < r->p->nareas; i++) {
        const struct area *b = &r->p->areas[i];
        const char *same = strcmp(a->code, b->code) == 0 || strcmp(a->code, b->name) == 0 ? a->code
                           : strcmp(a->name, b->code) == 0 || strcmp(a->name, b->name) == 0
                               ? a->name
                               : NULL;
        if (same) {
            doc_mistake(r->d, at, "the area '%s' is listed already: a code or name means one area",
                        same);
            return;
        }
    }
}

static void read_areas(struct policy_reader *r, struct doc_node *seq, bool retired)
{
    struct policy *p = r->p;
    name_text now;
    int live = p->nareas;
    int n = policy_read_count(r, seq, retired ? 0 : 1, LIMIT_AREAS - live, N_("areas"));
    for (int i = 0; i < n; i++) {
        struct area a = {.now = p->nareas};
        struct doc_node *at = doc_item(r->d, seq, i), *now_at = NULL;
        bool ok = doc_text(r->d, doc_need(r->d, at, "code"), a.code, LIMIT_NAME);
        ok = doc_text(r->d, doc_need(r->d, at, "name"), a.name, LIMIT_NAME) && ok;
        if (retired && (now_at = doc_need(r->d, at, "now")) &&
            doc_text(r->d, now_at, now, LIMIT_NAME)) {
            a.now = 0;
            while (a.now < live && strcmp(p->areas[a.now].code, now) != 0)
                a.now++;
            if (a.now == live)
                doc_mistake(r->d, now_at,
                            "now: '%s' is the code of no area under 'areas': name one of those",
                            now);
        }
        doc_end(r->d, at);
        if (!ok)
            continue;
        check_area(r, at, &a);
        p->areas[p->nareas++] = a;
    }
}

/* One group {name: TEXT, measures: [CODE, ...]}. */
static void read_group(struct policy_reader *r, struct doc_node *at, int group)
{
    struct policy *p = r->p;
    name_text *name = &p->groups[group];
    struct doc_node *name_at = doc_need(r->d, at, "name"), *list = doc_need(r->d, at, "measures");
    char code[LIMIT_CODE + 1];
    p->ngroups++;
    (void)doc_text(r->d, name_at, *name, LIMIT_NAME);
    for (int i = 0; **name && i < group; i++)
        if (strcmp(p->groups[i], *name) == 0)
            doc_mistake(r->d, name_at, "the group '%s' is there already: give it its own name",
                        *name);
    int n = policy_read_count(r, list, 1, LIMIT_MEASURES, N_("measures"));
    for (int i = 0; i < n; i++) {
        struct doc_node *item = doc_item(r->d, list, i);
        if (!doc_text(r->d, item, code, LIMIT_CODE))
            continue;
        const struct measure *found = policy_measure(p, code);
        struct measure *m = found ? &p->measures[found - p->measures] : NULL;
        if (!m)
            doc_mistake(r->d, item, "the measure '%s' is not there: list codes under 'measures'",
                        code);
        else if (m->group == group)
            doc_mistake(r->d, item, "the measure '%s' is in this group already: name it once",
                        code);
        else if (m->group >= 0)
            doc_mistake(r->d, item,
                        "the measure '%s' is in the group '%s' already: a measure is in one group",
                        code, p->groups[m->group]);
        else
            m->group = group;
    }
    doc_end(r->d, at);
}

static void read_times(struct policy_reader *r, struct doc_node *root)
{
    struct policy *p = r->p;
    struct fault f;
    char text[DAY_TEXT];
    struct doc_node *from = doc_need(r->d, root, "statistics-from");
    struct doc_node *zone = doc_need(r->d, root, "time-zone");
    struct doc_node *vouchers = doc_need(r->d, root, "vouchers");
    bool ok = policy_read_period(r, doc_need(r->d, root, "applies"), N_("applies: the policy"),
                                 &p->first, &p->last);
    if (doc_day(r->d, from, "statistics-from", &p->statistics_from) && ok &&
        p->statistics_from.n > p->last.n)
        doc_mistake(r->d, from,
                    "statistics-from: %s is after the policy's last day: give a day before its end",
                    day_format(p->statistics_from, text));
    if (doc_text(r->d, zone, p->zone, LIMIT_NAME) &&
        zone_parse(p->zone, "time-zone", &f, &p->zone_minutes) < 0)
        doc_fault(r->d, zone, &f);
    (void)doc_int(r->d, doc_need(r->d, vouchers, "valid-to-year-end-after"),
                  "valid-to-year-end-after", 0, YEARS_MAX, &p->valid_years);
    (void)doc_int(r->d, doc_need(r->d, vouchers, "grace-days"), "grace-days", 0, GRACE_MAX,
                  &p->grace_days);
    doc_end(r->d, vouchers);
}

static void read_root(struct policy_reader *r, struct doc_node *root)
{
    struct policy *p = r->p;
    const struct names traits = {N_("trait"), "traits", p->traits, &p->ntraits, LIMIT_TRAITS * 4};
    const struct names attestations = {N_("attestation"), "attestations", p->attestations,
                                       &p->nattestations, LIMIT_ATTESTATIONS * 4};
    const struct names sources = {N_("source"), "sources", r->sources, &r->nsources, SOURCES_MAX};
    (void)doc_text(r->d, doc_need(r->d, root, "policy"), p->id, LIMIT_NAME);
    (void)doc_text(r->d, doc_need(r->d, root, "title"), p->title, LIMIT_TEXT);
    (void)doc_text(r->d, doc_need(r->d, root, "document"), p->document, LIMIT_TEXT);
    read_times(r, root);
    read_areas(r, doc_need(r->d, root, "areas"), false);
    read_areas(r, doc_may(r->d, root, "retired-areas"), true);
    policy_read_names(r, doc_may(r->d, root, "traits"), &traits, NULL);
    policy_read_names(r, doc_may(r->d, root, "attestations"), &attestations, NULL);
    policy_read_names(r, doc_need(r->d, root, "sources"), &sources, NULL);

    struct doc_node *measures = doc_need(r->d, root, "measures");
    int n = policy_read_count(r, measures, 1, LIMIT_MEASURES, N_("measures"));
    for (int i = 0; i < n; i++)
        policy_read_measure(r, doc_item(r->d, measures, i));
    struct doc_node *groups = doc_may(r->d, root, "exclusive");
    n = policy_read_count(r, groups, 0, LIMIT_GROUPS, N_("groups"));
    for (int i = 0; i < n; i++)
        read_group(r, doc_item(r->d, groups, i), i);
    doc_end(r->d, root);
}

/* Mistakes in the order of the file, whatever the order of reading. */
static void sort_mistakes(struct mistake *list, int n)
{
    for (int i = 1; i < n; i++) {
        struct mistake k = list[i];
        int j = i;
        for (; j > 0 && (list[j - 1].line > k.line ||
                         (list[j - 1].line == k.line && list[j - 1].column > k.column));
             j--)
            list[j] = list[j - 1];
        list[j] = k;
    }
}

int policy_read(struct span file, const char *name, struct mistakes *m, struct policy **out)
{
    struct policy_reader *r = calloc(1, sizeof *r);
    struct policy *p = calloc(1, sizeof *p);
    int before = m->n, more = m->more;
    int rc = ERR_MEMORY;
    if (r && p && (rc = doc_read(file, name, m, &r->d)) == 0) {
        r->p = p;
        r->m = m;
        read_root(r, doc_root(r->d));
        if (m->n > before || m->more > more)
            rc = ERR_INVALID;
        doc_free(r->d);
    }
    free(r);
    sort_mistakes(m->list + before, m->n - before);
    if (rc == 0)
        *out = p;
    else
        policy_free(p);
    return rc;
}

void policy_free(struct policy *p)
{
    free(p);
}
