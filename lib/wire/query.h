/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lib/wire: queries both ways. */
#ifndef WIRE_QUERY_H
#define WIRE_QUERY_H

#include "model/query.h"
#include "voucher.pb-c.h"
#include "wire/pack.h"

/* A mistake's field is named as "voucher.as_of.day". */
void query_read(struct reader *r, const Voucherd__Query *m, struct query *out);
/* ERR_MEMORY. */
int query_pack(struct arena *a, const struct query *q, Voucherd__Query **out) MUST_CHECK;

#endif
