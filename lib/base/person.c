/* SPDX-License-Identifier: Apache-2.0 */
#include "base/person.h"

#include <stdio.h>
#include <string.h>

enum wrong {
    WRONG_NOTHING,
    WRONG_LENGTH,
    WRONG_CHARACTER,
    WRONG_BIRTH,
    WRONG_CHECK,
};

static int number_at(const char *text, int digits)
{
    int v = 0;
    for (int i = 0; i < digits; i++)
        v = 10 * v + (text[i] - '0');
    return v;
}

/* Before 1900 too, where days of the book do not reach. */
static bool is_day(int year, int month, int day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1800 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= days[month - 1] + (leap && month == 2);
}

static enum wrong number_wrong(const char *text, unsigned long n)
{
    static const char checks[] = "10X98765432";
    int sum = 0, weight = 1;
    if (n != PERSON_NUMBER)
        return WRONG_LENGTH;
    for (int i = 0; i < PERSON_NUMBER; i++)
        if ((text[i] < '0' || text[i] > '9') && (i < PERSON_NUMBER - 1 || text[i] != 'X'))
            return WRONG_CHARACTER;
    /* From the last digit to the first the weights are the powers of 2. */
    for (int i = PERSON_NUMBER - 2; i >= 0; i--) {
        weight = weight * 2 % 11;
        sum += (text[i] - '0') * weight;
    }
    if (text[PERSON_NUMBER - 1] != checks[sum % 11])
        return WRONG_CHECK;
    return is_day(number_at(text + 6, 4), number_at(text + 10, 2), number_at(text + 12, 2))
               ? WRONG_NOTHING
               : WRONG_BIRTH;
}

bool person_is_number(const char *text, unsigned long n)
{
    return number_wrong(text, n) == WRONG_NOTHING;
}

int person_check(const char *type, const char *number, const char *field, struct fault *f)
{
    char name[sizeof f->field];
    snprintf(name, sizeof name, "%s.type", field);
    if (strcmp(type, PERSON_RESIDENT_ID) != 0)
        return fault_set(f, name, type, "the type of a paper: %s", PERSON_RESIDENT_ID);
    snprintf(name, sizeof name, "%s.number", field);
    switch (number_wrong(number, strlen(number))) {
    case WRONG_LENGTH:
        return fault_set(f, name, NULL, "a resident id number of %d characters", PERSON_NUMBER);
    case WRONG_CHARACTER:
        return fault_set(f, name, NULL,
                         "a resident id number: 17 digits, and a digit or X at its end");
    case WRONG_BIRTH:
        return fault_set(f, name, NULL, "a resident id number with a day of birth that there is");
    case WRONG_CHECK:
        return fault_set(f, name, NULL,
                         "a resident id number: its check character does not fit, read it again");
    case WRONG_NOTHING:
        break;
    }
    return 0;
}

static bool are_hex(const char *text, int n)
{
    for (int i = 0; i < n; i++)
        if (!strchr("0123456789abcdef", text[i]) || !text[i])
            return false;
    return true;
}

bool person_is_hash(const char *text)
{
    return strlen(text) == PERSON_HASHED && are_hex(text, PERSON_KEY_DIGITS) &&
           text[PERSON_KEY_DIGITS] == ':' &&
           are_hex(text + PERSON_KEY_DIGITS + 1, PERSON_HASH_DIGITS);
}

/* The first six digits are a place's, and no person's. */
char *person_mask(const char *number, char out[static PERSON_NUMBER + 1])
{
    size_t n = strlen(number), shown = n < PERSON_NUMBER ? 0 : 6;
    if (n > PERSON_NUMBER)
        n = PERSON_NUMBER;
    memcpy(out, number, shown);
    memset(out + shown, '*', n - shown);
    out[n] = 0;
    return out;
}
