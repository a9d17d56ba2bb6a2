/* SPDX-License-Identifier: Apache-2.0 */
/* ToClient: written by the daemon, read by clients. */
#include "voucher.pb-c.h"
#include "wire/answer.h"
#include "wire/frame.h"
#include "wire/message.h"
#include "wire/outcome.h"
#include "wire/pack.h"
#include "wire/put.h"

#define SAME(model, proto) _Static_assert((int)(model) == (int)VOUCHERD__##proto, #model)
SAME(TO_CLIENT_WELCOME, TO_CLIENT__KIND_WELCOME);
SAME(TO_CLIENT_REPLY, TO_CLIENT__KIND_REPLY);
SAME(TO_CLIENT_GOODBYE, TO_CLIENT__KIND_GOODBYE);
SAME(REPLY_OUTCOMES, REPLY__KIND_OUTCOMES);
SAME(REPLY_ANSWER, REPLY__KIND_ANSWER);
SAME(REPLY_FAULT, REPLY__KIND_FAULT);
SAME(REPLY_CLOCK_SET, REPLY__KIND_CLOCK_SET);

int welcome_write(const struct welcome *w, struct buf *out)
{
    Voucherd__Welcome welcome = VOUCHERD__WELCOME__INIT;
    Voucherd__ToClient m = VOUCHERD__TO_CLIENT__INIT;
    PACK_NONZERO(&welcome, version, w->version);
    welcome.program = pack_text(w->program);
    welcome.principal = pack_text(w->principal);
    PACK_NONZERO(&welcome, frame_limit, w->frame_limit);
    PACK_NONZERO(&welcome, batch_limit, w->batch_limit);
    PACK_NONZERO(&welcome, under_way_limit, w->under_way_limit);
    PACK_NONZERO(&welcome, page_limit, w->page_limit);
    PACK_NONZERO(&welcome, reply_limit, w->reply_limit);
    PACK_NONZERO(&welcome, connections_limit, w->connections_limit);
    PACK_NONZERO(&welcome, unread_limit, w->unread_limit);
    m.kind_case = VOUCHERD__TO_CLIENT__KIND_WELCOME;
    m.welcome = &welcome;
    return pack_frame(&m.base, out);
}

int goodbye_write(const struct fault *why, struct buf *out)
{
    struct scratch s;
    Voucherd__Goodbye goodbye = VOUCHERD__GOODBYE__INIT;
    Voucherd__ToClient m = VOUCHERD__TO_CLIENT__INIT;
    m.kind_case = VOUCHERD__TO_CLIENT__KIND_GOODBYE;
    m.goodbye = &goodbye;
    int rc = fault_pack(scratch_init(&s), why, &goodbye.fault);
    if (rc == 0)
        rc = pack_frame(&m.base, out);
    scratch_free(&s);
    return rc;
}

static int reply_pack(struct arena *a, const struct reply *q, Voucherd__Reply *m)
{
    PACK_NONZERO(m, number, q->number);
    m->kind_case = (Voucherd__Reply__KindCase)q->kind;
    switch (q->kind) {
    case REPLY_OUTCOMES:
        break;
    case REPLY_ANSWER:
        return answer_pack(a, &q->answer, &m->answer);
    case REPLY_FAULT:
        return fault_pack(a, &q->fault, &m->fault);
    case REPLY_CLOCK_SET:
        m->clock_set = pack_new(a, &voucherd__clock_set__descriptor);
        if (!m->clock_set)
            return ERR_MEMORY;
        PACK_SET(m->clock_set, time, q->clock.us);
        return 0;
    }
    m->kind_case = VOUCHERD__REPLY__KIND__NOT_SET;
    return 0;
}

/* ---- Outcomes ----
 *
 * They carry entries as they were stored. protobuf-c packs from structs only, so the messages
 * around those bytes are written here, in protobuf's own form: a tag, a length, the bytes. */

struct piece {
    Voucherd__Outcome head; /* all of the outcome but the stored entry */
    size_t bytes;           /* of the whole outcome */
};

/* A field of n bytes, all field numbers here being below 16. */
static size_t field_size(size_t n)
{
    return 1 + varint_size(n) + n;
}

static uint8_t *field_begin(uint8_t *p, unsigned field, size_t n)
{
    *p++ = (uint8_t)(field << 3 | WIRE_BYTES);
    return varint_put(p, n);
}

static int pieces_make(struct arena *a, const struct reply *q, struct piece *pieces, size_t *bytes)
{
    *bytes = 0;
    for (uint32_t i = 0; i < q->n; i++) {
        const struct outcome *o = &q->outcomes[i];
        struct piece *p = &pieces[i];
        voucherd__outcome__init(&p->head);
        int rc = outcome_pack(a, o, &p->head);
        if (rc < 0)
            return rc;
        p->bytes = protobuf_c_message_get_packed_size(&p->head.base);
        if (o->stored.n)
            p->bytes += field_size(o->stored.n);
        *bytes += field_size(p->bytes);
    }
    return 0;
}

static uint8_t *piece_put(uint8_t *at, const struct piece *p, struct span stored)
{
    at = field_begin(at, F_OUTCOMES_OUTCOMES, p->bytes);
    at += protobuf_c_message_pack(&p->head.base, at);
    if (stored.n) {
        at = field_begin(at, F_OUTCOME_ENTRY, stored.n);
        memcpy(at, stored.p, stored.n);
        at += stored.n;
    }
    return at;
}

static int outcomes_write(struct arena *a, const struct reply *q, struct buf *out)
{
    size_t outcomes;
    struct piece *pieces = arena_alloc(a, q->n * sizeof *pieces);
    if (!pieces)
        return ERR_MEMORY;
    int rc = pieces_make(a, q, pieces, &outcomes);
    if (rc < 0)
        return rc;
    size_t number = q->number ? 1 + varint_size(q->number) : 0;
    size_t reply = number + field_size(outcomes), all = field_size(reply);
    if (all > UINT32_MAX)
        return ERR_RANGE;
    rc = buf_reserve(out, FRAME_HEAD + all);
    if (rc < 0)
        return rc;
    uint8_t *at = out->p + out->n;
    put_be32(at, (uint32_t)all);
    at = field_begin(at + FRAME_HEAD, TO_CLIENT_REPLY, reply);
    if (q->number) {
        *at++ = F_REPLY_NUMBER << 3 | WIRE_VARINT;
        at = varint_put(at, q->number);
    }
    at = field_begin(at, REPLY_OUTCOMES, outcomes);
    for (uint32_t i = 0; i < q->n; i++)
        at = piece_put(at, &pieces[i], q->outcomes[i].stored);
    out->n += FRAME_HEAD + all;
    return 0;
}

static int others_write(struct arena *a, const struct reply *q, struct buf *out)
{
    Voucherd__Reply reply = VOUCHERD__REPLY__INIT;
    Voucherd__ToClient m = VOUCHERD__TO_CLIENT__INIT;
    m.kind_case = VOUCHERD__TO_CLIENT__KIND_REPLY;
    m.reply = &reply;
    int rc = reply_pack(a, q, &reply);
    return rc < 0 ? rc : pack_frame(&m.base, out);
}

int reply_write(const struct reply *q, struct buf *out)
{
    struct scratch s;
    struct arena *a = scratch_init(&s);
    int rc = (q->kind == REPLY_OUTCOMES ? outcomes_write : others_write)(a, q, out);
    scratch_free(&s);
    return rc;
}

static void welcome_read(struct reader *r, const Voucherd__Welcome *m, struct welcome *out)
{
    out->version = m->version;
    out->program = read_note(r, "program", m->program, LIMIT_PROGRAM);
    out->principal = read_note(r, "principal", m->principal, LIMIT_PRINCIPAL);
    out->frame_limit = m->frame_limit;
    out->batch_limit = m->batch_limit;
    out->under_way_limit = m->under_way_limit;
    out->page_limit = m->page_limit;
    out->reply_limit = m->reply_limit;
    out->connections_limit = m->connections_limit;
    out->unread_limit = m->unread_limit;
}

static void outcomes_read(struct reader *r, const Voucherd__Outcomes *m, struct reply *out)
{
    reader_fits(r, "outcomes", m->n_outcomes, LIMIT_BATCH);
    out->outcomes = reader_list(r, m->n_outcomes, sizeof *out->outcomes);
    out->n = (uint32_t)m->n_outcomes;
    for (size_t i = 0; i < m->n_outcomes && !r->rc; i++)
        outcome_read(r, m->outcomes[i], &out->outcomes[i]);
}

static void reply_read(struct reader *r, const Voucherd__Reply *m, struct reply *out)
{
    out->number = m->number;
    out->kind = (enum reply_kind)m->kind_case;
    switch (m->kind_case) {
    case VOUCHERD__REPLY__KIND_OUTCOMES:
        outcomes_read(r, m->outcomes, out);
        break;
    case VOUCHERD__REPLY__KIND_ANSWER:
        answer_read(r, m->answer, &out->answer);
        break;
    case VOUCHERD__REPLY__KIND_FAULT:
        fault_read(m->fault, &out->fault);
        break;
    case VOUCHERD__REPLY__KIND_CLOCK_SET:
        out->clock = read_instant(r, "time", m->clock_set->has_time, m->clock_set->time);
        break;
    default:
        reader_fault(r, "reply", NULL, "one of the replies that voucher.proto lists");
    }
}

int to_client_read(struct span message, struct arena *a, struct to_client *out)
{
    struct reader r;
    struct to_client t = {0};
    reader_init(&r, a, BUDGET_REPLY, message.n, NULL);
    r.tolerant = true;
    Voucherd__ToClient *m = reader_unpack(&r, &voucherd__to_client__descriptor, message);
    if (m) {
        t.kind = (enum to_client_kind)m->kind_case;
        switch (m->kind_case) {
        case VOUCHERD__TO_CLIENT__KIND_WELCOME:
            welcome_read(&r, m->welcome, &t.welcome);
            break;
        case VOUCHERD__TO_CLIENT__KIND_REPLY:
            reply_read(&r, m->reply, &t.reply);
            break;
        case VOUCHERD__TO_CLIENT__KIND_GOODBYE:
            fault_read(m->goodbye->fault, &t.goodbye);
            break;
        default:
            reader_fault(&r, "message", NULL, "a welcome, a reply or a goodbye");
        }
    }
    if (r.rc)
        return r.rc == ERR_MEMORY ? ERR_MEMORY : ERR_PEER;
    *out = t;
    return 0;
}
