/* SPDX-License-Identifier: Apache-2.0 */
/* Resident id numbers, the examples of GB 11643 among them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/person.h"

static void test_valid(void **state)
{
    (void)state;
    static const char *const numbers[] = {"11010519491231002X", "440524188001010014",
                                          "350623188002290027"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        assert_true(person_is_number(numbers[i], PERSON_NUMBER));
        assert_int_equal(person_check("resident-id", numbers[i], "issue.person", NULL), 0);
        assert_false(person_is_number(numbers[i], PERSON_NUMBER - 1));
    }
}

/* The mistake is told, the number is not. */
static void test_invalid(void **state)
{
    (void)state;
    static const struct {
        const char *number, *expected;
    } table[] = {
        {"", "18 characters"},
        {"11010519491231002", "18 characters"},
        {"11010519491231002X0", "18 characters"},
        {"110105194912310021", "check character"},
        {"350623188002290028", "check character"},
        {"11010519491231002x", "17 digits"},
        {"1101051949123100X2", "17 digits"},
        {"１1010519491231002", "18 characters"},
        {"110105 9491231002X", "17 digits"},
        {"110105190002290025", "day of birth"}, /* 1900 was no leap year */
        {"110105180002290026", "day of birth"}, /* nor 1800 */
        {"110105194913310021", "day of birth"},
        {"110105194900310022", "day of birth"},
        {"11010519490431002X", "day of birth"},
        {"110105194904000021", "day of birth"},
        {"110105179912310024", "day of birth"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct fault f;
        assert_int_equal(person_check("resident-id", table[i].number, "issue.person", &f),
                         ERR_INVALID);
        assert_string_equal(f.field, "issue.person.number");
        assert_string_equal(f.value, "");
        if (!strstr(f.expected, table[i].expected))
            fail_msg("%s: %s", table[i].number, f.expected);
        assert_false(person_is_number(table[i].number, strlen(table[i].number)));
    }
    struct fault f;
    assert_int_equal(person_check("passport", "11010519491231002X", "p", &f), ERR_INVALID);
    assert_string_equal(f.field, "p.type");
    assert_string_equal(f.value, "passport");
    assert_string_equal(f.expected, "the type of a paper: resident-id");
}

static void test_hashes(void **state)
{
    (void)state;
    assert_true(person_is_hash("630dcd29:b668b682ef3fd39970912a8dccf30b72"));
    static const char *const others[] = {"",
                                         "630dcd29",
                                         "630dcd29:b668b682ef3fd39970912a8dccf30b7",
                                         "630dcd29:b668b682ef3fd39970912a8dccf30b721",
                                         "630dcd29-b668b682ef3fd39970912a8dccf30b72",
                                         "630DCD29:B668B682EF3FD39970912A8DCCF30B72",
                                         "11010519491231002X",
                                         "630dcd2:9b668b682ef3fd39970912a8dccf30b72"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(person_is_hash(others[i]));
}

static void test_masked(void **state)
{
    (void)state;
    char out[PERSON_NUMBER + 1];
    assert_string_equal(person_mask("11010519491231002X", out), "110105************");
    assert_string_equal(person_mask("11010519491231002X99999", out), "110105************");
    assert_string_equal(person_mask("1101051949", out), "**********");
    assert_string_equal(person_mask("", out), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
