/* SPDX-License-Identifier: Apache-2.0 */
/* YAML documents read strictly: the one place that touches the YAML library, for policy files and
 * for the daemon's configuration. A reader asks for what it knows; doc_end tells every key that
 * nobody asked for. Mistakes are collected, so that one run tells several. */
#ifndef RULES_DOC_H
#define RULES_DOC_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/day.h"
#include "base/err.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/money.h"

struct mistake {
    int line, column;     /* from 1 */
    char text[320];       /* what is wrong and what would be right */
    char head[176];       /* the field and its value, with which text may begin */
    struct phrase phrase; /* what follows it, in its parts, for other languages */
};

struct mistakes {
    char file[256];
    int n;    /* stored in list */
    int more; /* that had no room there */
    struct mistake list[LIMIT_MISTAKES];
};

/* "FILE:LINE:COLUMN: TEXT". Returns out. */
char *mistake_text(const struct mistakes *m, int i, char *out, size_t cap);
/* The same in the language of translate, as far as that has it. */
char *mistake_text_in(translate_fn *translate, const struct mistakes *m, int i, char *out,
                      size_t cap);

struct doc;
struct doc_node; /* a place in a document; lives as long as it */

/* Parses bytes. Text that is not UTF-8, wrong YAML, more than one document, and nesting or size
 * beyond the limits end the reading: ERR_INVALID, told in *m. Anchors, aliases, tags, merge keys
 * and repeated keys are told in *m too, but reading goes on, so that one run tells more: a document
 * is good only if m->n is still 0 when its reader is done. Also ERR_MEMORY. *m outlives the
 * document. doc_free takes NULL. */
int doc_read(struct span bytes, const char *name, struct mistakes *m, struct doc **out) MUST_CHECK;
void doc_free(struct doc *d);
struct doc_node *doc_root(struct doc *d);

/* Adds a mistake at a node; formats as phrase_take has them. doc_fault takes it from a reader of
 * lib/base. */
void doc_mistake(struct doc *d, const struct doc_node *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void doc_fault(struct doc *d, const struct doc_node *at, const struct fault *f);

/* The value under a key of a mapping, or NULL. doc_need tells a missing one as a mistake, doc_may
 * does not. Both mark the key as known. A node that is not a mapping is a mistake, told once. */
struct doc_node *doc_need(struct doc *d, struct doc_node *map, const char *key);
struct doc_node *doc_may(struct doc *d, struct doc_node *map, const char *key);
/* Tells each key of the mapping that was never asked for as unknown, naming the known ones. */
void doc_end(struct doc *d, struct doc_node *map);

/* Items of a sequence (a mistake if it is none); i-th item; count 0 for NULL. */
int doc_count(struct doc *d, struct doc_node *seq);
struct doc_node *doc_item(struct doc *d, struct doc_node *seq, int i);

/* What a value is, so that one key may take several forms; false for NULL. */
bool doc_is_map(const struct doc_node *n);
bool doc_is_list(const struct doc_node *n);

/* Pairs of a mapping whose keys are free names: count and i-th key and value. */
int doc_pairs(struct doc *d, struct doc_node *map);
struct doc_node *doc_pair_key(struct doc *d, struct doc_node *map, int i);
struct doc_node *doc_pair_value(struct doc *d, struct doc_node *map, int i);

/* Scalars. Each does nothing on a NULL node, tells a mistake on a wrong one and leaves *out as it
 * was. What they read is the scalar's text itself (so that "1" and 1 are the same code), by the
 * readers of lib/base. Return whether *out was set. */
bool doc_text(struct doc *d, struct doc_node *n, char *out,
              size_t limit); /* out: limit + 1 bytes */
bool doc_money(struct doc *d, struct doc_node *n, const char *field, struct money *out);
bool doc_rate(struct doc *d, struct doc_node *n, const char *field, struct rate *out);
bool doc_day(struct doc *d, struct doc_node *n, const char *field, struct day *out);
bool doc_int(struct doc *d, struct doc_node *n, const char *field, int min, int max, int *out);
/* One of words[] (NULL-terminated): its index; the mistake lists them. */
bool doc_word(struct doc *d, struct doc_node *n, const char *field, const char *const words[],
              int *out);

#endif
