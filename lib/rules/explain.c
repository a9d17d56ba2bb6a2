/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "rules/field.h"
#include "rules/reason.h"

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
#define YUAN(m)     money_format_grouped((m), (char[MONEY_TEXT]){0})
#define PERCENT(r)  rate_format((r), (char[MONEY_TEXT]){0})
#define DATE(d)     day_format((d), (char[DAY_TEXT]){0})
#define COUNT(n)    count_text((n), (char[COUNT_TEXT]){0})
#define QUANTITY(n) quantity_format((n), (char[QUANTITY_TEXT]){0})

#define COUNT_TEXT 32

static const char *count_text(int64_t n, char out[static COUNT_TEXT])
{
    snprintf(out, COUNT_TEXT, "%" PRId64, n);
    return out;
}

/* What a redemption or the spending's other support leaves. */
static void add_rest(struct line *l, const struct limit *m)
{
    switch (m->rule) {
    case RULE_SUPPORT:
        add(l, "entitlement %s less %s of support for the same spending = %s", YUAN(m->base),
            YUAN(m->used), YUAN(m->at_most));
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
    case RULE_GROUP:
        add(l, "common ceiling %s of %s less %s of support for the same spending = %s",
            PERCENT(m->rate), YUAN(m->base), YUAN(m->used), YUAN(m->at_most));
        break;
    case RULE_ROUND:
        add(l, "left for this claim by its round %s", YUAN(m->at_most));
        break;
    case RULE_YEAR:
        add(l, "rate %s of %s in the year, less %s accounted for before = %s", PERCENT(m->rate),
            YUAN(m->base), YUAN(m->used), YUAN(m->at_most));
        break;
    default:
        break;
    }
}

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
    case RULE_FUNDS:
        add(l, "left on the fund lines %s", YUAN(m->at_most));
        break;
    case RULE_UNIT:
        add(l, "%s for each of %s = %s", YUAN(m->base), QUANTITY(m->quantity), YUAN(m->at_most));
        break;
    case RULE_AWARD:
        add(l, "fixed amount %s", YUAN(m->at_most));
        break;
    case RULE_INTEREST:
        add(l, "interest of %s a year on %s for %s of %s days = %s", PERCENT(m->rate),
            YUAN(m->base), COUNT(m->quantity), COUNT(m->limit.fen), YUAN(m->at_most));
        break;
    case RULE_COUNT_LIMIT:
        add(l, "of the ceiling %s, %s times at most, %s are used", l->translate(m->name),
            COUNT(m->limit.fen), COUNT(m->used.fen));
        break;
    case RULE_SUPPORT:
    case RULE_FACE:
    case RULE_INVOICED:
    case RULE_CLAIM:
    case RULE_GROUP:
    case RULE_ROUND:
    case RULE_YEAR:
        add_rest(l, m);
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
static const char *const party_words[] = {N_("buyer"), N_("seller"), N_("buyer or seller")};
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
    else if (strcmp(d, "this designation") == 0)
        add(l, "this designation");
    else if (strcmp(d, "this spending") == 0)
        add(l, "this spending");
    else
        add_text(l, d);
}

/* Keys of a policy's conditions; what is none of them is one of its own fields. */
static const char *const condition_words[] = {N_("base"),     N_("least"),  N_("trait"),
                                              N_("no-trait"), N_("area"),   N_("code-begins"),
                                              N_("enjoyed"),  N_("outside")};

/* When a measure takes claims, and of whom. */
static void add_intake(struct line *l, const struct refusal *r)
{
    switch (r->reason) {
    case REASON_AWAITING_GUIDE:
        add(l, "measure %s waits for its guide; nothing is granted until then", r->detail);
        break;
    case REASON_INTAKE_CLOSED:
        add(l, "measure %s takes no claims at this time", r->detail);
        break;
    case REASON_NOT_BENEFICIARY:
        add(l, "measure %s is for other kinds of bodies than this credit code's", r->detail);
        break;
    case REASON_FIRST_RIGHT:
        add(l, "until the end of %s only the contract's %s may claim", DATE(r->day),
            WORD_IN(l, party_words, r->detail));
        break;
    case REASON_RELATED_PARTIES:
        add(l, "seller and buyer are both of the group of related enterprises '%s'", r->detail);
        break;
    case REASON_DESIGNATION_MISSING:
        add(l, "a designation by measure %s, or another that would do, is not held on %s",
            r->detail, DATE(r->day));
        break;
    default:
        break;
    }
}

/* What a claim is about. */
static void add_claim(struct line *l, const struct refusal *r)
{
    switch (r->reason) {
    case REASON_TERM_TOO_SHORT:
        add(l, "'%s' is too early: the term must last until %s at least", r->detail, DATE(r->day));
        break;
    case REASON_CONDITION:
        add(l, "what the measure requires does not hold: '%s'",
            WORD_IN(l, condition_words, r->detail));
        break;
    case REASON_NO_CASE:
        add(l, "none of the cases of measure %s applies", r->detail);
        break;
    case REASON_CASE_REFUSES:
        add(l, "the measure gives nothing in this case: %s", r->detail);
        break;
    case REASON_SUPPORTED_OUTSIDE:
        add(l, "this spending is supported from outside, which '%s' excludes", r->detail);
        break;
    case REASON_APPLIED_RATE:
        add(l, "a review may set a rate of at most %s", r->detail);
        break;
    case REASON_SPENDING_TIME:
        add(l, "'%s' does not lie between %s and today, %s", r->detail, DATE(r->day),
            DATE(r->day_to));
        break;
    case REASON_COUNT_LIMIT:
        add(l, "the ceiling '%s' takes no further claim", l->translate(r->detail));
        break;
    case REASON_NOT_DESIGNATED:
        add(l, "there is nothing to withdraw any more: it was withdrawn, or granted, before");
        break;
    case REASON_WAITS:
        if (strcmp(r->detail, "round") == 0)
            add(l, "the claim waits for its round to be closed");
        else
            add(l, "others wait in line before this claim");
        break;
    case REASON_NOBODY_WAITS:
        add(l, "no claim on measure %s waits for a round to be closed", r->detail);
        break;
    case REASON_NOTHING_TO_PAY:
        add(l, "nothing of ");
        add_voucher(l, r->voucher);
        add(l, strcmp(r->detail, "paid") == 0 ? N_(" was paid") : N_(" is payable"));
        break;
    case REASON_OTHER_PAYEE:
        add_voucher(l, r->voucher);
        add(l, " is paid to %s", r->detail);
        break;
    case REASON_NOT_RAISED:
        add(l, "the ceiling '%s' is as high already, and can only be raised",
            l->translate(r->detail));
        break;
    default:
        break;
    }
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
    case REASON_AWAITING_GUIDE:
    case REASON_INTAKE_CLOSED:
    case REASON_NOT_BENEFICIARY:
    case REASON_FIRST_RIGHT:
    case REASON_RELATED_PARTIES:
    case REASON_DESIGNATION_MISSING:
        add_intake(l, r);
        break;
    case REASON_TERM_TOO_SHORT:
    case REASON_CONDITION:
    case REASON_NO_CASE:
    case REASON_CASE_REFUSES:
    case REASON_SUPPORTED_OUTSIDE:
    case REASON_APPLIED_RATE:
    case REASON_SPENDING_TIME:
    case REASON_COUNT_LIMIT:
    case REASON_NOT_DESIGNATED:
    case REASON_NOT_RAISED:
    case REASON_WAITS:
    case REASON_NOBODY_WAITS:
    case REASON_NOTHING_TO_PAY:
    case REASON_OTHER_PAYEE:
        add_claim(l, r);
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
