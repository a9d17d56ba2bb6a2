/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/batch_line.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A JSON value as its sender wrote it, for a fault. */
__attribute__((format(printf, 4, 5))) static int
json_fault(struct fault *f, const char *field, const json_t *value, const char *fmt, ...)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    va_list ap;
    va_start(ap, fmt);
    fault_set_v(f, field, text, fmt, ap);
    va_end(ap);
    free(text);
    return ERR_INVALID;
}

static int read_string(struct values *v, int i, const json_t *value, struct arena *a,
                       struct fault *f)
{
    const char *text = json_string_value(value);
    if (!text)
        return json_fault(f, v->fields[i].name, value, "a text in quotation marks");
    return value_read(v, i, text, a, f);
}

/* Whole numbers may stand without quotation marks: they lose nothing. */
static int read_whole(struct values *v, int i, const json_t *value, struct arena *a,
                      struct fault *f)
{
    char text[32];
    if (!json_is_integer(value))
        return read_string(v, i, value, a, f);
    snprintf(text, sizeof text, "%" PRIdMAX, (intmax_t)json_integer_value(value));
    return value_read(v, i, text, a, f);
}

static int read_object(struct values *v, int i, const json_t *value, struct arena *a,
                       struct fault *f)
{
    const char *field = v->fields[i].name, *key;
    json_t *document;
    if (!json_is_object(value))
        return json_fault(f, field, value, "an object: {\"NAME\":\"VALUE\"}");
    json_object_foreach((json_t *)(uintptr_t)value, key, document)
    {
        const char *text = json_string_value(document);
        if (!text)
            return json_fault(f, field, document, "a text in quotation marks");
        if (strchr(key, '='))
            return fault_set(f, field, key, "a name without '='");
        size_t n = strlen(key) + strlen(text) + 2;
        char *pair = arena_alloc(a, n);
        if (!pair)
            return ERR_MEMORY;
        snprintf(pair, n, "%s=%s", key, text);
        int rc = value_read(v, i, pair, a, f);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int read_array(struct values *v, int i, const json_t *value, struct arena *a,
                      struct fault *f)
{
    size_t n;
    json_t *item;
    if (!json_is_array(value))
        return json_fault(f, v->fields[i].name, value, "a list: [\"NAME\",\"NAME=FROM..TO\"]");
    json_array_foreach((json_t *)(uintptr_t)value, n, item)
    {
        int rc = read_string(v, i, item, a, f);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int read_list(struct values *v, int i, const json_t *value, struct arena *a, struct fault *f)
{
    size_t n;
    json_t *item;
    if (!json_is_array(value))
        return json_fault(f, v->fields[i].name, value, "a list of numbers: [7,8]");
    json_array_foreach((json_t *)(uintptr_t)value, n, item)
    {
        int rc = read_whole(v, i, item, a, f);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int (*const readers[FIELD_TYPES])(struct values *v, int i, const json_t *value,
                                         struct arena *a, struct fault *f) = {
    [FIELD_TEXT] = read_string,    [FIELD_MONEY] = read_string, [FIELD_DAY] = read_string,
    [FIELD_INSTANT] = read_string, [FIELD_USCC] = read_string,  [FIELD_INVOICE] = read_string,
    [FIELD_YEAR] = read_whole,     [FIELD_NUMBER] = read_whole, [FIELD_WORD] = read_string,
    [FIELD_NUMBERS] = read_list,   [FIELD_FLAG] = read_string,  [FIELD_ATTEST] = read_object,
    [FIELD_TRAIT] = read_array,    [FIELD_RATE] = read_string,  [FIELD_FACT] = read_object,
    [FIELD_PERSON] = read_object,
};

/* Jansson tells the place of a mistake only; of a repeated key it names the key too. */
static int syntax_fault(struct span line, const json_error_t *e, struct fault *f)
{
    const char *near = strstr(e->text, "near '\"");
    size_t at = e->position > 0 ? (size_t)e->position - 1 : 0;
    if (json_error_code(e) == json_error_duplicate_key && near) {
        const char *key = near + strlen("near '\"");
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(key, "\""), key);
        return fault_set(f, name, NULL, "each key once: it was given before");
    }
    if (at > line.n)
        at = line.n;
    return fault_set_n(f, "line", (const char *)line.p + at, line.n - at,
                       "one JSON object on the line: wrong at byte %zu", at + 1);
}

static int keys_list(const struct field *fields, char *out, size_t cap)
{
    size_t n = (size_t)snprintf(out, cap, "command, request_id");
    for (int i = 0; fields[i].name && n < cap; i++)
        n += (size_t)snprintf(out + n, cap - n, ", %s", fields[i].name);
    return 0;
}

static int read_key(struct batch_line *b, const char *key, const json_t *value, struct arena *a,
                    struct fault *f)
{
    char all[160];
    if (strcmp(key, "command") == 0)
        return 0;
    if (strcmp(key, "request_id") == 0) {
        b->has_request_id = true;
        if (!json_is_string(value))
            return json_fault(f, key, value, "a request id in quotation marks");
        return request_id_parse(json_string_value(value), key, f, b->request_id);
    }
    int i = field_find(b->command->fields, key, true);
    if (i >= 0)
        return readers[b->command->fields[i].type](&b->values, i, value, a, f);
    keys_list(b->command->fields, all, sizeof all);
    return json_fault(f, key, value, "no such key in '%s'; the keys are %s", b->command->words,
                      all);
}

/* The commands that can stand in a batch. */
static int command_fault(const struct tool_command *const *commands, const json_t *value,
                         struct fault *f)
{
    char all[192];
    size_t n = 0;
    all[0] = 0;
    for (int i = 0; commands[i]; i++)
        if (commands[i]->kind != COMMAND_NONE && n < sizeof all)
            n += (size_t)snprintf(all + n, sizeof all - n, "%s'%s'", n ? " " : "",
                                  commands[i]->words);
    if (!value)
        return fault_set(f, "command", NULL, "it is missing: one of %.160s", all);
    return json_fault(f, "command", value, "one of %.180s", all);
}

static int object_read(const struct tool_command *const *commands, const json_t *o, struct arena *a,
                       struct fault *f, struct batch_line *out)
{
    const json_t *name = json_object_get(o, "command");
    const char *words = json_string_value(name), *key;
    json_t *value;
    out->command = words ? tool_command_find(commands, words) : NULL;
    if (!out->command || out->command->kind == COMMAND_NONE)
        return command_fault(commands, name, f);
    out->values.fields = out->command->fields;
    json_object_foreach((json_t *)(uintptr_t)o, key, value)
    {
        int rc = read_key(out, key, value, a, f);
        if (rc < 0)
            return rc;
    }
    return values_check(&out->values, f);
}

int batch_line_read(const struct tool_command *const *commands, struct span line, struct arena *a,
                    struct fault *f, struct batch_line *out)
{
    json_error_t e;
    struct batch_line b = {0};
    json_t *o = json_loadb((const char *)line.p, line.n, JSON_REJECT_DUPLICATES, &e);
    if (!o)
        return json_error_code(&e) == json_error_out_of_memory ? ERR_MEMORY
                                                               : syntax_fault(line, &e, f);
    int rc = json_is_object(o) ? object_read(commands, o, a, f, &b)
                               : json_fault(f, "line", o, "a JSON object: {\"command\":...}");
    json_decref(o);
    if (rc == 0)
        *out = b;
    return rc;
}
