/* SPDX-License-Identifier: Apache-2.0 */
/* The workloads: what is asked, and what must be answered. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "tools/bench/bench.h"

static const struct workload workloads[] = {
    {"issue", {[EVENT_ISSUE] = 1000}, false},
    {"redeem", {[EVENT_REDEEM] = 1000}, true},
    {"mixed",
     {[EVENT_ISSUE] = 450,
      [EVENT_REDEEM] = 350,
      [EVENT_REFUSE_AMOUNT] = 50,
      [EVENT_REFUSE_PARTY] = 50,
      [EVENT_ASK_VOUCHER] = 50,
      [EVENT_ASK_ENTERPRISE] = 30,
      [EVENT_ASK_FUNDS] = 20},
     true},
    {"query",
     {[EVENT_ASK_VOUCHER] = 500, [EVENT_ASK_ENTERPRISE] = 300, [EVENT_ASK_FUNDS] = 200},
     true},
};

const struct workload *workload_find(const char *name)
{
    for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; i++)
        if (strcmp(workloads[i].name, name) == 0)
            return &workloads[i];
    return NULL;
}

/* splitmix64: the same run of numbers for the same seed. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t scene_random(struct scene *s, uint64_t below)
{
    return (uint64_t)(((unsigned __int128)next_random(&s->random) * below) >> 64);
}

enum event workload_draw(const struct workload *w, struct scene *s)
{
    unsigned at = (unsigned)scene_random(s, 1000);
    for (unsigned e = 0; e + 1 < EVENT_COUNT; e++) {
        if (at < w->weights[e])
            return (enum event)e;
        at -= w->weights[e];
    }
    return EVENT_ASK_FUNDS;
}

/* A UUIDv7 without a call into the kernel for each, or 16 random bytes. The random part is seeded
 * by the run, whose number never comes again in this book. */
static void make_id(struct scene *s, uint8_t id[static 16])
{
    uint64_t state = s->random ^ (s->run << 32) ^ ++s->ids;
    uint64_t high = next_random(&state), low = next_random(&state);
    if (!s->options->random_ids) {
        struct timespec t;
        clock_gettime(CLOCK_REALTIME, &t);
        uint64_t ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
        uint64_t part = (uint64_t)(t.tv_nsec % 1000000) * 4096 / 1000000;
        high = ms << 16 | 0x7000 | part;
    }
    put_be64(id, high);
    put_be64(id + 8, low);
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
}

static void make_issue(struct scene *s, enum event e, struct command_texts *t, struct issue *out)
{
    const struct bench_options *o = s->options;
    unsigned at = (unsigned)scene_random(s, o->enterprises);
    contract_number(at, (unsigned)scene_random(s, o->contracts), t->contract);
    out->measure = BENCH_MEASURE;
    out->enterprise = e == EVENT_REFUSE_PARTY ? s->seller : s->buyers[at];
    out->contract = t->contract;
    out->has_seller = true;
    out->seller = s->seller;
    out->has_amount = true;
    out->amount = e == EVENT_REFUSE_AMOUNT ? MONEY(LIMIT_AMOUNT_FEN) : o->amount;
}

void command_make(struct scene *s, enum event e, struct command_texts *t, struct command *out)
{
    memset(out, 0, sizeof *out);
    make_id(s, out->request_id);
    if (e == EVENT_REDEEM) {
        out->kind = COMMAND_REDEEM;
        put_digits(put_digits(t->invoice, 10, s->run), 10, s->invoices++);
        out->redeem.voucher = 1 + scene_random(s, s->vouchers);
        out->redeem.invoice = t->invoice;
        out->redeem.dated = s->today;
        out->redeem.amount = MONEY(INVOICE_FEN);
    } else {
        out->kind = COMMAND_ISSUE;
        make_issue(s, e, t, &out->issue);
    }
}

void query_make(struct scene *s, enum event e, struct query *out)
{
    memset(out, 0, sizeof *out);
    out->kind = e == EVENT_ASK_VOUCHER      ? QUERY_VOUCHER
                : e == EVENT_ASK_ENTERPRISE ? QUERY_ENTERPRISE
                                            : QUERY_FUNDS;
    out->voucher = 1 + scene_random(s, s->vouchers);
    out->enterprise = s->buyers[scene_random(s, s->options->enterprises)];
}

static void count_error(struct tally *t, unsigned events, const char *what, const struct fault *f)
{
    char text[400] = "";
    t->errors += events;
    if (t->first_error[0])
        return;
    if (f && f->field[0])
        fault_text(f, text, sizeof text);
    snprintf(t->first_error, sizeof t->first_error, "%s %s", what, text);
}

void outcome_count(const struct scene *s, enum event e, const struct outcome *o, struct tally *t)
{
    bool refused = e == EVENT_REFUSE_AMOUNT || e == EVENT_REFUSE_PARTY;
    if (o->kind != (refused ? OUTCOME_REFUSED : OUTCOME_DONE) || o->repeated || !o->entry) {
        char what[64];
        snprintf(what, sizeof what, "event %d: outcome %d%s", (int)e, (int)o->kind,
                 o->repeated ? ", repeated" : "");
        count_error(t, 1, what, outcome_fault(o));
        return;
    }
    t->booked++;
    if (e == EVENT_ISSUE) {
        t->vouchers++;
        t->issued.fen += o->entry->done.issue.face.fen;
        if (o->entry->done.issue.face.fen != s->options->amount.fen) {
            count_error(t, 1, "a voucher's face is not the amount asked for", NULL);
            return;
        }
    } else if (e == EVENT_REDEEM) {
        t->redeemed.fen += o->entry->done.redeem.paid.fen;
        if (o->entry->done.redeem.paid.fen != REDEEM_FEN) {
            count_error(t, 1, "a redemption paid another amount than it should", NULL);
            return;
        }
    }
    t->done++;
}

void answer_count(const struct answer *a, uint64_t no_older_than, struct tally *t)
{
    if (a->fault.field[0] || a->n == 0)
        count_error(t, 1, "a query was not answered:", &a->fault);
    else if (a->as_of_entry < no_older_than)
        count_error(t, 1, "an answer is older than what was answered before it", NULL);
    else
        t->done++;
}

void fault_count(const struct fault *f, unsigned events, struct tally *t)
{
    count_error(t, events, "a request was not taken:", f);
}
