/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "rules/reason.h"

static const char *const reason_names[REASON_COUNT] = {
    [REASON_NONE] = "none",
    [REASON_OUTSIDE_PERIOD] = "outside_period",
    [REASON_WRONG_PARTY] = "wrong_party",
    [REASON_TRAIT_MISSING] = "trait_missing",
    [REASON_ATTESTATION_MISSING] = "attestation_missing",
    [REASON_CONTRACT_WINDOW] = "contract_window",
    [REASON_OTHER_BENEFICIARY] = "other_beneficiary",
    [REASON_SUPPORTED_ALREADY] = "supported_already",
    [REASON_RATE] = "rate",
    [REASON_CEILING] = "ceiling",
    [REASON_FUNDS] = "funds",
    [REASON_NO_FUND_LINE] = "no_fund_line",
    [REASON_VOUCHER_STATE] = "voucher_state",
    [REASON_EXPIRED] = "expired",
    [REASON_INVOICE_TOO_EARLY] = "invoice_too_early",
    [REASON_INVOICE_IN_FUTURE] = "invoice_in_future",
    [REASON_INVOICE_USED] = "invoice_used",
    [REASON_INVOICE_DIFFERS] = "invoice_differs",
    [REASON_EXISTS] = "exists",
    [REASON_SAME_PARTY] = "same_party",
    [REASON_DAY_NOT_OVER] = "day_not_over",
    [REASON_LINE_CLOSED] = "line_closed",
};

static const char *const rule_names[RULE_COUNT] = {
    [RULE_NONE] = "none",
    [RULE_RATE] = N_("rate"),
    [RULE_CEILING] = N_("ceiling"),
    [RULE_SUPPORT] = N_("support"),
    [RULE_FUNDS] = N_("funds"),
    [RULE_FACE] = N_("face"),
    [RULE_INVOICED] = N_("invoiced"),
    [RULE_CLAIM] = N_("claim"),
};

const char *reason_name(enum reason r)
{
    return (unsigned)r < REASON_COUNT ? reason_names[r] : "unknown";
}

const char *rule_name(enum rule r)
{
    return (unsigned)r < RULE_COUNT ? rule_names[r] : "unknown";
}

/* Text that grows inside a fixed buffer and is cut at its end, in the language of translate. */
struct line {
    char *p;
    size_t n, cap;
    translate_fn *translate;
};

static const char *itself(const char *text)
{
    return text;
}

/* So many bytes were written, or would have been. */
static void grow(struct line *l, int n)
{
    if (n > 0)
        l->n = l->n + (size_t)n < l->cap ? l->n + (size_t)n : l->cap - 1;
}

static void add(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *l, const char *fmt, ...)
{
    va_list ap;
    if (l->n + 1 >= l->cap)
        return;
    va_start(ap, fmt);
#pragma GCC diagnostic push
    /* msgfmt holds translations to their formats. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    int n = vsnprintf(l->p + l->n, l->cap - l->n, l->translate(fmt), ap);
#pragma GCC diagnostic pop
    va_end(ap);
    grow(l, n);
}

/* Amounts and rates inside an argument list: each use needs its own buffer. */
#define YUAN(m)    money_format_grouped((m), (char[MONEY_TEXT]){0})
#define PERCENT(r) rate_format((r), (char[MONEY_TEXT]){0})
#define DATE(d)    day_format((d), (char[DAY_TEXT]){0})

static void add_limit(struct line *l, const struct limit *m)
{
    switch (m->rule) {
    case RULE_RATE:
        add(l, "rate %s of %s = %s", PERCENT(m->rate), YUAN(m->base), YUAN(m->at_most));
        break;
    case RULE_CEILING:
        add(l, "left of the ceiling %s %s (%s, used %s", l->translate(m->name), YUAN(m->at_most),
            YUAN(m->limit), YUAN(m->used));
        if (m->own.fen)
            add(l, ", of this by the same spending %s", YUAN(m->own));
        add(l, ")");
        break;
    case RULE_SUPPORT:
        add(l, "entitlement %s less %s of support for the same spending = %s", YUAN(m->base),
            YUAN(m->used), YUAN(m->at_most));
        break;
    case RULE_FUNDS:
        add(l, "left on the fund lines %s", YUAN(m->at_most));
        break;
    case RULE_FACE:
        add(l, "face %s less %s redeemed = %s", YUAN(m->base), YUAN(m->used), YUAN(m->at_most));
        break;
    case RULE_INVOICED:
        add(l, "rate %s of %s invoiced, less %s redeemed = %s", PERCENT(m->rate), YUAN(m->base),
            YUAN(m->used), YUAN(m->at_most));
        break;
    case RULE_CLAIM:
        add(l, "rate %s of %s invoiced for this spending, less %s redeemed on it = %s",
            PERCENT(m->rate), YUAN(m->base), YUAN(m->used), YUAN(m->at_most));
        break;
    case RULE_NONE:
    case RULE_COUNT:
        break;
    }
}

static void add_limits(struct line *l, const struct explanation *e)
{
    const struct limit *binding = NULL;
    for (int i = 0; i < e->nlimits; i++) {
        if (i)
            add(l, "; ");
        add_limit(l, &e->limits[i]);
        if (e->limits[i].binding)
            binding = &e->limits[i];
    }
    if (binding)
        add(l, " -> at most %s", YUAN(binding->at_most));
}

char *explanation_text(const struct explanation *e, char *out, unsigned long cap)
{
    struct line l = {out, 0, cap, itself};
    if (cap)
        out[0] = 0;
    add_limits(&l, e);
    return out;
}

static void add_text(struct line *l, const char *text)
{
    if (l->n + 1 < l->cap)
        grow(l, snprintf(l->p + l->n, l->cap - l->n, "%s", text));
}

static void add_number(struct line *l, uint64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, n);
    add_text(l, text);
}

static void add_holders(struct line *l, const struct explanation *e)
{
    if (e->nholders > 0)
        add(l, e->nholders > 1 ? N_(" by vouchers ") : N_(" by voucher "));
    for (int i = 0; i < e->nholders; i++) {
        if (i)
            add(l, ", ");
        add_number(l, e->holders[i]);
    }
}

/* 0 stands for a voucher of the same all-or-nothing batch, which came to nothing. */
static void add_voucher(struct line *l, uint64_t voucher)
{
    if (voucher) {
        add(l, "voucher ");
        add_number(l, voucher);
    } else {
        add(l, "a voucher of the same batch");
    }
}

/* A detail that is no name is one of these, as refusals of lib/ledger write them into the book. */
static const char *const party_words[] = {N_("buyer"), N_("seller")};
static const char *const state_words[] = {N_("void"), N_("lapsed"), N_("used up")};

static const char *word_in(const struct line *l, const char *const *words, size_t n,
                           const char *detail)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], detail) == 0)
            return l->translate(detail);
    return detail;
}

#define WORD_IN(l, words, detail) word_in((l), (words), sizeof(words) / sizeof *(words), (detail))

/* Takes "HEAD a MIDDLE b" apart, at the last MIDDLE: names may hold anything. */
static bool split(const char *text, const char *head, const char *middle, char *a, char *b)
{
    const char *at = NULL;
    if (strncmp(text, head, strlen(head)) != 0)
        return false;
    text += strlen(head);
    for (const char *next = text; (next = strstr(next, middle)); next++)
        at = next;
    if (!at)
        return false;
    memcpy(a, text, (size_t)(at - text));
    a[at - text] = 0;
    memcpy(b, at + strlen(middle), strlen(at + strlen(middle)) + 1);
    return true;
}

/* A detail that is part of a sentence, with names and figures in it. */
static void add_detail(struct line *l, const struct refusal *r)
{
    char a[sizeof r->detail], b[sizeof r->detail];
    const char *d = r->detail;
    if (split(d, "measure ", " in ", a, b))
        add(l, "measure %s in %s", a, b);
    else if (split(d, "contract ", " of seller ", a, b))
        add(l, "contract %s of seller %s", a, b);
    else if (split(d, "amount ", " and date ", a, b))
        add(l, "amount %s and date %s", a, b);
    else if (strncmp(d, "enterprise ", 11) == 0)
        add(l, "enterprise %s", d + 11);
    else if (strcmp(d, "this policy file, in force now,") == 0)
        add(l, "this policy file, in force now,");
    else
        add_text(l, d);
}

/* What the reason means, without the limits. */
static void add_reason(struct line *l, const struct refusal *r, const struct explanation *e)
{
    switch (r->reason) {
    case REASON_OUTSIDE_PERIOD:
        add(l, "the policy applies from %s to %s", DATE(r->day), DATE(r->day_to));
        break;
    case REASON_WRONG_PARTY:
        add(l, "this measure is claimed by the contract's %s, which this enterprise is not",
            WORD_IN(l, party_words, r->detail));
        break;
    case REASON_TRAIT_MISSING:
        add(l, "the enterprise does not have the trait '%s' on %s", r->detail, DATE(r->day));
        break;
    case REASON_ATTESTATION_MISSING:
        add(l, "the claim lacks the attestation '%s'", r->detail);
        break;
    case REASON_CONTRACT_WINDOW:
        add(l, "the contract was not signed from %s to %s", DATE(r->day), DATE(r->day_to));
        break;
    case REASON_OTHER_BENEFICIARY:
        add(l, "another enterprise, %s, holds support for this spending", r->detail);
        add_holders(l, e);
        add(l, "; only a checker's override could grant it, and there is none yet");
        break;
    case REASON_SUPPORTED_ALREADY:
        add(l, "this spending is supported already");
        add_holders(l, e);
        break;
    case REASON_RATE:
        add(l, "the measure's rate gives less");
        break;
    case REASON_CEILING:
        add(l, "the ceiling '%s' leaves less", l->translate(r->detail));
        break;
    case REASON_FUNDS:
        add(l, "the fund lines have less; asking for no more than is left is granted");
        break;
    case REASON_NO_FUND_LINE:
        add(l, "no money was appropriated for ");
        add_detail(l, r);
        break;
    case REASON_VOUCHER_STATE:
        add_voucher(l, r->voucher);
        add(l, " is %s", WORD_IN(l, state_words, r->detail));
        break;
    case REASON_EXPIRED:
        add_voucher(l, r->voucher);
        add(l, " could be redeemed until the end of %s", DATE(r->day));
        break;
    case REASON_INVOICE_TOO_EARLY:
        add(l, "spending counts from %s; the invoice is dated before", DATE(r->day));
        break;
    case REASON_INVOICE_IN_FUTURE:
        add(l, "the invoice is dated after today, %s", DATE(r->day));
        break;
    case REASON_INVOICE_USED:
        add(l, "the invoice was used on ");
        add_voucher(l, r->voucher);
        break;
    case REASON_INVOICE_DIFFERS:
        add(l, "the invoice was shown on ");
        add_voucher(l, r->voucher);
        add(l, " with ");
        add_detail(l, r);
        break;
    case REASON_EXISTS:
        add_detail(l, r);
        add(l, " is in the book already");
        break;
    case REASON_SAME_PARTY:
        add(l, "seller and buyer are the same enterprise");
        break;
    case REASON_DAY_NOT_OVER:
        add(l, "%s is not over", DATE(r->day));
        break;
    case REASON_LINE_CLOSED:
        add(l, "the policy's years are %s to %s", DATE(r->day), DATE(r->day_to));
        break;
    case REASON_NONE:
    case REASON_COUNT:
        add(l, "refused");
        break;
    }
}

char *refusal_text_in(translate_fn *translate, const struct refusal *r, const struct explanation *e,
                      char *out, unsigned long cap)
{
    static const struct explanation nothing;
    struct line l = {out, 0, cap, translate};
    if (cap)
        out[0] = 0;
    if (!e)
        e = &nothing;
    add_reason(&l, r, e);
    if (r->asked.fen)
        add(&l, "; asked for %s", YUAN(r->asked));
    if (e->nlimits) {
        add(&l, ": ");
        add_limits(&l, e);
    }
    return out;
}

char *refusal_text(const struct refusal *r, const struct explanation *e, char *out,
                   unsigned long cap)
{
    return refusal_text_in(itself, r, e, out, cap);
}
