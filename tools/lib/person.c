/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/person.h"

#include <stddef.h>
#include <string.h>

#define NUMBER     18
#define BORN_FIRST 1850
#define BORN_LAST  2009

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int digits(const char *s, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++)
        v = 10 * v + (s[i] - '0');
    return v;
}

static bool is_birth(int year, int month, int day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return year >= BORN_FIRST && year <= BORN_LAST && month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1] + (month == 2 && leap);
}

/* s has 17 digits and one more character. */
static bool is_number(const char *s)
{
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < NUMBER - 1; i++)
        sum += weights[i] * (s[i] - '0');
    char right = "10X98765432"[sum % 11];
    return (s[17] == right || (s[17] == 'x' && right == 'X')) &&
           is_birth(digits(s + 6, 4), digits(s + 10, 2), digits(s + 12, 2));
}

bool person_number_in(const char *text)
{
    for (const char *at = text; *at;) {
        size_t n = 0;
        while (is_digit(at[n]))
            n++;
        bool x = at[n] == 'X' || at[n] == 'x';
        if (n + x == NUMBER && is_number(at))
            return true;
        at += n ? n : 1;
    }
    return false;
}
