/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/ctl/payment.h"
#include "tools/lib/exits.h"

#define FILE_BYTES (2 * 1024 * 1024) /* NUMBERS_MAX of 19 digits and what is between them */

void payment_list_add(struct payment_list *l, const uint64_t *vouchers, size_t n)
{
    if (l->n + n > l->cap) {
        l->cap = l->n + n > 2 * l->cap ? l->n + n : 2 * l->cap;
        l->vouchers = reallocarray(l->vouchers, l->cap, sizeof *l->vouchers);
        if (!l->vouchers)
            exit_without_memory();
    }
    if (n > 0)
        memcpy(l->vouchers + l->n, vouchers, n * sizeof *vouchers);
    l->n += n;
}

void payment_list_free(struct payment_list *l)
{
    free(l->vouchers);
    *l = (struct payment_list){0};
}

/* What stands between two numbers. */
static bool is_between(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',';
}

/* One number of a file; `line` is where it stands. */
static int word_read(const uint8_t *p, size_t n, uint32_t line, struct fault *f,
                     struct payment_list *l)
{
    char text[24];
    uint64_t number;
    if (n < sizeof text) {
        memcpy(text, p, n);
        text[n] = 0;
    }
    if (n >= sizeof text || strlen(text) != n ||
        number_parse(text, "file", INT64_MAX, NULL, &number) < 0)
        return fault_set_n(f, "file", (const char *)p, n,
                           "numbers of vouchers: what stands on line %" PRIu32 " is none", line);
    payment_list_add(l, &number, 1);
    return 0;
}

static int words_read(struct span file, struct fault *f, struct payment_list *l)
{
    uint32_t line = 1;
    size_t at = file.n >= 3 && memcmp(file.p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    int rc = 0;
    while (rc == 0 && at < file.n) {
        size_t n = 0;
        while (at + n < file.n && !is_between(file.p[at + n]))
            n++;
        if (n > 0)
            rc = word_read(file.p + at, n, line, f, l);
        else if (file.p[at] == '\n')
            line++;
        at += n > 0 ? n : 1;
    }
    return rc;
}

int payment_list_file(const char *path, struct fault *f, struct payment_list *l)
{
    struct buf file = {0};
    int rc = ctl_file_read(path, "file", FILE_BYTES, true, f, &file);
    if (rc < 0)
        return rc;
    rc = words_read(SPAN(file.p, file.n), f, l);
    buf_free(&file);
    return rc;
}

static int row_add(void *context, const struct answer *page, uint32_t i, struct arena *a)
{
    (void)a;
    payment_list_add(context, &page->vouchers[i].number, 1);
    return EXIT_DONE;
}

int payment_list_payable(struct session *s, const struct voucher_filter *filter,
                         struct payment_list *l)
{
    struct query q = {.kind = QUERY_VOUCHERS, .filter = *filter};
    struct listing rows = {.row = row_add, .context = l};
    uint64_t as_of = 0;
    return session_list(s, &q, &rows, &as_of);
}

static int by_number(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* A voucher that is there twice; 0: none is. The daemon sees it in one command alone. */
static uint64_t twice(const struct payment_list *l)
{
    uint64_t *list = l->n > 0 ? reallocarray(NULL, l->n, sizeof *list) : NULL, found = 0;
    if (l->n > 0 && !list)
        exit_without_memory();
    if (l->n > 0) {
        memcpy(list, l->vouchers, l->n * sizeof *list);
        qsort(list, l->n, sizeof *list, by_number);
    }
    for (size_t i = 1; i < l->n && found == 0; i++)
        if (list[i] == list[i - 1])
            found = list[i];
    free(list);
    return found;
}

int payment_list_check(const struct payment_list *l, struct fault *f)
{
    char text[24];
    uint64_t again = twice(l);
    if (l->n == 0)
        return fault_set(f, "vouchers", NULL, "it is missing: %-s", N_("the vouchers' numbers"));
    snprintf(text, sizeof text, "%zu", l->n);
    if (l->n > NUMBERS_MAX)
        return fault_set(f, "vouchers", text, "at most %d numbers", NUMBERS_MAX);
    snprintf(text, sizeof text, "%" PRIu64, again);
    if (again)
        return fault_set(f, "vouchers", text, "each voucher once: this one stands there twice");
    return 0;
}
