/* SPDX-License-Identifier: Apache-2.0 */
/* The keyed hash of a person, against what another program (Python's hmac) makes of the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "proof/person.h"

static void make_key(uint8_t key[static 32])
{
    for (int i = 0; i < 32; i++)
        key[i] = (uint8_t)i;
}

static void test_known_hashes(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"11010519491231002X", "630dcd29:b668b682ef3fd39970912a8dccf30b72"},
        {"440524188001010014", "630dcd29:7111c7e8992af391fd30d0a1ed5b092c"},
        {"350623188002290027", "630dcd29:05f29c535684fbf4557530f6b16f41d1"},
    };
    uint8_t key[32];
    char id[PERSON_KEY_DIGITS + 1], out[PERSON_HASHED + 1];
    make_key(key);
    assert_int_equal(person_key_id(SPAN(key, 32), id), 0);
    assert_string_equal(id, "630dcd29");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(person_hash(SPAN(key, 32), id, "resident-id", table[i][0], out), 0);
        assert_string_equal(out, table[i][1]);
        assert_true(person_is_hash(out));
    }
}

/* Another key, type or number is another hash; type and number do not run into each other. */
static void test_all_of_it_counts(void **state)
{
    (void)state;
    uint8_t key[32];
    char id[PERSON_KEY_DIGITS + 1], out[5][PERSON_HASHED + 1];
    make_key(key);
    assert_int_equal(person_key_id(SPAN(key, 32), id), 0);
    assert_int_equal(person_hash(SPAN(key, 32), id, "ab", "c", out[0]), 0);
    assert_int_equal(person_hash(SPAN(key, 32), id, "a", "bc", out[1]), 0);
    assert_int_equal(person_hash(SPAN(key, 32), id, "ab", "d", out[2]), 0);
    assert_int_equal(person_hash(SPAN(key, 31), id, "ab", "c", out[3]), 0);
    key[31] ^= 1;
    assert_int_equal(person_hash(SPAN(key, 32), id, "ab", "c", out[4]), 0);
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(out[i], out[j]);
}

static void test_too_long_is_told(void **state)
{
    (void)state;
    char out[PERSON_HASHED + 1] = "as it was", text[300];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    assert_int_equal(person_hash(SPAN("k", 1), "12345678", "t", text, out), ERR_RANGE);
    assert_int_equal(person_hash(SPAN("k", 1), "12345678", text, "n", out), ERR_RANGE);
    assert_string_equal(out, "as it was");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_hashes),
        cmocka_unit_test(test_all_of_it_counts),
        cmocka_unit_test(test_too_long_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
