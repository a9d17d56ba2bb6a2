/* SPDX-License-Identifier: Apache-2.0 */
/* Balances of the past. Every entry holds the balances that it changed and, for each, the entry
 * that changed it before; each 64th change of a balance has a signpost row. So a balance as of
 * entry N is found from the first signpost after N (or from now), at most 64 steps back along the
 * chain. */
#include "book/inner.h"

static int read_entry(struct view *v, uint64_t number, struct arena *a, struct entry *e)
{
    struct span bytes;
    int rc = view_entry(v, number, &bytes);
    if (rc == 0)
        rc = entry_decode(bytes, a, e);
    return rc == ERR_NOT_FOUND || rc == ERR_FORMAT ? ERR_CORRUPT : rc;
}

/* Whether a balance of an entry is that of the thing. */
static int is_of(struct view *v, const struct balance *b, enum balance_kind kind,
                 const struct key *thing, bool *is)
{
    struct key k;
    *is = false;
    if (b->kind != kind)
        return 0;
    if (kind == BALANCE_LINE) {
        key_line(&k, (uint32_t)b->id);
    } else {
        key_voucher(&k, b->id);
        if (kind == BALANCE_ACCOUNT) {
            struct voucher_row row;
            int rc = view_get(v, &k, &row);
            if (rc < 0)
                return rc;
            key_account(&k, &row.enterprise, row.measure);
        }
    }
    *is = k.n == thing->n && memcmp(k.p, thing->p, k.n) == 0;
    return 0;
}

static int find_balance(struct view *v, uint64_t number, enum balance_kind kind,
                        const struct key *thing, struct arena *a, const struct balance **out)
{
    struct entry e;
    int rc = read_entry(v, number, a, &e);
    for (uint32_t i = 0; rc == 0 && i < e.nbalances; i++) {
        bool is;
        rc = is_of(v, &e.balances[i], kind, thing, &is);
        if (rc == 0 && is) {
            *out = &e.balances[i];
            return 0;
        }
    }
    return rc < 0 ? rc : ERR_CORRUPT;
}

/* The first signpost after an entry; *number stays as it is if there is none. */
static int next_signpost(struct view *v, enum balance_kind kind, const struct key *thing,
                         uint64_t after, uint64_t *number)
{
    struct key from, k;
    key_signpost(&from, kind, thing, after + 1);
    struct signpost_row row;
    struct scan *s;
    int rc = scan_begin(v, &from, &s);
    if (rc < 0)
        return rc;
    rc = scan_next(s, &k, &row);
    scan_end(s);
    if (rc == ERR_NOT_FOUND)
        return 0;
    if (rc == 0 && k.n == from.n && memcmp(k.p, from.p, from.n - 8U) == 0)
        *number = get_be64(k.p + k.n - 8);
    return rc;
}

int balance_as_of(struct view *v, enum balance_kind kind, const struct key *thing,
                  uint64_t row_entry, uint64_t as_of, struct arena *a, struct stages *stages,
                  bool *found)
{
    uint64_t at = row_entry;
    const struct balance *b = NULL;
    *found = at != 0;
    if (at <= as_of)
        return 0;
    int rc = next_signpost(v, kind, thing, as_of, &at);
    while (rc == 0 && at > as_of) {
        rc = find_balance(v, at, kind, thing, a, &b);
        if (rc == 0)
            at = b->before;
    }
    if (rc < 0)
        return rc;
    *found = at != 0;
    memset(stages, 0, sizeof *stages);
    if (at) {
        rc = find_balance(v, at, kind, thing, a, &b);
        if (rc == 0)
            *stages = b->stages;
    }
    return rc;
}

int entry_of_day(struct view *v, uint64_t last, struct instant end, struct arena *a, uint64_t *out)
{
    uint64_t low = 0; /* booked before the end, or 0 */
    while (low < last) {
        uint64_t mid = low + (last - low + 1) / 2;
        struct entry e;
        int rc = read_entry(v, mid, a, &e);
        if (rc < 0)
            return rc;
        if (e.time.us < end.us)
            low = mid;
        else
            last = mid - 1;
    }
    *out = low;
    return 0;
}
