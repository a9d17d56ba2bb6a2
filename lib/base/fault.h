/* SPDX-License-Identifier: Apache-2.0 */
/* A mistake in what a person or program sent: which field, what it held, what would be right.
 * A fault is told to the sender and logged; it is never an entry of the book. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

struct fault {
    char field[64];     /* "amount", "attest.document" */
    char value[96];     /* the value as sent, shortened, made printable */
    char expected[192]; /* what would be right: "decimal yuan, at most two decimals" */
};

/* Fills *f (may be NULL) and returns ERR_INVALID, so that a reader can end with
 * `return fault_set(f, ...)`. value may be NULL; value and field are copied. */
int fault_set(struct fault *f, const char *field, const char *value, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* As fault_set, the value given by its length. */
int fault_set_n(struct fault *f, const char *field, const char *value, unsigned long n,
                const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Writes "FIELD: 'VALUE': EXPECTED" into out (cap bytes, always terminated). */
void fault_text(const struct fault *f, char *out, unsigned long cap);

#endif
