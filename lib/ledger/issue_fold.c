/* SPDX-License-Identifier: Apache-2.0 */
/* What a claim was given, folded into the rows. */
#include "base/text.h"
#include "ledger/turn.h"

/* What folding works with: the same that deciding had, from the entry alone. */
struct claim_fold {
    const struct policy *policy;
    const struct measure *measure;
    const struct facts *facts;
    struct spending_name spending;
    char text[LIMIT_NUMBER + 1];
    const struct enterprise_row *enterprise;
};

static bool fold_find(struct folding *f, struct claim_fold *x)
{
    struct key k;
    const struct entry *e = f->entry;
    const struct issue *c = &e->command.issue;
    x->policy = policies_get(f->ledger->policies, e->policy);
    x->measure = x->policy ? policy_measure(x->policy, c->measure) : NULL;
    if (!x->measure)
        return false;
    int rc = facts_read(x->policy, c->facts, c->nfacts, "", f->ledger->arena, NULL, &x->facts);
    if (rc == ERR_MEMORY)
        f->error = rc;
    if (rc < 0)
        return false;
    x->spending = (struct spending_name){e->done.issue.seller, c->contract};
    if (!x->measure->spending.contract) {
        x->spending.text = x->text;
        if (!spending_text(x->policy, &x->measure->spending, x->facts, x->text))
            return false;
    }
    x->enterprise = NULL;
    if (x->measure->ntallies) {
        x->enterprise = rows_read_enterprise_row(f->rows, key_enterprise(&k, &c->enterprise));
        if (!x->enterprise && !rows_incomplete(f->rows))
            return false;
    }
    return x->spending.text != NULL;
}

static void fold_person(const struct claim_fold *x, struct head_row *head)
{
    for (int i = 0; i < x->policy->nfields && !head->person_key[0]; i++)
        if (x->policy->fields[i].form == FACT_PERSON && x->facts->of[i].given)
            memcpy(head->person_key, x->facts->of[i].text, PERSON_KEY_DIGITS);
}

/* The tallies that the claim counts in; what it counts for by money is posted with its voucher. */
static void fold_tallies(struct folding *f, const struct claim_fold *x)
{
    struct key k;
    const struct entry *e = f->entry;
    const struct done_issue *done = &e->done.issue;
    const struct measure *m = x->measure;
    const struct tally_subject s = claim_subject(x->policy, &e->command.issue.enterprise,
                                                 x->enterprise, &x->spending, x->facts);
    struct money supported = m->crossing == CROSSING_KEEP ? done->base : done->accounted;
    struct counted_row *counted = NULL;
    if (done->voucher) {
        key_counted(&k, done->voucher);
        rows_absent(f->rows, &k);
        counted = rows_write(f->rows, &k);
    }
    for (int i = 0; i < m->ntallies; i++) {
        struct tally_key tally;
        if (!tally_key_make(&s, &m->tallies[i], m->code, &tally)) {
            fold_corrupt(f);
            return;
        }
        struct tally_row *t = rows_write_tally_row(f->rows, key_tally(&k, &tally));
        if (rows_incomplete(f->rows))
            continue;
        if (done->voucher && !tally_live(t))
            t->first = e->day;
        struct tally_year *y = tally_make(t, day_year(e->day));
        if (!y) {
            fold_corrupt(f);
            return;
        }
        y->claims += done->voucher != 0;
        if (tally_has_spending(&tally)) {
            y->spent.fen += done->spent.fen;
            y->supported.fen += done->voucher ? supported.fen : 0;
        }
        if (counted)
            counted->keys[counted->nkeys++] = tally;
    }
    if (counted) {
        counted->spent = done->spent;
        counted->supported = supported;
    }
}

static void fold_designation(struct folding *f, const struct claim_fold *x)
{
    const struct entry *e = f->entry;
    const struct issue *c = &e->command.issue;
    struct key k;
    struct claim_row *claim =
        rows_write_claim_row(f->rows, key_claim(&k, &x->spending, x->policy, x->measure));
    struct designation_row *r =
        rows_write_designation_row(f->rows, key_designation(&k, &c->enterprise, c->measure));
    key_designated(&k, e->number);
    rows_absent(f->rows, &k);
    struct designated_row *d = rows_write(f->rows, &k);
    if (rows_incomplete(f->rows))
        return;
    if (claim->designation || r->nspans == LIMIT_SPANS) {
        fold_corrupt(f);
        return;
    }
    claim->designation = e->number;
    r->spans[r->nspans++] =
        (struct designation_span){.entry = e->number, .from = e->day, .to = DAY(DAY_MAX)};
    d->enterprise = c->enterprise;
    d->seller = x->spending.seller;
    d->policy = e->policy;
    d->withdrawn = DAY(DAY_MAX);
    text_copy(d->measure, sizeof d->measure, c->measure);
    text_copy(d->spending, sizeof d->spending, x->spending.text);
}

static void fold_voucher(struct folding *f, const struct claim_fold *x)
{
    const struct entry *e = f->entry;
    const struct issue *c = &e->command.issue;
    const struct done_issue *done = &e->done.issue;
    struct key k;
    struct head_row *head = rows_write_head_row(f->rows, key_head(&k));
    key_voucher(&k, done->voucher);
    if (done->voucher > head->vouchers)
        rows_absent(f->rows, &k);
    struct voucher_row *v =
        rows_write_more(f->rows, &k, e->npostings < LIMIT_LINES ? e->npostings : LIMIT_LINES);
    struct account_row *a =
        rows_write_account_row(f->rows, key_account(&k, &c->enterprise, c->measure));
    struct due_row *due = rows_write_due_row(f->rows, key_due(&k, done->redeem_to));
    if (!rows_incomplete(f->rows) && done->voucher != head->vouchers + 1) {
        fold_corrupt(f);
        return;
    }
    struct claim_row *claim =
        rows_write_claim_row(f->rows, key_claim(&k, &x->spending, x->policy, x->measure));
    if (x->enterprise)
        fold_tallies(f, x);
    if (measure_waits(x->measure))
        fold_turn_over(f, &x->spending, x->measure);
    if (rows_incomplete(f->rows))
        return;
    head->vouchers = done->voucher;
    if (head->first_due.n == 0 || done->redeem_to.n < head->first_due.n)
        head->first_due = done->redeem_to;
    text_copy(v->measure, sizeof v->measure, c->measure);
    text_copy(v->contract, sizeof v->contract, x->spending.text);
    v->enterprise = c->enterprise;
    v->seller = done->seller;
    v->policy = e->policy;
    v->rate = done->rate;
    v->face = done->face;
    v->base = done->base;
    v->issued = e->day;
    v->valid_to = done->valid_to;
    v->redeem_to = done->redeem_to;
    v->issue_entry = e->number;
    v->tops_up = done->tops_up;
    v->before_claim = claim->newest;
    claim->newest = done->voucher;
    v->before_account = a->newest;
    a->newest = done->voucher;
    a->vouchers++;
    v->before_due = due->newest;
    due->newest = done->voucher;
    for (uint32_t i = 0; i < e->npostings && i < LIMIT_LINES; i++)
        if (e->postings[i].voucher && e->postings[i].to == STAGE_COMMITTED)
            v->parts[v->nparts++].line = e->postings[i].line;
}

void fold_issue(struct folding *f)
{
    struct key k;
    struct claim_fold x;
    if (!fold_find(f, &x)) {
        fold_corrupt(f);
        return;
    }
    if (f->entry->command.issue.nfacts > 0)
        fold_person(&x, rows_write_head_row(f->rows, key_head(&k)));
    if (f->entry->done.issue.given == GIVEN_VOUCHER)
        fold_voucher(f, &x);
    else if (f->entry->done.issue.given == GIVEN_DESIGNATION)
        fold_designation(f, &x);
    else if (f->entry->done.issue.given == GIVEN_PLACE)
        fold_place(f, &x.spending, x.measure);
    else if (x.enterprise)
        fold_tallies(f, &x);
}
