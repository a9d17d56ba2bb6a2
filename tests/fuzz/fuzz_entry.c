/* SPDX-License-Identifier: Apache-2.0 */
/* A stored entry: what is taken is sound, is the same when it is stored again, and can be sent to a
 * client who reads what was stored. */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/wire/sample_entry.h"

#include "wire/entry.h"
#include "wire/frame.h"
#include "wire/message.h"
#include "wire/skim.h"

static void comes_back(const struct entry *e)
{
    struct arena a = {0};
    struct buf first = {0}, second = {0};
    struct entry back;
    assert_int_equal(entry_encode(e, &first), 0);
    assert_int_equal(entry_decode(SPAN(first.p, first.n), &a, &back), 0);
    entry_same(e, &back);
    assert_int_equal(entry_encode(&back, &second), 0);
    assert_int_equal(first.n, second.n);
    assert_memory_equal(first.p, second.p, first.n);
    buf_free(&first);
    buf_free(&second);
    arena_free(&a);
}

/* As the daemon answers with it: the stored bytes as they are. */
static void is_sent(const struct entry *e, struct span stored)
{
    struct arena a = {0};
    struct buf b = {0};
    struct to_client whole, brief;
    struct outcome o = {.kind = e->refused ? OUTCOME_REFUSED : OUTCOME_DONE, .stored = stored};
    const struct reply r = {.number = 1, .kind = REPLY_OUTCOMES, .n = 1, .outcomes = &o};
    memset(o.leaf, 1, sizeof o.leaf);
    assert_int_equal(reply_write(&r, &b), 0);
    struct span m = SPAN(b.p + FRAME_HEAD, b.n - FRAME_HEAD);
    assert_int_equal(to_client_read(m, &a, &whole), 0);
    assert_int_equal(to_client_skim(m, &a, &brief), 0);
    const struct entry *got = whole.reply.outcomes[0].entry;
    assert_true(got->number == e->number && brief.reply.outcomes[0].entry->number == e->number);
    assert_int_equal(got->refused, e->refused);
    explanation_same(got->explanation, e->explanation);
    assert_int_equal(got->npostings, e->npostings);
    assert_int_equal(got->nbalances, e->nbalances);
    buf_free(&b);
    arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena a = {0};
    struct entry e;
    int rc = entry_decode(SPAN(p, n), &a, &e);
    assert_true(rc == 0 || rc == ERR_FORMAT);
    if (rc == 0) {
        command_sound(&e.command);
        comes_back(&e);
        is_sent(&e, SPAN(p, n));
    }
    arena_free(&a);
    return 0;
}
