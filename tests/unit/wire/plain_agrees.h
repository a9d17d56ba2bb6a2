/* SPDX-License-Identifier: Apache-2.0 */
/* What is unpacked without protobuf-c, held against what protobuf-c makes of the same bytes. */
#ifndef TEST_WIRE_PLAIN_AGREES_H
#define TEST_WIRE_PLAIN_AGREES_H

#include <stdlib.h>

#include "tests/unit/wire/sample.h"
#include "wire/plain.h"

/* Whether the message is plain; if so, protobuf-c must take it too, and pack both to the same. */
static inline bool plain_agrees(struct span message)
{
    struct arena a = {0};
    struct reader r, whole;
    struct fault f;
    reader_init(&r, &a, BUDGET_REQUEST, message.n, &f);
    const size_t left = r.left;
    Voucherd__ToDaemon *m = plain_unpack(&r, message);
    assert_int_equal(r.rc, 0);
    if (m) {
        reader_init(&whole, &a, BUDGET_REQUEST, message.n, &f);
        Voucherd__ToDaemon *n = reader_unpack(&whole, &voucherd__to_daemon__descriptor, message);
        assert_non_null(n);
        assert_true(r.left >= whole.left); /* it takes no more memory */
        size_t size = voucherd__to_daemon__get_packed_size(n);
        assert_int_equal(voucherd__to_daemon__get_packed_size(m), size);
        uint8_t *x = malloc(size), *y = malloc(size);
        assert_true(x && y);
        voucherd__to_daemon__pack(m, x);
        voucherd__to_daemon__pack(n, y);
        assert_memory_equal(x, y, size);
        free(x);
        free(y);
    } else {
        assert_true(r.left == left);
    }
    arena_free(&a);
    return m != NULL;
}

#endif
