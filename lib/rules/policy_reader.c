/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/policy_reader.h"

#include <stdio.h>
#include <string.h>

int names_find(const struct names *s, const char *name)
{
    for (int i = 0; i < *s->n; i++)
        if (strcmp(s->list[i], name) == 0)
            return i;
    return -1;
}

char *names_join(const struct names *s, char *out, size_t cap)
{
    size_t at = 0;
    snprintf(out, cap, "none");
    for (int i = 0; i < *s->n && at < cap; i++)
        at += (size_t)snprintf(out + at, cap - at, "%s%s", i ? ", " : "", s->list[i]);
    return out;
}

int policy_read_count(struct policy_reader *r, struct doc_node *seq, int min, int max,
                      const char *what)
{
    int told = r->m->n + r->m->more;
    int n = doc_count(r->d, seq);
    if (seq && n < min && told == r->m->n + r->m->more)
        doc_mistake(r->d, seq, "no %-s are listed here: at least %d", what, min);
    if (n <= max)
        return n;
    doc_mistake(r->d, doc_item(r->d, seq, max), "%d %-s: at most %d are taken", n, what, max);
    return max;
}

void policy_read_names(struct policy_reader *r, struct doc_node *seq, const struct names *to,
                       const struct names *from)
{
    char known[200];
    name_text name;
    int n = policy_read_count(r, seq, 0, to->max, to->key);
    for (int i = 0; i < n; i++) {
        struct doc_node *at = doc_item(r->d, seq, i);
        if (!doc_text(r->d, at, name, LIMIT_NAME))
            continue;
        if (names_find(to, name) >= 0)
            doc_mistake(r->d, at, "the %-s '%s' is listed already: name it once", to->what, name);
        else if (from && names_find(from, name) < 0)
            doc_mistake(r->d, at, "the %-s '%s' is not declared: under '%s' stand: %s", to->what,
                        name, from->key, names_join(from, known, sizeof known));
        else
            strcpy(to->list[(*to->n)++], name); /* and zeros behind it stay */
    }
}

int policy_read_word(struct policy_reader *r, struct doc_node *map, const char *key,
                     const char *const words[])
{
    int i = -1;
    (void)doc_word(r->d, doc_need(r->d, map, key), key, words, &i);
    return i + 1;
}

int policy_read_word_if(struct policy_reader *r, struct doc_node *map, const char *key,
                        const char *const words[])
{
    int i = -1;
    (void)doc_word(r->d, doc_may(r->d, map, key), key, words, &i);
    return i + 1;
}

bool policy_read_quantity(struct policy_reader *r, struct doc_node *at, const char *key,
                          int64_t *out)
{
    struct fault f;
    char text[LIMIT_NAME + 1];
    if (!doc_text(r->d, at, text, LIMIT_NAME))
        return false;
    if (quantity_parse(text, key, &f, out) == 0)
        return true;
    doc_fault(r->d, at, &f);
    return false;
}

bool policy_read_period(struct policy_reader *r, struct doc_node *map, const char *what,
                        struct day *from, struct day *to)
{
    char a[DAY_TEXT], b[DAY_TEXT];
    struct doc_node *last = doc_need(r->d, map, "to");
    bool ok = doc_day(r->d, doc_need(r->d, map, "from"), "from", from);
    ok = doc_day(r->d, last, "to", to) && ok;
    doc_end(r->d, map);
    if (!ok)
        return false;
    if (to->n >= from->n)
        return true;
    doc_mistake(r->d, last, "%-s ends on %s, before it begins on %s: give a later day", what,
                day_format(*to, a), day_format(*from, b));
    return false;
}
