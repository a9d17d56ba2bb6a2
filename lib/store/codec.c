/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as bytes. One table of fields for each kind of row drives both directions: a new kind of row
 * is a table here. Numbers are stored as they are in memory, which is
 * little-endian (base/bytes.c holds to that). A change here is a new FORMAT_TABLES. */
#include "store/inner.h"

#include <assert.h>

enum kind {
    FIELDS_END = 0,
    BYTES, /* n bytes */
    W4,    /* a number of 32 bits */
    W8,    /* n numbers of 64 bits */
    FLAG,  /* bool */
    ENUM,  /* at most n; a byte */
    PPM,   /* struct rate */
    DAYS,  /* n days */
    FEN,   /* n amounts, none negative */
    TEXT,  /* at most n bytes, their number before them: one byte, or two where n is above 255 */
    LIST,  /* `at` holds the number of items, at most list->limit; a byte, then those in use */
};

struct list;

struct field {
    uint8_t kind;
    uint16_t at, n;
    const struct list *list;
};

struct list {
    uint16_t at, stride, limit;
    const struct field *fields; /* of an item */
};

#define AT(s, m)   offsetof(struct s, m)
#define SIZE(s, m) sizeof(((struct s *)0)->m)
/* 0, or no program where a member has not the width that its kind takes. */
#define WIDTH(s, m, w) (0 * sizeof(char[SIZE(s, m) == (w) ? 1 : -1]))

#define FIELD(k, s, m, n, l)                                                                       \
    {                                                                                              \
        k, AT(s, m), n, l                                                                          \
    }
#define IS_BYTES(s, m)   FIELD(BYTES, s, m, SIZE(s, m), NULL)
#define IS_W4(s, m)      FIELD(W4, s, m, 1 + WIDTH(s, m, 4), NULL)
#define IS_W8(s, m)      FIELD(W8, s, m, 1 + WIDTH(s, m, 8), NULL)
#define IS_FLAG(s, m)    FIELD(FLAG, s, m, 1 + WIDTH(s, m, sizeof(bool)), NULL)
#define IS_ENUM(s, m, g) FIELD(ENUM, s, m, (g) + WIDTH(s, m, 4), NULL)
#define IS_PPM(s, m)     FIELD(PPM, s, m, 1 + WIDTH(s, m, 4), NULL)
#define IS_DAY(s, m)     FIELD(DAYS, s, m, 1 + WIDTH(s, m, 4), NULL)
#define IS_FEN(s, m)     FIELD(FEN, s, m, 1 + WIDTH(s, m, 8), NULL)
#define IS_STAGES(s, m)  FIELD(FEN, s, m, STAGE_COUNT + WIDTH(s, m, 8 * STAGE_COUNT), NULL)
#define IS_TEXT(s, m)    FIELD(TEXT, s, m, SIZE(s, m) - 1, NULL)
#define IS_LIST(s, m, l) FIELD(LIST, s, m, 1 + WIDTH(s, m, 4), &(l))
/* Members of one kind and of w bytes each that follow one another, from a to b. */
#define IS_RUN(k, s, a, b, w) FIELD(k, s, a, (AT(s, b) + SIZE(s, b) - AT(s, a)) / (w), NULL)
#define LAST_FIELD                                                                                 \
    {                                                                                              \
        FIELDS_END, 0, 0, NULL                                                                     \
    }
/* A list's items: the array m of s, each of them with the fields f. */
#define ITEMS(s, m, f)                                                                             \
    {                                                                                              \
        AT(s, m), SIZE(s, m[0]), SIZE(s, m) / SIZE(s, m[0]), f                                     \
    }

static const struct field head_row_fields[] = {
    IS_W8(head_row, entries),      IS_BYTES(head_row, leaf),
    IS_W8(head_row, time),         IS_W8(head_row, vouchers),
    IS_W4(head_row, lines),        IS_W4(head_row, principals),
    IS_W4(head_row, policy),       IS_DAY(head_row, first_due),
    IS_FLAG(head_row, test_clock), LAST_FIELD,
};

static const struct field policy_row_fields[] = {IS_W8(policy_row, entry), LAST_FIELD};

static const struct field line_row_fields[] = {
    IS_TEXT(line_row, measure),  IS_TEXT(line_row, source),
    IS_W4(line_row, year),       IS_FEN(line_row, appropriated),
    IS_STAGES(line_row, stages), IS_W8(line_row, entry),
    IS_W8(line_row, changes),    LAST_FIELD,
};

static const struct field line_name_row_fields[] = {IS_W4(line_name_row, line), LAST_FIELD};

static const struct field trait_fields[] = {
    IS_TEXT(trait_row, name),
    IS_DAY(trait_row, from),
    IS_DAY(trait_row, to),
    LAST_FIELD,
};

static const struct list traits = ITEMS(enterprise_row, traits, trait_fields);

static const struct field enterprise_row_fields[] = {
    IS_TEXT(enterprise_row, name),
    IS_TEXT(enterprise_row, area),
    IS_LIST(enterprise_row, ntraits, traits),
    IS_W8(enterprise_row, entry),
    LAST_FIELD,
};

static const struct field contract_row_fields[] = {
    IS_BYTES(contract_row, buyer), IS_FEN(contract_row, amount), IS_DAY(contract_row, signed_on),
    IS_FEN(contract_row, outside), IS_W8(contract_row, entry),   LAST_FIELD,
};

static const struct field contract_number_row_fields[] = {
    IS_W4(contract_number_row, contracts),
    IS_BYTES(contract_number_row, seller),
    LAST_FIELD,
};

static const struct field rate_fields[] = {
    IS_PPM(claim_rate, rate),
    IS_W4(claim_rate, vouchers),
    LAST_FIELD,
};

static const struct field claim_part_fields[] = {
    IS_BYTES(claim_part, enterprise),
    IS_TEXT(claim_part, measure),
    IS_W4(claim_part, year),
    IS_RUN(FEN, claim_part, counted, redeemed, 8),
    LAST_FIELD,
};

static const struct list claim_rates = ITEMS(claim_row, rates, rate_fields);
static const struct list claim_parts = ITEMS(claim_row, parts, claim_part_fields);

/* An item that is a number itself. */
static const struct field number_fields[] = {{W8, 0, 1, NULL}, LAST_FIELD};
static const struct list claim_holders = ITEMS(claim_row, holders, number_fields);

static const struct field claim_row_fields[] = {
    IS_W8(claim_row, newest),
    IS_RUN(FEN, claim_row, net, invoiced, 8),
    IS_W4(claim_row, live),
    IS_BYTES(claim_row, holder),
    IS_LIST(claim_row, nholders, claim_holders),
    IS_LIST(claim_row, nrates, claim_rates),
    IS_LIST(claim_row, nparts, claim_parts),
    LAST_FIELD,
};

static const struct field year_fields[] = {
    IS_W4(account_year, year),
    IS_FEN(account_year, issued),
    IS_FEN(account_year, redeemed),
    LAST_FIELD,
};

static const struct list account_years = ITEMS(account_row, years, year_fields);

static const struct field account_row_fields[] = {
    IS_STAGES(account_row, stages),
    IS_W8(account_row, entry),
    IS_W8(account_row, changes),
    IS_W8(account_row, newest),
    IS_W4(account_row, vouchers),
    IS_LIST(account_row, nyears, account_years),
    LAST_FIELD,
};

static const struct field voucher_part_fields[] = {
    IS_W4(voucher_part, line),
    IS_FEN(voucher_part, face),
    IS_FEN(voucher_part, open),
    LAST_FIELD,
};

static const struct list voucher_parts = ITEMS(voucher_row, parts, voucher_part_fields);

static const struct field voucher_row_fields[] = {
    IS_TEXT(voucher_row, measure),
    IS_RUN(BYTES, voucher_row, enterprise, seller, 1),
    IS_TEXT(voucher_row, contract),
    IS_W4(voucher_row, policy),
    IS_PPM(voucher_row, rate),
    IS_FEN(voucher_row, face),
    IS_STAGES(voucher_row, stages),
    IS_FEN(voucher_row, invoiced),
    IS_RUN(DAYS, voucher_row, issued, redeem_to, 4),
    IS_RUN(W8, voucher_row, issue_entry, before_due, 8),
    IS_ENUM(voucher_row, end, END_LAPSED),
    IS_LIST(voucher_row, nparts, voucher_parts),
    LAST_FIELD,
};

static const struct field invoice_row_fields[] = {
    IS_DAY(invoice_row, dated),
    IS_FEN(invoice_row, amount),
    IS_W8(invoice_row, voucher),
    IS_W8(invoice_row, entry),
    LAST_FIELD,
};

static const struct field shown_row_fields[] = {IS_W8(shown_row, entry), LAST_FIELD};
static const struct field due_row_fields[] = {IS_W8(due_row, newest), LAST_FIELD};
static const struct field principal_row_fields[] = {IS_W4(principal_row, number), LAST_FIELD};
static const struct field request_row_fields[] = {IS_W8(request_row, entry), LAST_FIELD};
static const struct field refusal_row_fields[] = {IS_BYTES(refusal_row, enterprise), LAST_FIELD};
/* Its key says all. */
static const struct field signpost_row_fields[] = {LAST_FIELD};

#define ROW(t, s, n) [t] = {n, sizeof(struct s), s##_fields},
static const struct row {
    const char *name;
    size_t size;
    const struct field *fields;
} rows[TABLE_COUNT] = {ROW_TABLES(ROW)};

/* Room for any row while it is checked. No row is larger as bytes than as a struct but for the
 * length before a text, which fills the place of its final NUL and of one byte more. */
#define MEMBER(t, s, n) struct s s;
union any_row {
    ROW_TABLES(MEMBER)
};

_Static_assert(sizeof(union any_row) + KEY_MAX + 8 <= ROW_MAX, "a row and its key fit in a page");
_Static_assert(LIMIT_CLAIM_PARTS < 256 && LIMIT_CLAIM_RATES < 256 && LIMIT_TRAITS < 256 &&
                   LIMIT_ACCOUNT_YEARS < 256 && LIMIT_LINES < 256,
               "a list's count is stored in a byte");

size_t row_size(enum table t)
{
    return (unsigned)t < TABLE_COUNT ? rows[t].size : 0;
}

const char *table_name(enum table t)
{
    return (unsigned)t < TABLE_COUNT ? rows[t].name : "none";
}

/* Mostly one or a few: quicker than a call of memcpy. */
static inline void copy8(uint8_t *to, const uint8_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        memcpy(to + 8 * i, from + 8 * i, 8);
}

/* What both directions hold a stored value to. */
static bool fen_good(const uint8_t *p, size_t n)
{
    int64_t all = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t v;
        memcpy(&v, p + 8 * i, 8);
        all |= v;
    }
    return all >= 0;
}

static bool days_good(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int32_t v;
        memcpy(&v, p + 4 * i, 4);
        if (v < DAY_MIN || v > DAY_MAX)
            return false;
    }
    return true;
}

static bool ppm_good(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return v <= RATE_ONE;
}

/* ---- Encoding: `out` has room, by the assertion above. NULL for what may not be stored. ---- */

static uint8_t *encode_text(const struct field *f, const uint8_t *text, uint8_t *out)
{
    size_t n = strnlen((const char *)text, f->n + 1U);
    if (n > f->n)
        return NULL;
    *out++ = (uint8_t)n;
    if (f->n > 255)
        *out++ = (uint8_t)(n >> 8);
    memcpy(out, text, n);
    return out + n;
}

static uint8_t *encode_fields(const struct field *f, const uint8_t *row, uint8_t *out);

static uint8_t *encode_list(const struct field *f, const uint8_t *row, uint8_t *out)
{
    const struct list *l = f->list;
    int32_t count;
    memcpy(&count, row + f->at, 4);
    if (count < 0 || count > l->limit)
        return NULL;
    *out++ = (uint8_t)count;
    for (int32_t i = 0; i < count && out; i++)
        out = encode_fields(l->fields, row + l->at + (size_t)i * l->stride, out);
    return out;
}

static uint8_t *encode_fields(const struct field *f, const uint8_t *row, uint8_t *out)
{
    for (; out && f->kind != FIELDS_END; f++) {
        const uint8_t *at = row + f->at;
        bool good = true;
        size_t n = 0;
        switch ((enum kind)f->kind) {
        case BYTES:
            n = f->n;
            memcpy(out, at, n);
            break;
        case W8:
            n = 8U * f->n;
            copy8(out, at, f->n);
            break;
        case W4:
            n = 4;
            memcpy(out, at, 4);
            break;
        case FLAG:
            *out = *(const bool *)at;
            n = 1;
            break;
        case ENUM: {
            uint32_t v;
            memcpy(&v, at, 4);
            good = v <= f->n;
            *out = (uint8_t)v;
            n = 1;
            break;
        }
        case PPM:
            good = ppm_good(at);
            memcpy(out, at, 4);
            n = 4;
            break;
        case DAYS:
            n = 4U * f->n;
            good = days_good(at, f->n);
            memcpy(out, at, n);
            break;
        case FEN:
            n = 8U * f->n;
            good = fen_good(at, f->n);
            copy8(out, at, f->n);
            break;
        case TEXT:
            out = encode_text(f, at, out);
            break;
        case LIST:
            out = encode_list(f, row, out);
            break;
        case FIELDS_END:
            break;
        }
        if (!good)
            return NULL;
        if (out)
            out += n;
    }
    return out;
}

int row_encode(enum table t, const void *row, uint8_t out[static ROW_MAX], size_t *n)
{
    assert((unsigned)t < TABLE_COUNT);
    uint8_t *end = encode_fields(rows[t].fields, row, out);
    if (!end)
        return ERR_RANGE;
    *n = (size_t)(end - out);
    assert(*n <= ROW_MAX);
    return 0;
}

/* ---- Decoding ---- */

/* The bytes that are left. */
struct reader {
    const uint8_t *p, *end;
};

/* The next n bytes, NULL where there are fewer. */
static const uint8_t *take(struct reader *r, size_t n)
{
    if ((size_t)(r->end - r->p) < n)
        return NULL;
    const uint8_t *p = r->p;
    r->p += n;
    return p;
}

static bool decode_text(const struct field *f, struct reader *r, uint8_t *text)
{
    const uint8_t *p = take(r, f->n > 255 ? 2 : 1);
    if (!p)
        return false;
    size_t n = f->n > 255 ? (size_t)(p[0] | p[1] << 8) : p[0];
    if (n > f->n || !(p = take(r, n)) || memchr(p, 0, n))
        return false;
    memcpy(text, p, n);
    return true;
}

static bool decode_fields(const struct field *f, struct reader *r, uint8_t *row);

static bool decode_list(const struct field *f, struct reader *r, uint8_t *row)
{
    const struct list *l = f->list;
    const uint8_t *p = take(r, 1);
    if (!p || *p > l->limit)
        return false;
    int32_t count = *p;
    memcpy(row + f->at, &count, 4);
    for (int32_t i = 0; i < count; i++)
        if (!decode_fields(l->fields, r, row + l->at + (size_t)i * l->stride))
            return false;
    return true;
}

static bool decode_fields(const struct field *f, struct reader *r, uint8_t *row)
{
    for (; f->kind != FIELDS_END; f++) {
        uint8_t *at = row + f->at;
        const uint8_t *p;
        bool good = true;
        switch ((enum kind)f->kind) {
        case BYTES:
            if ((good = (p = take(r, f->n))))
                memcpy(at, p, f->n);
            break;
        case W8:
            if ((good = (p = take(r, 8U * f->n))))
                copy8(at, p, f->n);
            break;
        case W4:
            if ((good = (p = take(r, 4))))
                memcpy(at, p, 4);
            break;
        case FLAG:
            if ((good = (p = take(r, 1)) && *p <= 1))
                *(bool *)at = *p;
            break;
        case ENUM:
            if ((good = (p = take(r, 1)) && *p <= f->n))
                memcpy(at, &(uint32_t){*p}, 4);
            break;
        case PPM:
            if ((good = (p = take(r, 4)) && ppm_good(p)))
                memcpy(at, p, 4);
            break;
        case DAYS:
            if ((good = (p = take(r, 4U * f->n)) && days_good(p, f->n)))
                memcpy(at, p, 4U * f->n);
            break;
        case FEN:
            if ((good = (p = take(r, 8U * f->n)) && fen_good(p, f->n)))
                copy8(at, p, f->n);
            break;
        case TEXT:
            good = decode_text(f, r, at);
            break;
        case LIST:
            good = decode_list(f, r, row);
            break;
        case FIELDS_END:
            break;
        }
        if (!good)
            return false;
    }
    return true;
}

int row_decode(enum table t, struct span bytes, void *row)
{
    assert((unsigned)t < TABLE_COUNT);
    union any_row room;
    struct reader r = {bytes.p, bytes.p + bytes.n};
    memset(&room, 0, rows[t].size);
    if (!decode_fields(rows[t].fields, &r, (uint8_t *)&room) || r.p != r.end)
        return ERR_CORRUPT;
    memcpy(row, &room, rows[t].size);
    return 0;
}
