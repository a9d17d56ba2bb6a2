/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/policy_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SOURCES_MAX (LIMIT_LINES * 4)
#define YEARS_MAX   20   /* of a voucher's life: longer than any policy */
#define GRACE_MAX   3660 /* days: ten years */

typedef char name_text[LIMIT_NAME + 1];

/* The words of the file; the enumerations of policy.h begin at 1, in this order. */
static const char *const kind_words[] = {"rate", NULL};
static const char *const claimant_words[] = {"buyer", "seller", NULL};
static const char *const payee_words[] = {"enterprise", "provider", NULL};
static const char *const shortfall_words[] = {"refuse", "partial", NULL};
static const char *const scope_words[] = {"enterprise", "contract", NULL};
static const char *const period_words[] = {"policy", "year", NULL};
static const char *const event_words[] = {"issue", "redeem", NULL};

/* A list of names and what its items are called. */
struct names {
    const char *what; /* "trait" */
    const char *key;  /* where they are declared: "traits" */
    name_text *list;
    int *n;
    int max;
};

struct reader {
    struct doc *d;
    const struct mistakes *m; /* where d tells them */
    struct policy *p;
    name_text sources[SOURCES_MAX];
    int nsources;
};

static int names_find(const struct names *s, const char *name)
{
    for (int i = 0; i < *s->n; i++)
        if (strcmp(s->list[i], name) == 0)
            return i;
    return -1;
}

/* "a, b, c" of a list, shortened; "none" for an empty one. */
static char *names_join(const struct names *s, char *out, size_t cap)
{
    size_t at = 0;
    snprintf(out, cap, "none");
    for (int i = 0; i < *s->n && at < cap; i++)
        at += (size_t)snprintf(out + at, cap - at, "%s%s", i ? ", " : "", s->list[i]);
    return out;
}

/* How many items of a list to read: one that is too long, or empty and should not be, is told. */
static int count_upto(struct reader *r, struct doc_node *seq, int min, int max, const char *what)
{
    int told = r->m->n + r->m->more;
    int n = doc_count(r->d, seq);
    if (seq && n < min && told == r->m->n + r->m->more)
        doc_mistake(r->d, seq, "no %-s are listed here: at least %d", what, min);
    if (n <= max)
        return n;
    doc_mistake(r->d, doc_item(r->d, seq, max), "%d %-s: at most %d are taken", n, what, max);
    return max;
}

/* Reads a list of names into to; each must stand in from (NULL: they are declared here). */
static void read_names(struct reader *r, struct doc_node *seq, const struct names *to,
                       const struct names *from)
{
    char known[200];
    name_text name;
    int n = count_upto(r, seq, 0, to->max, to->key);
    for (int i = 0; i < n; i++) {
        struct doc_node *at = doc_item(r->d, seq, i);
        if (!doc_text(r->d, at, name, LIMIT_NAME))
            continue;
        if (names_find(to, name) >= 0)
            doc_mistake(r->d, at, "the %-s '%s' is listed already: name it once", to->what, name);
        else if (from && names_find(from, name) < 0)
            doc_mistake(r->d, at, "the %-s '%s' is not declared: under '%s' stand: %s", to->what,
                        name, from->key, names_join(from, known, sizeof known));
        else
            strcpy(to->list[(*to->n)++], name); /* and zeros behind it stay */
    }
}

/* A word as a value of its enumeration; 0 after a mistake. */
static int read_word(struct reader *r, struct doc_node *map, const char *key,
                     const char *const words[])
{
    int i = -1;
    (void)doc_word(r->d, doc_need(r->d, map, key), key, words, &i);
    return i + 1;
}

/* {from: DAY, to: DAY}, both inclusive. */
static bool read_period(struct reader *r, struct doc_node *map, const char *what, struct day *from,
                        struct day *to)
{
    char a[DAY_TEXT], b[DAY_TEXT];
    struct doc_node *last = doc_need(r->d, map, "to");
    bool ok = doc_day(r->d, doc_need(r->d, map, "from"), "from", from);
    ok = doc_day(r->d, last, "to", to) && ok;
    doc_end(r->d, map);
    if (!ok)
        return false;
    if (to->n >= from->n)
        return true;
    doc_mistake(r->d, last, "%-s ends on %s, before it begins on %s: give a later day", what,
                day_format(*to, a), day_format(*from, b));
    return false;
}

/* Areas are looked up by code and by name, so neither may mean two. */
static void check_area(struct reader *r, struct doc_node *at, const struct area *a)
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

static void read_areas(struct reader *r, struct doc_node *seq, bool retired)
{
    struct policy *p = r->p;
    name_text now;
    int live = p->nareas;
    int n = count_upto(r, seq, retired ? 0 : 1, LIMIT_AREAS - live, N_("areas"));
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

static void ceiling_name(struct ceiling *c)
{
    /* The longest has LIMIT_NAME bytes: with brackets it would lose the last of them. */
    static const char *const names[2][2][2] = {
        {{N_("per enterprise over the policy's life"),
          N_("per enterprise over the policy's life, redeemed")},
         {N_("per enterprise and year"), N_("per enterprise and year (redeemed)")}},
        {{N_("per contract over the policy's life"),
          N_("per contract over the policy's life (redeemed)")},
         {N_("per contract and year"), N_("per contract and year (redeemed)")}}};
    snprintf(c->name, sizeof c->name, "%s",
             names[c->scope == SCOPE_CONTRACT][c->period == PERIOD_YEAR][c->event == EVENT_REDEEM]);
}

static void read_ceiling(struct reader *r, struct doc_node *at, struct measure *m)
{
    struct ceiling c = {0};
    struct doc_node *limit = doc_need(r->d, at, "limit"), *name = doc_may(r->d, at, "name");
    c.scope = (enum ceiling_scope)read_word(r, at, "scope", scope_words);
    c.period = (enum ceiling_period)read_word(r, at, "period", period_words);
    c.event = (enum ceiling_event)read_word(r, at, "event", event_words);
    if (doc_money(r->d, limit, "limit", &c.limit) && c.limit.fen == 0)
        doc_mistake(r->d, limit, "limit: a ceiling of 0.00 would grant nothing: at least 0.01");
    bool named = doc_text(r->d, name, c.name, LIMIT_NAME);
    doc_end(r->d, at);
    if (!c.scope || !c.period || !c.event)
        return;
    if (!named)
        ceiling_name(&c);
    for (int i = 0; i < m->nceilings; i++) {
        const struct ceiling *b = &m->ceilings[i];
        if (b->scope == c.scope && b->period == c.period && b->event == c.event) {
            doc_mistake(r->d, at,
                        "a ceiling of scope %s, period %s, event %s is there already, '%s': keep "
                        "the lower one",
                        scope_words[c.scope - 1], period_words[c.period - 1],
                        event_words[c.event - 1], b->name);
            return;
        }
        if (strcmp(b->name, c.name) == 0) {
            doc_mistake(r->d, at, "two ceilings are called '%s': give each its own name", c.name);
            return;
        }
    }
    m->ceilings[m->nceilings++] = c;
}

/* One line {source: NAME, share: RATE}; whether its share could be read. */
static bool read_share(struct reader *r, struct doc_node *at, struct measure *m)
{
    struct names from = {N_("source"), "sources", r->sources, &r->nsources, SOURCES_MAX};
    struct fund_share s = {0};
    char known[200];
    struct doc_node *source = doc_need(r->d, at, "source"), *share = doc_need(r->d, at, "share");
    bool named = doc_text(r->d, source, s.source, LIMIT_NAME);
    bool ok = doc_rate(r->d, share, "share", &s.share);
    doc_end(r->d, at);
    if (named && names_find(&from, s.source) < 0)
        doc_mistake(r->d, source, "the source '%s' is not declared: under 'sources' stand: %s",
                    s.source, names_join(&from, known, sizeof known));
    if (ok && s.share.ppm == 0)
        doc_mistake(r->d, share,
                    "share: a share is above 0 %%: leave a line out that gives nothing");
    for (int i = 0; named && i < m->nshares; i++)
        if (strcmp(m->shares[i].source, s.source) == 0)
            doc_mistake(r->d, source, "the source '%s' has a share already: add them up", s.source);
    m->shares[m->nshares++] = s;
    return ok;
}

static void read_shares(struct reader *r, struct doc_node *map, struct measure *m)
{
    char text[MONEY_TEXT], known[200] = "";
    name_text odd;
    struct rate sum = {0};
    struct doc_node *lines = doc_need(r->d, map, "fund-lines");
    struct doc_node *odd_at = doc_may(r->d, map, "odd-fen");
    int n = count_upto(r, lines, 1, LIMIT_LINES, N_("fund lines"));
    bool ok = lines && n == doc_count(r->d, lines);
    for (int i = 0; i < n; i++) {
        ok = read_share(r, doc_item(r->d, lines, i), m) && ok;
        sum.ppm += m->shares[i].share.ppm;
        size_t at = strlen(known);
        snprintf(known + at, sizeof known - at, "%s%s", i ? ", " : "", m->shares[i].source);
    }
    if (n > 0 && ok && sum.ppm != RATE_ONE)
        doc_mistake(r->d, lines, "the shares make %s: they must make 100 %% together",
                    rate_format(sum, text));
    if (n > 1 && !odd_at)
        doc_mistake(r->d, lines,
                    "the key 'odd-fen' is missing: with more than one fund line it "
                    "names the one that takes the odd fen, one of: %s",
                    known);
    if (n == 0 || !doc_text(r->d, odd_at, odd, LIMIT_NAME))
        return;
    for (m->odd = 0; m->odd < n && strcmp(m->shares[m->odd].source, odd) != 0;)
        m->odd++;
    if (m->odd == n)
        doc_mistake(r->d, odd_at, "odd-fen: '%s' has no share in this measure: one of: %s", odd,
                    known);
}

/* What a claim must have besides its contract. */
static void read_conditions(struct reader *r, struct doc_node *at, struct measure *m)
{
    struct policy *p = r->p;
    const struct names traits = {N_("trait"), "traits", p->traits, &p->ntraits, 0};
    const struct names attestations = {N_("attestation"), "attestations", p->attestations,
                                       &p->nattestations, 0};
    const struct names own_traits = {N_("trait"), "traits", m->traits, &m->ntraits, LIMIT_TRAITS};
    const struct names own_attestations = {N_("attestation"), "attestations", m->attestations,
                                           &m->nattestations, LIMIT_ATTESTATIONS};
    struct doc_node *window = doc_may(r->d, at, "contract-signed");
    read_names(r, doc_may(r->d, at, "traits"), &own_traits, &traits);
    read_names(r, doc_may(r->d, at, "attestations"), &own_attestations, &attestations);
    m->has_window = window && read_period(r, window, N_("contract-signed: the window"),
                                          &m->signed_from, &m->signed_to);
}

static void check_code(struct reader *r, struct doc_node *at, const struct measure *m)
{
    if (strchr(m->code, ' ') || strchr(m->code, ','))
        doc_mistake(r->d, at, "code: '%s': a measure's code has no blanks or commas, like 3A",
                    m->code);
    if (policy_measure(r->p, m->code))
        doc_mistake(r->d, at, "the measure '%s' is there already: a code stands for one measure",
                    m->code);
}

static void read_measure(struct reader *r, struct doc_node *at)
{
    struct measure *m = &r->p->measures[r->p->nmeasures];
    struct doc_node *code = doc_need(r->d, at, "code"), *rate, *ceilings;
    m->group = -1;
    if (doc_text(r->d, code, m->code, LIMIT_CODE))
        check_code(r, code, m);
    (void)doc_text(r->d, doc_need(r->d, at, "name"), m->name, LIMIT_NAME);
    (void)doc_text(r->d, doc_need(r->d, at, "english"), m->english, LIMIT_NAME);
    m->kind = (enum measure_kind)read_word(r, at, "kind", kind_words);
    rate = doc_need(r->d, at, "rate");
    if (doc_rate(r->d, rate, "rate", &m->rate) && m->rate.ppm == 0)
        doc_mistake(r->d, rate, "rate: 0 %% would grant nothing: above 0 %%, at most 100 %%");
    m->claimant = (enum claimant)read_word(r, at, "claimant", claimant_words);
    m->payee = (enum payee)read_word(r, at, "payee", payee_words);
    ceilings = doc_need(r->d, at, "ceilings");
    int n = count_upto(r, ceilings, 0, LIMIT_CEILINGS, N_("ceilings"));
    for (int i = 0; i < n; i++)
        read_ceiling(r, doc_item(r->d, ceilings, i), m);
    read_conditions(r, at, m);
    read_shares(r, at, m);
    m->shortfall = (enum shortfall)read_word(r, at, "when-short", shortfall_words);
    doc_end(r->d, at);
    r->p->nmeasures++;
}

/* One group {name: TEXT, measures: [CODE, ...]}. */
static void read_group(struct reader *r, struct doc_node *at, int group)
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
    int n = count_upto(r, list, 1, LIMIT_MEASURES, N_("measures"));
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

static void read_times(struct reader *r, struct doc_node *root)
{
    struct policy *p = r->p;
    struct fault f;
    char text[DAY_TEXT];
    struct doc_node *from = doc_need(r->d, root, "statistics-from");
    struct doc_node *zone = doc_need(r->d, root, "time-zone");
    struct doc_node *vouchers = doc_need(r->d, root, "vouchers");
    bool ok = read_period(r, doc_need(r->d, root, "applies"), N_("applies: the policy"), &p->first,
                          &p->last);
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

static void read_root(struct reader *r, struct doc_node *root)
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
    read_names(r, doc_may(r->d, root, "traits"), &traits, NULL);
    read_names(r, doc_may(r->d, root, "attestations"), &attestations, NULL);
    read_names(r, doc_need(r->d, root, "sources"), &sources, NULL);

    struct doc_node *measures = doc_need(r->d, root, "measures");
    int n = count_upto(r, measures, 1, LIMIT_MEASURES, N_("measures"));
    for (int i = 0; i < n; i++)
        read_measure(r, doc_item(r->d, measures, i));
    struct doc_node *groups = doc_may(r->d, root, "exclusive");
    n = count_upto(r, groups, 0, LIMIT_GROUPS, N_("groups"));
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
    struct reader *r = calloc(1, sizeof *r);
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
