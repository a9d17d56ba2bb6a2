/* SPDX-License-Identifier: Apache-2.0 */
/* The journal, page by page. It is read alone: a page is as new as the last durable commit, and
 * whoever follows the journal asks nothing of the tables or of the writer. */
#include <inttypes.h>
#include <stdio.h>

#include "book/inner.h"

int entry_copy(struct view *v, uint64_t number, struct arena *a, struct stored_entry *out)
{
    struct span entry, hashes;
    int rc = view_entry(v, number, &entry);
    if (rc == 0)
        rc = view_hashes(v, number, &hashes);
    if (rc < 0)
        return rc;
    char *copy = arena_copy(a, entry.p, entry.n);
    if (!copy)
        return ERR_MEMORY;
    out->number = number;
    out->bytes = SPAN(copy, entry.n);
    memcpy(out->leaf, hashes.p, LEAF_HASH);
    return 0;
}

/* What comes after an entry that is not there would be waited for in vain: who waits for it has
 * seen another book, or one that was put back since. */
static void no_such_cursor(uint64_t after, uint64_t last, struct fault *f)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, after);
    (void)fault_set(f, "after", text, "to wait: an entry of the book, 0 to %" PRIu64, last);
}

int entries_answer(struct view *v, const struct query *q, struct arena *a, struct answer *out)
{
    uint64_t last;
    size_t bytes = 0;
    memset(out, 0, sizeof *out);
    out->kind = q->kind;
    int rc = view_journal_last(v, &last);
    if (rc < 0)
        return rc;
    out->as_of_entry = last;
    if (q->after > last) {
        if (q->wait_ms)
            no_such_cursor(q->after, last, &out->fault);
        return 0;
    }
    uint64_t left = last - q->after, most = page_count(q), n = left < most ? left : most;
    out->entries = arena_alloc(a, (n ? n : 1) * sizeof *out->entries);
    if (!out->entries)
        return ERR_MEMORY;
    while (rc == 0 && out->n < n && bytes <= PAGE_BYTES) {
        rc = entry_copy(v, q->after + out->n + 1, a, &out->entries[out->n]);
        if (rc == 0)
            bytes += out->entries[out->n++].bytes.n;
    }
    uint64_t to = q->after + out->n;
    if (to < last || q->wait_ms)
        out->next = to;
    return rc;
}
