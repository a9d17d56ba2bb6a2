/* SPDX-License-Identifier: Apache-2.0 */
/* Payments by the treasury, and what the bank returns. A command takes LIMIT_PAYMENT vouchers; more
 * of them are several commands of one request, all of which are done or none, each under an id that
 * follows from the run's: so the same run again does nothing twice. */
#include "tools/ctl/payment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/lib/answer.h"
#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"
#include "tools/lib/show.h"

/* Changed when the texts below are: ids of before are other ids. */
#define ID_FORM "voucherctl payment 1\n"

#define VOUCHERS                                                                                   \
    {                                                                                              \
        .name = "vouchers", .also = "ids", .type = FIELD_NUMBERS, .metavar = "ID",                 \
        .flags = FIELD_POSITIONAL, .help = N_("the vouchers' numbers")                             \
    }
#define NUMBERS                                                                                    \
    {                                                                                              \
        .name = "file", .type = FIELD_TEXT, .limit = LIMIT_PATH, .metavar = "FILE",                \
        .help = N_("a file of vouchers' numbers instead; '-' is the standard input")               \
    }

static const struct field pay_fields[] = {
    VOUCHERS,
    NUMBERS,
    {.name = "all",
     .type = FIELD_FLAG,
     .help = N_("whatever is payable to the payee, instead of a list")},
    {.name = "measure",
     .type = FIELD_TEXT,
     .limit = LIMIT_CODE,
     .metavar = "MEASURE",
     .help = N_("with --all: only this measure's vouchers")},
    {.name = "payee",
     .type = FIELD_USCC,
     .help = N_("the credit code of who is paid; a voucher that is paid to another is refused")},
    {.name = "document",
     .type = FIELD_TEXT,
     .limit = LIMIT_TEXT,
     .metavar = "DOCUMENT",
     .flags = FIELD_REQUIRED,
     .help = N_("the payment's, such as its number at the treasury")},
    {0},
};

static const struct field return_fields[] = {
    VOUCHERS,
    NUMBERS,
    {.name = "document",
     .type = FIELD_TEXT,
     .limit = LIMIT_TEXT,
     .metavar = "DOCUMENT",
     .flags = FIELD_REQUIRED,
     .help = N_("the bank's notice")},
    {0},
};

static bool given(const struct values *v, const char *name)
{
    int i = field_find(v->fields, name, false);
    return i >= 0 && v->v[i].given;
}

/* What the payment is, but for its vouchers. */
static struct payment payment_of(const struct values *v)
{
    struct payment p = {.document = value_of(v, "document")->text, .has_payee = given(v, "payee")};
    if (p.has_payee)
        p.payee = value_of(v, "payee")->uscc;
    return p;
}

/* A line of a batch is one command. */
static int build(const struct values *v, struct arena *a, struct fault *f, struct command *out)
{
    static const char *const not_there[] = {"file", "all", "measure"};
    const struct value *list = value_of(v, "vouchers");
    struct payment *p = out->kind == COMMAND_PAY ? &out->pay : &out->bank_return;
    (void)a;
    for (size_t i = 0; i < sizeof not_there / sizeof *not_there; i++)
        if (given(v, not_there[i]))
            return fault_set(f, not_there[i], NULL, "only on a command line: a line has a list");
    if (list->nnumbers == 0 || list->nnumbers > LIMIT_PAYMENT)
        return fault_set(f, "vouchers", NULL, "1 to %d numbers: more of them are several lines",
                         LIMIT_PAYMENT);
    *p = payment_of(v);
    p->n = list->nnumbers;
    p->vouchers = list->numbers;
    return 0;
}

struct run {
    struct session *session;
    const struct tool_command *command;
    struct payment what;
    uint8_t id[16];
    bool all; /* what is payable: another list each time */
    struct payment_list list;
    /* What came of it. */
    struct money amount;
    uint32_t entries;
    uint64_t first_entry, last_entry;
    bool repeated;
    bool more; /* was payable than one request takes */
};

static void text_add(struct buf *b, const char *text)
{
    if (buf_add(b, text, strlen(text)) < 0)
        exit_without_memory();
}

/* A list that was given is told apart by the part of it; one that was asked for by what is in it,
 * so that a part which is no longer payable does not stand for another one. */
static void part_id(const struct run *r, size_t from, uint32_t n, uint8_t out[static 16])
{
    struct buf b = {0};
    char hex[33], number[32];
    text_add(&b, ID_FORM);
    text_add(&b, hex_format(r->id, 16, hex));
    if (!r->all) {
        snprintf(number, sizeof number, "\npart=%zu\n", from / LIMIT_PAYMENT + 1);
        text_add(&b, number);
    }
    for (uint32_t i = 0; r->all && i < n; i++) {
        snprintf(number, sizeof number, "\nvoucher=%" PRIu64, r->list.vouchers[from + i]);
        text_add(&b, number);
    }
    ctl_id_of(SPAN(b.p, b.n), out);
    buf_free(&b);
}

static struct command part_of(const struct run *r, size_t from)
{
    struct command k = {.kind = r->command->kind};
    struct payment *p = k.kind == COMMAND_PAY ? &k.pay : &k.bank_return;
    size_t left = r->list.n - from;
    *p = r->what;
    p->n = left < LIMIT_PAYMENT ? (uint32_t)left : LIMIT_PAYMENT;
    p->vouchers = r->list.vouchers + from;
    if (r->all || r->list.n > LIMIT_PAYMENT)
        part_id(r, from, p->n, k.request_id);
    else
        memcpy(k.request_id, r->id, sizeof k.request_id);
    return k;
}

/* What stood in the way of all of them, with the id to repeat the run with. */
static int tell_not_done(const struct run *r, const struct command *k, const struct outcome *o,
                         uint32_t n)
{
    uint32_t i = 0;
    while (i + 1 < n && (o[i].kind == OUTCOME_DONE || o[i].kind == OUTCOME_NOT_DONE))
        i++;
    struct command shown = k[i];
    memcpy(shown.request_id, r->id, sizeof shown.request_id);
    return outcome_print(r->session->settings.json, &shown, &o[i]);
}

static bool are_done(const struct outcome *o, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (o[i].kind != OUTCOME_DONE || !o[i].entry)
            return false;
    return true;
}

static void sum_up(struct run *r, const struct outcome *o, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct entry *e = o[i].entry;
        if (r->entries++ == 0)
            r->first_entry = e->number;
        r->last_entry = e->number;
        r->repeated |= o[i].repeated;
        if (money_add(r->amount, e->done.payment.amount, &r->amount) < 0)
            r->amount = MONEY(INT64_MAX); /* a book holds less than that in all */
    }
}

static int tell_sum(const struct run *r)
{
    char amount[MONEY_TEXT], id[REQUEST_ID_TEXT];
    bool pays = r->command->kind == COMMAND_PAY, dry = r->session->settings.dry_run;
    money_format_grouped(r->amount, amount);
    if (r->session->settings.json) {
        json_t *o = json_new_object();
        json_put_money(o, pays ? "paid" : "returned", r->amount);
        json_put_number(o, "count", r->list.n);
        json_put_number(o, "entries", r->entries);
        if (r->entries > 0) {
            json_put_number(o, "first_entry", r->first_entry);
            json_put_number(o, "entry", r->last_entry);
        }
        json_put_bool(o, "more", r->more);
        json_put_bool(o, "repeated", r->repeated);
        json_put_bool(o, "dry_run", dry);
        json_put_text(o, "request_id", request_id_format(r->id, id));
        json_print(o);
        return EXIT_DONE;
    }
    if (r->entries == 0) {
        puts(_("nothing is payable"));
        return EXIT_DONE;
    }
    printf(pays ? _("paid: %s (vouchers: %" PRIu32 ")")
                : _("returned by the bank: %s (vouchers: %" PRIu32 ")"),
           amount, (uint32_t)r->list.n);
    if (dry)
        puts(_(" (dry run: nothing was booked)"));
    else
        printf(_(" (%" PRIu32 " entries, %" PRIu64 " to %" PRIu64 ")\n"), r->entries,
               r->first_entry, r->last_entry);
    if (r->repeated)
        puts(_("Of it, what was done before was not done again."));
    if (r->more)
        puts(_("more is payable: run it again"));
    return EXIT_DONE;
}

/* Asks for all of the list and tells what came of it. */
static int run_list(struct run *r)
{
    struct arena arena = {0};
    struct fault f = {0};
    const struct outcome *o = NULL;
    int code = EXIT_INPUT, rc = 0;
    uint32_t n = (uint32_t)((r->list.n + LIMIT_PAYMENT - 1) / LIMIT_PAYMENT);
    struct command *k = arena_alloc(&arena, (n + 1) * sizeof *k);
    if (!k)
        exit_without_memory();
    for (uint32_t i = 0; i < n; i++)
        k[i] = part_of(r, (size_t)i * LIMIT_PAYMENT);
    if (n > 0)
        rc = ctl_ask(r->session, k, n, n > 1, &arena, &f, &code, &o);
    if (rc == ERR_MEMORY)
        exit_without_memory();
    if (rc < 0) {
        show_error(r->session->settings.json, &f, r->session->link.asked ? r->id : NULL, code);
    } else if (!are_done(o, n)) {
        code = tell_not_done(r, k, o, n);
    } else if (n == 1 && !r->all) {
        code = outcome_print(r->session->settings.json, k, o);
    } else {
        sum_up(r, o, n);
        code = tell_sum(r);
    }
    arena_free(&arena);
    return code;
}

/* The list that was given, by one way alone. */
static int list_take(struct run *r, const struct values *v, struct fault *f)
{
    const struct value *list = value_of(v, "vouchers");
    if (list->given && given(v, "file"))
        return fault_set(f, "file", NULL, "numbers or a file of them, not both");
    if (given(v, "measure"))
        return fault_set(f, "measure", NULL, "only with --all: a list says itself what is paid");
    if (given(v, "file")) {
        int rc = payment_list_file(value_of(v, "file")->text, f, &r->list);
        if (rc < 0)
            return rc;
    }
    payment_list_add(&r->list, list->numbers, list->nnumbers);
    return payment_list_check(&r->list, f);
}

static int all_check(const struct values *v, struct fault *f)
{
    if (given(v, "vouchers") || given(v, "file"))
        return fault_set(f, "all", NULL, "numbers of vouchers or --all, not both");
    if (!given(v, "payee"))
        return fault_set(f, "payee", NULL, "with --all, whom all of it is payable to");
    return 0;
}

/* What is payable to the payee now, as much of it as one request takes. */
static int all_find(struct run *r, const struct values *v)
{
    struct voucher_filter filter = {.has_payee = true,
                                    .payee = value_of(v, "payee")->uscc,
                                    .to_pay = true,
                                    .measure = value_of(v, "measure")->text};
    int code = payment_list_payable(r->session, &filter, &r->list);
    r->more = r->list.n > NUMBERS_MAX;
    if (r->more)
        r->list.n = NUMBERS_MAX;
    return code;
}

static int run(struct session *s, const struct tool_command *c, const struct values *v)
{
    struct run r = {.session = s, .command = c, .what = payment_of(v), .all = given(v, "all")};
    struct fault f = {0};
    int code = EXIT_DONE;
    session_id(s, r.id);
    int rc = r.all ? all_check(v, &f) : list_take(&r, v, &f);
    if (rc == ERR_MEMORY)
        exit_without_memory();
    if (rc < 0)
        code = show_error(s->settings.json, &f, NULL, EXIT_INPUT);
    else if (r.all)
        code = all_find(&r, v);
    if (code == EXIT_DONE)
        code = run_list(&r);
    payment_list_free(&r.list);
    return code;
}

const struct tool_command ctl_pay = {
    .words = "pay",
    .summary = N_("Notes that the treasury has paid what is payable of vouchers."),
    .fields = pay_fields,
    .kind = COMMAND_PAY,
    .build = build,
    .dry_run = true,
    .run = run,
};

const struct tool_command ctl_bank_return = {
    .words = "bank-return",
    .summary = N_("Notes that the bank has returned what was paid of vouchers."),
    .fields = return_fields,
    .kind = COMMAND_BANK_RETURN,
    .build = build,
    .dry_run = true,
    .run = run,
};
