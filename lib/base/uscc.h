/* SPDX-License-Identifier: Apache-2.0 */
/* Unified social credit codes (GB 32100-2015) and invoice numbers. */
#ifndef BASE_USCC_H
#define BASE_USCC_H

#include "base/err.h"
#include "base/fault.h"

#define USCC_LEN 18

struct uscc {
    char c[USCC_LEN]; /* not terminated; all zero where there is none */
};

/* Reads a code of exactly 18 upper-case characters with its right check character. *out may be
 * NULL. */
int uscc_parse(const char *text, unsigned long n, const char *field, struct fault *f,
               struct uscc *out) MUST_CHECK;

/* As text with a final NUL. Returns out. */
char *uscc_format(const struct uscc *u, char out[static USCC_LEN + 1]);

/* Checks an invoice's number: 20 digits (electronic), or CODE-NUMBER, 10 or 12 digits, a hyphen and
 * 8 digits (the old form). */
int invoice_number_check(const char *text, unsigned long n, const char *field,
                         struct fault *f) MUST_CHECK;

#endif
