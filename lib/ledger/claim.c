/* SPDX-License-Identifier: Apache-2.0 */
/* What a claim names, looked up. */
#include "ledger/claim.h"

#include <stdio.h>

static const struct facts nothing_stated;

int facts_read(const struct policy *p, const struct fact *facts, int n, const char *field,
               struct arena *a, struct fault *f, const struct facts **out)
{
    char name[64 + LIMIT_NAME];
    *out = &nothing_stated;
    if (n == 0)
        return 0;
    struct facts *x = arena_zero(a, sizeof *x);
    if (!x)
        return ERR_MEMORY;
    for (int i = 0; i < n; i++) {
        int k = policy_field(p, facts[i].name);
        if (k < 0)
            return fault_set(f, field, facts[i].name, "a field of policy %s", p->id);
        if (x->of[k].given)
            return fault_set(f, field, facts[i].name, "a field that is stated once");
        snprintf(name, sizeof name, "%s.%s", field, facts[i].name);
        int rc = fact_read(&p->fields[k], facts[i].value, name, f, &x->of[k]);
        if (rc < 0)
            return rc;
    }
    *out = x;
    return 0;
}

/* What a claim must state, it states; and nothing that nobody asks for. */
static int check_stated(struct deciding *d, const struct measure *m, const struct facts *f,
                        uint64_t must, const char *field)
{
    for (int i = 0; i < d->policy->nfields; i++) {
        const char *name = d->policy->fields[i].name;
        if (must >> i & 1 && !f->of[i].given)
            return fault_set(d->fault, field, name, "stated: measure %s needs this field", m->code);
        if (f->of[i].given && !(m->may_state >> i & 1))
            return fault_set(d->fault, field, name, "a field that claims on measure %s state",
                             m->code);
    }
    return 0;
}

bool spending_text(const struct policy *p, const struct spending *s, const struct facts *f,
                   char out[static LIMIT_NUMBER + 1])
{
    char value[LIMIT_FACT + 1];
    size_t n = 0;
    out[0] = 0;
    for (int i = 0; i < s->n; i++) {
        const struct claim_field *field = &p->fields[s->fields[i]];
        if (!fact_format(field, &f->of[s->fields[i]], value, sizeof value) ||
            n + (i > 0) + strlen(value) > LIMIT_NUMBER)
            return false;
        n += (size_t)snprintf(out + n, LIMIT_NUMBER + 1 - n, "%s%s", i ? VALUE_SEPARATOR : "",
                              value);
    }
    return true;
}

struct tally_subject claim_subject(const struct policy *p, const struct uscc *enterprise,
                                   const struct enterprise_row *row, const struct spending_name *s,
                                   const struct facts *f)
{
    return (struct tally_subject){p, *enterprise, row->area, row->related, *s, f};
}

#define SOON 4 /* vouchers ahead: as long as memory takes to answer */

/* Rows of the voucher to be: asked for before any rule, so that one loading brings them all. */
static void want_new_voucher(struct deciding *d, const struct claim_case *x)
{
    struct key k;
    rows_soon(d->rows, key_voucher(&k, d->head->vouchers + 1 + SOON));
    rows_absent(d->rows, key_voucher(&k, d->head->vouchers + 1));
    rows_want(d->rows, key_due(&k, x->redeem_to));
}

static void find_lines(struct deciding *d, struct claim_case *x)
{
    struct key k;
    const struct issue *c = &d->command->issue;
    x->year = c->year ? c->year : d->year;
    for (int i = 0; i < x->measure->nshares; i++) {
        const struct fund_share *s = &x->measure->shares[i];
        const char *area = s->by_area && x->enterprise ? x->enterprise->area : "";
        x->lines[i] = 0;
        x->available[i] = MONEY(0);
        const struct line_name_row *name = rows_read_line_name_row(
            d->rows,
            key_line_name(&k, s->pool, policy_line_year(d->policy, s, x->year), s->source, area));
        const struct line_row *line =
            name ? rows_read_line_row(d->rows, key_line(&k, name->line)) : NULL;
        if (!line)
            continue;
        x->nlines++;
        x->lines[i] = name->line;
        x->available[i] = line->stages.at[STAGE_AVAILABLE];
    }
}

static int find_spending(struct deciding *d, struct claim_case *x)
{
    const struct issue *c = &d->command->issue;
    const struct measure *m = x->measure;
    if (!m->spending.contract) {
        if (c->contract)
            return fault_set(d->fault, "issue.contract", c->contract,
                             "no contract: measure %s supports other spending", m->code);
        if (!spending_text(d->policy, &m->spending, x->facts, x->text))
            return fault_set(d->fault, "issue.facts", m->code,
                             "values of at most %d bytes together for the fields that name the "
                             "spending",
                             LIMIT_NUMBER);
        x->spending = (struct spending_name){.text = x->text};
        spending_part(d->policy, m, x->text, false, x->sub);
        return strlen(x->sub) <= LIMIT_SUB ? 0
                                           : fault_set(d->fault, "issue.facts", x->sub,
                                                       "values of at most %d bytes", LIMIT_SUB);
    }
    if (!c->contract)
        return fault_set(d->fault, "issue.contract", NULL,
                         "the number of the contract: measure %s supports one", m->code);
    x->contract = find_contract(d, c->contract, c->has_seller ? &c->seller : NULL, "issue.contract",
                                "issue.seller", &x->spending.seller);
    x->spending.text = c->contract;
    return x->contract ? 0 : ERR_INVALID;
}

static int find_tallies(struct deciding *d, struct claim_case *x)
{
    struct key k;
    const struct measure *m = x->measure;
    const struct tally_subject s = claim_subject(d->policy, &d->command->issue.enterprise,
                                                 x->enterprise, &x->spending, x->facts);
    for (int i = 0; i < m->ntallies; i++)
        if (!tally_key_make(&s, &m->tallies[i], m->code, &x->tallies[i]))
            return fault_set(d->fault, "issue.facts", m->code,
                             "shorter values: what ceilings count by has at most %d bytes",
                             LIMIT_TALLY);
    if (m->crossing != CROSSING_NONE) {
        static const struct ceiling by_enterprise = {.scope = SCOPE_ENTERPRISE};
        static const struct ceiling by_spending = {.scope = SCOPE_SPENDING};
        x->year_tally =
            rows_read_tally_row(d->rows, key_tally(&k, &x->tallies[tally_of(m, &by_enterprise)]));
        x->spending_tally =
            rows_read_tally_row(d->rows, key_tally(&k, &x->tallies[tally_of(m, &by_spending)]));
    }
    return 0;
}

static bool has_trait(const void *arg, const char *name)
{
    struct key k;
    const struct deciding *d = arg;
    const struct enterprise_row *e =
        rows_read_enterprise_row(d->rows, key_enterprise(&k, &d->command->issue.enterprise));
    int32_t on = d->entry->day.n;
    for (int i = 0; e && i < e->ntraits; i++)
        if (e->traits[i].from.n <= on && on <= e->traits[i].to.n &&
            strcmp(e->traits[i].name, name) == 0)
            return true;
    return false;
}

/* 1 and the earlier calendar years in which something was granted and not freed again. */
static int year_of_enjoyment(const struct account_row *a, int year)
{
    int n = 1;
    for (int i = 0; a && i < a->nyears; i++)
        n += a->years[i].year < year && a->years[i].issued.fen > 0;
    return n;
}

static void find_circumstances(struct deciding *d, struct claim_case *x)
{
    int year = d->year;
    const struct tally_year *spent = tally_find(x->year_tally, year);
    x->outside = x->contract ? x->contract->outside : x->claim ? x->claim->outside : MONEY(0);
    x->spent =
        claim_base(x->measure, x->facts, x->contract ? x->contract->amount : MONEY(0), x->outside);
    x->circumstances = (struct circumstances){
        .policy = d->policy,
        .measure = x->measure,
        .facts = x->facts,
        .code = d->command->issue.enterprise,
        .area = x->enterprise->area,
        .base = MONEY(x->spent.fen + (spent ? spent->spent.fen : 0)),
        .enjoyed = year_of_enjoyment(x->account, year),
        .outside = x->outside,
        .has_trait = has_trait,
        .arg = d,
    };
}

static int check_attestations(struct deciding *d)
{
    const struct issue *c = &d->command->issue;
    for (int i = 0; i < c->nattestations; i++)
        if (!policy_has_attestation(d->policy, c->attestations[i].name))
            return fault_set(d->fault, "issue.attestations", c->attestations[i].name,
                             "an attestation of policy %s", d->policy->id);
    return 0;
}

/* Persons are known by one key for the book's life: another would forget what they had. */
static int check_person(struct deciding *d, const struct facts *f)
{
    for (int i = 0; i < d->policy->nfields; i++)
        if (d->policy->fields[i].form == FACT_PERSON && f->of[i].given && d->head->person_key[0] &&
            strncmp(f->of[i].text, d->head->person_key, PERSON_KEY_DIGITS) != 0)
            return fault_set(d->fault, "issue.person", NULL,
                             "a person known by the key %s, as all others in the book",
                             d->head->person_key);
    return 0;
}

int claim_find(struct deciding *d, struct claim_case *x)
{
    struct key k;
    const struct issue *c = &d->command->issue;
    memset(x, 0, offsetof(struct claim_case, tallies));
    x->nlines = 0;
    x->measure = find_measure(d, c->measure, "issue.measure");
    if (!x->measure)
        return ERR_INVALID;
    x->valid_to = policy_valid_to(d->policy, x->measure, d->entry->day);
    x->redeem_to = policy_redeem_to(d->policy, x->valid_to);
    want_new_voucher(d, x);
    x->enterprise = rows_read_enterprise_row(d->rows, key_enterprise(&k, &c->enterprise));
    find_lines(d, x);
    x->group = x->measure->group >= 0 ? &d->policy->groups[x->measure->group] : NULL;
    x->account = rows_read_account_row(d->rows, key_account(&k, &c->enterprise, c->measure));
    if (!x->enterprise && !find_enterprise(d, &c->enterprise, "issue.enterprise"))
        return ERR_INVALID;
    int rc = facts_read(d->policy, c->facts, c->nfacts, "issue.facts", d->ledger->arena, d->fault,
                        &x->facts);
    if (rc == 0 && (c->nfacts > 0 || x->measure->must_state))
        rc = check_stated(d, x->measure, x->facts, x->measure->must_state, "issue.facts");
    if (rc == 0 && c->nfacts > 0)
        rc = check_person(d, x->facts);
    if (rc == 0)
        rc = find_spending(d, x);
    if (rc == 0)
        rc = check_attestations(d);
    if (rc < 0)
        return rc;
    x->claim = rows_read_claim_row(d->rows, key_claim(&k, &x->spending, d->policy, x->measure));
    rc = find_tallies(d, x);
    if (rc < 0)
        return rc;
    find_circumstances(d, x);
    if (x->circumstances.base.fen > LIMIT_AMOUNT_FEN)
        return fault_set(d->fault, "issue.facts", c->measure,
                         "spending of at most %s yuan in a year", LIMIT_AMOUNT_TEXT);
    return 0;
}
