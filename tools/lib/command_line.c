/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/command_line.h"
#include "tools/lib/language.h"

#include <argp.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* argp's own messages end the program and can't be given as JSON: it is told to keep quiet, and
 * what was wrong is told from here. */
#define QUIET (ARGP_NO_ERRS | ARGP_NO_EXIT | ARGP_NO_HELP)

/* Keys of options: above all characters. Those of a command's fields follow KEY_FIELD. */
enum {
    KEY_ADDR = 256,
    KEY_JSON,
    KEY_TIMEOUT,
    KEY_REQUEST_ID,
    KEY_DRY_RUN,
    KEY_HELP,
    KEY_FIELD = 512,
};

struct reading {
    const struct tool *tool;
    struct arena *arena;
    struct fault *fault;
    struct command_line *out;
    const struct argp_option *own; /* the command's options, NULL while its words are not known */
    bool help;
    int words; /* index of the first word, 0: none */
    int rc;
};

/* The first is only for tools that act. */
static const struct argp_option global_options[] = {
    {"request-id", KEY_REQUEST_ID, "ID", 0,
     N_("Repeat the request of this id: what was done is not done again"), 0},
    {"addr", KEY_ADDR, "unix:PATH", 0,
     N_("The daemon's address; without it, the one in the environment variable VOUCHERD_ADDR"), 0},
    {"json", KEY_JSON, NULL, 0, N_("Answer in JSON"), 0},
    {"timeout", KEY_TIMEOUT, "SECONDS", 0, N_("How long to wait for an answer (10)"), 0},
    {"help", KEY_HELP, NULL, 0, N_("Give this help"), 0},
    {0},
};

static const struct argp_option *globals_of(const struct tool *t)
{
    return t->acts ? global_options : global_options + 1;
}

#define GLOBALS (sizeof global_options / sizeof *global_options)

/* argp knows nothing of this program's texts: what an option's value is called is the same in all
 * languages. */
static void globals_say(const struct tool *t, struct argp_option out[static GLOBALS])
{
    const struct argp_option *from = globals_of(t);
    int n = 0;
    for (; from[n].name; n++) {
        out[n] = from[n];
        out[n].doc = _(from[n].doc);
    }
    out[n] = (struct argp_option){0};
}

/* Seconds with at most three decimals, 0.001 to 3600, as milliseconds. */
static int timeout_parse(const char *text, struct fault *f, int *out)
{
    int ms = 0, decimals = -1;
    const char *p = text;
    for (; *p; p++) {
        if (*p == '.' && decimals < 0 && p > text)
            decimals = 0;
        else if (*p >= '0' && *p <= '9' && decimals < 3 && ms < 3600000)
            ms = ms * 10 + (*p - '0'), decimals += decimals >= 0;
        else
            break;
    }
    for (int i = decimals < 0 ? 0 : decimals; i < 3 && ms <= 3600000; i++)
        ms *= 10;
    if (*p || ms < 1 || ms > 3600000 || decimals == 0)
        return fault_set(f, "timeout", text, "seconds from 0.001 to 3600");
    *out = ms;
    return 0;
}

static int global_option(struct reading *r, int key, const char *arg)
{
    struct settings *s = &r->out->settings;
    switch (key) {
    case KEY_ADDR:
        s->addr = arg;
        return 0;
    case KEY_JSON:
        s->json = true;
        return 0;
    case KEY_TIMEOUT:
        return timeout_parse(arg, r->fault, &s->timeout_ms);
    case KEY_REQUEST_ID:
        s->has_request_id = true;
        return request_id_parse(arg, "request-id", r->fault, s->request_id);
    case KEY_DRY_RUN:
        s->dry_run = true;
        return 0;
    default:
        r->help = true;
        return 0;
    }
}

static const struct argp_option *option_find(const struct argp_option *list, const char *name,
                                             size_t n)
{
    for (; list && list->name; list++)
        if (strncmp(list->name, name, n) == 0 && strlen(list->name) == n)
            return list;
    return NULL;
}

/* The options that there are, for someone who wrote one that there is not. */
static void options_list(const struct reading *r, char *out, size_t cap)
{
    const struct argp_option *lists[] = {r->own, globals_of(r->tool)};
    size_t n = 0;
    out[0] = 0;
    for (int i = 0; i < 2; i++)
        for (const struct argp_option *o = lists[i]; o && o->name && n < cap; o++)
            n += (size_t)snprintf(out + n, cap - n, "%s--%s", n ? " " : "", o->name);
}

/* What was wrong with the option that argp could not take. */
static int option_fault(struct reading *r, const char *word)
{
    char all[160];
    if (strncmp(word, "--", 2) == 0) {
        const char *name = word + 2;
        size_t n = strcspn(name, "=");
        const struct argp_option *o = option_find(r->own, name, n);
        if (!o)
            o = option_find(globals_of(r->tool), name, n);
        if (o && o->arg)
            return fault_set(r->fault, o->name, NULL, "a value: --%s %s", o->name, o->arg);
        if (o)
            return fault_set(r->fault, o->name, name + n, "no value: --%s alone", o->name);
    }
    options_list(r, all, sizeof all);
    return fault_set(r->fault, "option", word, "one of %s", all);
}

static error_t stop(struct reading *r, int rc)
{
    if (r->rc == 0)
        r->rc = rc;
    return rc < 0 ? EINVAL : 0;
}

/* The words of the command: reading stops at the first. */
static error_t on_words(int key, char *arg, struct argp_state *state)
{
    struct reading *r = state->input;
    if (key >= KEY_ADDR && key < KEY_FIELD)
        return stop(r, global_option(r, key, arg));
    if (key == ARGP_KEY_ARG) {
        r->words = state->next - 1;
        state->next = state->argc;
        return 0;
    }
    if (key == ARGP_KEY_ERROR)
        return stop(r, r->rc < 0 ? r->rc : option_fault(r, state->argv[state->next - 1]));
    return key == ARGP_KEY_NO_ARGS ? 0 : ARGP_ERR_UNKNOWN;
}

/* The n-th positional field; -1 if there are fewer. */
static int positional(const struct field *fields, unsigned n)
{
    for (int i = 0; fields[i].name; i++)
        if ((fields[i].flags & FIELD_POSITIONAL) && n-- == 0)
            return i;
    return -1;
}

/* The last positional field, if it takes any number of arguments; -1: it does not. */
static int positional_last(const struct field *fields)
{
    int last = -1;
    for (int i = 0; fields[i].name; i++)
        if (fields[i].flags & FIELD_POSITIONAL)
            last = i;
    return last >= 0 && field_repeats(&fields[last]) ? last : -1;
}

static int argument(struct reading *r, unsigned n, const char *text)
{
    const struct tool_command *c = r->out->command;
    int i = positional(c->fields, n);
    if (i < 0 && n > 0) /* the last one may be given again and again */
        i = positional_last(c->fields);
    if (i < 0)
        return fault_set(r->fault, "argument", text, "%u arguments after '%s', not more", n,
                         c->words);
    return value_read(&r->out->values, i, text, r->arena, r->fault);
}

static error_t on_command(int key, char *arg, struct argp_state *state)
{
    struct reading *r = state->input;
    if (key >= KEY_FIELD && key < KEY_FIELD + FIELDS_MAX)
        return stop(
            r, value_read(&r->out->values, key - KEY_FIELD, arg ? arg : "", r->arena, r->fault));
    switch (key) {
    case KEY_DRY_RUN:
        return stop(r, global_option(r, key, arg));
    case ARGP_KEY_INIT:
        state->child_inputs[0] = r;
        return 0;
    case ARGP_KEY_ARG:
        return stop(r, argument(r, state->arg_num, arg));
    case ARGP_KEY_ERROR:
        return stop(r, r->rc < 0 ? r->rc : option_fault(r, state->argv[state->next - 1]));
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t on_global(int key, char *arg, struct argp_state *state)
{
    if (key < KEY_ADDR || key >= KEY_FIELD || key == KEY_DRY_RUN)
        return ARGP_ERR_UNKNOWN;
    return stop(state->input, global_option(state->input, key, arg));
}

/* The argp of one command, made from its table. */
struct command_argp {
    struct argp argp, global;
    struct argp_child children[2];
    struct argp_option options[FIELDS_MAX + 2], globals[GLOBALS];
    char help[FIELDS_MAX][200];
    char words[FIELDS_MAX][80];
    char arguments[160];
    char doc[400];
};

/* What a value is called: its words, where it is one of some. Completion is made from this too. */
static const char *value_name(const struct field *d, char *out, size_t cap)
{
    return d->type == FIELD_WORD ? field_words(d, "|", out, cap) : field_metavar(d);
}

static void command_argp_make(const struct tool *t, const struct tool_command *c,
                              struct command_argp *p)
{
    int n = 0;
    size_t at = 0;
    memset(p, 0, sizeof *p);
    for (int i = 0; c->fields[i].name; i++) {
        const struct field *d = &c->fields[i];
        assert(i < FIELDS_MAX);
        const char *again = field_repeats(d) ? _(" (any number of times)") : "";
        const char *called = value_name(d, p->words[i], sizeof p->words[i]);
        if (d->flags & FIELD_POSITIONAL) {
            at += (size_t)snprintf(p->arguments + at, sizeof p->arguments - at, "%s%s%s",
                                   at ? " " : "", called, field_repeats(d) ? "..." : "");
            continue;
        }
        snprintf(p->help[i], sizeof p->help[i], "%s%s%s", _(d->help), again,
                 d->flags & FIELD_REQUIRED ? _(" (required)") : "");
        p->options[n++] = (struct argp_option){d->name, KEY_FIELD + i, called, 0, p->help[i], 1};
    }
    if (c->dry_run)
        p->options[n++] = (struct argp_option){
            "dry-run", KEY_DRY_RUN, NULL, 0, _("Decide and answer, but book nothing"), 1};
    at = (size_t)snprintf(p->doc, sizeof p->doc, "%s", _(c->summary));
    for (int i = 0; c->fields[i].name && at < sizeof p->doc; i++)
        if (c->fields[i].flags & FIELD_POSITIONAL)
            at += (size_t)snprintf(p->doc + at, sizeof p->doc - at, "\n%s: %s",
                                   field_metavar(&c->fields[i]), _(c->fields[i].help));
    globals_say(t, p->globals);
    p->global = (struct argp){.options = p->globals, .parser = on_global};
    p->children[0] = (struct argp_child){&p->global, 0, _("For every command:"), 2};
    /* argp's help loses memory over an empty list, not over none. */
    p->argp = (struct argp){.options = n > 0 ? p->options : NULL,
                            .parser = on_command,
                            .args_doc = p->arguments,
                            .doc = p->doc,
                            .children = p->children};
}

static void tool_help(const struct tool *t)
{
    struct argp_option globals[GLOBALS];
    struct argp argp = {.options = globals, .parser = on_global};
    globals_say(t, globals);
    printf(_("Usage: %s [OPTION...] COMMAND [ARGUMENT...]\n%s\n\nCommands:\n"), t->program,
           _(t->summary));
    for (int i = 0; t->commands[i]; i++)
        printf("  %-20s  %s\n", t->commands[i]->words, _(t->commands[i]->summary));
    printf(_("\nFor every command:\n"));
    argp_help(&argp, stdout, ARGP_HELP_LONG, (char *)(uintptr_t)t->program);
    printf(
        _("\n'%s COMMAND --help' says more of a command.\n"
          "Exit codes: 0 done, 1 refused by a rule, 2 wrong input, 3 not reached in time, 4 not\n"
          "allowed, 5 the daemon failed.\n"),
        t->program);
}

/* How many of argv[at...] are the command's words; 0 if they differ. */
static int words_match(const char *words, int argc, char **argv, int at)
{
    int n = 0;
    while (*words) {
        size_t len = strcspn(words, " ");
        if (at + n >= argc || strlen(argv[at + n]) != len || strncmp(argv[at + n], words, len) != 0)
            return 0;
        n++;
        words += len + (words[len] == ' ');
    }
    return n;
}

/* Whether a command's first word is this one, and more words follow. */
static bool begins_with(const struct tool_command *c, const char *word, size_t n)
{
    return strncmp(c->words, word, n) == 0 && c->words[n] == ' ';
}

/* Commands that begin with the same word, or else the first words of all, each once. */
static int command_fault(const struct tool *t, const char *first, const char *second,
                         struct fault *f)
{
    char all[200] = "", given[96];
    size_t n = 0;
    for (int i = 0; t->commands[i] && n < sizeof all; i++)
        if (begins_with(t->commands[i], first, strlen(first)))
            n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", n ? ", " : "",
                                  t->commands[i]->words);
    for (int i = 0, others = n == 0; others && t->commands[i] && n < sizeof all; i++) {
        const char *word = t->commands[i]->words;
        int len = (int)strcspn(word, " ");
        if (i == 0 || !begins_with(t->commands[i - 1], word, (size_t)len))
            n += (size_t)snprintf(all + n, sizeof all - n, "%s%.*s", n ? ", " : "", len, word);
    }
    snprintf(given, sizeof given, "%s%s%s", first, second ? " " : "", second ? second : "");
    return fault_set(f, "command", given, "one of %s", all);
}

const struct tool_command *tool_command_find(const struct tool_command *const *commands,
                                             const char *words)
{
    for (int i = 0; commands[i]; i++)
        if (strcmp(commands[i]->words, words) == 0)
            return commands[i];
    return NULL;
}

/* `voucher --help`: the commands that begin with that word. False if none does. */
static bool words_help(const struct tool *t, const char *word)
{
    bool any = false;
    for (int i = 0; t->commands[i]; i++)
        if (begins_with(t->commands[i], word, strlen(word))) {
            printf("  %-20s  %s\n", t->commands[i]->words, _(t->commands[i]->summary));
            any = true;
        }
    if (any)
        printf(_("\n'%s COMMAND --help' says more of a command.\n"), t->program);
    return any;
}

static int command_read(struct reading *r, int argc, char **argv)
{
    struct command_argp *p;
    const struct tool_command *c = NULL;
    int n = 0;
    for (int i = 0; r->tool->commands[i] && n == 0; i++) {
        c = r->tool->commands[i];
        n = words_match(c->words, argc, argv, r->words);
    }
    const char *second = r->words + 1 < argc ? argv[r->words + 1] : NULL;
    if (n == 0 && second && strcmp(second, "--help") == 0 && words_help(r->tool, argv[r->words]))
        return 0;
    if (n == 0)
        return command_fault(r->tool, argv[r->words], second, r->fault);
    p = arena_alloc(r->arena, sizeof *p);
    if (!p)
        return ERR_MEMORY;
    command_argp_make(r->tool, c, p);
    r->own = p->options;
    r->out->command = c;
    r->out->values.fields = c->fields;
    int at = r->words + n - 1; /* the last word stands where a program's name would */
    error_t e = argp_parse(&p->argp, argc - at, argv + at, QUIET, NULL, r);
    if (r->help) {
        /* "Usage:" in the words of this program: the C library's own may not be installed. */
        printf(_("Usage: %s %s [OPTION...]%s%s\n"), r->tool->program, c->words,
               *p->arguments ? " " : "", p->arguments);
        argp_help(&p->argp, stdout, ARGP_HELP_PRE_DOC | ARGP_HELP_LONG,
                  (char *)(uintptr_t)r->tool->program);
        r->out->command = NULL;
        return 0;
    }
    if (r->rc < 0)
        return r->rc;
    if (e)
        return e == ENOMEM ? ERR_MEMORY
                           : fault_set(r->fault, "command", c->words, "see its --help");
    if (r->out->settings.has_request_id && c->kind == COMMAND_NONE)
        return fault_set(
            r->fault, "request-id", NULL,
            "only for a command that books one thing; lines of a batch have their own");
    return values_check(&r->out->values, r->fault);
}

int command_line_read(const struct tool *t, int argc, char **argv, struct arena *a, struct fault *f,
                      struct command_line *out)
{
    const struct argp argp = {.options = globals_of(t), .parser = on_words};
    struct reading r = {.tool = t, .arena = a, .fault = f, .out = out};
    const char *addr = getenv("VOUCHERD_ADDR");
    memset(out, 0, sizeof *out);
    out->settings.timeout_ms = TIMEOUT_DEFAULT;
    out->settings.addr = addr && *addr ? addr : NULL;
    error_t e = argp_parse(&argp, argc, argv, QUIET | ARGP_IN_ORDER, NULL, &r);
    if (r.rc < 0)
        return r.rc;
    if (e)
        return e == ENOMEM ? ERR_MEMORY : fault_set(f, "option", NULL, "see --help");
    if (r.help) {
        tool_help(t);
        return 0;
    }
    if (!r.words)
        return fault_set(f, "command", NULL, "a command: '%s --help' lists them", t->program);
    return command_read(&r, argc, argv);
}
