/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench/histogram.h"

#define SUB (1U << HISTOGRAM_SUB_BITS)

/* Below SUB every value has its bucket; above, the leading bit and the bits behind it give it. */
static unsigned bucket_of(uint64_t v)
{
    if (v < SUB)
        return (unsigned)v;
    unsigned shift = 63 - (unsigned)__builtin_clzll(v) - HISTOGRAM_SUB_BITS;
    return ((shift + 1) << HISTOGRAM_SUB_BITS) + (unsigned)((v >> shift) - SUB);
}

/* The highest value of a bucket. */
static uint64_t bucket_end(unsigned b)
{
    if (b < SUB)
        return b;
    unsigned shift = (b >> HISTOGRAM_SUB_BITS) - 1;
    uint64_t first = (uint64_t)(SUB + (b & (SUB - 1))) << shift;
    return first + (((uint64_t)1 << shift) - 1);
}

void histogram_add(struct histogram *h, uint64_t ns)
{
    h->buckets[bucket_of(ns)]++;
    h->n++;
    if (ns > h->max)
        h->max = ns;
}

void histogram_join(struct histogram *h, const struct histogram *other)
{
    for (unsigned b = 0; b < HISTOGRAM_BUCKETS; b++)
        h->buckets[b] += other->buckets[b];
    h->n += other->n;
    if (other->max > h->max)
        h->max = other->max;
}

uint64_t histogram_quantile(const struct histogram *h, double part)
{
    uint64_t want = (uint64_t)(part * (double)h->n), seen = 0;
    if (want >= h->n)
        return h->max;
    for (unsigned b = 0; b < HISTOGRAM_BUCKETS; b++) {
        seen += h->buckets[b];
        if (seen > want) {
            uint64_t end = bucket_end(b);
            return end < h->max ? end : h->max;
        }
    }
    return h->max;
}
