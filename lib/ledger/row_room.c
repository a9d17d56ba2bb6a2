/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/row_room.h"

const uint16_t row_sizes[TABLE_COUNT] = {
#define X(TABLE, type, name) [TABLE] = sizeof(struct type),
    ROW_TABLES(X)
#undef X
};

/* 1, or no program where the condition does not hold. */
#define HOLDS(condition) sizeof(char[(condition) ? 1 : -1])
/* The list is the last member, its number an int32_t. */
#define IS_TAIL(s, n, m)                                                                           \
    HOLDS(sizeof(((struct s *)0)->n) == 4 &&                                                       \
          offsetof(struct s, m) + sizeof(((struct s *)0)->m) == sizeof(struct s))
#define TAIL(s, n, m, spare)                                                                       \
    {                                                                                              \
        offsetof(struct s, n), offsetof(struct s, m),                                              \
            sizeof(((struct s *)0)->m[0]) * IS_TAIL(s, n, m), spare                                \
    }

const struct row_tail row_tails[TABLE_COUNT] = {
    [TABLE_ENTERPRISE] = TAIL(enterprise_row, ntraits, traits, 0),
    [TABLE_CLAIM] = TAIL(claim_row, nparts, parts, 1),
    [TABLE_ACCOUNT] = TAIL(account_row, nyears, years, 1),
    [TABLE_VOUCHER] = TAIL(voucher_row, nparts, parts, 0),
};
