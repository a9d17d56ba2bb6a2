/* SPDX-License-Identifier: Apache-2.0 */
/* A message to a client: whatever a daemon sends, a client reads it or says that it is none. Who
 * only skims a reply sees what the full reader sees. */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/wire/sample.h"

#include "wire/message.h"
#include "wire/skim.h"

static void outcome_agrees(const struct outcome *brief, const struct outcome *whole)
{
    const struct entry *x = brief->entry, *y = whole->entry;
    assert_int_equal(brief->kind, whole->kind);
    assert_int_equal(brief->repeated, whole->repeated);
    assert_int_equal(brief->dry_run, whole->dry_run);
    assert_true(!x == !y);
    if (!x)
        return;
    assert_true(x->number == y->number);
    assert_int_equal(x->refused, y->refused);
    if (x->refused || (y->command.kind != COMMAND_ISSUE && y->command.kind != COMMAND_REDEEM))
        return;
    assert_int_equal(x->command.kind, y->command.kind);
    if (y->command.kind == COMMAND_REDEEM) {
        SAME_FEN(x->done.redeem.paid, y->done.redeem.paid);
        return;
    }
    assert_true(x->done.issue.voucher == y->done.issue.voucher);
    SAME_FEN(x->done.issue.face, y->done.issue.face);
}

static void agrees(const struct to_client *brief, const struct to_client *whole)
{
    assert_int_equal(brief->kind, whole->kind);
    if (whole->kind != TO_CLIENT_REPLY)
        return;
    assert_true(brief->reply.number == whole->reply.number);
    assert_int_equal(brief->reply.kind, whole->reply.kind);
    assert_int_equal(brief->reply.n, whole->reply.n);
    for (uint32_t i = 0; i < whole->reply.n; i++)
        outcome_agrees(&brief->reply.outcomes[i], &whole->reply.outcomes[i]);
}

static void stages_sound(const struct stages *s)
{
    for (int i = 0; i < STAGE_COUNT; i++)
        assert_true(s->at[i].fen >= 0);
}

static void entry_sound(const struct entry *e)
{
    char text[8192];
    text_sound(e->principal, LIMIT_PRINCIPAL + 1);
    for (uint32_t i = 0; i < e->npostings; i++)
        amount_sound(e->postings[i].amount);
    for (uint32_t i = 0; i < e->nbalances; i++)
        stages_sound(&e->balances[i].stages);
    if (e->refused)
        refusal_text(&e->refusal, e->explanation, text, sizeof text);
    else if (e->explanation)
        explanation_text(e->explanation, text, sizeof text);
    else
        return;
    assert_true(strnlen(text, sizeof text) < sizeof text);
}

/* What a daemon sends as a format and its values can be shown, whatever it is. */
static void told_sound(const struct fault *f)
{
    char text[2048];
    text_sound(f->field, sizeof f->field);
    text_sound(f->value, sizeof f->value);
    text_sound(f->expected, sizeof f->expected);
    fault_text_in(foreign, f, text, sizeof text);
}

static void outcome_sound(const struct outcome *o)
{
    assert_in_range(o->kind, OUTCOME_DONE, OUTCOME_UNKNOWN);
    if (o->kind != OUTCOME_DONE && o->kind != OUTCOME_REFUSED) {
        told_sound(o->fault);
        return;
    }
    assert_non_null(o->entry);
    assert_int_equal(o->entry->refused, o->kind == OUTCOME_REFUSED);
    entry_sound(o->entry);
}

static void answer_sound(const struct answer *q)
{
    told_sound(&q->fault);
    if (q->fault.field[0])
        return;
    for (uint32_t i = 0; i < q->n; i++) {
        if (q->kind == QUERY_FUNDS)
            stages_sound(&q->funds[i].stages);
        else if (q->kind == QUERY_EXPLAIN)
            outcome_sound(&q->explained[i].outcome);
        else if (q->kind == QUERY_VOUCHERS)
            stages_sound(&q->vouchers[i].row->stages);
    }
}

static void sound(const struct to_client *m)
{
    if (m->kind == TO_CLIENT_GOODBYE) {
        told_sound(&m->goodbye);
    } else if (m->kind == TO_CLIENT_REPLY && m->reply.kind == REPLY_OUTCOMES) {
        assert_true(m->reply.n <= LIMIT_BATCH);
        for (uint32_t i = 0; i < m->reply.n; i++)
            outcome_sound(&m->reply.outcomes[i]);
    } else if (m->kind == TO_CLIENT_REPLY && m->reply.kind == REPLY_FAULT) {
        told_sound(&m->reply.fault);
    } else if (m->kind == TO_CLIENT_REPLY && m->reply.kind == REPLY_ANSWER) {
        answer_sound(&m->reply.answer);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena a = {0}, b = {0};
    struct to_client whole, brief;
    int rc = to_client_read(SPAN(p, n), &a, &whole);
    int skimmed = to_client_skim(SPAN(p, n), &b, &brief);
    assert_true(rc == 0 || rc == ERR_PEER);
    assert_true(skimmed == 0 || skimmed == ERR_PEER);
    if (rc == 0) {
        sound(&whole);
        assert_int_equal(skimmed, 0);
        agrees(&brief, &whole);
    }
    arena_free(&a);
    arena_free(&b);
    return 0;
}
