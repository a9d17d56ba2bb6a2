/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/kind.h"

#include <string.h>

static const struct kind *const kinds[] = {
    &kind_rate,  &kind_unit,     &kind_unit_year,   &kind_person_month,
    &kind_award, &kind_interest, &kind_designation,
};

#define NKINDS (sizeof kinds / sizeof *kinds)

const struct kind *kind_find(const char *word)
{
    for (size_t i = 0; i < NKINDS; i++)
        if (strcmp(kinds[i]->word, word) == 0)
            return kinds[i];
    return NULL;
}

const char *const *kind_words(void)
{
    static const char *words[NKINDS + 1];
    for (size_t i = 0; i < NKINDS; i++)
        words[i] = kinds[i]->word;
    return words;
}

struct money kind_product(int64_t a, int64_t b, int64_t c, int64_t d)
{
    /* a, b and c are at most 10^15, 10^16 and 10^6: their product may pass 128 bits only where it
     * is far above any amount. */
    __int128 p;
    if (__builtin_mul_overflow((__int128)a, (__int128)b, &p) ||
        __builtin_mul_overflow(p, (__int128)c, &p) || p / d > LIMIT_AMOUNT_FEN)
        return MONEY(LIMIT_AMOUNT_FEN);
    return MONEY((int64_t)(p / d));
}
