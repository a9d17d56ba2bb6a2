/* SPDX-License-Identifier: Apache-2.0 */
/* An invoice shown on a voucher: what it pays, and that it is used once. */
#include <stdio.h>

#include "ledger/claim.h"
#include "ledger/uses.h"
#include "rules/split.h"

static int refuse_voucher(struct deciding *d, enum reason reason, const char *detail,
                          uint64_t voucher, struct day day)
{
    d->entry->refusal.voucher = voucher;
    d->entry->refusal.day = day;
    return refuse(d, reason, detail);
}

/* Whether the invoice may be shown on this voucher; refused in the entry if not. */
static int check_invoice(struct deciding *d, const struct voucher_row *v, const struct policy *p,
                         const struct invoice_row *seen)
{
    struct key k;
    const struct redeem *c = &d->command->redeem;
    struct day none = DAY(0);
    if (c->dated.n < p->statistics_from.n)
        return refuse_voucher(d, REASON_INVOICE_TOO_EARLY, NULL, 0, p->statistics_from);
    if (c->dated.n > d->entry->day.n)
        return refuse_voucher(d, REASON_INVOICE_IN_FUTURE, NULL, 0, d->entry->day);
    if (!seen)
        return 0;
    const struct voucher_row *first =
        rows_read_voucher_row(d->rows, key_voucher(&k, seen->voucher));
    if (!first)
        return 0; /* not loaded yet: decided again */
    struct key mine, its;
    voucher_claim(d->ledger, v, &mine);
    voucher_claim(d->ledger, first, &its);
    if (mine.n != its.n || memcmp(mine.p, its.p, mine.n) != 0)
        return refuse_voucher(d, REASON_INVOICE_USED, NULL, seen->voucher, none);
    if (seen->voucher == c->voucher ||
        rows_read_shown_row(d->rows, key_shown(&k, c->invoice, c->voucher)))
        return refuse_voucher(d, REASON_INVOICE_USED, NULL, c->voucher, none);
    if (seen->amount.fen != c->amount.fen || seen->dated.n != c->dated.n) {
        char what[MONEY_TEXT + DAY_TEXT + 32];
        snprintf(what, sizeof what, "amount %s and date %s",
                 money_format_grouped(seen->amount, (char[MONEY_TEXT]){0}),
                 day_format(seen->dated, (char[DAY_TEXT]){0}));
        return refuse_voucher(d, REASON_INVOICE_DIFFERS, what, seen->voucher, none);
    }
    return 0;
}

static struct rate highest_rate(const struct claim_row *claim)
{
    struct rate most = {0};
    for (int i = 0; i < claim->nrates; i++)
        if (claim->rates[i].rate.ppm > most.ppm)
            most = claim->rates[i].rate;
    return most;
}

/* The payment over the voucher's lines. */
static int pay(struct deciding *d, const struct voucher_row *v, const struct measure *m,
               struct money paid)
{
    struct key k;
    struct money open[LIMIT_LINES], parts[LIMIT_LINES];
    int odd = 0;
    struct posting *p = postings_begin(d, LIMIT_LINES);
    if (!p)
        return ERR_MEMORY;
    for (int i = 0; i < v->nparts; i++) {
        const struct line_row *line = rows_read_line_row(d->rows, key_line(&k, v->parts[i].line));
        open[i] = v->parts[i].open;
        if (line && strcmp(line->source, m->shares[m->odd].source) == 0)
            odd = i;
    }
    split_payment(v->nparts, odd, open, paid, parts);
    for (int i = 0; i < v->nparts; i++)
        if (parts[i].fen > 0)
            p[d->entry->npostings++] = (struct posting){.line = v->parts[i].line,
                                                        .voucher = d->command->redeem.voucher,
                                                        .from = STAGE_COMMITTED,
                                                        .to = STAGE_PAYABLE,
                                                        .amount = parts[i]};
    d->entry->done.redeem.paid = paid;
    return 0;
}

/* What counts in a ceiling on redemption is kept by year in lists of fixed size. */
static int check_room(struct deciding *d, const struct measure *m, const struct claim_row *claim,
                      const struct account_row *account)
{
    bool full =
        claim->nparts == LIMIT_CLAIM_PARTS || (account && account->nyears == LIMIT_ACCOUNT_YEARS);
    for (int i = 0; full && i < m->nceilings; i++)
        if (m->ceilings[i].event == EVENT_REDEEM)
            return fault_set(d->fault, "redeem.voucher", "",
                             "a voucher on a contract with fewer than %d sums by enterprise, "
                             "measure and year, of an enterprise with fewer than %d years",
                             LIMIT_CLAIM_PARTS, LIMIT_ACCOUNT_YEARS);
    return 0;
}

/* A group's common ceiling is looked at again: support from outside may have come since. What its
 * measures add up to is of what was invoiced, as the highest rate is in other groups. */
static void find_group(struct deciding *d, const struct voucher_row *v, const struct measure *m,
                       const struct policy *p, const struct claim_row *claim, struct redeem_case *x)
{
    struct key k;
    const struct group *g = m->group >= 0 ? &p->groups[m->group] : NULL;
    if (!g || g->rule != GROUP_ADD_UP)
        return;
    const struct contract_row *contract =
        m->spending.contract
            ? rows_read_contract_row(d->rows, key_contract(&k, &v->seller, v->contract))
            : NULL;
    x->group = g;
    x->base = v->base;
    x->claim_rate = g->ceiling; /* of the invoices that its measures share each pays its rate */
    if (g->outside != OUTSIDE_IGNORED)
        x->outside = contract ? contract->outside : claim->outside;
}

static int decide_amount(struct deciding *d, const struct voucher_row *v, const struct measure *m,
                         const struct policy *p, const struct claim_row *claim, bool shared)
{
    struct key k;
    const struct redeem *c = &d->command->redeem;
    const struct account_row *account =
        rows_read_account_row(d->rows, key_account(&k, &v->enterprise, v->measure));
    int rc = check_room(d, m, claim, account);
    if (rc < 0)
        return rc;
    struct redeem_case x = {.measure = m,
                            .rate = v->rate,
                            .face = v->face,
                            .open = v->stages.at[STAGE_COMMITTED],
                            .claim_rate = highest_rate(claim),
                            .claim_invoiced = claim->invoiced,
                            .claim_redeemed = claim->redeemed};
    x.redeemed = MONEY(v->face.fen - x.open.fen - v->stages.at[STAGE_AVAILABLE].fen);
    if (money_add(v->invoiced, c->amount, &x.invoiced) < 0 ||
        (!shared && money_add(claim->invoiced, c->amount, &x.claim_invoiced) < 0))
        return fault_set(d->fault, "redeem.amount", money_format(c->amount, (char[MONEY_TEXT]){0}),
                         "invoices whose sum still fits 64 bits");
    uses_of_redemption(d, v, m, p, claim, x.uses);
    find_group(d, v, m, p, claim, &x);
    struct explanation *e = explain_begin(d);
    if (!e)
        return ERR_MEMORY;
    d->entry->done.redeem.invoice_shared = shared;
    return pay(d, v, m, redeem_decide(&x, e));
}

/* By the policy that the voucher was issued under. */
static int check_attested(struct deciding *d, const struct policy *p, const struct measure *m)
{
    const struct redeem *c = &d->command->redeem;
    for (int i = 0; i < c->nattestations; i++)
        if (!policy_has_attestation(p, c->attestations[i].name))
            return fault_set(d->fault, "redeem.attestations", c->attestations[i].name,
                             "an attestation of policy %s", p->id);
    for (int i = 0; i < m->nredeem_attestations; i++)
        if (!attested(c->attestations, c->nattestations, m->redeem_attestations[i]))
            return refuse(d, REASON_ATTESTATION_MISSING, m->redeem_attestations[i]);
    return 0;
}

static int decide_redeem(struct deciding *d)
{
    struct key k;
    const struct redeem *c = &d->command->redeem;
    const struct invoice_row *seen = rows_read_invoice_row(d->rows, key_invoice(&k, c->invoice));
    const struct policy *p;
    const struct voucher_row *v = find_voucher(d, c->voucher, "redeem.voucher");
    if (!v)
        return ERR_INVALID;
    const struct measure *m = voucher_measure(d->ledger, v, &p);
    if (!m)
        return ERR_CORRUPT;
    const struct claim_row *claim = rows_read_claim_row(d->rows, voucher_claim(d->ledger, v, &k));
    const char *ended = voucher_ended(v);
    if (ended)
        return refuse_voucher(d, REASON_VOUCHER_STATE, ended, c->voucher, DAY(0));
    if (d->entry->day.n > v->redeem_to.n)
        return refuse_voucher(d, REASON_EXPIRED, NULL, c->voucher, v->redeem_to);
    int rc = check_attested(d, p, m);
    if (rc == 0 && !d->entry->refused)
        rc = check_invoice(d, v, p, seen);
    if (rc < 0 || d->entry->refused)
        return rc;
    return claim ? decide_amount(d, v, m, p, claim, seen != NULL) : ERR_CORRUPT;
}

static void fold_redeem(struct folding *f)
{
    struct key k;
    const struct redeem *c = &f->entry->command.redeem;
    bool shared = f->entry->done.redeem.invoice_shared;
    struct voucher_row *v = rows_write_voucher_row(f->rows, key_voucher(&k, c->voucher));
    if (rows_incomplete(f->rows))
        return;
    if (voucher_claim(f->ledger, v, &k)->n == 0) { /* there is no such voucher */
        fold_corrupt(f);
        return;
    }
    struct claim_row *claim = rows_write(f->rows, &k);
    if (money_add(v->invoiced, c->amount, &v->invoiced) < 0)
        fold_corrupt(f);
    if (shared) {
        rows_write_shown_row(f->rows, key_shown(&k, c->invoice, c->voucher))->entry =
            f->entry->number;
        return;
    }
    struct invoice_row *i = rows_write_invoice_row(f->rows, key_invoice(&k, c->invoice));
    if (rows_incomplete(f->rows))
        return;
    if (i->entry || money_add(claim->invoiced, c->amount, &claim->invoiced) < 0)
        fold_corrupt(f);
    i->entry = f->entry->number;
    i->voucher = c->voucher;
    i->dated = c->dated;
    i->amount = c->amount;
}

static void want_redeem(const struct wanting *w)
{
    want_voucher(w, w->command->redeem.voucher);
    if (!w->again)
        key_invoice(wants_next(w->wants), w->command->redeem.invoice);
}

const struct verb verb_redeem = {"redeem", true, decide_redeem, fold_redeem, want_redeem};
