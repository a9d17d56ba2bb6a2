/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts in capital characters, each worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/capital.h"
#include "base/limits.h"

static const struct {
    int64_t fen;
    const char *text; /* behind 人民币 */
} amounts[] = {
    /* As papers show them. */
    {140950, "壹仟肆佰零玖元伍角"},
    {600714, "陆仟零柒元壹角肆分"},
    {10700053, "壹拾万柒仟元伍角叁分"},
    {1640902, "壹万陆仟肆佰零玖元零贰分"},
    {200000000, "贰佰万元整"},
    {1000010000000, "壹佰亿零壹拾万元整"},
    {0, "零元整"},
    /* Less than a yuan. */
    {1, "壹分"},
    {10, "壹角"},
    {99, "玖角玖分"},
    /* Jiao without fen, fen without jiao. */
    {100, "壹元整"},
    {101, "壹元零壹分"},
    {110, "壹元壹角"},
    {1000, "壹拾元整"},
    {1005, "壹拾元零伍分"},
    {168032, "壹仟陆佰捌拾元叁角贰分"},
    /* A zero in each place of four. */
    {123400, "壹仟贰佰叁拾肆元整"},
    {123000, "壹仟贰佰叁拾元整"},
    {120400, "壹仟贰佰零肆元整"},
    {103400, "壹仟零叁拾肆元整"},
    {100400, "壹仟零肆元整"},
    {100000, "壹仟元整"},
    {103000, "壹仟零叁拾元整"},
    {50600, "伍佰零陆元整"},
    /* Over the border of 万. */
    {1000000, "壹万元整"},
    {1000100, "壹万零壹元整"},
    {1010000, "壹万零壹佰元整"},
    {1100000, "壹万壹仟元整"},
    {10000000, "壹拾万元整"},
    {1000000000, "壹仟万元整"},
    {1000100000, "壹仟万壹仟元整"},
    {1000000100, "壹仟万零壹元整"},
    {2003000400, "贰仟零叁万零肆元整"},
    /* Over the border of 亿, 万 empty or begun with zeros. */
    {10000000000, "壹亿元整"},
    {10000000100, "壹亿零壹元整"},
    {10000100000, "壹亿零壹仟元整"},
    {10001000000, "壹亿零壹万元整"},
    {10001000100, "壹亿零壹万零壹元整"},
    {11000000000, "壹亿壹仟万元整"},
    {12345678901, "壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元零壹分"},
    {100000000000000, "壹万亿元整"},
    {100010000000000, "壹万零壹亿元整"},
    {100000001000000, "壹万亿零壹万元整"},
    {100000000000001, "壹万亿元零壹分"},
    {899999999999999, "捌万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"},
    {LIMIT_AMOUNT_FEN, "玖万亿元整"},
};

static void amounts_in_capitals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        char out[CAPITAL_TEXT];
        assert_int_equal(money_capital(MONEY(amounts[i].fen), out), 0);
        assert_int_equal(strncmp(out, "人民币", strlen("人民币")), 0);
        assert_string_equal(out + strlen("人民币"), amounts[i].text);
    }
}

static void outside_of_amounts_nothing_is_written(void **state)
{
    (void)state;
    const int64_t wrong[] = {-1, INT64_MIN, LIMIT_AMOUNT_FEN + 1, INT64_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char out[CAPITAL_TEXT] = "as it was";
        assert_int_equal(money_capital(MONEY(wrong[i]), out), ERR_RANGE);
        assert_string_equal(out, "as it was");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_in_capitals),
        cmocka_unit_test(outside_of_amounts_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
