/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lib/wire: outcomes of commands and faults, both ways. */
#ifndef WIRE_OUTCOME_H
#define WIRE_OUTCOME_H

#include "model/outcome.h"
#include "voucher.pb-c.h"
#include "wire/pack.h"

/* The message points into *f. ERR_MEMORY. */
int fault_pack(struct arena *a, const struct fault *f, Voucherd__Fault **out) MUST_CHECK;
/* m may be NULL: an empty fault. */
void fault_read(const Voucherd__Fault *m, struct fault *out);

/* All but o->stored, which reply_write puts behind it as it is. ERR_MEMORY, ERR_FORMAT (what is
 * stored can't be read). The message points into *o. */
int outcome_pack(struct arena *a, const struct outcome *o, Voucherd__Outcome *m) MUST_CHECK;
void outcome_read(struct reader *r, const Voucherd__Outcome *m, struct outcome *out);

#endif
