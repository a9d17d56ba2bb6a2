/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lib/wire: the requests that there are most of, unpacked without protobuf-c. */
#ifndef WIRE_PLAIN_H
#define WIRE_PLAIN_H

#include "voucher.pb-c.h"
#include "wire/pack.h"

/* The same as reader_unpack makes of a ToDaemon, in two thirds of its time and memory, if it is a
 * request of nothing but issues and redemptions, each field of them at most once, without
 * attestations, facts and persons; NULL, and the reader as it was, for every other message, right
 * or wrong. Request ids lie in the message's bytes. */
Voucherd__ToDaemon *plain_unpack(struct reader *r, struct span message);

#endif
