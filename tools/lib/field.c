/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/field.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/person.h"
#include "base/text.h"

static int read_text(const struct field *d, const char *text, struct arena *a, struct fault *f,
                     struct value *out)
{
    if (!text_is_line(text, strlen(text), d->limit))
        return fault_set(
            f, d->name, text,
            "one line of 1 to %zu bytes of UTF-8, without control characters or blanks "
            "at its ends",
            d->limit);
    char *copy = arena_copy(a, text, strlen(text));
    if (!copy)
        return ERR_MEMORY;
    out->text = copy;
    return 0;
}

static int read_money(const struct field *d, const char *text, struct arena *a, struct fault *f,
                      struct value *out)
{
    (void)a;
    return money_parse_positive(text, d->name, f, &out->money);
}

static int read_day(const struct field *d, const char *text, struct arena *a, struct fault *f,
                    struct value *out)
{
    (void)a;
    return day_parse(text, d->name, f, &out->day);
}

static int read_instant(const struct field *d, const char *text, struct arena *a, struct fault *f,
                        struct value *out)
{
    (void)a;
    return instant_parse(text, d->name, f, &out->instant);
}

static int read_uscc(const struct field *d, const char *text, struct arena *a, struct fault *f,
                     struct value *out)
{
    (void)a;
    return uscc_parse(text, strlen(text), d->name, f, &out->uscc);
}

static int read_invoice(const struct field *d, const char *text, struct arena *a, struct fault *f,
                        struct value *out)
{
    int rc = invoice_number_check(text, strlen(text), d->name, f);
    if (rc < 0)
        return rc;
    char *copy = arena_copy(a, text, strlen(text));
    if (!copy)
        return ERR_MEMORY;
    out->text = copy;
    return 0;
}

static int read_year(const struct field *d, const char *text, struct arena *a, struct fault *f,
                     struct value *out)
{
    uint64_t n;
    (void)a;
    if (strlen(text) != 4 || number_parse(text, d->name, 2199, NULL, &n) < 0 || n < 1900)
        return fault_set(f, d->name, text, "a year from 1900 to 2199, like 2025");
    out->year = (int)n;
    return 0;
}

static int read_number(const struct field *d, const char *text, struct arena *a, struct fault *f,
                       struct value *out)
{
    (void)a;
    return number_parse(text, d->name, INT64_MAX, f, &out->number);
}

/* The list has room for a power of two, and moves when that is full. */
static int read_numbers(const struct field *d, const char *text, struct arena *a, struct fault *f,
                        struct value *out)
{
    uint32_t n = out->nnumbers;
    uint64_t number;
    int rc = number_parse(text, d->name, INT64_MAX, f, &number);
    if (rc < 0)
        return rc;
    if (n == NUMBERS_MAX)
        return fault_set(f, d->name, text, "at most %d numbers", NUMBERS_MAX);
    if (n == 0 || (n >= 16 && (n & (n - 1)) == 0)) {
        uint64_t *list = arena_alloc(a, (n == 0 ? 16 : 2 * (size_t)n) * sizeof *list);
        if (!list)
            return ERR_MEMORY;
        if (n > 0)
            memcpy(list, out->numbers, n * sizeof *list);
        out->numbers = list;
    }
    out->numbers[out->nnumbers++] = number;
    return 0;
}

static int read_word(const struct field *d, const char *text, struct arena *a, struct fault *f,
                     struct value *out)
{
    char all[128];
    (void)a;
    for (int i = 0; d->words[i]; i++) {
        if (strcmp(text, d->words[i]) == 0) {
            out->word = i;
            return 0;
        }
    }
    return fault_set(f, d->name, text, "one of %s", field_words(d, ", ", all, sizeof all));
}

static int read_flag(const struct field *d, const char *text, struct arena *a, struct fault *f,
                     struct value *out)
{
    (void)d, (void)text, (void)a, (void)f, (void)out;
    return 0;
}

/* Room for one more pair of a field that is given again and again. */
static int pair_add(const struct field *d, const char *text, struct arena *a, struct fault *f,
                    struct value *out, const struct value_pair *pair)
{
    if (!out->pairs) {
        out->pairs = arena_zero(a, PAIRS_MAX * sizeof *out->pairs);
        if (!out->pairs)
            return ERR_MEMORY;
    }
    if (out->n == PAIRS_MAX)
        return fault_set(f, d->name, text, "given at most %d times", PAIRS_MAX);
    out->pairs[out->n++] = *pair;
    return 0;
}

/* NAME=VALUE; false: it is not of that form. */
static bool is_pair(const char *text, size_t limit)
{
    const char *equals = strchr(text, '=');
    return equals && text_is_line(text, (size_t)(equals - text), LIMIT_NAME) &&
           text_is_line(equals + 1, strlen(equals + 1), limit);
}

/* A pair whose name was not given before; *name_before is it otherwise. */
static int pair_read(const struct field *d, const char *text, struct arena *a, struct fault *f,
                     struct value *out, const char **name_before)
{
    const char *equals = strchr(text, '=');
    char *name = arena_copy(a, text, (size_t)(equals - text));
    char *document = arena_copy(a, equals + 1, strlen(equals + 1));
    if (!name || !document)
        return ERR_MEMORY;
    for (int i = 0; i < out->n; i++)
        if (strcmp(out->pairs[i].name, name) == 0) {
            *name_before = name;
            return ERR_INVALID;
        }
    return pair_add(d, text, a, f, out, &(struct value_pair){.name = name, .document = document});
}

static int read_attest(const struct field *d, const char *text, struct arena *a, struct fault *f,
                       struct value *out)
{
    const char *before = NULL;
    if (!is_pair(text, LIMIT_TEXT))
        return fault_set(
            f, d->name, text,
            "NAME=DOCUMENT: an attestation's name of at most %d bytes and a document of "
            "at most %d",
            LIMIT_NAME, LIMIT_TEXT);
    int rc = pair_read(d, text, a, f, out, &before);
    return before
               ? fault_set(f, d->name, text, "each attestation once: '%s' was given before", before)
               : rc;
}

static int read_fact(const struct field *d, const char *text, struct arena *a, struct fault *f,
                     struct value *out)
{
    const char *before = NULL;
    if (!is_pair(text, LIMIT_FACT))
        return fault_set(f, d->name, text,
                         "NAME=VALUE: the name of one of the policy's fields, at most %d bytes, "
                         "and a value of at most %d",
                         LIMIT_NAME, LIMIT_FACT);
    int rc = pair_read(d, text, a, f, out, &before);
    return before ? fault_set(f, d->name, text, "each fact once: '%s' was given before", before)
                  : rc;
}

static int read_rate(const struct field *d, const char *text, struct arena *a, struct fault *f,
                     struct value *out)
{
    (void)a;
    return rate_parse(text, d->name, f, &out->rate);
}

/* A mistake is told without the number. */
static int read_person(const struct field *d, const char *text, struct arena *a, struct fault *f,
                       struct value *out)
{
    struct fault wrong;
    if (!is_pair(text, LIMIT_NUMBER))
        return fault_set(f, d->name, NULL,
                         "FIELD=NUMBER: one of the policy's fields, of type person, and the number "
                         "of a resident id");
    const char *equals = strchr(text, '=');
    if (person_check(PERSON_RESIDENT_ID, equals + 1, d->name, &wrong) < 0) {
        if (f)
            *f = wrong;
        return ERR_INVALID;
    }
    char *field = arena_copy(a, text, (size_t)(equals - text));
    char *number = arena_copy(a, equals + 1, strlen(equals + 1));
    if (!field || !number)
        return ERR_MEMORY;
    out->person = (struct person){field, PERSON_RESIDENT_ID, number};
    return 0;
}

/* FROM..TO, each a day or nothing, behind the name in the whole text. */
static int period_read(const char *text, const char *whole, const char *field, struct arena *a,
                       struct fault *f, struct value_pair *out)
{
    const char *dots = strstr(text, "..");
    if (!dots)
        return fault_set(f, field, whole, "NAME, or NAME=FROM..TO with either day left out");
    char *from = arena_copy(a, text, (size_t)(dots - text));
    if (!from)
        return ERR_MEMORY;
    out->from = DAY(DAY_MIN);
    out->to = DAY(DAY_MAX);
    int rc = *from ? day_parse(from, field, f, &out->from) : 0;
    if (rc == 0 && dots[2])
        rc = day_parse(dots + 2, field, f, &out->to);
    if (rc == 0 && out->from.n > out->to.n)
        rc = fault_set(f, field, text, "the first day is not after the last");
    return rc;
}

static int read_trait(const struct field *d, const char *text, struct arena *a, struct fault *f,
                      struct value *out)
{
    struct value_pair pair = {.from = DAY(DAY_MIN), .to = DAY(DAY_MAX)};
    size_t n = strcspn(text, "=");
    if (!text_is_line(text, n, LIMIT_NAME))
        return fault_set(f, d->name, text,
                         "NAME, or NAME=FROM..TO: a trait's name of 1 to %d bytes", LIMIT_NAME);
    char *name = arena_copy(a, text, n);
    if (!name)
        return ERR_MEMORY;
    for (int i = 0; i < out->n; i++)
        if (strcmp(out->pairs[i].name, name) == 0)
            return fault_set(f, d->name, text, "each trait once: '%s' was given before", name);
    pair.name = name;
    int rc = text[n] ? period_read(text + n + 1, text, d->name, a, f, &pair) : 0;
    return rc < 0 ? rc : pair_add(d, text, a, f, out, &pair);
}

static const struct type {
    const char *metavar;
    bool repeats;
    int (*read)(const struct field *d, const char *text, struct arena *a, struct fault *f,
                struct value *out);
} types[FIELD_TYPES] = {
    [FIELD_TEXT] = {"TEXT", false, read_text},
    [FIELD_MONEY] = {"AMOUNT", false, read_money},
    [FIELD_DAY] = {"DATE", false, read_day},
    [FIELD_INSTANT] = {"TIME", false, read_instant},
    [FIELD_USCC] = {"USCC", false, read_uscc},
    [FIELD_INVOICE] = {"NUMBER", false, read_invoice},
    [FIELD_YEAR] = {"YEAR", false, read_year},
    [FIELD_NUMBER] = {"N", false, read_number},
    [FIELD_NUMBERS] = {"N", true, read_numbers},
    [FIELD_WORD] = {"WORD", false, read_word},
    [FIELD_FLAG] = {NULL, false, read_flag},
    [FIELD_ATTEST] = {"NAME=DOCUMENT", true, read_attest},
    [FIELD_TRAIT] = {"TRAIT", true, read_trait},
    [FIELD_RATE] = {"RATE", false, read_rate},
    [FIELD_FACT] = {"NAME=VALUE", true, read_fact},
    [FIELD_PERSON] = {"FIELD=NUMBER", false, read_person},
};

const char *field_metavar(const struct field *f)
{
    return f->metavar ? f->metavar : types[f->type].metavar;
}

bool field_repeats(const struct field *f)
{
    return types[f->type].repeats;
}

char *field_words(const struct field *f, const char *between, char *out, size_t cap)
{
    size_t n = 0;
    out[0] = 0;
    for (int i = 0; f->words[i] && n < cap; i++)
        n += (size_t)snprintf(out + n, cap - n, "%s%s", n ? between : "", f->words[i]);
    return out;
}

int field_find(const struct field *fields, const char *name, bool in_json)
{
    for (int i = 0; fields[i].name; i++)
        if (strcmp(fields[i].name, name) == 0 ||
            (in_json && fields[i].also && strcmp(fields[i].also, name) == 0))
            return i;
    return -1;
}

int value_read(struct values *v, int i, const char *text, struct arena *a, struct fault *f)
{
    const struct field *d = &v->fields[i];
    assert(i < FIELDS_MAX);
    if (v->v[i].given && !types[d->type].repeats)
        return fault_set(f, d->name, d->type == FIELD_PERSON ? NULL : text,
                         "given once: it was given before");
    int rc = types[d->type].read(d, text, a, f, &v->v[i]);
    if (rc == 0)
        v->v[i].given = true;
    return rc;
}

int values_check(const struct values *v, struct fault *f)
{
    for (int i = 0; v->fields[i].name; i++)
        if ((v->fields[i].flags & FIELD_REQUIRED) && !v->v[i].given)
            return fault_set(f, v->fields[i].name, NULL, "it is missing: %-s", v->fields[i].help);
    return 0;
}

const struct value *value_of(const struct values *v, const char *name)
{
    int i = field_find(v->fields, name, false);
    assert(i >= 0);
    return &v->v[i];
}

int number_parse(const char *text, const char *field, uint64_t max, struct fault *f, uint64_t *out)
{
    uint64_t n = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n))
            break;
    if (p == text || *p || n == 0 || n > max)
        return fault_set(f, field, text, "a whole number of 1 or more, in digits");
    *out = n;
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int request_id_parse(const char *text, const char *field, struct fault *f, uint8_t out[static 16])
{
    static const uint8_t zero[16];
    uint8_t id[16] = {0};
    size_t n = strlen(text);
    int digits = 0;
    for (size_t i = 0; i < n && digits >= 0 && digits <= 32; i++) {
        int d = hex_digit(text[i]);
        if (n == 36 && (i == 8 || i == 13 || i == 18 || i == 23)) {
            if (text[i] != '-')
                digits = -1;
        } else if (d < 0 || digits == 32) {
            digits = -1;
        } else {
            id[digits / 2] = (uint8_t)(id[digits / 2] << 4 | d);
            digits++;
        }
    }
    if (digits != 32 || memcmp(id, zero, 16) == 0)
        return fault_set(f, field, text,
                         "a request id is 32 hexadecimal digits or a UUID, not all zero");
    memcpy(out, id, 16);
    return 0;
}

char *request_id_format(const uint8_t id[static 16], char out[static REQUEST_ID_TEXT])
{
    static const int groups[] = {4, 2, 2, 2, 6};
    char *p = out;
    for (int g = 0; g < 5; g++) {
        hex_format(id, (size_t)groups[g], p);
        id += groups[g];
        p += 2 * groups[g];
        *p++ = g < 4 ? '-' : 0;
    }
    return out;
}
