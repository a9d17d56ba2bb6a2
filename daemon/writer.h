/* SPDX-License-Identifier: Apache-2.0 */
/* The writer: the one thread that opens, decides on and closes the book. It takes what waits,
 * decides it, has it committed once, beside the next round where more waits, and gives the outcomes
 * back. */
#ifndef DAEMON_WRITER_H
#define DAEMON_WRITER_H

#include "base/err.h"
#include "base/fault.h"
#include "book/book.h"
#include "daemon/clock.h"
#include "daemon/handoff.h"

struct writer;

struct writer_config {
    struct book_config book;
    struct clock *clock;
    struct handoff *handoff;
    unsigned group; /* commands in one durable commit, to begin with */
};

/* Starts the thread and waits until it has opened the book. The codes of book_open, told in *f;
 * ERR_SETTING if there can be no thread. */
int writer_start(const struct writer_config *c, struct fault *f, struct book_opening *o,
                 struct writer **out) MUST_CHECK;
/* The book, for its functions that any thread may call; until writer_stop. */
struct book *writer_book(const struct writer *w);
/* Commands in one durable commit, from the next one on. Any thread. */
void writer_set_group(struct writer *w, unsigned group);
/* The hand-over was closed: waits until all that was queued is done and the book is closed. Takes
 * NULL. */
void writer_stop(struct writer *w);

#endif
