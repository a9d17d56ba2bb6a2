/* SPDX-License-Identifier: Apache-2.0 */
#include "client/link.h"

#include <string.h>
#include <time.h>

#define PAUSE_FIRST 50 /* ms before the second attempt; twice as long before each further one */
#define PAUSE_MOST  800

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void pause_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

void link_end(struct link *l)
{
    client_close(l->client);
    l->client = NULL;
}

bool link_is_lost(int rc)
{
    return rc == ERR_CLOSED || rc == ERR_TIMEOUT || rc == ERR_IO || rc == ERR_NOT_FOUND;
}

int link_connect(struct link *l, int timeout_ms, struct fault *f)
{
    int rc = 0;
    if (!l->client)
        rc = client_open(l->addr, l->program, timeout_ms, f, &l->client);
    if (rc == ERR_INVALID && strcmp(f->field, "addr") == 0)
        return ERR_SETTING; /* not an address: no daemon said that */
    if (rc == 0)
        l->reached = true;
    return rc;
}

/* One attempt within `left` ms. */
static int attempt(struct link *l, struct request *r, struct arena *a, int64_t left,
                   struct fault *f, struct reply *out)
{
    int rc = link_connect(l, (int)left, f);
    if (rc == 0) {
        rc = client_ask(l->client, r, a, f, out);
        l->again = l->asked;
        l->asked |= rc != ERR_RANGE;
    }
    if (rc < 0 && rc != ERR_RANGE)
        link_end(l);
    return rc;
}

int link_ask_once(struct link *l, struct request *r, struct arena *a, struct fault *f, bool *lost,
                  struct reply *out)
{
    *f = (struct fault){0};
    l->asked = false;
    int rc = attempt(l, r, a, l->timeout_ms, f, out);
    /* A goodbye about connections: there may be room for one more later. */
    bool is_full = rc == ERR_INVALID && strncmp(f->field, "connection", 10) == 0;
    *lost = l->reached && (link_is_lost(rc) || is_full);
    return rc;
}

int link_ask(struct link *l, struct request *r, struct arena *a, struct fault *f, struct reply *out)
{
    int64_t end = now_ms() + l->timeout_ms, pause = PAUSE_FIRST;
    bool shortened = false;
    int rc;
    *f = (struct fault){0};
    l->asked = l->again = false;
    for (;;) {
        /* A command is worth a second connection within its time, since repeating it is safe; a
         * query that takes long only begins anew. */
        int64_t left = end - now_ms();
        if (r->kind == REQUEST_COMMANDS && left > l->timeout_ms / 2)
            left = l->timeout_ms / 2 + 1;
        shortened |= !l->client && left < l->timeout_ms;
        rc = attempt(l, r, a, left > 0 ? left : 1, f, out);
        if (!link_is_lost(rc) || (!l->reached && (rc == ERR_NOT_FOUND || rc == ERR_IO)))
            break;
        if (now_ms() + pause >= end) {
            if (l->asked && rc == ERR_NOT_FOUND)
                rc = ERR_CLOSED;
            break;
        }
        pause_ms(pause);
        pause = pause * 2 > PAUSE_MOST ? PAUSE_MOST : pause * 2;
    }
    if (rc == 0 && shortened) /* its connection waits less long than the next request may */
        link_end(l);
    return rc;
}
