/* SPDX-License-Identifier: Apache-2.0 */
#include "base/uscc.h"

#include <stdbool.h>
#include <string.h>

static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

static int char_value(char c)
{
    const char *p = c ? strchr(alphabet, c) : NULL;
    return p ? (int)(p - alphabet) : -1;
}

int uscc_parse(const char *text, unsigned long n, const char *field, struct fault *f,
               struct uscc *out)
{
    int sum = 0, weight = 1;
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
        if (i < USCC_LEN - 1) {
            sum += v * weight;
            weight = weight * 3 % 31;
        }
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
