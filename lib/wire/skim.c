/* SPDX-License-Identifier: Apache-2.0 */
/* Walks protobuf's own form, field by field, without unpacking. Whatever it does not expect it
 * leaves to the full reader, so that there is one judge of what is wrong. */
#include "wire/skim.h"

#include "base/limits.h"
#include "voucher.pb-c.h"
#include "wire/fields.h"
#include "wire/message.h"

struct item {
    uint64_t field, value;
    struct span bytes; /* WIRE_BYTES */
};

static bool varint(struct span *s, uint64_t *out)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64 && s->n > 0; shift += 7) {
        uint8_t b = *s->p++;
        s->n--;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) {
            *out = v;
            return true;
        }
    }
    return false;
}

/* The next field; false at the end, and with *bad set where the bytes are not what they should be.
 */
static bool next(struct span *s, struct item *out, bool *bad)
{
    uint64_t tag, n = 0;
    if (s->n == 0)
        return false;
    *bad = true;
    if (!varint(s, &tag))
        return false;
    *out = (struct item){.field = tag >> 3};
    switch (tag & 7) {
    case WIRE_VARINT:
        if (!varint(s, &out->value))
            return false;
        break;
    case WIRE_BYTES:
        if (!varint(s, &n))
            return false;
        break;
    case WIRE_FIXED64:
        n = 8;
        break;
    case WIRE_FIXED32:
        n = 4;
        break;
    default:
        return false;
    }
    if (n > s->n)
        return false;
    out->bytes = SPAN(s->p, n);
    s->p += n;
    s->n -= n;
    *bad = false;
    return true;
}

/* The only field of a message that holds just that. */
static bool only(struct span s, uint64_t field, struct span *out)
{
    struct item i;
    bool bad = false;
    if (!next(&s, &i, &bad) || i.field != field || s.n > 0)
        return false;
    *out = i.bytes;
    return true;
}

static bool skim_issued(struct span s, struct done_issue *out)
{
    struct item i;
    bool bad = false;
    while (next(&s, &i, &bad)) {
        if (i.field == F_ISSUED_VOUCHER)
            out->voucher = i.value;
        else if (i.field == F_ISSUED_FACE)
            out->face.fen = (int64_t)i.value;
    }
    return !bad;
}

static bool skim_redeemed(struct span s, struct done_redeem *out)
{
    struct item i;
    bool bad = false;
    while (next(&s, &i, &bad))
        if (i.field == F_REDEEMED_PAID)
            out->paid.fen = (int64_t)i.value;
    return !bad;
}

static bool skim_entry(struct span s, struct entry *out)
{
    struct item i;
    bool bad = false;
    while (!bad && next(&s, &i, &bad)) {
        switch (i.field) {
        case F_ENTRY_NUMBER:
            out->number = i.value;
            break;
        case VOUCHERD__ENTRY__RESULT_REFUSAL:
            out->refused = true;
            break;
        case VOUCHERD__ENTRY__RESULT_ISSUED:
            out->command.kind = COMMAND_ISSUE;
            bad = !skim_issued(i.bytes, &out->done.issue);
            break;
        case VOUCHERD__ENTRY__RESULT_REDEEMED:
            out->command.kind = COMMAND_REDEEM;
            bad = !skim_redeemed(i.bytes, &out->done.redeem);
            break;
        default:
            break;
        }
    }
    return !bad && out->number > 0;
}

static bool skim_outcome(struct span s, struct outcome *out, struct entry *entry)
{
    struct item i;
    bool bad = false;
    while (!bad && next(&s, &i, &bad)) {
        switch (i.field) {
        case F_OUTCOME_KIND:
            out->kind = (enum outcome_kind)i.value;
            break;
        case F_OUTCOME_AGAIN:
            out->repeated = i.value != 0;
            break;
        case F_OUTCOME_DRY_RUN:
            out->dry_run = i.value != 0;
            break;
        case F_OUTCOME_ENTRY:
            out->entry = entry;
            bad = !skim_entry(i.bytes, entry);
            break;
        default:
            break;
        }
    }
    return !bad && out->entry && (out->kind == OUTCOME_DONE || out->kind == OUTCOME_REFUSED);
}

static bool skim_outcomes(struct span s, struct arena *a, struct reply *out)
{
    struct span walk = s;
    struct item i;
    bool bad = false;
    uint32_t n = 0;
    while (n <= LIMIT_BATCH && next(&walk, &i, &bad))
        n += i.field == F_OUTCOMES_OUTCOMES;
    if (bad || n == 0 || n > LIMIT_BATCH)
        return false;
    out->outcomes = arena_zero(a, n * sizeof *out->outcomes);
    struct entry *entries = arena_zero(a, n * sizeof *entries);
    if (!out->outcomes || !entries)
        return false;
    while (next(&s, &i, &bad)) {
        if (i.field != F_OUTCOMES_OUTCOMES)
            continue;
        if (!skim_outcome(i.bytes, &out->outcomes[out->n], &entries[out->n]))
            return false;
        out->n++;
    }
    return true;
}

static bool skim_reply(struct span s, struct arena *a, struct reply *out)
{
    struct item i;
    bool bad = false;
    struct span outcomes = {0};
    while (next(&s, &i, &bad)) {
        if (i.field == F_REPLY_NUMBER)
            out->number = i.value;
        else if (i.field == VOUCHERD__REPLY__KIND_OUTCOMES && !outcomes.p)
            outcomes = i.bytes;
        else
            return false;
    }
    out->kind = REPLY_OUTCOMES;
    return !bad && outcomes.p && skim_outcomes(outcomes, a, out);
}

int to_client_skim(struct span message, struct arena *a, struct to_client *out)
{
    struct span reply;
    struct to_client t = {.kind = TO_CLIENT_REPLY};
    if (!only(message, VOUCHERD__TO_CLIENT__KIND_REPLY, &reply) || !skim_reply(reply, a, &t.reply))
        return to_client_read(message, a, out);
    *out = t;
    return 0;
}
