/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the reading of a policy file: what its parts share. Each part of the file has a .c file
 * that reads it. Mistakes are told at their places and reading goes on, so that one run tells
 * several. */
#ifndef RULES_POLICY_READER_H
#define RULES_POLICY_READER_H

#include "rules/doc.h"
#include "rules/kind.h"
#include "rules/policy.h"

#define SOURCES_MAX (LIMIT_LINES * 4)

typedef char name_text[LIMIT_NAME + 1];

struct policy_reader {
    struct doc *d;
    const struct mistakes *m; /* where d tells them */
    struct policy *p;
    name_text sources[SOURCES_MAX];
    int nsources;
    struct test spare; /* takes what has no room */
    bool memory;       /* ran out */
};

/* A list of names and what its items are called. */
struct names {
    const char *what; /* "trait" */
    const char *key;  /* where they are declared: "traits" */
    name_text *list;
    int *n;
    int max;
};

/* The index of a name, or -1. */
int names_find(const struct names *s, const char *name);
/* "a, b, c" of a list, shortened; "none" for an empty one. Returns out. */
char *names_join(const struct names *s, char *out, size_t cap);

/* How many items of a list to read: one that is too long, or empty and should not be, is told. */
int policy_read_count(struct policy_reader *r, struct doc_node *seq, int min, int max,
                      const char *what);
/* Reads a list of names into to; each must stand in from (NULL: they are declared here). */
void policy_read_names(struct policy_reader *r, struct doc_node *seq, const struct names *to,
                       const struct names *from);
/* A word as a value of its enumeration, which begins at 1 in the order of words; 0 after a mistake.
 */
int policy_read_word(struct policy_reader *r, struct doc_node *map, const char *key,
                     const char *const words[]);
/* {from: DAY, to: DAY}, both inclusive; what is meant is named by what. */
bool policy_read_period(struct policy_reader *r, struct doc_node *map, const char *what,
                        struct day *from, struct day *to);

/* A word of a list, or 0 where the key is not there. */
int policy_read_word_if(struct policy_reader *r, struct doc_node *map, const char *key,
                        const char *const words[]);
/* A quantity; whether *out was set. */
bool policy_read_quantity(struct policy_reader *r, struct doc_node *at, const char *key,
                          int64_t *out);

/* ---- policy_fields.c ---- */

/* The fields that claims may state. */
void policy_read_fields(struct policy_reader *r, struct doc_node *seq);
/* The index of a field that at names, of one of the forms (bits); -1 after a mistake or for NULL.
 * Claims under m (may be NULL) may state it, and must where `must` is set. */
int policy_read_field(struct policy_reader *r, struct doc_node *at, struct measure *m,
                      unsigned forms, bool must);
#define ANY_FORM (~0U)
/* A list of at most max fields; their number. */
int policy_read_field_list(struct policy_reader *r, struct doc_node *seq, struct measure *m,
                           bool must, int max, int out[]);
/* `contract`, or the fields that name a spending. */
bool policy_read_spending(struct policy_reader *r, struct doc_node *at, struct measure *m,
                          struct spending *out);

/* ---- policy_case.c ---- */

void policy_read_condition(struct policy_reader *r, struct doc_node *map, struct measure *m,
                           struct condition *out);
/* Its rate, its amount, or its cases. */
void policy_read_cases(struct policy_reader *r, struct doc_node *measure, struct measure *m);

/* ---- policy_claim.c ---- */

/* Who may claim, when and with what, besides its own fields. */
void policy_read_claim(struct policy_reader *r, struct doc_node *measure, struct measure *m);
/* Its designations, when all measures are known. */
void policy_link_holds(struct policy_reader *r, struct doc_node *measure, struct measure *m);

/* ---- policy_group.c ---- */

void policy_read_groups(struct policy_reader *r, struct doc_node *seq);

/* ---- policy_measure.c, policy_ceiling.c ---- */

/* One measure, added to the policy. */
void policy_read_measure(struct policy_reader *r, struct doc_node *at);
/* Its ceilings; and over which measures they count, when all are known. */
void policy_read_ceilings(struct policy_reader *r, struct doc_node *measure, struct measure *m);
void policy_link_ceilings(struct policy_reader *r, struct doc_node *measure, struct measure *m);

#endif
