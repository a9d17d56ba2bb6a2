/* SPDX-License-Identifier: Apache-2.0 */
/* Which vouchers a payment is of. */
#ifndef TOOLS_CTL_PAYMENT_H
#define TOOLS_CTL_PAYMENT_H

#include "tools/ctl/ctl.h"

struct payment_list {
    size_t n, cap;
    uint64_t *vouchers;
};

/* Numbers as a field has them. */
void payment_list_add(struct payment_list *l, const uint64_t *vouchers, size_t n);

/* The numbers of a file, apart by blanks, commas or line breaks. ERR_INVALID, told in *f. */
int payment_list_file(const char *path, struct fault *f, struct payment_list *l) MUST_CHECK;

/* Of which something is payable to the filter's payee. Returns an exit code; a failure is told. */
int payment_list_payable(struct session *s, const struct voucher_filter *filter,
                         struct payment_list *l);

/* Whether there is one at least, none twice, and no more than one request can take. ERR_INVALID. */
int payment_list_check(const struct payment_list *l, struct fault *f) MUST_CHECK;

void payment_list_free(struct payment_list *l);

#endif
