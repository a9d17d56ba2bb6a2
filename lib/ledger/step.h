/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the ledger: what one step of deciding or folding works with, and the table of verbs. */
#ifndef LEDGER_STEP_H
#define LEDGER_STEP_H

#include "ledger/facts.h"
#include "ledger/keys.h"
#include "ledger/ledger.h"

/* Deciding one command. */
struct deciding {
    const struct ledger *ledger;
    struct rows *rows;
    const struct command *command;
    const struct head_row *head;
    const struct policy *policy;     /* in force */
    struct entry *entry;             /* being made */
    int year;                        /* of its business day */
    struct explanation *explanation; /* of the entry; made by explain_begin */
    struct fault *fault;
};

/* Folding one entry. */
struct folding {
    const struct ledger *ledger;
    struct rows *rows;
    const struct entry *entry;
    struct balance *balances;
    uint32_t n, cap;
    struct key *things; /* the row of each balance */
    int error;          /* sticky */
};

/* Gathering the rows of one command. */
struct wanting {
    const struct ledger *ledger;
    const struct command *command;
    bool again;
    struct wants *wants;
};

struct verb {
    const char *name;
    bool needs_policy;
    int (*decide)(struct deciding *d); /* 0: entry done or refused; ERR_INVALID, ERR_MEMORY */
    void (*fold)(struct folding *f);   /* after the generic part, before the postings */
    /* Rows that the command will read, or NULL. Asked twice: at first for those that it names,
     * then, with these loaded, for those that they lead to. What is left out is loaded when it is
     * read. */
    void (*want)(const struct wanting *w);
};

/* One for each kind of command: issue.c, redeem.c, ... */
extern const struct verb verb_create_book, verb_adopt_policy, verb_appropriate, verb_add_enterprise,
    verb_add_contract, verb_issue, verb_redeem, verb_void, verb_add_outside, verb_lapse,
    verb_amend_enterprise, verb_raise_ceiling, verb_withdraw, verb_close_round, verb_pay,
    verb_bank_return;

/* Refuses: 0, so that a step ends with `return refuse(d, REASON_...)`. detail may be NULL. */
int refuse(struct deciding *d, enum reason reason, const char *detail);

/* An explanation for the entry, empty. NULL: ERR_MEMORY. */
struct explanation *explain_begin(struct deciding *d);

/* Room for n postings in the entry; NULL: ERR_MEMORY. */
struct posting *postings_begin(struct deciding *d, uint32_t n);

/* The measure of a code in the policy in force; NULL and the fault told. */
const struct measure *find_measure(struct deciding *d, const char *code, const char *field);
/* A registered enterprise; NULL and the fault told. */
const struct enterprise_row *find_enterprise(struct deciding *d, const struct uscc *u,
                                             const char *field);
/* A contract by number, and by seller where given; NULL and the fault told (unknown, or several
 * bear the number). *seller is then its seller. field_contract and field_seller name the command's
 * fields. */
const struct contract_row *find_contract(struct deciding *d, const char *number,
                                         const struct uscc *seller_given,
                                         const char *field_contract, const char *field_seller,
                                         struct uscc *seller);
/* A voucher by number; NULL and the fault told. */
const struct voucher_row *find_voucher(struct deciding *d, uint64_t number, const char *field);

/* The policy in force; NULL: none yet. */
const struct policy *want_policy(const struct wanting *w);
/* The rows that a voucher's postings change, as far as its number leads to them (post.c). */
void want_voucher(const struct wanting *w, uint64_t number);

/* Whether a list of attestations has one of a name. */
bool attested(const struct attestation *list, int n, const char *name);

/* Postings that free everything open on a voucher's lines, for void and lapse. */
uint32_t free_postings(const struct voucher_row *v, uint64_t number, struct posting *out);

/* Applies the entry's postings to lines, vouchers, accounts and claims, and collects the balances
 * (post.c). */
void fold_postings(struct folding *f);
/* Ends a voucher: what is freed has been posted. */
void fold_end(struct folding *f, uint64_t voucher, enum voucher_end end);
/* Sticky: the entry does not fit the rows. */
void fold_corrupt(struct folding *f);

#endif
