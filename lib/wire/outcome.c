/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/outcome.h"

#include "base/text.h"
#include "wire/entry.h"
#include "wire/journal.h"

#define SAME(model, proto) _Static_assert((int)(model) == (int)VOUCHERD__##proto, #model)
SAME(OUTCOME_DONE, OUTCOME__KIND__DONE);
SAME(OUTCOME_REFUSED, OUTCOME__KIND__REFUSED);
SAME(OUTCOME_INVALID, OUTCOME__KIND__INVALID);
SAME(OUTCOME_DENIED, OUTCOME__KIND__DENIED);
SAME(OUTCOME_NOT_DONE, OUTCOME__KIND__NOT_DONE);
SAME(OUTCOME_TRY_AGAIN, OUTCOME__KIND__TRY_AGAIN);
SAME(OUTCOME_UNKNOWN, OUTCOME__KIND__UNKNOWN);

/* The longest sentence of a refusal, with every limit that was looked at. */
#define SENTENCE 8192

int fault_pack(struct arena *a, const struct fault *f, Voucherd__Fault **out)
{
    const struct phrase *p = &f->phrase;
    Voucherd__Fault *m = pack_new(a, &voucherd__fault__descriptor);
    if (!m)
        return ERR_MEMORY;
    m->field = pack_text(f->field);
    m->value = pack_text(f->value);
    m->expected = pack_text(f->expected);
    m->format = pack_text(p->format);
    if (m->format && p->nargs > 0) {
        const char *arg = p->args;
        m->values = arena_alloc(a, (size_t)p->nargs * sizeof *m->values);
        if (!m->values)
            return ERR_MEMORY;
        for (; (int)m->n_values < p->nargs; arg += strlen(arg) + 1)
            m->values[m->n_values++] = (char *)(uintptr_t)arg;
    }
    *out = m;
    return 0;
}

static void printable(const char *s, char *out, size_t cap)
{
    text_printable(s ? s : "", s ? strlen(s) : 0, out, cap);
}

/* Parts that do not fit are none: what is said in another language is said whole. */
static void phrase_read(const Voucherd__Fault *m, struct phrase *out)
{
    char text[PHRASE_ARGS];
    if (!m->format || strlen(m->format) >= sizeof out->format)
        return;
    memcpy(out->format, m->format, strlen(m->format) + 1);
    for (size_t i = 0; i < m->n_values && out->format[0]; i++) {
        printable(m->values[i], text, sizeof text);
        phrase_add(out, text, strlen(text));
    }
}

/* A fault is told to a person: shown as far as it fits, whatever the daemon sent. */
void fault_read(const Voucherd__Fault *m, struct fault *out)
{
    *out = (struct fault){0};
    if (!m)
        return;
    printable(m->field, out->field, sizeof out->field);
    printable(m->value, out->value, sizeof out->value);
    printable(m->expected, out->expected, sizeof out->expected);
    phrase_read(m, &out->phrase);
}

static int sentence_pack(struct arena *a, const struct outcome *o, Voucherd__Outcome *m)
{
    char text[SENTENCE];
    struct entry stored;
    const struct entry *e = o->entry;
    if (!e) {
        int rc = entry_decode(o->stored, a, &stored);
        if (rc < 0)
            return rc;
        e = &stored;
    }
    refusal_text(&e->refusal, e->explanation, text, sizeof text);
    m->message = arena_copy(a, text, strlen(text));
    return m->message ? 0 : ERR_MEMORY;
}

/* What only an answer considers is no stored entry. It is written and read back, so that what
 * stands in which field is said in one place. */
static int considered_pack(struct arena *a, const struct entry *e, Voucherd__Entry **out)
{
    struct put w;
    struct reader r;
    struct buf b = {0};
    entry_put(put_init(&w), e, false);
    int rc = put_finish(&w, &b);
    if (rc == 0) {
        reader_init(&r, a, BUDGET_ENTRY, b.n, NULL);
        *out = reader_unpack(&r, &voucherd__entry__descriptor, SPAN(b.p, b.n));
        rc = r.rc;
    }
    buf_free(&b);
    return rc;
}

int outcome_pack(struct arena *a, const struct outcome *o, Voucherd__Outcome *m)
{
    PACK_NONZERO(m, kind, (Voucherd__Outcome__Kind)o->kind);
    PACK_NONZERO(m, again, o->repeated);
    PACK_NONZERO(m, dry_run, o->dry_run);
    if (o->kind != OUTCOME_DONE && o->kind != OUTCOME_REFUSED)
        return fault_pack(a, outcome_fault(o), &m->fault);
    if (!all_zero(o->leaf, LEAF_HASH))
        PACK_SET(m, leaf, pack_bytes(o->leaf, LEAF_HASH));
    int rc = o->kind == OUTCOME_REFUSED ? sentence_pack(a, o, m) : 0;
    if (rc == 0 && o->entry)
        rc = considered_pack(a, o->entry, &m->entry);
    return rc;
}

void outcome_read(struct reader *r, const Voucherd__Outcome *m, struct outcome *out)
{
    out->kind =
        (enum outcome_kind)read_choice(r, "kind", (int)m->kind, OUTCOME_DONE, OUTCOME_UNKNOWN);
    out->repeated = m->again;
    out->dry_run = m->dry_run;
    if (r->rc)
        return;
    if (out->kind != OUTCOME_DONE && out->kind != OUTCOME_REFUSED) {
        struct fault *f = reader_list(r, 1, sizeof *f);
        out->fault = f;
        if (f)
            fault_read(m->fault, f);
        return;
    }
    if (m->has_leaf || !m->dry_run)
        read_exact(r, "leaf", m->has_leaf, m->leaf, LEAF_HASH, out->leaf);
    struct entry *e = reader_list(r, 1, sizeof *e);
    if (!e)
        return;
    if (!m->entry) {
        reader_fault(r, "entry", NULL, "the entry of what was done or refused");
        return;
    }
    entry_read(r, m->entry, false, e);
    if (e->refused != (out->kind == OUTCOME_REFUSED))
        reader_fault(r, "entry", NULL, "a refusal where the outcome is one, and only there");
    out->entry = e;
    out->number = e->number;
}
