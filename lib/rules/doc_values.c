/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "rules/doc_node.h"

char *mistake_text(const struct mistakes *m, int i, char *out, size_t cap)
{
    const struct mistake *k = &m->list[i];
    snprintf(out, cap, "%s:%d:%d: %s", m->file, k->line, k->column, k->text);
    return out;
}

char *mistake_text_in(translate_fn *translate, const struct mistakes *m, int i, char *out,
                      size_t cap)
{
    const struct mistake *k = &m->list[i];
    char said[1024], text[512];
    if (!phrase_say(&k->phrase, translate, said, sizeof said))
        return mistake_text(m, i, out, cap);
    text_printable(said, strlen(said), text, sizeof text);
    snprintf(out, cap, "%s:%d:%d: %s%s", m->file, k->line, k->column, k->head, text);
    return out;
}

struct doc_node *doc_root(struct doc *d)
{
    return d->root;
}

/* Whether a node is of that kind; another is told once, and then passed over. */
static bool is_kind(struct doc *d, struct doc_node *n, enum doc_kind kind)
{
    static const char *const article[] = {N_("one value"), N_("a list"),
                                          N_("a mapping of keys to values")};
    if (!n || n->kind == DOC_BROKEN)
        return false;
    if (n->kind == kind)
        return true;
    const char *is = n->kind == DOC_SCALAR && n->len == 0 ? N_("nothing") : article[n->kind];
    doc_mistake(d, n, "%s%sthis is %-s, it should be %-s", n->name, *n->name ? ": " : "", is,
                article[kind]);
    n->kind = DOC_BROKEN;
    return false;
}

static struct doc_node *value_of(struct doc *d, struct doc_node *map, const char *key, bool need)
{
    if (!is_kind(d, map, DOC_MAPPING))
        return NULL;
    size_t len = strlen(key);
    int asked = 0;
    while (asked < map->nasked && strcmp(map->asked[asked], key) != 0)
        asked++;
    if (asked == map->nasked && asked < ASKED_MAX)
        map->asked[map->nasked++] = key;
    for (int i = 0; i + 1 < map->n; i += 2) {
        struct doc_node *k = map->items[i];
        if (k->kind != DOC_SCALAR || k->len != len || memcmp(k->text, key, len) != 0)
            continue;
        k->known = true;
        return map->items[i + 1];
    }
    if (need && *map->name)
        doc_mistake(d, map, "the key '%s' is missing in %s", key, map->name);
    else if (need)
        doc_mistake(d, map, "the key '%s' is missing", key);
    return NULL;
}

struct doc_node *doc_need(struct doc *d, struct doc_node *map, const char *key)
{
    return value_of(d, map, key, true);
}

struct doc_node *doc_may(struct doc *d, struct doc_node *map, const char *key)
{
    return value_of(d, map, key, false);
}

#define KEYS_TEXT 192 /* bytes of the keys that one mistake tells */

/* The keys that were asked for, those that begin with `first` alone (0: all), as many as have room.
 * False: there are more. */
static bool keys_join(const struct doc_node *map, char first, char out[static KEYS_TEXT])
{
    size_t n = 0;
    out[0] = 0;
    for (int i = 0; i < map->nasked; i++) {
        const char *key = map->asked[i];
        size_t len = strlen(key) + (n ? 2 : 0);
        if (first && key[0] != first)
            continue;
        if (n + len >= KEYS_TEXT)
            return false;
        snprintf(out + n, KEYS_TEXT - n, "%s%s", n ? ", " : "", key);
        n += len;
    }
    return true;
}

/* Where there are too many keys, those that begin as the unknown one are likely to be meant. */
static void unknown_key(struct doc *d, const struct doc_node *map, const struct doc_node *k)
{
    char known[KEYS_TEXT], shown[48];
    text_printable(k->text, k->len, shown, sizeof shown);
    if (keys_join(map, 0, known)) {
        doc_mistake(d, k, "unknown key '%s': known here are %s", shown, known);
        return;
    }
    (void)keys_join(map, shown[0], known);
    if (!known[0])
        (void)keys_join(map, 0, known);
    doc_mistake(d, k, "unknown key '%s': known here are, among others, %s", shown, known);
}

void doc_end(struct doc *d, struct doc_node *map)
{
    if (!map || map->kind != DOC_MAPPING)
        return;
    for (int i = 0; i + 1 < map->n; i += 2) {
        struct doc_node *k = map->items[i];
        if (k->kind != DOC_SCALAR || k->known)
            continue;
        k->known = true;
        unknown_key(d, map, k);
    }
}

int doc_count(struct doc *d, struct doc_node *seq)
{
    return is_kind(d, seq, DOC_SEQUENCE) ? seq->n : 0;
}

struct doc_node *doc_item(struct doc *d, struct doc_node *seq, int i)
{
    return i >= 0 && i < doc_count(d, seq) ? seq->items[i] : NULL;
}

bool doc_is_map(const struct doc_node *n)
{
    return n && n->kind == DOC_MAPPING;
}

bool doc_is_list(const struct doc_node *n)
{
    return n && n->kind == DOC_SEQUENCE;
}

int doc_pairs(struct doc *d, struct doc_node *map)
{
    return is_kind(d, map, DOC_MAPPING) ? map->n / 2 : 0;
}

struct doc_node *doc_pair_key(struct doc *d, struct doc_node *map, int i)
{
    if (i < 0 || i >= doc_pairs(d, map))
        return NULL;
    map->items[2 * i]->known = true;
    return map->items[2 * i];
}

struct doc_node *doc_pair_value(struct doc *d, struct doc_node *map, int i)
{
    return i >= 0 && i < doc_pairs(d, map) ? map->items[2 * i + 1] : NULL;
}

/* Tells a fault at its node. Returns false, for the readers below. */
static bool tell_fault(struct doc *d, const struct doc_node *n, const struct fault *f)
{
    doc_fault(d, n, f);
    return false;
}

/* The text of a scalar that holds one line, or NULL. */
static const char *line_of(struct doc *d, struct doc_node *n, const char *field, size_t limit)
{
    struct fault f;
    if (!is_kind(d, n, DOC_SCALAR))
        return NULL;
    if (n->plain && (n->len == 0 || strcmp(n->text, "~") == 0 || strcmp(n->text, "null") == 0)) {
        doc_mistake(d, n, "%s: nothing is written here", field);
        return NULL;
    }
    if (text_is_line(n->text, n->len, limit))
        return n->text;
    (void)fault_set_n(&f, field, n->text, n->len,
                      "one line of 1 to %zu bytes, without control characters or blanks at its "
                      "ends; this has %zu bytes",
                      limit, n->len);
    tell_fault(d, n, &f);
    return NULL;
}

bool doc_text(struct doc *d, struct doc_node *n, char *out, size_t limit)
{
    const char *s = n ? line_of(d, n, *n->name ? n->name : "text", limit) : NULL;
    if (!s)
        return false;
    memcpy(out, s, n->len + 1);
    return true;
}

bool doc_money(struct doc *d, struct doc_node *n, const char *field, struct money *out)
{
    struct fault f;
    const char *s = line_of(d, n, field, LIMIT_TEXT);
    return s && (money_parse(s, field, &f, out) == 0 || tell_fault(d, n, &f));
}

bool doc_rate(struct doc *d, struct doc_node *n, const char *field, struct rate *out)
{
    struct fault f;
    const char *s = line_of(d, n, field, LIMIT_TEXT);
    return s && (rate_parse(s, field, &f, out) == 0 || tell_fault(d, n, &f));
}

bool doc_day(struct doc *d, struct doc_node *n, const char *field, struct day *out)
{
    struct fault f;
    const char *s = line_of(d, n, field, LIMIT_TEXT);
    return s && (day_parse(s, field, &f, out) == 0 || tell_fault(d, n, &f));
}

bool doc_int(struct doc *d, struct doc_node *n, const char *field, int min, int max, int *out)
{
    struct fault f;
    const char *s = line_of(d, n, field, LIMIT_TEXT);
    if (!s)
        return false;
    const char *p = s + (*s == '-');
    size_t digits = strspn(p, "0123456789");
    long v = digits > 0 && digits <= 10 && !p[digits] ? strtol(s, NULL, 10) : (long)min - 1;
    if (v >= min && v <= max) {
        *out = (int)v;
        return true;
    }
    (void)fault_set(&f, field, s, "a whole number from %d to %d", min, max);
    return tell_fault(d, n, &f);
}

bool doc_word(struct doc *d, struct doc_node *n, const char *field, const char *const words[],
              int *out)
{
    struct fault f;
    char list[160] = "";
    const char *s = line_of(d, n, field, LIMIT_TEXT);
    if (!s)
        return false;
    for (int i = 0; words[i]; i++) {
        if (strcmp(s, words[i]) == 0) {
            *out = i;
            return true;
        }
        size_t at = strlen(list);
        snprintf(list + at, sizeof list - at, "%s%s", i ? ", " : "", words[i]);
    }
    (void)fault_set(&f, field, s, "one of: %s", list);
    return tell_fault(d, n, &f);
}
