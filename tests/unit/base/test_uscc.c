/* SPDX-License-Identifier: Apache-2.0 */
/* Credit codes, the example of GB 32100-2015 among them, and invoice numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/uscc.h"

static void test_valid(void **state)
{
    (void)state;
    static const char *const codes[] = {
        "91350100M000100Y43", "91350602MA000TX06E", "91350604MAWY00014G", "91350602MA00001970",
        "12350600M000RT015W", "92350623MA000J7K7Q", "91350626MA9XQ0013T",
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct uscc u;
        char text[USCC_LEN + 1];
        assert_int_equal(uscc_parse(codes[i], strlen(codes[i]), "code", NULL, &u), 0);
        assert_string_equal(uscc_format(&u, text), codes[i]);
        assert_int_equal(uscc_parse(codes[i], strlen(codes[i]), "code", NULL, NULL), 0);
    }
}

/* One character that counts 1, at each place: the check character makes up to 31 what 3 to the
 * power of the place leaves over 31. */
static void test_every_weight(void **state)
{
    (void)state;
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    unsigned power = 1;
    for (int i = 0; i < USCC_LEN - 1; i++, power *= 3) {
        char code[] = "000000000000000000";
        power %= 31;
        code[i] = '1';
        for (unsigned check = 0; check < 31; check++) {
            code[USCC_LEN - 1] = alphabet[check];
            int rc = uscc_parse(code, USCC_LEN, "code", NULL, NULL);
            assert_int_equal(rc, check == 31 - power ? 0 : ERR_INVALID);
        }
    }
}

static void test_invalid(void **state)
{
    (void)state;
    static const struct {
        const char *code, *expected;
    } table[] = {
        {"91350100M000100Y4Z", "character 18 is none"},
        {"91350604MAWY00014F", "would be G"},
        {"91350604MAWY0001G4", "would be"},
        {"91350100M000100Y4", "this has 17 bytes"},
        {"91350100M000100Y430", "this has 19 bytes"},
        {"", "this has 0 bytes"},
        {"91350100m000100Y43", "character 9 is none"},
        {"9135010OM000100Y43", "character 8 is none"},
        {"9I350100M000100Y43", "character 2 is none"},
        {"S1350100M000100Y43", "character 1 is none"},
        {"91350100M00010VY43", "character 15 is none"},
        {"91350100M0001 0Y43", "character 14 is none"},
        {"９1350100M000100Y43", "this has 20 bytes"},
        {"９1350100M000100Y", "character 1 is none"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct uscc u = {"untouched"};
        struct fault f;
        assert_int_equal(uscc_parse(table[i].code, strlen(table[i].code), "code", &f, &u),
                         ERR_INVALID);
        if (!strstr(f.expected, table[i].expected))
            fail_msg("%s: %s", table[i].code, f.expected);
        assert_memory_equal(u.c, "untouched", 9);
    }
    /* A NUL inside is no character of a code. */
    assert_int_equal(uscc_parse("91350100M\000000100Y43", 18, "code", NULL, NULL), ERR_INVALID);
}

/* Any one digit read wrongly is noticed, as is any swap of two neighbours. */
static void test_one_wrong_character(void **state)
{
    (void)state;
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    static const char right[] = "91350602MA000TX06E";
    for (int i = 0; i < USCC_LEN; i++) {
        for (int k = 0; k < 31; k++) {
            char code[USCC_LEN + 1];
            memcpy(code, right, sizeof code);
            code[i] = alphabet[k];
            int want = code[i] == right[i] ? 0 : ERR_INVALID;
            assert_int_equal(uscc_parse(code, USCC_LEN, "code", NULL, NULL), want);
        }
    }
    for (int i = 0; i + 1 < USCC_LEN; i++) {
        char code[USCC_LEN + 1];
        memcpy(code, right, sizeof code);
        code[i] = right[i + 1];
        code[i + 1] = right[i];
        int want = right[i] == right[i + 1] ? 0 : ERR_INVALID;
        assert_int_equal(uscc_parse(code, USCC_LEN, "code", NULL, NULL), want);
    }
}

static void test_invoices(void **state)
{
    (void)state;
    static const struct {
        const char *number;
        int want;
    } table[] = {
        {"25352000000012345678", 0},           {"3500182130-01234567", 0},
        {"035001800104-01234567", 0},          {"", ERR_INVALID},
        {"2535200000001234567", ERR_INVALID},  {"253520000000123456789", ERR_INVALID},
        {"2535200000001234567X", ERR_INVALID}, {"35001821301-01234567", ERR_INVALID},
        {"3500182130 01234567", ERR_INVALID},  {"3500182130-0123456A", ERR_INVALID},
        {"-500182130-01234567", ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(
            invoice_number_check(table[i].number, strlen(table[i].number), "invoice", NULL),
            table[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),    cmocka_unit_test(test_every_weight),
        cmocka_unit_test(test_invalid),  cmocka_unit_test(test_one_wrong_character),
        cmocka_unit_test(test_invoices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
