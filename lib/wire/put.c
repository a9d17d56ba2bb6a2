/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/put.h"

#include <stdlib.h>

#include "wire/frame.h"

/* After a failure there is no room, so that each further put comes here and ends here. */
static bool put_fail(struct put *w)
{
    w->rc = ERR_MEMORY;
    w->begin = w->at;
    return false;
}

/* Lengths count from the end, so that what was put may move. */
bool put_grow(struct put *w, size_t n)
{
    size_t used = put_end(w), size = (size_t)(w->end - w->begin);
    if (w->rc || n > SIZE_MAX / 4 || size > SIZE_MAX / 4)
        return put_fail(w);
    size = 2 * size + n;
    uint8_t *p = malloc(size);
    if (!p)
        return put_fail(w);
    memcpy(p + size - used, w->at, used);
    free(w->heap);
    w->begin = w->heap = p;
    w->end = p + size;
    w->at = w->end - used;
    return true;
}

int put_finish(struct put *w, struct buf *out)
{
    int rc = w->rc ? w->rc : buf_add(out, w->at, put_end(w));
    free(w->heap);
    return rc;
}

int put_finish_in(struct put *w, struct arena *a, struct span *out)
{
    size_t n = put_end(w);
    const char *copy = w->rc ? NULL : arena_copy(a, w->at, n);
    free(w->heap);
    *out = SPAN(copy, n);
    return copy ? 0 : ERR_MEMORY;
}

int put_finish_frame(struct put *w, struct buf *out)
{
    size_t n = put_end(w);
    if (w->rc == 0 && n > UINT32_MAX)
        w->rc = ERR_RANGE;
    if (w->rc == 0 && put_room(w, FRAME_HEAD)) {
        w->at -= FRAME_HEAD;
        put_be32(w->at, (uint32_t)n);
    }
    return put_finish(w, out);
}
