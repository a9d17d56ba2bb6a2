/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/doc.h"

#include <libfyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "rules/doc_node.h"

/* NULL where as many are listed as there may be. */
static struct mistake *mistake_add(struct mistakes *m, int line, int column)
{
    if (m->n == LIMIT_MISTAKES) {
        m->more++;
        return NULL;
    }
    struct mistake *k = &m->list[m->n++];
    *k = (struct mistake){.line = line, .column = column};
    return k;
}

__attribute__((format(printf, 4, 0))) static void tell_v(struct mistakes *m, int line, int column,
                                                         const char *fmt, va_list ap)
{
    char text[1024];
    struct mistake *k = mistake_add(m, line, column);
    if (!k)
        return;
    phrase_take(&k->phrase, fmt, ap);
    vsnprintf(text, sizeof text, fmt, ap);
    text_printable(text, strlen(text), k->text, sizeof k->text);
}

__attribute__((format(printf, 4, 5))) static void tell(struct mistakes *m, int line, int column,
                                                       const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    tell_v(m, line, column, fmt, ap);
    va_end(ap);
}

void doc_mistake(struct doc *d, const struct doc_node *at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    tell_v(d->m, at ? at->line : 1, at ? at->column : 1, fmt, ap);
    va_end(ap);
}

void doc_fault(struct doc *d, const struct doc_node *at, const struct fault *f)
{
    char text[512];
    struct mistake *k = mistake_add(d->m, at ? at->line : 1, at ? at->column : 1);
    if (!k)
        return;
    fault_text(f, text, sizeof text);
    text_printable(text, strlen(text), k->text, sizeof k->text);
    snprintf(k->head, sizeof k->head, "%s: '%s': ", f->field, f->value);
    k->phrase = f->phrase;
}

/* Line and column, in characters, of an offset in text that is valid up to there. */
static void place_of(const char *s, size_t at, int *line, int *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < at; i++) {
        if (s[i] == '\n' || (s[i] == '\r' && s[i + 1] != '\n')) {
            ++*line;
            *column = 1;
        } else if (((unsigned char)s[i] & 0xc0) != 0x80) {
            ++*column;
        }
    }
}

/* Checks what the library never gets to see: bytes that are not UTF-8, characters that no editor
 * shows and that YAML takes for line ends or for nothing, and tabs: where one follows a key it
 * frees the key twice (0.7.12, "? a:\t"). */
static int check_bytes(const char *s, size_t n, struct mistakes *m)
{
    int line, column;
    size_t bad = text_utf8_valid(s, n);
    for (size_t i = 0; i < bad; i++) {
        unsigned char c = (unsigned char)s[i];
        unsigned char c1 = i + 1 < bad ? (unsigned char)s[i + 1] : 0;
        unsigned char c2 = i + 2 < bad ? (unsigned char)s[i + 2] : 0;
        bool control = (c < 0x20 && c != '\n' && c != '\r') || c == 0x7f;
        bool hidden = (c == 0xc2 && c1 < 0xa0) || (c == 0xef && c1 == 0xbb && c2 == 0xbf) ||
                      (c == 0xef && c1 == 0xbf && c2 >= 0xbe) ||
                      (c == 0xe2 && c1 == 0x80 && (c2 == 0xa8 || c2 == 0xa9));
        if (!control && !hidden)
            continue;
        place_of(s, i, &line, &column);
        if (c == '\t')
            tell(m, line, column, "a tab: write blanks instead");
        else if (control)
            tell(m, line, column, "byte 0x%02x is a control character: take it out", c);
        else
            tell(m, line, column,
                 "an invisible character begins with byte 0x%02x: a control character, a line "
                 "separator or a byte order mark inside the text; take it out",
                 c);
        return ERR_INVALID;
    }
    if (bad == n)
        return 0;
    place_of(s, bad, &line, &column);
    tell(m, line, column, "byte 0x%02x is not valid UTF-8: save the file as UTF-8",
         (unsigned char)s[bad]);
    return ERR_INVALID;
}

static struct doc_node *node_new(struct doc *d, enum doc_kind kind, int *rc)
{
    if (d->nodes == LIMIT_DOC_NODES) {
        tell(d->m, d->line, d->column, "more than %d keys and values: a document has no more",
             LIMIT_DOC_NODES);
        *rc = ERR_INVALID;
        return NULL;
    }
    struct doc_node *n = arena_zero(&d->arena, sizeof *n);
    if (!n) {
        *rc = ERR_MEMORY;
        return NULL;
    }
    d->nodes++;
    n->kind = kind;
    n->line = d->line;
    n->column = d->column;
    n->name = n->text = "";
    return n;
}

static int items_add(struct doc *d, struct doc_node *to, struct doc_node *n)
{
    if (to->n == to->cap) {
        int cap = to->cap ? 2 * to->cap : 8;
        struct doc_node **more = arena_alloc(&d->arena, (size_t)cap * sizeof(struct doc_node *));
        if (!more)
            return ERR_MEMORY;
        if (to->n)
            memcpy(more, to->items, (size_t)to->n * sizeof(struct doc_node *));
        to->items = more;
        to->cap = cap;
    }
    to->items[to->n++] = n;
    return 0;
}

static struct doc_node *pair_find(const struct doc_node *map, const char *key, size_t len)
{
    for (int i = 0; i + 1 < map->n; i += 2) {
        struct doc_node *k = map->items[i];
        if (k->len == len && k->kind == DOC_SCALAR && memcmp(k->text, key, len) == 0)
            return k;
    }
    return NULL;
}

/* A new key of a mapping: one line of text, and not there yet. A wrong one is told and broken, so
 * that nobody finds it. */
static void key_check(struct doc *d, const struct doc_node *map, struct doc_node *key)
{
    const struct doc_node *first;
    key->known = false;
    if (key->kind == DOC_SCALAR && key->plain && key->len == 2 && memcmp(key->text, "<<", 2) == 0)
        doc_mistake(d, key, "merge keys (<<) are not taken: write the values out");
    else if (key->kind == DOC_SCALAR && !text_is_line(key->text, key->len, LIMIT_TEXT))
        doc_mistake(d, key, "a key is one line of text, of 1 to %d bytes", LIMIT_TEXT);
    else if (key->kind == DOC_SEQUENCE || key->kind == DOC_MAPPING)
        doc_mistake(d, key, "a key is a word, not a list or a mapping");
    else if (key->kind == DOC_SCALAR && (first = pair_find(map, key->text, key->len)))
        doc_mistake(d, key, "the key '%s' is there already, in line %d: a key stands once",
                    key->text, first->line);
    else
        return;
    key->kind = DOC_BROKEN;
}

/* Puts a node where the parser stands. */
static int node_place(struct doc *d, struct doc_node *n)
{
    if (d->depth == 0) {
        d->root = n;
        return 0;
    }
    struct doc_node *to = d->open[d->depth - 1];
    if (to->kind == DOC_MAPPING && to->n % 2 == 0)
        key_check(d, to, n);
    else
        n->name = to->kind == DOC_MAPPING ? to->items[to->n - 1]->text : to->name;
    return items_add(d, to, n);
}

static int node_open(struct doc *d, struct doc_node *n)
{
    if (d->depth == LIMIT_DOC_DEPTH) {
        tell(d->m, n->line, n->column, "nested deeper than %d: write it flatter", LIMIT_DOC_DEPTH);
        return ERR_INVALID;
    }
    d->open[d->depth++] = n;
    return 0;
}

/* A token's text, piece by piece: asked for it whole, the library of today (0.7.12) leaks the list
 * of pieces of long texts. */
static int token_text(struct doc *d, struct fy_token *token)
{
    const struct fy_iter_chunk *piece = NULL;
    int rc = 0, failed = 0;
    d->scratch.n = 0;
    struct fy_token_iter *pieces = fy_token_iter_create(token);
    if (!pieces)
        return ERR_MEMORY;
    while (rc == 0 && (piece = fy_token_iter_chunk_next(pieces, piece, &failed)))
        rc = buf_add(&d->scratch, piece->str, piece->len);
    fy_token_iter_destroy(pieces);
    if (!failed)
        return rc;
    /* It fails so on a text block that is cut off at the end of the file. */
    tell(d->m, d->line, d->column, "wrong YAML: this text block has no readable end");
    return ERR_INVALID;
}

static int scalar_fill(struct doc *d, struct doc_node *n, struct fy_token *value)
{
    int rc = value ? token_text(d, value) : 0;
    if (rc < 0)
        return rc;
    n->len = value ? d->scratch.n : 0;
    n->text = arena_copy(&d->arena, d->scratch.p, n->len);
    n->plain = !value || fy_token_scalar_style(value) == FYSS_PLAIN;
    return n->text ? 0 : ERR_MEMORY;
}

/* Anchors and tags change what a text means at another place or by another name: a file that people
 * sign for says what it says. */
static void check_plainness(struct doc *d, struct fy_event *e, const struct doc_node *n)
{
    if (fy_event_get_anchor_token(e))
        doc_mistake(d, n, "anchors (&name) are not taken: write the value out where it is needed");
    if (fy_event_get_tag_token(e))
        doc_mistake(d, n, "tags (!name) are not taken: write the value without one");
    if (n->kind == DOC_BROKEN)
        doc_mistake(d, n, "aliases (*name) are not taken: write the value out");
}

static int on_node(struct doc *d, struct fy_event *e, enum doc_kind kind)
{
    int rc = 0;
    struct doc_node *n = node_new(d, kind, &rc);
    if (!n)
        return rc;
    check_plainness(d, e, n);
    if (kind == DOC_SCALAR && (rc = scalar_fill(d, n, e->scalar.value)) < 0)
        return rc;
    if ((rc = node_place(d, n)) < 0)
        return rc;
    /* A list or mapping that stands as a key is broken by now, yet its end will come. */
    return kind == DOC_SEQUENCE || kind == DOC_MAPPING ? node_open(d, n) : 0;
}

/* The library counts on behind a text's end, where nobody finds the place. */
static void stand_at(struct doc *d, int line, int column)
{
    bool behind = line > d->last_line || (line == d->last_line && column > d->last_column);
    d->line = behind ? d->last_line : line;
    d->column = behind ? d->last_column : column;
}

static int on_event(struct doc *d, struct fy_event *e)
{
    const struct fy_mark *mark = fy_event_start_mark(e);
    if (mark)
        stand_at(d, mark->line + 1, mark->column + 1);
    switch (e->type) {
    case FYET_DOCUMENT_START:
        if (++d->documents == 1)
            return 0;
        tell(d->m, d->line, d->column, "a second document begins here: a file has one");
        return ERR_INVALID;
    case FYET_SCALAR:
        return on_node(d, e, DOC_SCALAR);
    case FYET_ALIAS:
        return on_node(d, e, DOC_BROKEN);
    case FYET_SEQUENCE_START:
        return on_node(d, e, DOC_SEQUENCE);
    case FYET_MAPPING_START:
        return on_node(d, e, DOC_MAPPING);
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        d->depth -= d->depth > 0;
        return 0;
    default:
        return 0;
    }
}

/* The library's own mistakes, in its words. */
static int tell_library(struct doc *d, struct fy_diag *diag)
{
    int told = 0;
    void *at = NULL;
    for (const struct fy_diag_error *e; (e = fy_diag_errors_iterate(diag, &at));) {
        if (e->type < FYET_ERROR || !e->msg)
            continue;
        stand_at(d, e->line > 0 ? e->line : d->line, e->column > 0 ? e->column : d->column);
        tell(d->m, d->line, d->column, "wrong YAML: %s", e->msg);
        told++;
    }
    if (!told)
        tell(d->m, d->line, d->column, "wrong YAML from here on");
    return ERR_INVALID;
}

static int parse_events(struct doc *d, struct fy_parser *parser, struct fy_diag *diag)
{
    int rc = 0;
    bool end = false;
    while (rc == 0 && !end) {
        struct fy_event *e = fy_parser_parse(parser);
        if (!e)
            return tell_library(d, diag);
        end = e->type == FYET_STREAM_END;
        rc = on_event(d, e);
        fy_parser_event_free(parser, e);
    }
    if (rc == 0 && fy_parser_get_stream_error(parser))
        return tell_library(d, diag);
    if (rc == 0 && !d->root) {
        tell(d->m, 1, 1, "nothing is written here");
        return ERR_INVALID;
    }
    return rc;
}

/* The library would print where nobody reads it. */
static void print_nothing(struct fy_diag *diag, void *user, const char *text, size_t n)
{
    (void)diag;
    (void)user;
    (void)text;
    (void)n;
}

static int parse(struct doc *d, const char *text, size_t n)
{
    int rc = ERR_MEMORY;
    struct fy_parser *parser = NULL;
    struct fy_diag_cfg how;
    fy_diag_cfg_default(&how);
    how.fp = NULL;
    how.output_fn = print_nothing;
    how.colorize = false;
    struct fy_diag *diag = fy_diag_create(&how);
    if (!diag)
        return ERR_MEMORY;
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg cfg = {.flags = FYPCF_JSON_NONE | FYPCF_COLLECT_DIAG, .diag = diag};
    if ((parser = fy_parser_create(&cfg)) && fy_parser_set_string(parser, text, n) == 0)
        rc = parse_events(d, parser, diag);
    if (parser)
        fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return rc;
}

int doc_read(struct span bytes, const char *name, struct mistakes *m, struct doc **out)
{
    static const char mark[] = "\xef\xbb\xbf";
    snprintf(m->file, sizeof m->file, "%s", name);
    if (bytes.n >= 3 && memcmp(bytes.p, mark, 3) == 0)
        bytes = SPAN(bytes.p + 3, bytes.n - 3);
    if (bytes.n > LIMIT_POLICY_BYTES) {
        tell(m, 1, 1, "%zu bytes: a file has at most %d", bytes.n, LIMIT_POLICY_BYTES);
        return ERR_INVALID;
    }
    struct doc *d = calloc(1, sizeof *d);
    if (!d)
        return ERR_MEMORY;
    d->m = m;
    d->line = d->column = 1;
    /* A copy with a NUL behind it: the library looks ahead. */
    char *text = arena_copy(&d->arena, bytes.p, bytes.n);
    int rc = text ? check_bytes(text, bytes.n, m) : ERR_MEMORY;
    if (rc == 0) {
        place_of(text, bytes.n, &d->last_line, &d->last_column);
        rc = parse(d, text, bytes.n);
    }
    if (rc < 0) {
        doc_free(d);
        return rc;
    }
    *out = d;
    return 0;
}

void doc_free(struct doc *d)
{
    if (!d)
        return;
    arena_free(&d->arena);
    buf_free(&d->scratch);
    free(d);
}
