/* SPDX-License-Identifier: Apache-2.0 */
/* A fixed piece of work, the same instructions each time: requests read from their bytes, decided,
 * booked, and their answers written, without sockets. How many instructions an event takes is
 * counted from outside (tests/e2e/test_instructions.py).
 *
 *   bench-work DIR EVENTS    prints how it was built */
#include <stdlib.h>

#include "book/book.h"
#include "tests/unit/make.h"
#include "wire/message.h"

#define BATCH       100
#define ENTERPRISES 50
#define MAP         (UINT64_C(1) << 30)

struct work {
    struct book *book;
    struct arena arena;
    struct buf out;
    struct instant now;
};

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "bench-work: %s\n", what);
    exit(1);
}

/* One request's whole way through the daemon. */
static void ask(struct work *w, struct command *commands, uint32_t n)
{
    struct request r = {.number = 1, .kind = REQUEST_COMMANDS, .n = n, .commands = commands};
    struct to_daemon m;
    struct fault f;
    arena_reset(&w->arena);
    w->out.n = 0;
    must(request_write(&r, &w->out) == 0, "a request can't be written");
    must(to_daemon_read(SPAN(w->out.p + 4, w->out.n - 4), &w->arena, &f, &m) == 0,
         "a request can't be read");
    struct book_job job = {.principal = "maker", .request = &m.request, .arena = &w->arena};
    struct book_job *jobs[] = {&job};
    must(book_batch(w->book, w->now, jobs, 1) == 0, "a batch can't be booked");
    for (uint32_t i = 0; i < n; i++)
        must(job.outcomes[i].kind == OUTCOME_DONE, "a command was not done");
    const struct reply reply = {
        .number = 1, .kind = REPLY_OUTCOMES, .n = n, .outcomes = job.outcomes};
    w->out.n = 0;
    must(reply_write(&reply, &w->out) == 0, "a reply can't be written");
}

static void scene(struct work *w)
{
    static struct command c[2 * ENTERPRISES + 3];
    static char numbers[ENTERPRISES][16];
    uint32_t n = 0;
    c[n++] = make_adopt(read_source("conf/zhangzhou-2025.yaml"));
    ask(w, c, n);
    n = 0;
    c[n++] = make_appropriate("1", 2025, "city", YUAN(100000000));
    c[n++] = make_enterprise(SELLER, "350602");
    for (unsigned i = 0; i < ENTERPRISES; i++) {
        snprintf(numbers[i], sizeof numbers[i], "HT-%u", i);
        c[n++] = make_enterprise(nth_code(i), "350602");
        c[n++] = make_contract(numbers[i], SELLER, nth_code(i), YUAN(10000000));
    }
    ask(w, c, n);
}

static void issue(struct work *w, unsigned events)
{
    static struct command c[BATCH];
    static char numbers[BATCH][16];
    for (unsigned done = 0; done < events;) {
        uint32_t n = 0;
        for (; n < BATCH && done < events; n++, done++) {
            unsigned at = done * 7 % ENTERPRISES;
            snprintf(numbers[n], sizeof numbers[n], "HT-%u", at);
            c[n] = make_issue("1", nth_code(at), numbers[n]);
            c[n].issue.has_amount = true;
            c[n].issue.amount = MONEY(1000);
            c[n].issue.has_seller = true;
            c[n].issue.seller = SELLER;
        }
        ask(w, c, n);
    }
}

int main(int argc, char **argv)
{
    struct fault f;
    struct book_opening o;
    struct work w = {.now = at(2025, 8, 1, 10)};
    must(argc == 3, "DIR and EVENTS are wanted");
    const struct book_config c = {.dir = argv[1],
                                  .create = true,
                                  .test_clock = true,
                                  .journal_map = MAP,
                                  .tables_map = MAP,
                                  .now = w.now};
    must(book_open(&c, &f, &o, &w.book) == 0, "the book can't be opened");
    scene(&w);
    issue(&w, (unsigned)strtoul(argv[2], NULL, 10));
    book_close(w.book);
    arena_free(&w.arena);
    buf_free(&w.out);
    printf("%s gcc-%d\n", BUILD_TYPE, __GNUC__);
    return 0;
}
