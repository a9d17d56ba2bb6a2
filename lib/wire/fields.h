/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lib/wire: what is written and read without protobuf-c, for speed. Numbers of fields that
 * stand in no oneof, whose numbers protobuf-c does not tell. */
#ifndef WIRE_FIELDS_H
#define WIRE_FIELDS_H

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_FIXED64 = 1,
    WIRE_BYTES = 2,
    WIRE_FIXED32 = 5,
};

enum field {
    REPLY_NUMBER = 1,
    OUTCOMES_OUTCOMES = 1,
    OUTCOME_KIND = 1,
    OUTCOME_AGAIN = 2,
    OUTCOME_DRY_RUN = 3,
    OUTCOME_ENTRY = 4,
    ENTRY_NUMBER = 1,
    ISSUED_VOUCHER = 1,
    ISSUED_FACE = 2,
    REDEEMED_PAID = 1,
};

#endif
