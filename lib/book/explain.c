/* SPDX-License-Identifier: Apache-2.0 */
/* What an enterprise could get for a contract: issue decided for each measure, and taken back. */
#include "book/inner.h"

/* The command that would be asked, with every attestation that the measure wants. */
static void make_issue(const struct query *q, const struct measure *m, struct command *c)
{
    memset(c, 0, sizeof *c);
    c->kind = COMMAND_ISSUE;
    c->issue.measure = m->code;
    c->issue.enterprise = q->enterprise;
    c->issue.contract = q->contract;
    c->issue.has_seller = q->has_seller;
    c->issue.seller = q->seller;
    c->issue.year = q->year;
    c->issue.nattestations = m->nattestations;
    for (int i = 0; i < m->nattestations; i++)
        c->issue.attestations[i] = (struct attestation){m->attestations[i], "?"};
}

static int explain_one(struct book *b, const struct query *q, const struct measure *m,
                       struct instant now, struct arena *a, struct explain_answer *x)
{
    struct command *c = arena_alloc(a, sizeof *c);
    struct entry *e = NULL;
    if (!c)
        return ERR_MEMORY;
    make_issue(q, m, c);
    x->measure = m->code;
    x->outcome.dry_run = true;
    struct fault fault = {0};
    int rc = book_decide(b, c, "", now, a, &fault, &e);
    if (rc == ERR_INVALID) {
        x->outcome.kind = OUTCOME_INVALID;
        outcome_fault_keep(&x->outcome, a, &fault);
        return 0;
    }
    if (rc < 0)
        return rc;
    x->outcome.kind = e->refused ? OUTCOME_REFUSED : OUTCOME_DONE;
    x->outcome.entry = e;
    return 0;
}

static int explain(struct book *b, struct instant now, const struct query *q, struct arena *a,
                   struct answer *out)
{
    struct key k;
    const struct head_row *head;
    for (;;) {
        head = rows_read_head_row(b->tables.rows, key_head(&k));
        if (!rows_incomplete(b->tables.rows))
            break;
        int rc = tables_load(&b->tables);
        if (rc < 0)
            return rc;
    }
    const struct policy *p = policies_get(b->tables.policies, head ? head->policy : 0);
    out->kind = QUERY_EXPLAIN;
    out->as_of_entry = head ? head->entries : 0;
    if (!p) {
        (void)fault_set(&out->fault, "policy", "none", "a policy must be adopted first");
        return 0;
    }
    if (q->measure && !policy_measure(p, q->measure)) {
        (void)fault_set(&out->fault, "measure", q->measure, "a measure of policy %s", p->id);
        return 0;
    }
    out->explained = arena_zero(a, (size_t)p->nmeasures * sizeof *out->explained);
    if (!out->explained)
        return ERR_MEMORY;
    for (int i = 0; i < p->nmeasures; i++) {
        const struct measure *m = &p->measures[i];
        /* Nothing is known of what claims on other measures would state. */
        if (q->measure ? strcmp(q->measure, m->code) != 0
                       : !m->spending.contract || m->must_state != 0)
            continue;
        int rc = explain_one(b, q, m, now, a, &out->explained[out->n]);
        if (rc < 0)
            return rc;
        /* What makes every measure impossible is told once. */
        if (out->explained[out->n].outcome.kind == OUTCOME_INVALID) {
            out->fault = *outcome_fault(&out->explained[out->n].outcome);
            out->n = 0;
            return 0;
        }
        out->n++;
    }
    return 0;
}

int book_query_ahead(struct book *b, struct instant now, const struct query *q, struct arena *a,
                     struct answer *out)
{
    struct view *v;
    if (!query_is_point(q))
        return ERR_RANGE; /* a listing does not see what is in memory alone */
    memset(out, 0, sizeof *out);
    bool lost = b->behind || store_tables_damaged(b->store);
    int rc = 0;
    if (lost || q->kind == QUERY_STATUS) /* that reads the journal too */
        rc = book_ready(b);
    if (rc == 0 && tables_are_full(&b->tables))
        rc = book_tables_begin(b, b->stored); /* what explaining has loaded counts too */
    if (rc < 0)
        return rc;
    if (q->kind == QUERY_EXPLAIN) {
        rc = explain(b, now, q, a, out);
        if (rc < 0)
            b->behind = true; /* rows were wanted that could not be loaded: all is folded anew */
        return rc;
    }
    if (q->kind != QUERY_STATUS) {
        rc = tables_view(&b->tables, &v);
        return rc < 0 ? rc : query_answer(b, v, b->tables.rows, now, q, a, out);
    }
    rc = view_snapshot(b->store, &v);
    if (rc < 0)
        return rc;
    rc = query_answer(b, v, b->tables.rows, now, q, a, out);
    view_end(v);
    return rc;
}

int book_query_live(struct book *b, struct instant now, const struct query *q, struct arena *a,
                    struct answer *out)
{
    int rc = book_ready(b);
    return rc < 0 ? rc : book_query_ahead(b, now, q, a, out);
}

int book_query_snapshot(struct book *b, struct instant now, const struct query *q, struct arena *a,
                        struct answer *out)
{
    struct view *v;
    if (q->kind == QUERY_EXPLAIN)
        return ERR_RANGE;
    bool journal = q->kind == QUERY_ENTRIES;
    bool tables = query_is_point(q) && q->kind != QUERY_STATUS; /* they read nothing else */
    int rc = journal  ? view_journal(b->store, &v)
             : tables ? view_tables(b->store, &v)
                      : view_snapshot(b->store, &v);
    if (rc < 0)
        return rc;
    rc = journal ? entries_answer(v, q, a, out) : query_answer(b, v, NULL, now, q, a, out);
    view_end(v);
    return rc;
}
