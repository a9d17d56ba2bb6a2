/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of persons are seen wherever they stand; other long numbers are not taken for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/lib/person.h"

static void a_person_is_seen(void **state)
{
    static const char *const texts[] = {"11010519491231002X",           "440524188001010014",
                                        "350623188002290027", /* 1880 was a leap year */
                                        "11010519491231002x",           "张三11010519491231002X",
                                        "no. 440524188001010014, later"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_true(person_number_in(texts[i]));
}

static void others_are_not(void **state)
{
    static const char *const texts[] = {
        "",
        "11010519491231002",    /* 17 */
        "110105194912310021",   /* check character X */
        "440524188001010015",   /* 4 */
        "44052418800101001400", /* an invoice has 20 digits */
        "4405241880010100140",
        "440524188001010014X",
        "350623190002290027", /* 1900 was none, whatever the check character */
        "91350602MA000TX06E",
        "350602201507010019",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false(person_number_in(texts[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_person_is_seen),
        cmocka_unit_test(others_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
