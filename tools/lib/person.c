/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/person.h"

#include <string.h>

#include "base/person.h"

/* Years of birth; as texts of four digits they sort as numbers do. */
#define BORN_FIRST "1850"
#define BORN_LAST  "2009"
#define YEAR_AT    6 /* where it stands */
#define YEAR       4

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* s has 17 digits and one more character. */
static bool is_number(const char *s)
{
    char number[PERSON_NUMBER];
    memcpy(number, s, sizeof number);
    if (number[PERSON_NUMBER - 1] == 'x')
        number[PERSON_NUMBER - 1] = 'X';
    return person_is_number(number, sizeof number) && memcmp(s + YEAR_AT, BORN_FIRST, YEAR) >= 0 &&
           memcmp(s + YEAR_AT, BORN_LAST, YEAR) <= 0;
}

bool person_number_in(const char *text)
{
    for (const char *at = text; *at;) {
        size_t n = 0;
        while (is_digit(at[n]))
            n++;
        bool x = at[n] == 'X' || at[n] == 'x';
        if (n + x == PERSON_NUMBER && is_number(at))
            return true;
        at += n ? n : 1;
    }
    return false;
}
