/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever it does not expect it leaves to the full reader, so that there is one judge of what is
 * wrong. */
#include "wire/skim.h"

#include "base/limits.h"
#include "voucher.pb-c.h"
#include "wire/fields.h"
#include "wire/message.h"
#include "wire/walk.h"

static bool skim_issued(struct span s, struct done_issue *out)
{
    struct walk_item i;
    bool bad = false;
    while (!bad && walk_next(&s, &i, &bad)) {
        if (walk_is(&i, F_ISSUED_VOUCHER, WIRE_VARINT, &bad))
            out->voucher = i.value;
        else if (walk_is(&i, F_ISSUED_FACE, WIRE_VARINT, &bad))
            out->face.fen = (int64_t)i.value;
        else if (walk_is(&i, F_ISSUED_GIVEN, WIRE_VARINT, &bad))
            out->given = (enum given)i.value;
    }
    return !bad;
}

static bool skim_redeemed(struct span s, struct done_redeem *out)
{
    struct walk_item i;
    bool bad = false;
    while (!bad && walk_next(&s, &i, &bad))
        if (walk_is(&i, F_REDEEMED_PAID, WIRE_VARINT, &bad))
            out->paid.fen = (int64_t)i.value;
    return !bad;
}

/* All between these two are kept for results. */
static bool is_result(const struct walk_item *i)
{
    return i->field >= VOUCHERD__ENTRY__RESULT_REFUSAL && i->field < F_ENTRY_POSTINGS;
}

static bool skim_result(const struct walk_item *i, struct entry *out)
{
    if (i->type != WIRE_BYTES)
        return false;
    switch (i->field) {
    case VOUCHERD__ENTRY__RESULT_REFUSAL:
        out->refused = true;
        return true;
    case VOUCHERD__ENTRY__RESULT_ISSUED:
        out->command.kind = COMMAND_ISSUE;
        return skim_issued(i->bytes, &out->done.issue);
    case VOUCHERD__ENTRY__RESULT_REDEEMED:
        out->command.kind = COMMAND_REDEEM;
        return skim_redeemed(i->bytes, &out->done.redeem);
    default:
        return true;
    }
}

/* Which of two results counts, or of two entries, the full reader knows. */
static bool skim_entry(struct span s, struct entry *out)
{
    struct walk_item i;
    bool bad = false, result = false;
    while (!bad && walk_next(&s, &i, &bad)) {
        if (is_result(&i)) {
            bad = result || !skim_result(&i, out);
            result = true;
        } else if (walk_is(&i, F_ENTRY_NUMBER, WIRE_VARINT, &bad)) {
            out->number = i.value;
        }
    }
    return !bad && out->number > 0;
}

static bool skim_outcome(struct span s, struct outcome *out, struct entry *entry)
{
    struct walk_item i;
    bool bad = false;
    while (!bad && walk_next(&s, &i, &bad)) {
        if (walk_is(&i, F_OUTCOME_KIND, WIRE_VARINT, &bad)) {
            out->kind = (enum outcome_kind)i.value;
        } else if (walk_is(&i, F_OUTCOME_AGAIN, WIRE_VARINT, &bad)) {
            out->repeated = i.value != 0;
        } else if (walk_is(&i, F_OUTCOME_DRY_RUN, WIRE_VARINT, &bad)) {
            out->dry_run = i.value != 0;
        } else if (walk_is(&i, F_OUTCOME_ENTRY, WIRE_BYTES, &bad)) {
            bad = bad || out->entry || !skim_entry(i.bytes, entry);
            out->entry = entry;
        }
    }
    return !bad && out->entry && (out->kind == OUTCOME_DONE || out->kind == OUTCOME_REFUSED);
}

static bool skim_outcomes(struct span s, struct arena *a, struct reply *out)
{
    struct span walk = s;
    struct walk_item i;
    bool bad = false;
    uint32_t n = 0;
    while (!bad && n <= LIMIT_BATCH && walk_next(&walk, &i, &bad))
        n += walk_is(&i, F_OUTCOMES_OUTCOMES, WIRE_BYTES, &bad);
    if (bad || n == 0 || n > LIMIT_BATCH)
        return false;
    out->outcomes = arena_zero(a, n * sizeof *out->outcomes);
    struct entry *entries = arena_zero(a, n * sizeof *entries);
    if (!out->outcomes || !entries)
        return false;
    while (walk_next(&s, &i, &bad)) {
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
    struct walk_item i;
    bool bad = false;
    struct span outcomes = {0};
    while (!bad && walk_next(&s, &i, &bad)) {
        if (walk_is(&i, F_REPLY_NUMBER, WIRE_VARINT, &bad))
            out->number = i.value;
        else if (!outcomes.p && walk_is(&i, VOUCHERD__REPLY__KIND_OUTCOMES, WIRE_BYTES, &bad))
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
    if (!walk_only(message, VOUCHERD__TO_CLIENT__KIND_REPLY, &reply) ||
        !skim_reply(reply, a, &t.reply))
        return to_client_read(message, a, out);
    *out = t;
    return 0;
}
