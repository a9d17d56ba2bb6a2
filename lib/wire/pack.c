/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/pack.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "wire/frame.h"

/* Before each piece of memory that protobuf-c asks for stands its size. protobuf-c gives texts
 * without their length; it asks for exactly the length and a NUL, so the size tells a text with a
 * NUL inside from one that ends there. */
#define PIECE_HEAD _Alignof(max_align_t)
_Static_assert(PIECE_HEAD >= sizeof(size_t), "a size fits in front of a piece");

static void *piece_alloc(void *data, size_t n)
{
    struct reader *r = data;
    if (n > SIZE_MAX / 8 || n + PIECE_HEAD > r->left) {
        reader_fault(r, "message", NULL, "a message with fewer empty or unknown fields");
        return NULL;
    }
    uint8_t *p = arena_alloc(r->arena, n + PIECE_HEAD);
    if (!p) {
        r->rc = ERR_MEMORY;
        return NULL;
    }
    r->left -= n + PIECE_HEAD;
    memcpy(p, &n, sizeof n);
    return p + PIECE_HEAD;
}

/* The arena goes at once. */
static void piece_free(void *data, void *p)
{
    (void)data;
    (void)p;
}

static size_t text_len(const char *s)
{
    size_t n;
    memcpy(&n, s - PIECE_HEAD, sizeof n);
    return n - 1;
}

void text_wipe(char *s)
{
    if (s)
        explicit_bzero(s, text_len(s));
}

void reader_init(struct reader *r, struct arena *a, size_t budget, size_t message_bytes,
                 struct fault *f)
{
    *r = (struct reader){
        .arena = a,
        .f = f,
        .left = ((size_t)64 << 10) + budget * message_bytes,
        .allocator = {.alloc = piece_alloc, .free = piece_free, .allocator_data = r},
    };
}

void *reader_unpack(struct reader *r, const ProtobufCMessageDescriptor *d, struct span bytes)
{
    void *m = protobuf_c_message_unpack(d, &r->allocator, bytes.n, bytes.p);
    if (!m) {
        char value[32];
        snprintf(value, sizeof value, "%zu bytes", bytes.n);
        reader_fault(r, "message", value, "a message of the form %s", d->name);
    }
    return m;
}

void *reader_list(struct reader *r, size_t n, size_t size)
{
    if (r->rc || n == 0)
        return NULL;
    void *p = arena_zero(r->arena, n * size);
    if (!p)
        r->rc = ERR_MEMORY;
    return p;
}

bool reader_fits(struct reader *r, const char *field, size_t n, size_t limit)
{
    if (n > limit) {
        char value[24];
        snprintf(value, sizeof value, "%zu", n);
        reader_fault(r, field, value, "at most %zu", limit);
    }
    return !r->rc;
}

void reader_fault(struct reader *r, const char *field, const char *value, const char *fmt, ...)
{
    va_list ap;
    if (r->rc)
        return;
    va_start(ap, fmt);
    r->rc = fault_set_v(r->f, field, value, fmt, ap);
    va_end(ap);
}

void reader_within(struct reader *r, const char *fmt, ...)
{
    char name[sizeof r->f->field];
    va_list ap;
    if (r->rc != ERR_INVALID || !r->f)
        return;
    va_start(ap, fmt);
    int n = vsnprintf(name, sizeof name, fmt, ap);
    va_end(ap);
    size_t at = n > 0 ? strnlen(name, sizeof name) : 0;
    const char *inner = r->f->field;
    if (inner[0] && at + 1 < sizeof name) {
        size_t len = strlen(inner);
        if (len > sizeof name - at - 2)
            len = sizeof name - at - 2;
        name[at++] = '.';
        memcpy(name + at, inner, len);
        name[at + len] = 0;
    }
    memcpy(r->f->field, name, sizeof name);
}

static void number_fault(struct reader *r, const char *field, int64_t value, const char *expected)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    if (!r->rc)
        r->rc = fault_say(r->f, field, text, expected);
}

void read_known(struct reader *r, const ProtobufCMessage *m)
{
    if (m->n_unknown_fields == 0 || r->tolerant || r->rc)
        return;
    char value[24];
    snprintf(value, sizeof value, "field %" PRIu32, m->unknown_fields[0].tag);
    reader_fault(r, "", value, "only fields that this version knows: the sender is newer");
}

static bool is_missing(struct reader *r, const char *field, const void *p)
{
    if (r->rc)
        return true;
    if (!p)
        reader_fault(r, field, NULL, "it must be given");
    return !p;
}

const char *read_text(struct reader *r, const char *field, const char *s, size_t limit)
{
    if (is_missing(r, field, s))
        return NULL;
    size_t n = text_len(s);
    if (text_is_line(s, n, limit))
        return s;
    r->rc = fault_set_n(r->f, field, s, n,
                        "1 to %zu bytes of UTF-8 on one line, without control characters and "
                        "without blanks at its ends",
                        limit);
    return NULL;
}

const char *read_text_if(struct reader *r, const char *field, const char *s, size_t limit)
{
    return s ? read_text(r, field, s, limit) : NULL;
}

const char *read_note(struct reader *r, const char *field, const char *s, size_t limit)
{
    if (r->rc || !s)
        return "";
    size_t n = text_len(s);
    if (n <= limit && strlen(s) == n && text_utf8_valid(s, n) == n)
        return s;
    r->rc = fault_set_n(r->f, field, s, n, "at most %zu bytes of UTF-8", limit);
    return "";
}

void read_note_into(struct reader *r, const char *field, const char *s, char *out, size_t limit)
{
    const char *note = read_note(r, field, s, limit);
    memcpy(out, note, strlen(note) + 1);
}

struct uscc read_uscc(struct reader *r, const char *field, const char *s)
{
    struct uscc u = {0};
    if (!is_missing(r, field, s))
        r->rc = uscc_parse(s, text_len(s), field, r->f, &u);
    return u;
}

struct uscc read_uscc_if(struct reader *r, const char *field, const char *s, bool *has)
{
    *has = s && !r->rc;
    return s ? read_uscc(r, field, s) : (struct uscc){0};
}

const char *read_invoice(struct reader *r, const char *field, const char *s)
{
    if (is_missing(r, field, s))
        return NULL;
    r->rc = invoice_number_check(s, text_len(s), field, r->f);
    return r->rc ? NULL : s;
}

struct money read_amount(struct reader *r, const char *field, bool has, int64_t fen)
{
    if (is_missing(r, field, has ? r : NULL))
        return MONEY(0);
    r->rc = money_check(fen, field, r->f);
    return MONEY(r->rc ? 0 : fen);
}

struct money read_money(struct reader *r, const char *field, int64_t fen)
{
    if (fen < 0)
        number_fault(r, field, fen, "fen, not below 0");
    return MONEY(r->rc ? 0 : fen);
}

int64_t read_not_below_0(struct reader *r, const char *field, int64_t v)
{
    if (v < 0)
        number_fault(r, field, v, "a number not below 0");
    return r->rc ? 0 : v;
}

struct rate read_rate(struct reader *r, const char *field, uint32_t ppm)
{
    if (ppm > RATE_ONE)
        number_fault(r, field, ppm, "parts per million, at most 1000000");
    return (struct rate){r->rc ? 0 : ppm};
}

struct day read_day(struct reader *r, const char *field, bool has, int32_t n)
{
    if (is_missing(r, field, has ? r : NULL))
        return DAY(0);
    r->rc = day_check(n, field, r->f);
    return DAY(r->rc ? 0 : n);
}

int read_year(struct reader *r, const char *field, bool has, int32_t year)
{
    if (is_missing(r, field, has ? r : NULL))
        return 0;
    if (year < 1900 || year > 2199)
        number_fault(r, field, year, "a year between 1900 and 2199");
    return r->rc ? 0 : year;
}

int read_year_if(struct reader *r, const char *field, bool has, int32_t year)
{
    return has ? read_year(r, field, has, year) : 0;
}

struct instant read_instant(struct reader *r, const char *field, bool has, int64_t us)
{
    if (is_missing(r, field, has ? r : NULL))
        return INSTANT(0);
    if (!instant_in_range(INSTANT(us)))
        number_fault(r, field, us,
                     "microseconds since 1970-01-01T00:00:00Z, from 1900-01-02 to 2199-12-30");
    return INSTANT(r->rc ? 0 : us);
}

uint64_t read_number(struct reader *r, const char *field, uint64_t n)
{
    if (n == 0)
        reader_fault(r, field, "0", "a number from 1");
    return r->rc ? 0 : n;
}

int read_choice(struct reader *r, const char *field, int v, int min, int max)
{
    if (v < min || v > max) {
        char value[16];
        snprintf(value, sizeof value, "%d", v);
        reader_fault(r, field, value, "a number from %d to %d", min, max);
    }
    return r->rc ? min : v;
}

void read_exact(struct reader *r, const char *field, bool has, ProtobufCBinaryData b, size_t n,
                uint8_t *out)
{
    if (is_missing(r, field, has ? r : NULL))
        return;
    if (b.len != n) {
        char value[32];
        snprintf(value, sizeof value, "%zu bytes", b.len);
        reader_fault(r, field, value, "exactly %zu bytes", n);
        return;
    }
    memcpy(out, b.data, n);
}

bool all_zero(const uint8_t *p, size_t n)
{
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++)
        any |= p[i];
    return any == 0;
}

void *pack_new(struct arena *a, const ProtobufCMessageDescriptor *d)
{
    void *m = arena_alloc(a, d->sizeof_message);
    if (m)
        protobuf_c_message_init(d, m);
    return m;
}

void *pack_list(struct arena *a, size_t n, const ProtobufCMessageDescriptor *d)
{
    void **list = arena_alloc(a, n * sizeof *list);
    uint8_t *m = arena_alloc(a, n * d->sizeof_message);
    if (!list || !m)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        list[i] = m + i * d->sizeof_message;
        protobuf_c_message_init(d, list[i]);
    }
    return list;
}

int pack_uscc(struct arena *a, const struct uscc *u, char **out)
{
    char *s = NULL;
    if (u->c[0] && !(s = arena_copy(a, u->c, USCC_LEN)))
        return ERR_MEMORY;
    *out = s;
    return 0;
}

int pack_frame(const ProtobufCMessage *m, struct buf *out)
{
    size_t n = protobuf_c_message_get_packed_size(m);
    if (n > UINT32_MAX)
        return ERR_RANGE;
    int rc = buf_reserve(out, FRAME_HEAD + n);
    if (rc < 0)
        return rc;
    put_be32(out->p + out->n, (uint32_t)n);
    protobuf_c_message_pack(m, out->p + out->n + FRAME_HEAD);
    out->n += FRAME_HEAD + n;
    return 0;
}
