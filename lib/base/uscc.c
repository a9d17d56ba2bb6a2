/* SPDX-License-Identifier: Apache-2.0 */
#include "base/uscc.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/* The value of each character of the alphabet, and 1; 0: not one of them. Every command has a code
 * or two. */
static const uint8_t values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
    ['G'] = 17, ['H'] = 18, ['J'] = 19, ['K'] = 20, ['L'] = 21, ['M'] = 22, ['N'] = 23, ['P'] = 24,
    ['Q'] = 25, ['R'] = 26, ['T'] = 27, ['U'] = 28, ['W'] = 29, ['X'] = 30, ['Y'] = 31,
};

/* Powers of 3 modulo 31: what each character but the check character counts (GB 32100). */
static const uint8_t weights[USCC_LEN - 1] = {1,  3,  9,  27, 19, 26, 16, 17, 20,
                                              29, 25, 13, 8,  24, 10, 30, 28};

static int char_value(char c)
{
    return values[(unsigned char)c] - 1;
}

int uscc_parse(const char *text, unsigned long n, const char *field, struct fault *f,
               struct uscc *out)
{
    int sum = 0;
    if (n != USCC_LEN)
        return fault_set_n(f, field, text, n, "a credit code has 18 characters, this has %lu bytes",
                           n);
    for (int i = 0; i < USCC_LEN; i++) {
        int v = char_value(text[i]);
        if (v < 0)
            return fault_set_n(f, field, text, n,
                               "a credit code has digits and upper-case letters without I O S V Z: "
                               "character %d is none of them",
                               i + 1);
        if (i < USCC_LEN - 1)
            sum += v * weights[i];
    }
    char right = alphabet[(31 - sum % 31) % 31];
    if (text[USCC_LEN - 1] != right)
        return fault_set_n(f, field, text, n,
                           "the check character of this credit code would be %c: read it again",
                           right);
    if (out)
        memcpy(out->c, text, USCC_LEN);
    return 0;
}

char *uscc_format(const struct uscc *u, char out[static USCC_LEN + 1])
{
    memcpy(out, u->c, USCC_LEN);
    out[USCC_LEN] = 0;
    return out;
}

static bool all_digits(const char *s, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    return true;
}

int invoice_number_check(const char *text, unsigned long n, const char *field, struct fault *f)
{
    if (n == 20 && all_digits(text, 20))
        return 0;
    if ((n == 19 || n == 21) && text[n - 9] == '-' && all_digits(text, n - 9) &&
        all_digits(text + n - 8, 8))
        return 0;
    return fault_set_n(f, field, text, n,
                       "an invoice's number has 20 digits, or is CODE-NUMBER with a code of 10 or "
                       "12 digits and a number of 8");
}
