/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lib/wire: what every codec of this folder needs. A reader turns unpacked protobuf-c
 * messages into the model's structs and checks each value on the way; packing fills protobuf-c
 * structs in an arena that are then packed straight into the caller's buffer. */
#ifndef WIRE_PACK_H
#define WIRE_PACK_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/day.h"
#include "base/err.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/money.h"
#include "base/uscc.h"

#define REQUEST_ID 16 /* bytes of a request id */

/* ---- Reading ---- */

/* Unpacking may take that many times a message's bytes of the arena, and 64 KiB: what the smallest
 * honest messages need, and some more. Made of nothing but empty lists, a message would take even
 * more. */
#define BUDGET_REQUEST 24 /* a batch of lapses: 11; of issues with 16 short attestations: 13 */
#define BUDGET_ENTRY   32 /* balances of a lapse: 22 */
#define BUDGET_REPLY   64 /* outcomes with an empty fault: 44 */

/* A reader's error is sticky: after the first mistake everything it reads is 0 and changes nothing,
 * so that a caller checks rc once. Its fields must not be moved after reader_init. */
struct reader {
    struct arena *arena;
    struct fault *f; /* its field without what it lies in (reader_within); may be NULL */
    int rc;          /* 0, ERR_INVALID or ERR_MEMORY */
    bool tolerant;   /* passes over fields that it does not know: clients of a newer daemon */
    bool persons;    /* a request: it may name a person; nothing that is stored does */
    size_t left;     /* bytes that unpacking may still take */
    ProtobufCAllocator allocator;
};

void reader_init(struct reader *r, struct arena *a, size_t budget, size_t message_bytes,
                 struct fault *f);
/* Unpacks into the arena; NULL when the bytes are not such a message. */
void *reader_unpack(struct reader *r, const ProtobufCMessageDescriptor *d, struct span bytes);
/* Room in the arena for n items, zeroed; NULL when n is 0, or with rc set. */
void *reader_list(struct reader *r, size_t n, size_t size);
/* Tells a mistake, unless there was one before. */
void reader_fault(struct reader *r, const char *field, const char *value, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* If the reader failed: the field that it told lies in this one ("issue", "traits[3]"). Only for
 * what was read since rc was 0 last. */
void reader_within(struct reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Whether a list is within its limit; told as a mistake if not. */
bool reader_fits(struct reader *r, const char *field, size_t n, size_t limit);

/* Overwrites a text that reader_unpack made. NULL: nothing. */
void text_wipe(char *s);

/* No fields that this version does not know. */
void read_known(struct reader *r, const ProtobufCMessage *m);
/* A line of 1 to limit bytes (text_is_line). Texts are those that reader_unpack made, NULL if
 * absent: a NUL inside is seen. */
const char *read_text(struct reader *r, const char *field, const char *s, size_t limit);
const char *read_text_if(struct reader *r, const char *field, const char *s, size_t limit);
/* What the daemon itself has written: 0 to limit bytes of UTF-8. "" if absent. */
const char *read_note(struct reader *r, const char *field, const char *s, size_t limit);
/* As read_note, into out, which has limit + 1 bytes. */
void read_note_into(struct reader *r, const char *field, const char *s, char *out, size_t limit);
struct uscc read_uscc(struct reader *r, const char *field, const char *s);
struct uscc read_uscc_if(struct reader *r, const char *field, const char *s, bool *has);
const char *read_invoice(struct reader *r, const char *field, const char *s);
/* An amount of a command: 1 to LIMIT_AMOUNT_FEN. */
struct money read_amount(struct reader *r, const char *field, bool has, int64_t fen);
/* An amount that the book has computed: not below 0. */
struct money read_money(struct reader *r, const char *field, int64_t fen);
int64_t read_not_below_0(struct reader *r, const char *field, int64_t v);
struct rate read_rate(struct reader *r, const char *field, uint32_t ppm);
struct day read_day(struct reader *r, const char *field, bool has, int32_t n);
/* Between 1900 and 2199; 0 if absent. */
int read_year_if(struct reader *r, const char *field, bool has, int32_t year);
int read_year(struct reader *r, const char *field, bool has, int32_t year);
struct instant read_instant(struct reader *r, const char *field, bool has, int64_t us);
/* A number of an entry, a voucher or a line: from 1. */
uint64_t read_number(struct reader *r, const char *field, uint64_t n);
/* A number of an enum between min and max. */
int read_choice(struct reader *r, const char *field, int v, int min, int max);
/* Exactly n bytes into out. */
void read_exact(struct reader *r, const char *field, bool has, ProtobufCBinaryData b, size_t n,
                uint8_t *out);
bool all_zero(const uint8_t *p, size_t n);

/* ---- Packing ---- */

/* An arena that begins on the stack: short messages are packed without the heap. */
#define SCRATCH_ROOM 16384
struct scratch {
    struct arena arena;
    _Alignas(max_align_t) uint8_t room[SCRATCH_ROOM];
};

static inline struct arena *scratch_init(struct scratch *s)
{
    s->arena = (struct arena){.at = s->room, .end = s->room + sizeof s->room};
    return &s->arena;
}

static inline void scratch_free(struct scratch *s)
{
    arena_free(&s->arena);
}

/* A field given in any case; a field that is absent when it is 0. */
#define PACK_SET(m, field, value)     ((m)->has_##field = 1, (m)->field = (value))
#define PACK_NONZERO(m, field, value) ((m)->field = (value), (m)->has_##field = (m)->field != 0)

/* An empty message; NULL when there is no memory. */
void *pack_new(struct arena *a, const ProtobufCMessageDescriptor *d);
/* n empty messages and the pointers to them, which protobuf-c wants; NULL when there is no memory.
 */
void *pack_list(struct arena *a, size_t n, const ProtobufCMessageDescriptor *d);
/* A text as protobuf-c takes it (it does not change what it packs); absent if NULL or "". */
static inline char *pack_text(const char *s)
{
    return s && s[0] ? (char *)(uintptr_t)s : NULL;
}
/* A credit code; absent if it is all zero. ERR_MEMORY. */
int pack_uscc(struct arena *a, const struct uscc *u, char **out) MUST_CHECK;
static inline ProtobufCBinaryData pack_bytes(const void *p, size_t n)
{
    return (ProtobufCBinaryData){.len = n, .data = (uint8_t *)(uintptr_t)p};
}

/* Appends a message as a frame, its length in front. ERR_MEMORY, ERR_RANGE (no frame is that long).
 */
int pack_frame(const ProtobufCMessage *m, struct buf *out) MUST_CHECK;

#endif
