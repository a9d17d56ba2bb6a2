/* SPDX-License-Identifier: Apache-2.0 */
/* Request ids that come from what a row says: the same row has the same id in every file, however
 * the file is written. An id is the first 16 bytes of a SHA-256, marked as a UUID of version 8. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proof/tree.h"
#include "tools/ctl/import.h"
#include "tools/lib/exits.h"

/* Changed when the text below is: ids of before are other ids. */
#define ID_FORM "voucherctl import 1\n"

/* How many rows so far have become the same command. */
struct seen {
    uint8_t id[16];
    uint32_t rows; /* 0: a free place */
};

struct import_ids {
    struct seen *seen; /* twice as many as rows, a power of two */
    uint64_t mask;
    struct buf text;
};

struct import_ids *import_ids_new(uint32_t nrows)
{
    struct import_ids *ids = calloc(1, sizeof *ids);
    uint64_t cap = 16;
    while (cap < 2 * (uint64_t)nrows)
        cap *= 2;
    if (!ids || !(ids->seen = calloc(cap, sizeof *ids->seen)))
        exit_without_memory();
    ids->mask = cap - 1;
    return ids;
}

void import_ids_free(struct import_ids *ids)
{
    free(ids->seen);
    buf_free(&ids->text);
    free(ids);
}

void ctl_id_of(struct span text, uint8_t id[static 16])
{
    uint8_t hash[HASH_LEN];
    tree_leaf(text, hash);
    memcpy(id, hash, 16);
    id[6] = (uint8_t)((id[6] & 0x0f) | 0x80);
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
}

/* The id that follows from another by a number. */
static void id_follow(const uint8_t id[static 16], const char *what, uint64_t n,
                      uint8_t out[static 16])
{
    char hex[33], text[100];
    int len = snprintf(text, sizeof text, ID_FORM "%s\n%s=%" PRIu64 "\n", hex_format(id, 16, hex),
                       what, n);
    ctl_id_of(SPAN(text, (size_t)len), out);
}

void import_id_after(const uint8_t id[static 16], uint64_t entry, uint8_t out[static 16])
{
    id_follow(id, "refused", entry, out);
}

/* ---- A command as text: NAME=VALUE, a line for each value. No value has a line break in it ----
 *
 * The number of a person is not part of it: an id stands in the book, and whoever has it could try
 * out all numbers there are until one gives the id. So rows that differ in the person alone are
 * told apart by their order, as the first of them, the second, ... */

static void put(struct buf *b, const char *text)
{
    if (buf_add(b, text, strlen(text)) < 0)
        exit_without_memory();
}

static void put_line(struct buf *b, const char *name, const char *value)
{
    put(b, name);
    put(b, "=");
    put(b, value);
    put(b, "\n");
}

static void put_pair(struct buf *b, const struct field *d, const struct value_pair *p)
{
    char from[DAY_TEXT], to[DAY_TEXT];
    put(b, d->name);
    put(b, "=");
    if (d->type == FIELD_ATTEST || d->type == FIELD_FACT) {
        put_line(b, p->name, p->document);
        return;
    }
    put_line(b, p->name, day_format(p->from, from));
    put_line(b, "..", day_format(p->to, to));
}

static void put_value(struct buf *b, const struct field *d, const struct value *v)
{
    char text[MONEY_TEXT + 32] = "";
    switch (d->type) {
    case FIELD_TEXT:
    case FIELD_INVOICE:
        put_line(b, d->name, v->text);
        return;
    case FIELD_PERSON: /* see below */
        put_line(b, d->name, v->person.field);
        return;
    case FIELD_ATTEST:
    case FIELD_FACT:
    case FIELD_TRAIT:
        for (int i = 0; i < v->n; i++)
            put_pair(b, d, &v->pairs[i]);
        return;
    case FIELD_MONEY:
        money_format(v->money, text);
        break;
    case FIELD_DAY:
        day_format(v->day, text);
        break;
    case FIELD_INSTANT:
        snprintf(text, sizeof text, "%" PRId64, v->instant.us);
        break;
    case FIELD_USCC:
        uscc_format(&v->uscc, text);
        break;
    case FIELD_YEAR:
        snprintf(text, sizeof text, "%d", v->year);
        break;
    case FIELD_NUMBER:
        snprintf(text, sizeof text, "%" PRIu64, v->number);
        break;
    case FIELD_RATE:
        rate_format(v->rate, text);
        break;
    case FIELD_WORD:
        snprintf(text, sizeof text, "%s", d->words[v->word]);
        break;
    case FIELD_NUMBERS: /* no file that is imported has a list */
    case FIELD_FLAG:
    case FIELD_TYPES:
        break;
    }
    put_line(b, d->name, text);
}

static void command_text(const struct import *m, const struct values *v, struct buf *b)
{
    b->n = 0;
    put(b, ID_FORM);
    put_line(b, "command", m->kind->command->words);
    for (int i = 0; v->fields[i].name; i++)
        if (v->v[i].given)
            put_value(b, &v->fields[i], &v->v[i]);
    if (m->label)
        put_line(b, "label", m->label);
}

/* ---- Ids of rows ---- */

/* Where rows of this id are counted, or would be. */
static struct seen *seen_of(const struct import_ids *ids, const uint8_t id[static 16])
{
    for (uint64_t at = get_be64(id) & ids->mask;; at = (at + 1) & ids->mask) {
        struct seen *s = &ids->seen[at];
        if (s->rows == 0 || memcmp(s->id, id, 16) == 0)
            return s;
    }
}

static struct seen *id_next(const struct import *m, struct import_ids *ids, const struct values *v,
                            uint8_t first[static 16], uint8_t id[static 16])
{
    command_text(m, v, &ids->text);
    ctl_id_of(SPAN(ids->text.p, ids->text.n), first);
    struct seen *s = seen_of(ids, first);
    if (s->rows == 0)
        memcpy(id, first, 16);
    else
        id_follow(first, "row", s->rows + 1, id);
    return s;
}

void import_ids_next(const struct import *m, struct import_ids *ids, const struct values *v,
                     uint8_t id[static 16])
{
    uint8_t first[16];
    (void)id_next(m, ids, v, first, id);
}

void import_ids_take(const struct import *m, struct import_ids *ids, const struct values *v,
                     uint8_t id[static 16])
{
    uint8_t first[16];
    struct seen *s = id_next(m, ids, v, first, id);
    memcpy(s->id, first, 16);
    s->rows++;
}

void import_digest(struct import *m)
{
    struct buf all = {0};
    uint8_t id[16];
    put(&all, m->kind->import->words);
    for (uint32_t i = 0; i < m->nrows; i++)
        if (buf_add(&all, m->rows[i].id, 16) < 0)
            exit_without_memory();
    ctl_id_of(SPAN(all.p, all.n), id);
    memcpy(m->digest, id, sizeof m->digest);
    buf_free(&all);
}
