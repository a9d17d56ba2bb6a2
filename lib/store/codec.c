/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as bytes. One table of fields for each kind of row drives both directions: a new kind of row
 * is a table here. A change here is a new FORMAT_TABLES.
 *
 * Numbers are stored in as few bytes as they need (LEB128: seven bits a byte, the lowest first, the
 * eighth bit set where more follow): most are small, and how many rows lie on a page is what
 * changing rows at random costs. */
#include "store/inner.h"

#include <assert.h>

enum kind {
    FIELDS_END = 0,
    BYTES, /* n bytes */
    FLAG,  /* bool, a byte */
    W4,    /* a number of 32 bits */
    W8,    /* n numbers of 64 bits */
    ENUM,  /* a number of 32 bits, at most n */
    PPM,   /* struct rate */
    DAYS,  /* n days */
    FEN,   /* n amounts, none negative */
    TEXT,  /* at most n bytes, their number before them: one byte, or two where n is above 255 */
    LIST,  /* `at` holds the number of items, at most list->limit; a byte, then those in use */
    MORE,  /* further members of the items of such a list, whose number is known */
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
#define IS_MORE(s, m, l) FIELD(MORE, s, m, 1 + WIDTH(s, m, 4), &(l))
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
    IS_W8(head_row, entries),
    IS_BYTES(head_row, leaf),
    IS_W8(head_row, time),
    IS_W8(head_row, vouchers),
    IS_W4(head_row, lines),
    IS_W4(head_row, principals),
    IS_W4(head_row, policy),
    IS_DAY(head_row, first_due),
    IS_FLAG(head_row, test_clock),
    IS_TEXT(head_row, person_key),
    LAST_FIELD,
};

static const struct field policy_row_fields[] = {IS_W8(policy_row, entry), LAST_FIELD};

static const struct field line_row_fields[] = {
    IS_TEXT(line_row, measure), IS_TEXT(line_row, source),      IS_TEXT(line_row, area),
    IS_W4(line_row, year),      IS_FEN(line_row, appropriated), IS_STAGES(line_row, stages),
    IS_W8(line_row, entry),     IS_W8(line_row, changes),       LAST_FIELD,
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
    IS_TEXT(enterprise_row, area), IS_TEXT(enterprise_row, related),
    IS_W4(enterprise_row, raised), IS_LIST(enterprise_row, ntraits, traits),
    IS_W8(enterprise_row, entry),  LAST_FIELD,
};

static const struct field enterprise_name_row_fields[] = {
    IS_TEXT(enterprise_name_row, name),
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
    IS_TEXT(claim_part, sub),
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
    IS_RUN(FEN, claim_row, net, outside, 8),
    IS_W8(claim_row, designation),
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
    IS_FEN(account_row, waiting),
    IS_W4(account_row, vouchers),
    IS_LIST(account_row, nyears, account_years),
    LAST_FIELD,
};

static const struct field voucher_part_fields[] = {
    IS_W4(voucher_part, line),
    IS_FEN(voucher_part, face),
    LAST_FIELD,
};

static const struct field voucher_open_fields[] = {IS_RUN(FEN, voucher_part, open, paid, 8),
                                                   LAST_FIELD};

static const struct list voucher_parts = ITEMS(voucher_row, parts, voucher_part_fields);
static const struct list voucher_open = ITEMS(voucher_row, parts, voucher_open_fields);

static const struct field voucher_row_fields[] = {
    IS_TEXT(voucher_row, measure),
    IS_RUN(BYTES, voucher_row, enterprise, seller, 1),
    IS_TEXT(voucher_row, contract),
    IS_W4(voucher_row, policy),
    IS_PPM(voucher_row, rate),
    IS_RUN(FEN, voucher_row, face, base, 8),
    IS_RUN(DAYS, voucher_row, issued, redeem_to, 4),
    IS_RUN(W8, voucher_row, issue_entry, before_due, 8),
    IS_LIST(voucher_row, nparts, voucher_parts),
    LAST_FIELD,
};

static const struct field voucher_state_fields[] = {
    IS_STAGES(voucher_row, stages),
    IS_FEN(voucher_row, invoiced),
    IS_RUN(W8, voucher_row, entry, changes, 8),
    IS_ENUM(voucher_row, end, END_LAPSED),
    IS_MORE(voucher_row, nparts, voucher_open),
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

static const struct field tally_year_fields[] = {
    IS_W4(tally_year, year),
    IS_W4(tally_year, claims),
    IS_RUN(FEN, tally_year, issued, supported, 8),
    LAST_FIELD,
};

static const struct list tally_years = ITEMS(tally_row, years, tally_year_fields);

static const struct field tally_row_fields[] = {
    IS_DAY(tally_row, first),
    IS_LIST(tally_row, nyears, tally_years),
    LAST_FIELD,
};

static const struct field tally_key_fields[] = {IS_TEXT(tally_key, text), LAST_FIELD};
static const struct list counted_keys = ITEMS(counted_row, keys, tally_key_fields);

static const struct field counted_row_fields[] = {
    IS_RUN(FEN, counted_row, spent, supported, 8),
    IS_LIST(counted_row, nkeys, counted_keys),
    LAST_FIELD,
};

static const struct field span_fields[] = {
    IS_W8(designation_span, entry),
    IS_RUN(DAYS, designation_span, from, to, 4),
    LAST_FIELD,
};

static const struct list designation_spans = ITEMS(designation_row, spans, span_fields);

static const struct field designation_row_fields[] = {
    IS_LIST(designation_row, nspans, designation_spans),
    LAST_FIELD,
};

static const struct field designated_row_fields[] = {
    IS_RUN(BYTES, designated_row, enterprise, seller, 1),
    IS_TEXT(designated_row, measure),
    IS_TEXT(designated_row, spending),
    IS_W4(designated_row, policy),
    IS_DAY(designated_row, withdrawn),
    LAST_FIELD,
};

static const struct field queue_row_fields[] = {
    IS_RUN(W4, queue_row, first, round, 4),
    LAST_FIELD,
};

static const struct field waiting_row_fields[] = {
    IS_W8(waiting_row, entry),
    IS_RUN(BYTES, waiting_row, enterprise, seller, 1),
    IS_TEXT(waiting_row, spending),
    IS_RUN(FEN, waiting_row, wanted, allowance, 8),
    IS_ENUM(waiting_row, state, WAITING_WITHDRAWN),
    IS_W4(waiting_row, line),
    LAST_FIELD,
};

static const struct field turn_row_fields[] = {
    IS_W4(turn_row, year),
    IS_W4(turn_row, place),
    LAST_FIELD,
};

static const struct field waited_row_fields[] = {
    IS_TEXT(waited_row, measure),
    IS_W4(waited_row, year),
    IS_W4(waited_row, place),
    LAST_FIELD,
};

static const struct field raised_row_fields[] = {
    IS_FEN(raised_row, limit),
    IS_W8(raised_row, entry),
    LAST_FIELD,
};

#define ROW(t, s, n) [t] = {n, sizeof(struct s), s##_fields},
static const struct row {
    const char *name;
    size_t size;
    const struct field *fields;
} rows[TABLE_COUNT] = {ROW_TABLES(ROW)};

static const struct field no_fields[] = {LAST_FIELD};

bool row_has_state(enum table t)
{
    return t == TABLE_VOUCHER;
}

static const struct field *state_fields(enum table t)
{
    return row_has_state(t) ? voucher_state_fields : no_fields;
}

/* Room for any row while it is checked. */
#define MEMBER(t, s, n) struct s s;
union any_row {
    ROW_TABLES(MEMBER)
};

_Static_assert(LIMIT_CLAIM_PARTS < 256 && LIMIT_CLAIM_RATES < 256 && LIMIT_TRAITS < 256 &&
                   LIMIT_ACCOUNT_YEARS < 256 && LIMIT_LINES < 256 && LIMIT_TALLIES < 256 &&
                   LIMIT_SPANS < 256,
               "a list's count is stored in a byte");

/* How many numbers a field has, and the bytes of one in memory. */
static unsigned numbers(const struct field *f)
{
    return f->kind == ENUM || f->kind == PPM ? 1 : f->n;
}

static unsigned width(const struct field *f)
{
    return f->kind == W8 || f->kind == FEN ? 8 : 4;
}

/* Bytes of a row of which everything is as long as it can be. */
static size_t fields_most(const struct field *f)
{
    size_t n = 0;
    for (; f->kind != FIELDS_END; f++) {
        bool list = f->kind == LIST || f->kind == MORE;
        bool bytes = f->kind == BYTES || f->kind == FLAG;
        if (list)
            n += 1 + f->list->limit * fields_most(f->list->fields);
        else if (bytes || f->kind == TEXT)
            n += f->n + (bytes ? 0U : 2U);
        else
            n += numbers(f) * (f->kind == PPM || f->kind == ENUM ? 3U : width(f) == 8 ? 10U : 5U);
    }
    return n;
}

size_t row_most(enum table t)
{
    return fields_most(rows[t].fields) + fields_most(state_fields(t));
}

size_t row_size(enum table t)
{
    return (unsigned)t < TABLE_COUNT ? rows[t].size : 0;
}

const char *table_name(enum table t)
{
    return (unsigned)t < TABLE_COUNT ? rows[t].name : "none";
}

/* What both directions hold a number to. Numbers of 32 bits come as such, days among them. */
static bool number_good(const struct field *f, uint64_t v)
{
    switch ((enum kind)f->kind) {
    case FEN:
        return v <= INT64_MAX;
    case DAYS:
        return (int32_t)v >= DAY_MIN && (int32_t)v <= DAY_MAX;
    case PPM:
        return v <= RATE_ONE;
    case ENUM:
        return v <= f->n;
    default:
        return true;
    }
}

/* ---- Encoding: `out` has room for row_most bytes. NULL for what may not be stored. ---- */

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
    if (f->kind == LIST)
        *out++ = (uint8_t)count;
    for (int32_t i = 0; i < count && out; i++)
        out = encode_fields(l->fields, row + l->at + (size_t)i * l->stride, out);
    return out;
}

static uint8_t *encode_numbers(const struct field *f, const uint8_t *at, uint8_t *out)
{
    const unsigned w = width(f);
    for (unsigned n = numbers(f); n > 0; n--, at += w) {
        uint64_t v = 0;
        memcpy(&v, at, w);
        if (!number_good(f, v))
            return NULL;
        for (; v >= 0x80; v >>= 7)
            *out++ = (uint8_t)(v | 0x80);
        *out++ = (uint8_t)v;
    }
    return out;
}

static uint8_t *encode_fields(const struct field *f, const uint8_t *row, uint8_t *out)
{
    for (; out && f->kind != FIELDS_END; f++) {
        const uint8_t *at = row + f->at;
        switch ((enum kind)f->kind) {
        case BYTES:
            memcpy(out, at, f->n);
            out += f->n;
            break;
        case FLAG:
            *out++ = *(const bool *)at;
            break;
        case W4:
        case W8:
        case ENUM:
        case PPM:
        case DAYS:
        case FEN:
            out = encode_numbers(f, at, out);
            break;
        case TEXT:
            out = encode_text(f, at, out);
            break;
        case LIST:
        case MORE:
            out = encode_list(f, row, out);
            break;
        case FIELDS_END:
            break;
        }
    }
    return out;
}

static int encode(const struct field *f, const void *row, uint8_t *out, size_t *n)
{
    const uint8_t *end = encode_fields(f, row, out);
    if (!end)
        return ERR_RANGE;
    *n = (size_t)(end - out);
    return 0;
}

int row_encode_facts(enum table t, const void *row, uint8_t *out, size_t *n)
{
    assert((unsigned)t < TABLE_COUNT);
    return encode(rows[t].fields, row, out, n);
}

int row_encode_state(enum table t, const void *row, uint8_t *out, size_t *n)
{
    assert((unsigned)t < TABLE_COUNT);
    return encode(state_fields(t), row, out, n);
}

int row_encode(enum table t, const void *row, uint8_t out[static ROW_MAX], size_t *n)
{
    size_t facts, state = 0;
    int rc = row_encode_facts(t, row, out, &facts);
    if (rc == 0)
        rc = row_encode_state(t, row, out + facts, &state);
    if (rc == 0)
        *n = facts + state;
    assert(rc < 0 || *n <= ROW_MAX);
    return rc;
}

bool row_is_as_begun(enum table t, const void *row)
{
    const struct voucher_row *r = row;
    struct voucher_row v;
    if (!row_has_state(t))
        return true;
    if (r->nparts < 0 || r->nparts > LIMIT_LINES)
        return false;
    /* As much of the row as is used: the rest need not be there. */
    const size_t n = offsetof(struct voucher_row, parts) + (size_t)r->nparts * sizeof r->parts[0];
    memcpy(&v, row, n);
    voucher_row_begin(&v);
    return memcmp(&v, row, n) == 0;
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
    int32_t count;
    if (f->kind == LIST) {
        const uint8_t *p = take(r, 1);
        if (!p || *p > l->limit)
            return false;
        count = *p;
        memcpy(row + f->at, &count, 4);
    } else {
        memcpy(&count, row + f->at, 4);
    }
    for (int32_t i = 0; i < count; i++)
        if (!decode_fields(l->fields, r, row + l->at + (size_t)i * l->stride))
            return false;
    return true;
}

/* False for what is no number, or has more bytes than it needs or than fit. */
static bool decode_number(struct reader *r, uint64_t *out)
{
    uint64_t v = 0;
    for (unsigned shift = 0; r->p < r->end && shift < 64; shift += 7) {
        uint8_t b = *r->p++;
        if (shift == 63 && b > 1)
            return false;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) {
            *out = v;
            return b > 0 || shift == 0;
        }
    }
    return false;
}

static bool decode_numbers(const struct field *f, struct reader *r, uint8_t *at)
{
    const unsigned w = width(f);
    for (unsigned n = numbers(f); n > 0; n--, at += w) {
        uint64_t v;
        if (!decode_number(r, &v) || (w == 4 && v > UINT32_MAX) || !number_good(f, v))
            return false;
        memcpy(at, &v, w);
    }
    return true;
}

static bool decode_fields(const struct field *f, struct reader *r, uint8_t *row)
{
    bool good = true;
    for (; good && f->kind != FIELDS_END; f++) {
        uint8_t *at = row + f->at;
        const uint8_t *p;
        switch ((enum kind)f->kind) {
        case BYTES:
            if ((good = (p = take(r, f->n))))
                memcpy(at, p, f->n);
            break;
        case FLAG:
            if ((good = (p = take(r, 1)) && *p <= 1))
                *(bool *)at = *p;
            break;
        case W4:
        case W8:
        case ENUM:
        case PPM:
        case DAYS:
        case FEN:
            good = decode_numbers(f, r, at);
            break;
        case TEXT:
            good = decode_text(f, r, at);
            break;
        case LIST:
        case MORE:
            good = decode_list(f, r, row);
            break;
        case FIELDS_END:
            break;
        }
    }
    return good;
}

int row_decode(enum table t, struct span bytes, void *row)
{
    assert((unsigned)t < TABLE_COUNT);
    union any_row room;
    struct reader r = {bytes.p, bytes.p + bytes.n};
    memset(&room, 0, rows[t].size);
    if (!decode_fields(rows[t].fields, &r, (uint8_t *)&room) ||
        !decode_fields(state_fields(t), &r, (uint8_t *)&room) || r.p != r.end)
        return ERR_CORRUPT;
    memcpy(row, &room, rows[t].size);
    return 0;
}

int row_decode_apart(enum table t, struct span facts, struct span state, void *row)
{
    struct voucher_row v;
    struct reader r = {facts.p, facts.p + facts.n};
    if (!row_has_state(t))
        return row_decode(t, facts, row);
    memset(&v, 0, sizeof v);
    if (!decode_fields(rows[t].fields, &r, (uint8_t *)&v) || r.p != r.end)
        return ERR_CORRUPT;
    voucher_row_begin(&v);
    if (state.p) {
        r = (struct reader){state.p, state.p + state.n};
        if (!decode_fields(state_fields(t), &r, (uint8_t *)&v) || r.p != r.end)
            return ERR_CORRUPT;
    }
    memcpy(row, &v, sizeof v);
    return 0;
}
