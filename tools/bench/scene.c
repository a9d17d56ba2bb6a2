/* SPDX-License-Identifier: Apache-2.0 */
/* Sets the scene through the protocol: policy, money, enterprises, contracts; once for each book.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "tools/bench/bench.h"

#define BATCH     1000
#define FUNDS_FEN INT64_C(500000000000000)
#define LOW_FEN   (FUNDS_FEN / 10)
/* So much that the enterprise's ceiling binds, never the contract. */
#define CONTRACT_FEN INT64_C(10000000000000)

int bench_say(int rc, const char *what, const struct fault *f)
{
    char text[400] = "";
    if (f && f->field[0])
        fault_text(f, text, sizeof text);
    fprintf(stderr, "voucher-bench: %s: %s%s%s\n", what, err_text(rc), text[0] ? ": " : "", text);
    return rc;
}

/* The n-th of a family of credit codes: the one character that is right at the end is tried out. */
static struct uscc credit_code(uint64_t n)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    char text[USCC_LEN + 1] = "91350602000000000";
    struct uscc u = {{0}};
    for (int i = 16; i > 7; i--, n /= 31)
        text[i] = alphabet[n % 31];
    for (const char *c = alphabet; *c; c++) {
        text[USCC_LEN - 1] = *c;
        if (uscc_parse(text, USCC_LEN, "uscc", NULL, &u) == 0)
            break;
    }
    return u;
}

char *put_digits(char *out, unsigned width, uint64_t n)
{
    for (unsigned i = width; i-- > 0; n /= 10)
        out[i] = (char)('0' + n % 10);
    out[width] = 0;
    return out + width;
}

/* HT-000001-0001 */
void contract_number(unsigned enterprise, unsigned n, char out[static CONTRACT_TEXT])
{
    memcpy(out, "HT-", 3);
    char *p = put_digits(out + 3, 6, enterprise);
    *p = '-';
    put_digits(p + 1, 4, n);
}

static int ask(struct client *c, const struct query *q, struct arena *a, struct answer *out)
{
    struct request r = {.kind = REQUEST_QUERY, .query = *q};
    struct reply reply;
    struct fault f = {0};
    arena_reset(a);
    int rc = client_ask(c, &r, a, &f, &reply);
    if (rc < 0)
        return bench_say(rc, "query", &f);
    if (reply.kind == REPLY_FAULT)
        return bench_say(ERR_INVALID, "query", &reply.fault);
    if (reply.kind != REPLY_ANSWER)
        return bench_say(ERR_PEER, "query", NULL);
    *out = reply.answer;
    return 0;
}

/* Commands that must be done; where `again` is set, refused will do (they are there already). */
static int act(struct client *c, struct command *commands, unsigned n, bool again)
{
    struct request r = {.kind = REQUEST_COMMANDS, .n = n, .commands = commands};
    struct arena a = {0};
    struct reply reply;
    struct fault f = {0};
    for (unsigned i = 0; i < n; i++)
        client_new_id(commands[i].request_id);
    int rc = client_ask(c, &r, &a, &f, &reply);
    if (rc < 0)
        rc = bench_say(rc, "setting the scene", &f);
    else if (reply.kind == REPLY_FAULT)
        rc = bench_say(ERR_INVALID, "setting the scene", &reply.fault);
    else if (reply.kind != REPLY_OUTCOMES || reply.n != n)
        rc = bench_say(ERR_PEER, "setting the scene", NULL);
    for (unsigned i = 0; i < n && rc == 0; i++)
        if (reply.outcomes[i].kind != OUTCOME_DONE &&
            !(again && reply.outcomes[i].kind == OUTCOME_REFUSED))
            rc = bench_say(ERR_INVALID, "setting the scene: a command was not done",
                           outcome_fault(&reply.outcomes[i]));
    arena_free(&a);
    return rc;
}

static int adopt(struct client *c, const char *path)
{
    struct command m = {.kind = COMMAND_ADOPT_POLICY};
    uint8_t *p = malloc(LIMIT_POLICY_BYTES);
    FILE *file = fopen(path, "rb");
    int rc = p ? 0 : ERR_MEMORY;
    if (!file)
        rc = bench_say(ERR_NOT_FOUND, path, NULL);
    if (rc == 0) {
        m.adopt_policy.file = SPAN(p, fread(p, 1, LIMIT_POLICY_BYTES, file));
        rc = act(c, &m, 1, false);
    }
    if (file)
        fclose(file);
    free(p);
    return rc;
}

/* The line of the bench's measure and year; NULL if there is none. */
static const struct fund_answer *find_line(const struct answer *a, int year)
{
    for (uint32_t i = 0; i < a->n; i++)
        if (strcmp(a->funds[i].measure, BENCH_MEASURE) == 0 &&
            strcmp(a->funds[i].source, BENCH_SOURCE) == 0 && a->funds[i].year == year)
            return &a->funds[i];
    return NULL;
}

static int appropriate(struct client *c, struct arena *a, int year)
{
    struct query q = {.kind = QUERY_FUNDS};
    struct answer answer;
    int rc = ask(c, &q, a, &answer);
    if (rc < 0)
        return rc;
    const struct fund_answer *line = find_line(&answer, year);
    if (line && line->stages.at[STAGE_AVAILABLE].fen > LOW_FEN)
        return 0;
    struct command m = {.kind = COMMAND_APPROPRIATE,
                        .appropriate = {.measure = BENCH_MEASURE,
                                        .year = year,
                                        .source = BENCH_SOURCE,
                                        .amount = MONEY(FUNDS_FEN),
                                        .document = "漳财〔2026〕1号"}};
    return act(c, &m, 1, false);
}

static int add_enterprises(struct client *c, const struct scene *s)
{
    static struct command m[BATCH];
    static char names[BATCH][64];
    /* The seller comes last. */
    for (unsigned done = 0; done <= s->options->enterprises;) {
        unsigned n = 0;
        for (; n < BATCH && done <= s->options->enterprises; n++, done++) {
            bool seller = done == s->options->enterprises;
            snprintf(names[n], sizeof names[n], "漳州第%u号智能科技有限公司", done);
            m[n] = (struct command){.kind = COMMAND_ADD_ENTERPRISE};
            m[n].add_enterprise.uscc = seller ? s->seller : s->buyers[done];
            m[n].add_enterprise.name = names[n];
            m[n].add_enterprise.area = "350602";
        }
        int rc = act(c, m, n, true);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int add_contracts(struct client *c, const struct scene *s)
{
    static struct command m[BATCH];
    static char numbers[BATCH][CONTRACT_TEXT];
    unsigned each = s->options->contracts, all = s->options->enterprises * each;
    for (unsigned done = 0; done < all;) {
        unsigned n = 0;
        for (; n < BATCH && done < all; n++, done++) {
            contract_number(done / each, done % each, numbers[n]);
            m[n] = (struct command){.kind = COMMAND_ADD_CONTRACT};
            m[n].add_contract.number = numbers[n];
            m[n].add_contract.seller = s->seller;
            m[n].add_contract.buyer = s->buyers[done / each];
            m[n].add_contract.amount = MONEY(CONTRACT_FEN);
            m[n].add_contract.signed_on = DAY(s->today.n - 30);
        }
        int rc = act(c, m, n, true);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* Whether the last contract is there: contracts are added last and in order. */
static int is_set(struct client *c, struct arena *a, const struct scene *s, bool *out)
{
    char number[CONTRACT_TEXT];
    struct answer answer;
    unsigned last = s->options->enterprises - 1;
    contract_number(last, s->options->contracts - 1, number);
    struct query q = {.kind = QUERY_EXPLAIN,
                      .enterprise = s->buyers[last],
                      .contract = number,
                      .has_seller = true,
                      .seller = s->seller,
                      .measure = BENCH_MEASURE};
    int rc = ask(c, &q, a, &answer);
    if (rc < 0)
        return rc;
    *out = !answer.fault.field[0] && answer.n == 1 &&
           answer.explained[0].outcome.kind != OUTCOME_INVALID;
    return 0;
}

static int ask_status(struct client *c, struct arena *a, struct status_answer *out)
{
    struct query q = {.kind = QUERY_STATUS};
    struct answer answer;
    int rc = ask(c, &q, a, &answer);
    if (rc == 0 && !answer.status)
        rc = bench_say(ERR_PEER, "status", &answer.fault);
    if (rc == 0)
        *out = *answer.status;
    return rc;
}

static int prepare(struct client *c, struct arena *a, struct scene *s)
{
    struct status_answer status;
    bool set = false;
    int rc = ask_status(c, a, &status);
    if (rc == 0 && status.policy == 0) {
        rc = adopt(c, s->options->policy);
        if (rc == 0)
            rc = ask_status(c, a, &status);
    }
    if (rc < 0)
        return rc;
    s->today = instant_day(status.now, status.zone_minutes);
    rc = appropriate(c, a, day_year(s->today));
    if (rc == 0)
        rc = is_set(c, a, s, &set);
    if (rc == 0 && !set)
        rc = add_enterprises(c, s);
    if (rc == 0 && !set)
        rc = add_contracts(c, s);
    if (rc == 0)
        rc = ask_status(c, a, &status);
    if (rc < 0)
        return rc;
    s->run = status.entries;
    s->vouchers = status.vouchers;
    return 0;
}

int scene_set(const struct bench_options *o, struct client *c, struct scene *out)
{
    struct arena a = {0};
    struct scene s = {.options = o, .random = o->seed};
    s.buyers = malloc(o->enterprises * sizeof *s.buyers);
    if (!s.buyers)
        return bench_say(ERR_MEMORY, "enterprises", NULL);
    for (unsigned i = 0; i < o->enterprises; i++)
        s.buyers[i] = credit_code(1000000 + (uint64_t)i * 7919);
    s.seller = credit_code(1);
    int rc = prepare(c, &a, &s);
    arena_free(&a);
    if (rc < 0)
        scene_free(&s);
    else
        *out = s;
    return rc;
}

void scene_free(struct scene *s)
{
    free(s->buyers);
    s->buyers = NULL;
}

int figures_ask(struct client *c, struct figures *out)
{
    struct arena a = {0};
    struct status_answer status;
    struct figures g = {0};
    struct query q = {.kind = QUERY_FUNDS};
    struct answer answer;
    int rc = ask_status(c, &a, &status);
    if (rc == 0) {
        g.entries = status.entries;
        g.vouchers = status.vouchers;
        rc = ask(c, &q, &a, &answer);
    }
    for (uint32_t i = 0; rc == 0 && i < answer.n; i++) {
        rc = money_add(g.committed, answer.funds[i].stages.at[STAGE_COMMITTED], &g.committed);
        if (rc == 0)
            rc = money_add(g.payable, answer.funds[i].stages.at[STAGE_PAYABLE], &g.payable);
    }
    arena_free(&a);
    if (rc == 0)
        *out = g;
    return rc;
}
