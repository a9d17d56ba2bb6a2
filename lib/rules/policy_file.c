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

static bool add_tally(struct measure *m, const struct ceiling *c)
{
    for (int i = 0; i < m->ntallies; i++)
        if (tally_is_of(&m->tallies[i], c))
            return true;
    if (m->ntallies == LIMIT_TALLIES)
        return false;
    struct tally *t = &m->tallies[m->ntallies++];
    *t = (struct tally){c->scope, c->with_enterprise, c->nfields, {0}};
    memcpy(t->fields, c->fields, sizeof t->fields);
    return true;
}

/* What has to be kept of each measure's claims: for its own ceilings and for those of others that
 * count them too. */
static void make_tallies(struct policy_reader *r, struct doc_node *seq)
{
    struct policy *p = r->p;
    /* A year's spending is an enterprise's; each spending counts in it once. */
    static const struct ceiling by_enterprise = {.scope = SCOPE_ENTERPRISE};
    static const struct ceiling by_spending = {.scope = SCOPE_SPENDING};
    for (int i = 0; i < p->nmeasures; i++) {
        struct measure *m = &p->measures[i];
        bool ok = m->crossing == CROSSING_NONE ||
                  (add_tally(m, &by_enterprise) && add_tally(m, &by_spending));
        for (int k = 0; k < p->nmeasures; k++)
            for (int c = 0; c < p->measures[k].nceilings; c++) {
                const struct ceiling *o = &p->measures[k].ceilings[c];
                if (o->measures >> i & 1 && ceiling_has_tally(o))
                    ok = add_tally(m, o) && ok;
            }
        if (!ok)
            doc_mistake(r->d, doc_item(r->d, seq, i),
                        "measure %s: ceilings count it in more than %d ways", m->code,
                        LIMIT_TALLIES);
    }
}

static const char *const period_words[] = {"year", "policy", NULL};
static const char *const by_words[] = {"area", NULL};

static void read_pool(struct policy_reader *r, struct doc_node *at)
{
    struct policy *p = r->p;
    struct pool pool = {0};
    struct doc_node *name = doc_need(r->d, at, "name");
    bool ok = doc_text(r->d, name, pool.name, LIMIT_CODE);
    pool.life = policy_read_word(r, at, "period", period_words) == 2;
    pool.by_area = policy_read_word_if(r, at, "by", by_words) == 1;
    doc_end(r->d, at);
    for (int i = 0; ok && i < p->npools; i++)
        if (strcmp(p->pools[i].name, pool.name) == 0) {
            doc_mistake(r->d, name, "the pool '%s' is there already: give it its own name",
                        pool.name);
            return;
        }
    if (ok)
        p->pools[p->npools++] = pool;
}

static void read_pools(struct policy_reader *r, struct doc_node *seq)
{
    int n = policy_read_count(r, seq, 0, LIMIT_POOLS, N_("pools"));
    for (int i = 0; i < n; i++)
        read_pool(r, doc_item(r->d, seq, i));
}

/* What measures say of each other is read when all of them are known. */
static void read_measures(struct policy_reader *r, struct doc_node *seq)
{
    int n = policy_read_count(r, seq, 1, LIMIT_MEASURES, N_("measures"));
    for (int i = 0; i < n; i++)
        policy_read_measure(r, doc_item(r->d, seq, i));
    for (int i = 0; i < n; i++) {
        struct doc_node *at = doc_item(r->d, seq, i);
        if (!doc_is_map(at))
            continue;
        policy_link_holds(r, at, &r->p->measures[i]);
        policy_link_ceilings(r, at, &r->p->measures[i]);
    }
    make_tallies(r, seq);
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

    policy_read_fields(r, doc_may(r->d, root, "fields"));
    read_pools(r, doc_may(r->d, root, "pools"));
    read_measures(r, doc_need(r->d, root, "measures"));
    policy_read_groups(r, doc_may(r->d, root, "exclusive"));
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
        if (r->memory)
            rc = ERR_MEMORY;
        else if (m->n > before || m->more > more)
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
    if (p)
        arena_free(&p->arena);
    free(p);
}
