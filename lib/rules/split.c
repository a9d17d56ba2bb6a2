/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/split.h"

#include <assert.h>

/* Faces tried one by one. The odd line's part lies within a fen for each other line of its share,
 * so it takes at most (lines - 1) / share steps: a handful, and even at the least share that can be
 * written fewer than these. */
#define ODD_STEPS ((LIMIT_LINES - 1) * (int)RATE_ONE)

/* What the odd line has to bear of a face: whatever the other lines' floors leave. */
static struct money odd_part(const struct measure *m, struct money face)
{
    struct money rest = face;
    for (int i = 0; i < m->nshares; i++)
        if (i != m->odd)
            rest.fen -= money_rate(face, m->shares[i].share).fen;
    return rest;
}

void split_face(const struct measure *m, struct money face, struct money parts[static LIMIT_LINES])
{
    for (int i = 0; i < m->nshares; i++)
        parts[i] = i == m->odd ? odd_part(m, face) : money_rate(face, m->shares[i].share);
}

bool split_fits(const struct measure *m, struct money face,
                const struct money available[static LIMIT_LINES])
{
    struct money parts[LIMIT_LINES];
    split_face(m, face, parts);
    for (int i = 0; i < m->nshares; i++)
        if (money_less(available[i], parts[i]))
            return false;
    return true;
}

struct money split_available(const struct measure *m,
                             const struct money available[static LIMIT_LINES])
{
    struct money most = MONEY(LIMIT_AMOUNT_FEN);
    if (m->nshares == 1)
        return money_min(most, available[0]);
    /* The other lines' parts only grow with the face: floor(share x g) <= a is g <= bound. */
    for (int i = 0; i < m->nshares; i++) {
        int64_t ppm = m->shares[i].share.ppm;
        if (i == m->odd || ppm == 0)
            continue;
        __int128 bound = (((__int128)available[i].fen + 1) * RATE_ONE - 1) / ppm;
        if (bound < most.fen)
            most.fen = (int64_t)bound;
    }
    /* The odd line's part goes up and down by a few fen around its share. Up to a face whose share
     * leaves room for one fen from each other line it always fits; from there on try each. */
    int64_t ppm = m->shares[m->odd].share.ppm;
    int64_t sure = available[m->odd].fen - (m->nshares - 1);
    struct money g = MONEY(0);
    if (sure > 0) {
        __int128 bound = ppm ? (__int128)sure * RATE_ONE / ppm : (__int128)most.fen;
        g.fen = bound < most.fen ? (int64_t)bound : most.fen;
    }
    for (int step = 0; step < ODD_STEPS && g.fen < most.fen; step++) {
        if (odd_part(m, MONEY(g.fen + 1)).fen > available[m->odd].fen)
            break;
        g.fen++;
    }
    return g;
}

void split_payment(int n, int odd, const struct money open[], struct money paid,
                   struct money parts[])
{
    struct money whole = MONEY(0), rest = paid;
    for (int i = 0; i < n; i++)
        whole.fen += open[i].fen;
    assert(paid.fen >= 0 && paid.fen <= whole.fen);
    for (int i = 0; i < n; i++) {
        parts[i] = whole.fen ? money_share(paid, open[i], whole) : MONEY(0);
        rest.fen -= parts[i].fen;
    }
    for (int k = -1; k < n && rest.fen > 0; k++) {
        int i = k < 0 ? odd : k;
        struct money more = money_min(rest, MONEY(open[i].fen - parts[i].fen));
        parts[i].fen += more.fen;
        rest.fen -= more.fen;
    }
}
