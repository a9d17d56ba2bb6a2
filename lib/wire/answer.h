/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lib/wire: answers to queries, both ways. */
#ifndef WIRE_ANSWER_H
#define WIRE_ANSWER_H

#include "model/query.h"
#include "voucher.pb-c.h"
#include "wire/pack.h"

/* By answer.kind; with a fault, the fault alone. ERR_MEMORY. The message points into *q. */
int answer_pack(struct arena *a, const struct answer *q, Voucherd__Answer **out) MUST_CHECK;
/* The kind is that of the list that is there: see to_client_read. */
void answer_read(struct reader *r, const Voucherd__Answer *m, struct answer *out);

#endif
