/* SPDX-License-Identifier: Apache-2.0 */
/* A message to the daemon: what is taken is sound, and comes back the same when it is written as a
 * client writes it; what is not taken is told. */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/wire/plain_agrees.h"

#include "wire/frame.h"
#include "wire/message.h"

/* The message inside the only frame of a buffer. */
static struct span message_of(const struct buf *b)
{
    assert_true(b->n > FRAME_HEAD);
    assert_int_equal(get_be32(b->p), b->n - FRAME_HEAD);
    return SPAN(b->p + FRAME_HEAD, b->n - FRAME_HEAD);
}

static bool has_fault(const struct request *r)
{
    for (uint32_t i = 0; r->faults && i < r->n; i++)
        if (r->faults[i])
            return true;
    return false;
}

static void commands_sound(const struct request *r)
{
    assert_in_range(r->n, 1, LIMIT_BATCH);
    assert_null(r->denied);
    for (uint32_t i = 0; i < r->n; i++) {
        if (r->faults && r->faults[i])
            fault_sound(r->faults[i]);
        else
            command_sound(&r->commands[i]);
    }
}

static void query_sound(const struct query *q)
{
    assert_in_range(q->kind, QUERY_NONE + 1, QUERY_COUNT - 1);
    assert_true(q->count <= LIMIT_PAGE);
    assert_true(q->wait_ms <= LIMIT_WAIT_MS);
    assert_false(q->as_of.has_day && q->as_of.entry);
    if (q->as_of.has_day)
        day_sound(q->as_of.day);
    if (q->filter.measure)
        line_sound(q->filter.measure, LIMIT_CODE);
    if (q->filter.contract)
        line_sound(q->filter.contract, LIMIT_NUMBER);
    if (q->filter.has_enterprise)
        code_sound(q->filter.enterprise);
}

static int write_again(const struct to_daemon *m, struct buf *out)
{
    return m->kind == TO_DAEMON_HELLO ? hello_write(&m->hello, out)
                                      : request_write(&m->request, out);
}

static void comes_back(const struct to_daemon *m)
{
    struct arena a = {0};
    struct buf first = {0}, second = {0};
    struct to_daemon back;
    struct fault f;
    assert_int_equal(write_again(m, &first), 0);
    assert_int_equal(to_daemon_read(message_of(&first), &a, &f, &back), 0);
    assert_int_equal(back.kind, m->kind);
    if (m->kind == TO_DAEMON_REQUEST) {
        assert_true(back.request.number == m->request.number);
        assert_int_equal(back.request.kind, m->request.kind);
        assert_int_equal(back.request.n, m->request.n);
        assert_int_equal(back.request.atomic, m->request.atomic);
        assert_int_equal(back.request.dry_run, m->request.dry_run);
        assert_int_equal(back.request.clock.us, m->request.clock.us);
        for (uint32_t i = 0; i < m->request.n; i++)
            command_same(&m->request.commands[i], &back.request.commands[i]);
    }
    assert_int_equal(write_again(&back, &second), 0);
    assert_int_equal(first.n, second.n);
    assert_memory_equal(first.p, second.p, first.n);
    buf_free(&first);
    buf_free(&second);
    arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena a = {0};
    struct fault f = {0};
    struct to_daemon m = {0};
    (void)plain_agrees(SPAN(p, n));
    int rc = to_daemon_read(SPAN(p, n), &a, &f, &m);
    if (rc < 0) {
        assert_int_equal(rc, ERR_INVALID);
        fault_sound(&f);
    } else if (m.kind == TO_DAEMON_HELLO) {
        line_sound(m.hello.program, LIMIT_PROGRAM);
        comes_back(&m);
    } else {
        assert_true(m.request.number > 0);
        if (m.request.kind == REQUEST_COMMANDS)
            commands_sound(&m.request);
        else if (m.request.kind == REQUEST_QUERY)
            query_sound(&m.request.query);
        if (!has_fault(&m.request))
            comes_back(&m);
    }
    arena_free(&a);
    return 0;
}
