/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of claims in a policy file, and where measures name them. */
#include <stdio.h>
#include <string.h>

#include "rules/policy_reader.h"

/* The words of the file; the enumeration of field.h begins at 1, in this order. */
static const char *const form_words[] = {"text", "word",  "count", "quantity", "money",
                                         "day",  "month", "year",  "person",   NULL};

/* Names that conditions give to other things. */
static const char *const taken[] = {"trait",  "no-trait", "area",      "code-begins",
                                    "base",   "enjoyed",  "outside",   "contract",
                                    "signed", "issue",    "enterprise"};

static void read_words(struct policy_reader *r, struct doc_node *at, struct claim_field *f)
{
    struct doc_node *seq = doc_need(r->d, at, "words");
    struct names to = {N_("word"), "words", NULL, &f->nwords, LIMIT_WORDS};
    f->words = arena_zero(&r->p->arena, LIMIT_WORDS * sizeof *f->words);
    to.list = f->words;
    if (f->words)
        policy_read_names(r, seq, &to, NULL);
    else
        r->memory = true;
    for (int i = 0; i < f->nwords; i++)
        if (strstr(f->words[i], VALUE_SEPARATOR))
            doc_mistake(r->d, doc_item(r->d, seq, i), "'%s': a word has no '|'", f->words[i]);
    if (seq && f->nwords == 0)
        doc_mistake(r->d, seq, "words: at least one: a claim states one of them");
}

static void read_field(struct policy_reader *r, struct doc_node *at)
{
    struct policy *p = r->p;
    struct claim_field f = {0};
    struct doc_node *name = doc_need(r->d, at, "name");
    bool ok = doc_text(r->d, name, f.name, LIMIT_NAME);
    f.form = (enum fact_form)policy_read_word(r, at, "type", form_words);
    if (f.form == FACT_WORD)
        read_words(r, at, &f);
    doc_end(r->d, at);
    for (size_t i = 0; ok && i < sizeof taken / sizeof *taken; i++)
        if (strcmp(f.name, taken[i]) == 0) {
            doc_mistake(r->d, name,
                        "the field '%s': this word means something else in conditions: "
                        "choose another name",
                        f.name);
            return;
        }
    if (ok && strpbrk(f.name, "=, ")) {
        doc_mistake(r->d, name, "the field '%s': a field's name has no blanks, commas or '='",
                    f.name);
        return;
    }
    if (ok && policy_field(p, f.name) >= 0)
        doc_mistake(r->d, name, "the field '%s' is there already: a name stands for one field",
                    f.name);
    else if (ok && f.form)
        p->fields[p->nfields++] = f;
}

void policy_read_fields(struct policy_reader *r, struct doc_node *seq)
{
    int n = policy_read_count(r, seq, 0, LIMIT_FIELDS, N_("fields"));
    for (int i = 0; i < n; i++)
        read_field(r, doc_item(r->d, seq, i));
}

static void say_forms(unsigned forms, char *out, size_t cap)
{
    size_t n = 0;
    out[0] = 0;
    for (int i = 0; form_words[i] && n < cap; i++)
        if (forms & 1U << (i + 1))
            n += (size_t)snprintf(out + n, cap - n, "%s%s", n ? ", " : "", form_words[i]);
}

int policy_read_field(struct policy_reader *r, struct doc_node *at, struct measure *m,
                      unsigned forms, bool must)
{
    name_text name;
    char known[200] = "";
    struct policy *p = r->p;
    if (!doc_text(r->d, at, name, LIMIT_NAME))
        return -1;
    int i = policy_field(p, name);
    if (i < 0) {
        size_t n = 0;
        for (int k = 0; k < p->nfields && n < sizeof known; k++)
            n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", k ? ", " : "",
                                  p->fields[k].name);
        doc_mistake(r->d, at, "the field '%s' is not declared: under 'fields' stand: %s", name,
                    p->nfields ? known : "none");
        return -1;
    }
    if (!(forms & 1U << p->fields[i].form)) {
        say_forms(forms, known, sizeof known);
        doc_mistake(r->d, at, "the field '%s' is of type %s, it should be of: %s", name,
                    form_words[p->fields[i].form - 1], known);
        return -1;
    }
    if (m)
        m->may_state |= UINT64_C(1) << i;
    if (m && must)
        m->must_state |= UINT64_C(1) << i;
    return i;
}

int policy_read_field_list(struct policy_reader *r, struct doc_node *seq, struct measure *m,
                           bool must, int max, int out[])
{
    int n = policy_read_count(r, seq, 0, max, N_("fields")), have = 0;
    for (int i = 0; i < n; i++) {
        struct doc_node *at = doc_item(r->d, seq, i);
        int field = policy_read_field(r, at, m, ANY_FORM, must);
        bool twice = false;
        for (int k = 0; k < have; k++)
            twice = twice || out[k] == field;
        if (twice)
            doc_mistake(r->d, at, "the field '%s' is listed already: name it once",
                        r->p->fields[field].name);
        else if (field >= 0)
            out[have++] = field;
    }
    return have;
}

bool policy_read_spending(struct policy_reader *r, struct doc_node *at, struct measure *m,
                          struct spending *out)
{
    name_text name;
    *out = (struct spending){.contract = true};
    if (!at)
        return false;
    if (doc_is_list(at)) {
        out->contract = false;
        out->n = policy_read_field_list(r, at, m, true, LIMIT_KEY_FIELDS, out->fields);
        if (out->n == 0)
            doc_mistake(r->d, at, "no fields are listed here: they name the spending");
        return out->n > 0;
    }
    if (!doc_text(r->d, at, name, LIMIT_NAME))
        return false;
    if (strcmp(name, "contract") == 0)
        return true;
    doc_mistake(r->d, at, "'%s': it is 'contract', or a list of fields", name);
    return false;
}
