/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the tables as stored: what is taken has these bytes and no others. The first byte of an
 * input says of which table. */
#include "tests/fuzz/fuzz.h"

#include "store/inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct tape tape = {p, n};
    enum table t = (enum table)tape_below(&tape, TABLE_COUNT);
    struct span stored = SPAN(tape.p, tape.n);
    void *row = malloc(row_size(t));
    assert_non_null(row);
    int rc = row_decode(t, stored, row);
    if (rc == 0) {
        uint8_t again[ROW_MAX];
        size_t m;
        assert_int_equal(row_encode(t, row, again, &m), 0);
        assert_int_equal(m, stored.n);
        assert_memory_equal(again, stored.p, m);
    } else {
        assert_int_equal(rc, ERR_CORRUPT);
    }
    free(row);
    return 0;
}
