/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger.h"

#include "ledger/step.h"

static const struct verb *const verbs[COMMAND_COUNT] = {
    [COMMAND_CREATE_BOOK] = &verb_create_book,
    [COMMAND_ADOPT_POLICY] = &verb_adopt_policy,
    [COMMAND_APPROPRIATE] = &verb_appropriate,
    [COMMAND_ADD_ENTERPRISE] = &verb_add_enterprise,
    [COMMAND_ADD_CONTRACT] = &verb_add_contract,
    [COMMAND_ISSUE] = &verb_issue,
    [COMMAND_REDEEM] = &verb_redeem,
    [COMMAND_VOID] = &verb_void,
    [COMMAND_ADD_OUTSIDE] = &verb_add_outside,
    [COMMAND_LAPSE] = &verb_lapse,
    [COMMAND_AMEND_ENTERPRISE] = &verb_amend_enterprise,
    [COMMAND_RAISE_CEILING] = &verb_raise_ceiling,
    [COMMAND_WITHDRAW] = &verb_withdraw,
    [COMMAND_CLOSE_ROUND] = &verb_close_round,
    [COMMAND_PAY] = &verb_pay,
    [COMMAND_BANK_RETURN] = &verb_bank_return,
};

static const struct verb *verb_of(enum command_kind kind)
{
    return (unsigned)kind < COMMAND_COUNT ? verbs[kind] : NULL;
}

/* The row of the request id, whatever the command is. */
static void want_request(const struct wanting *w, const char *principal)
{
    struct key k;
    if (!principal[0])
        return;
    const struct principal_row *p =
        rows_read_principal_row(w->ledger->rows, key_principal(&k, principal));
    key_request(wants_next(w->wants), w->command->request_id, p ? p->number : 0);
}

const struct policy *want_policy(const struct wanting *w)
{
    struct key k;
    const struct head_row *head = rows_read_head_row(w->ledger->rows, key_head(&k));
    return head ? policies_get(w->ledger->policies, head->policy) : NULL;
}

void ledger_want(const struct ledger *l, const struct command *c, const char *principal, bool again,
                 struct wants *out)
{
    const struct verb *verb = verb_of(c->kind);
    const struct wanting w = {.ledger = l, .command = c, .again = again, .wants = out};
    if (!again)
        want_request(&w, principal);
    if (verb && verb->want)
        verb->want(&w);
}

/* Zeroed but for the long text of a refusal that it seldom has: this is done for every command. */
static struct entry *entry_new(struct arena *a)
{
    struct entry *e = arena_alloc(a, sizeof *e);
    if (!e)
        return NULL;
    memset(e, 0, offsetof(struct entry, command));
    memset(&e->refused, 0, offsetof(struct entry, refusal) - offsetof(struct entry, refused));
    e->refusal.reason = REASON_NONE;
    e->refusal.detail[0] = 0;
    e->refusal.day = e->refusal.day_to = DAY(0);
    e->refusal.asked = MONEY(0);
    e->refusal.voucher = 0;
    memset(&e->explanation, 0, sizeof *e - offsetof(struct entry, explanation));
    return e;
}

int ledger_decide(const struct ledger *l, const struct command *c, const char *principal,
                  struct instant now, struct fault *f, struct entry **out)
{
    struct key k;
    static const struct head_row no_head;
    const struct verb *verb = verb_of(c->kind);
    if (!verb)
        return fault_set(f, "command", "", "a kind of command that this version knows");
    const struct head_row *head = rows_read_head_row(l->rows, key_head(&k));
    struct deciding d = {.ledger = l, .rows = l->rows, .command = c, .fault = f};
    d.head = head ? head : &no_head;
    d.policy = policies_get(l->policies, d.head->policy);
    struct entry *e = d.entry = entry_new(l->arena);
    if (!e)
        return ERR_MEMORY;
    e->number = d.head->entries + 1;
    e->time = now.us > d.head->time.us ? now : d.head->time;
    e->day = instant_day(e->time, d.policy ? d.policy->zone_minutes : 0);
    d.year = day_year(e->day);
    e->policy = d.head->policy;
    e->rules = RULES_VERSION;
    e->principal = principal;
    e->command = *c;
    if (verb->needs_policy && !d.policy)
        return fault_set(f, "policy", "none",
                         "a policy must be adopted first: voucherctl policy adopt FILE");
    int rc = verb->decide(&d);
    if (rc < 0)
        return rc;
    *out = e;
    return 0;
}

/* What every entry does to the tables: it is the last one, its request id is known, a refusal is
 * listed. */
static void fold_bookkeeping(struct folding *f)
{
    const struct entry *e = f->entry;
    struct key k;
    struct head_row *head = rows_write_head_row(f->rows, key_head(&k));
    if (!rows_incomplete(f->rows) && (e->number != head->entries + 1 || e->time.us < head->time.us))
        fold_corrupt(f);
    head->entries = e->number;
    head->time = e->time;
    if (e->principal[0]) {
        key_principal(&k, e->principal);
        const struct principal_row *known = rows_read(f->rows, &k);
        uint32_t number = known ? known->number : ++head->principals;
        if (!known)
            rows_write_principal_row(f->rows, &k)->number = number;
        rows_write_request_row(f->rows, key_request(&k, e->command.request_id, number))->entry =
            e->number;
    }
    if (e->refused) {
        key_refusal(&k, e->number);
        rows_absent(f->rows, &k);
        struct refusal_row *r = rows_write(f->rows, &k);
        if (e->command.kind == COMMAND_ISSUE)
            r->enterprise = e->command.issue.enterprise;
        else if (e->command.kind == COMMAND_ADD_ENTERPRISE)
            r->enterprise = e->command.add_enterprise.uscc;
        else if (e->command.kind == COMMAND_RAISE_CEILING)
            r->enterprise = e->command.raise_ceiling.enterprise;
        else if (e->command.kind == COMMAND_REDEEM || e->command.kind == COMMAND_VOID) {
            uint64_t number = e->command.kind == COMMAND_REDEEM ? e->command.redeem.voucher
                                                                : e->command.void_voucher.voucher;
            const struct voucher_row *v = rows_read_voucher_row(f->rows, key_voucher(&k, number));
            if (v)
                r->enterprise = v->enterprise;
        }
    }
}

int ledger_fold(const struct ledger *l, const struct entry *e, const struct balance **balances,
                uint32_t *nbalances)
{
    const struct verb *verb = verb_of(e->command.kind);
    if (!verb)
        return ERR_CORRUPT;
    struct folding f = {.ledger = l, .rows = l->rows, .entry = e};
    f.cap = 3 * e->npostings;
    if (f.cap) {
        f.balances = arena_alloc(l->arena, f.cap * sizeof *f.balances);
        f.things = arena_alloc(l->arena, f.cap * sizeof *f.things);
        if (!f.balances || !f.things)
            return ERR_MEMORY;
    }
    fold_bookkeeping(&f);
    if (!e->refused) {
        if (verb->fold)
            verb->fold(&f);
        fold_postings(&f);
    }
    if (f.error < 0 && !rows_incomplete(l->rows))
        return f.error;
    *balances = f.balances;
    *nbalances = f.n;
    return 0;
}
