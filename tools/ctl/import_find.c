/* SPDX-License-Identifier: Apache-2.0 */
/* The voucher that an invoice is for, where a file has enterprise and contract instead of its
 * number; and each row's request id, which for an invoice depends on it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/ctl/import.h"
#include "tools/lib/exits.h"
#include "tools/lib/flow.h"
#include "tools/lib/language.h"
#include "tools/lib/show.h"

#define FITTING 16        /* vouchers that are looked at for one row, and named */
#define LOOKUPS FLOW_MOST /* enterprises asked for at once: each answer is short */

struct known {
    struct uscc enterprise, seller;
    const char *contract, *measure;
    uint64_t number;
    enum voucher_state state;
};

/* Every voucher of the enterprises in the file. */
struct finding {
    struct import *m;
    struct uscc *enterprises;
    uint32_t nenterprises, made, done;
    struct query more[LOOKUPS]; /* next pages of those that have more than one */
    uint32_t nmore;
    struct known *known;
    uint32_t n, cap;
};

static void *need(void *p)
{
    if (!p)
        exit_without_memory();
    return p;
}

static int by_code(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct uscc));
}

static int by_contract(const struct known *a, const struct known *b)
{
    int order = memcmp(a->enterprise.c, b->enterprise.c, USCC_LEN);
    if (order == 0)
        order = memcmp(a->seller.c, b->seller.c, USCC_LEN);
    return order ? order : strcmp(a->contract, b->contract);
}

static int by_contract_and_number(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    int order = by_contract(x, y);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static void voucher_add(struct finding *d, const struct voucher_answer *v)
{
    if (d->n == d->cap) {
        d->cap = d->cap ? 2 * d->cap : 256;
        d->known = need(reallocarray(d->known, d->cap, sizeof *d->known));
    }
    struct arena *keep = &d->m->arena;
    d->known[d->n++] = (struct known){
        .enterprise = v->row->enterprise,
        .seller = v->row->seller,
        .contract = need(arena_copy(keep, v->row->contract, strlen(v->row->contract))),
        .measure = need(arena_copy(keep, v->row->measure, strlen(v->row->measure))),
        .number = v->number,
        .state = v->state};
}

/* Every enterprise in the file once. */
static void enterprises_of(struct finding *d)
{
    struct import *m = d->m;
    struct arena arena = {0};
    struct values v;
    uint32_t n = 0;
    d->enterprises = need(calloc(m->nrows, sizeof *d->enterprises));
    for (uint32_t i = 0; i < m->nrows; i++) {
        arena_reset(&arena);
        (void)import_row_read(m, m->rows[i].cells, false, &arena, &v);
        d->enterprises[i] = value_of(&v, "enterprise")->uscc;
    }
    qsort(d->enterprises, m->nrows, sizeof *d->enterprises, by_code);
    for (uint32_t i = 0; i < m->nrows; i++)
        if (n == 0 || by_code(&d->enterprises[n - 1], &d->enterprises[i]) != 0)
            d->enterprises[n++] = d->enterprises[i];
    d->nenterprises = n;
    arena_free(&arena);
}

static int make(void *context, struct arena *a, struct fault *f, struct request *out, void **tag)
{
    struct finding *d = context;
    (void)a, (void)f;
    *tag = NULL;
    out->kind = REQUEST_QUERY;
    if (d->nmore > 0)
        out->query = d->more[--d->nmore];
    else if (d->made < d->nenterprises)
        out->query = (struct query){
            .kind = QUERY_VOUCHERS,
            .filter = {.has_enterprise = true, .enterprise = d->enterprises[d->made++]}};
    else
        return 0;
    return 1;
}

static bool take(void *context, const struct request *r, const struct reply *reply, void *tag)
{
    struct finding *d = context;
    const struct answer *page = &reply->answer;
    (void)tag;
    for (uint32_t i = 0; i < page->n; i++)
        voucher_add(d, &page->vouchers[i]);
    if (page->next != 0) {
        d->more[d->nmore] = r->query;
        d->more[d->nmore++].after = page->next;
        return true;
    }
    d->done++;
    import_progress(d->m, N_("enterprises looked up"), d->done, d->nenterprises);
    return true;
}

static int vouchers_of_all(struct finding *d)
{
    const struct flow w = {.context = d, .under_way = LOOKUPS, .make = make, .take = take};
    struct fault f;
    int code, rc = flow_run(d->m->session, &w, &f, &code);
    if (rc == ERR_MEMORY)
        exit_without_memory();
    if (rc < 0) {
        import_progress_end(d->m);
        return show_error(d->m->session->settings.json, &f, NULL, code);
    }
    if (d->n > 0)
        qsort(d->known, d->n, sizeof *d->known, by_contract_and_number);
    return EXIT_DONE;
}

/* The vouchers that a row may mean, oldest first, at most FITTING. */
static uint32_t fitting(const struct finding *d, const struct values *v,
                        const struct known *out[static FITTING])
{
    const struct value *measure = value_of(v, "measure");
    struct known key = {.enterprise = value_of(v, "enterprise")->uscc,
                        .seller = value_of(v, "seller")->uscc,
                        .contract = value_of(v, "contract")->text};
    uint32_t low = 0, high = d->n, n = 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (by_contract(&d->known[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < d->n && by_contract(&d->known[low], &key) == 0 && n < FITTING; low++)
        if (!measure->given || strcmp(d->known[low].measure, measure->text) == 0)
            out[n++] = &d->known[low];
    return n;
}

/* "7, 9" */
static const char *numbers_text(const struct known *const *fit, uint32_t n, char *out, size_t cap)
{
    size_t at = 0;
    out[0] = 0;
    for (uint32_t i = 0; i < n && at < cap; i++)
        at += (size_t)snprintf(out + at, cap - at, "%s%" PRIu64, i ? ", " : "", fit[i]->number);
    return out;
}

/* Which of several vouchers the row was booked on before, if it was: a dry run tells by the ids. */
static const struct known *booked_before(struct import *m, struct import_ids *ids,
                                         struct import_row *row, const struct known *const *fit,
                                         uint32_t n)
{
    struct arena arena = {0};
    struct command k[FITTING];
    struct values v;
    struct fault f;
    const struct outcome *o;
    const struct known *found = NULL;
    int code;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t id[16];
        row->found = fit[i]->number;
        import_row_values(m, row, &arena, &v);
        import_ids_next(m, ids, &v, id);
        import_row_command(m, row, id, &arena, &k[i]);
    }
    bool dry = m->session->settings.dry_run;
    m->session->settings.dry_run = true;
    if (ctl_ask(m->session, k, n, false, &arena, &f, &code, &o) == 0)
        for (uint32_t i = 0; i < n && !found; i++)
            if (o[i].kind == OUTCOME_DONE && o[i].repeated)
                found = fit[i];
    m->session->settings.dry_run = dry;
    arena_free(&arena);
    return found;
}

static const struct known *only_open(const struct known *const *fit, uint32_t n)
{
    const struct known *open = NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (fit[i]->state == VOUCHER_OPEN && open)
            return NULL;
        if (fit[i]->state == VOUCHER_OPEN)
            open = fit[i];
    }
    return open;
}

static void not_found(struct import *m, struct import_row *row, const struct values *v,
                      const struct known *const *fit, uint32_t n)
{
    struct fault f;
    char numbers[96], text[400];
    if (n == 0)
        fault_set(&f, "contract", value_of(v, "contract")->text,
                  value_of(v, "measure")->given
                      ? N_("a contract with this seller on which the enterprise has a voucher of "
                           "this measure")
                      : N_("a contract with this seller on which the enterprise has a voucher"));
    else
        fault_set(&f, "voucher", numbers_text(fit, n, numbers, sizeof numbers),
                  "one open voucher that fits: name the measure, or import the invoice as a "
                  "redemption of the voucher that is meant");
    import_name_column(m, &f);
    language_fault(&f, text, sizeof text);
    row->kind = OUTCOME_INVALID;
    row->message = need(arena_copy(&m->arena, text, strlen(text)));
}

static void row_find(struct finding *d, struct import_ids *ids, struct import_row *row,
                     struct arena *a)
{
    const struct known *fit[FITTING], *one = NULL;
    struct values v;
    (void)import_row_read(d->m, row->cells, false, a, &v);
    uint32_t n = fitting(d, &v, fit);
    if (n == 1)
        one = fit[0];
    if (n > 1)
        one = booked_before(d->m, ids, row, fit, n);
    if (n > 1 && !one)
        one = only_open(fit, n);
    if (one)
        row->found = one->number;
    else
        not_found(d->m, row, &v, fit, n);
}

int import_find(struct import *m)
{
    struct finding d = {.m = m};
    struct import_ids *ids = import_ids_new(m->nrows);
    struct arena arena = {0};
    struct values v;
    int code = EXIT_DONE;
    if (m->kind->finding) {
        enterprises_of(&d);
        code = vouchers_of_all(&d);
    }
    for (uint32_t i = 0; i < m->nrows && code == EXIT_DONE; i++) {
        struct import_row *row = &m->rows[i];
        arena_reset(&arena);
        if (m->kind->finding)
            row_find(&d, ids, row, &arena);
        if (row->kind == OUTCOME_INVALID)
            continue;
        import_row_values(m, row, &arena, &v);
        import_ids_take(m, ids, &v, row->id);
    }
    arena_free(&arena);
    free(d.enterprises);
    free(d.known);
    import_ids_free(ids);
    return code;
}
