/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/field.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/day.h"
#include "base/money.h"
#include "base/person.h"
#include "base/text.h"

#define DECIMALS 4

int quantity_parse(const char *text, const char *field, struct fault *f, int64_t *out)
{
    int64_t n = 0;
    int decimals = -1, digits = 0;
    for (const char *c = text; *c; c++) {
        if (*c == '.' && decimals < 0 && digits > 0) {
            decimals = 0;
            continue;
        }
        if (*c < '0' || *c > '9' || decimals == DECIMALS)
            goto wrong;
        n = n * 10 + (*c - '0');
        digits++;
        if (decimals >= 0)
            decimals++;
        else if (n > QUANTITY_MOST) /* so that the decimals have room in 64 bits */
            goto wrong;
    }
    if (digits == 0 || decimals == 0)
        goto wrong;
    for (int i = decimals < 0 ? 0 : decimals; i < DECIMALS; i++)
        n *= 10;
    if (n > QUANTITY_MOST * QUANTITY_ONE)
        goto wrong;
    *out = n;
    return 0;
wrong:
    return fault_set(f, field, text,
                     "a number of at most 999999999999 with at most four decimals, like 4999.99");
}

char *quantity_format(int64_t q, char out[static QUANTITY_TEXT])
{
    int n =
        snprintf(out, QUANTITY_TEXT, "%" PRId64 ".%04d", q / QUANTITY_ONE, (int)(q % QUANTITY_ONE));
    while (n > 0 && out[n - 1] == '0')
        out[--n] = 0;
    if (n > 0 && out[n - 1] == '.')
        out[n - 1] = 0;
    return out;
}

static int text_read(const char *text, const char *name, struct fault *f)
{
    return text_is_line(text, strlen(text), LIMIT_NUMBER) && !strstr(text, VALUE_SEPARATOR)
               ? 0
               : fault_set(f, name, text, "one line of 1 to %d bytes without '|'", LIMIT_NUMBER);
}

static int word_read(const struct claim_field *field, const char *text, const char *name,
                     struct fault *f, int64_t *out)
{
    char known[160] = "";
    size_t n = 0;
    for (int i = 0; i < field->nwords; i++) {
        if (strcmp(field->words[i], text) == 0) {
            *out = i;
            return 0;
        }
        if (n < sizeof known)
            n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", i ? ", " : "",
                                  field->words[i]);
    }
    return fault_set(f, name, text, "one of: %s", known);
}

static int count_read(const char *text, const char *name, struct fault *f, int64_t *out)
{
    int64_t n;
    if (quantity_parse(text, name, NULL, &n) < 0 || n % QUANTITY_ONE || strchr(text, '.'))
        return fault_set(f, name, text, "a whole number of at most 999999999999");
    *out = n;
    return 0;
}

static int year_read(const char *text, const char *name, struct fault *f, int64_t *out)
{
    int month;
    char first[16];
    snprintf(first, sizeof first, "%.8s-01", text);
    if (strlen(text) != 4 || month_parse(first, name, NULL, &month) < 0)
        return fault_set(f, name, text, "a year from 1900 to 2199");
    *out = month / 12;
    return 0;
}

int fact_read(const struct claim_field *field, const char *text, const char *name, struct fault *f,
              struct fact_value *out)
{
    struct fact_value v = {.given = true, .text = text};
    struct money m;
    struct day d;
    int month, rc = 0;
    switch (field->form) {
    case FACT_TEXT:
        rc = text_read(text, name, f);
        break;
    case FACT_WORD:
        rc = word_read(field, text, name, f, &v.n);
        break;
    case FACT_COUNT:
        rc = count_read(text, name, f, &v.n);
        break;
    case FACT_QUANTITY:
        rc = quantity_parse(text, name, f, &v.n);
        break;
    case FACT_MONEY:
        rc = money_parse(text, name, f, &m);
        v.n = rc < 0 ? 0 : m.fen;
        break;
    case FACT_DAY:
        rc = day_parse(text, name, f, &d);
        v.n = rc < 0 ? 0 : d.n;
        break;
    case FACT_MONTH:
        rc = month_parse(text, name, f, &month);
        v.n = rc < 0 ? 0 : month;
        break;
    case FACT_YEAR:
        rc = year_read(text, name, f, &v.n);
        break;
    case FACT_PERSON:
        if (!person_is_hash(text))
            rc = fault_set(f, name, NULL, "a person, whose number is sent apart: it is no fact");
        break;
    }
    if (rc == 0)
        *out = v;
    return rc;
}

bool fact_format(const struct claim_field *field, const struct fact_value *v, char *out,
                 unsigned long cap)
{
    char text[QUANTITY_TEXT];
    const char *said = v->text;
    if (field->form == FACT_COUNT || field->form == FACT_QUANTITY)
        said = quantity_format(v->n, text);
    else if (field->form == FACT_MONEY)
        said = money_format(MONEY(v->n), text);
    int n = snprintf(out, cap, "%s", said);
    return n >= 0 && (unsigned long)n < cap;
}
