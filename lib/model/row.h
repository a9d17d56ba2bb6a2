/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the tables: everything that is folded from the journal. Fixed-size structs; how they are
 * stored is lib/store's. A key is bytes that sort as the rows should. */
#ifndef MODEL_ROW_H
#define MODEL_ROW_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/day.h"
#include "base/limits.h"
#include "base/money.h"
#include "base/person.h"
#include "base/uscc.h"
#include "model/entry.h"

enum table {
    TABLE_HEAD = 0,        /* one row: where the book stands */
    TABLE_POLICY,          /* by version */
    TABLE_LINE,            /* fund line by number */
    TABLE_LINE_NAME,       /* (measure, year, source) -> line */
    TABLE_ENTERPRISE,      /* by credit code */
    TABLE_ENTERPRISE_NAME, /* by credit code too */
    TABLE_CONTRACT,        /* by (seller, number) */
    TABLE_CONTRACT_NUMBER, /* by number: how many contracts bear it */
    TABLE_CLAIM,           /* by claim key */
    TABLE_ACCOUNT,         /* by (enterprise, measure) */
    TABLE_VOUCHER,         /* by number */
    TABLE_INVOICE,         /* by number */
    TABLE_SHOWN,           /* (invoice, voucher): further vouchers that an invoice was shown on */
    TABLE_DUE,             /* by last day of redeeming: the chain of vouchers that lapse then */
    TABLE_PRINCIPAL,       /* principal's name -> number */
    TABLE_REQUEST,         /* (request id, principal) -> entry */
    TABLE_REFUSAL,         /* entry number of a refusal */
    TABLE_SIGNPOST,        /* (balance kind, id, entry): each 64th change of a balance */
    TABLE_TALLY,           /* by what a ceiling counts by, and measure */
    TABLE_COUNTED,         /* voucher -> the tallies that it counts in */
    TABLE_DESIGNATION,     /* (enterprise, measure) */
    TABLE_RAISED,          /* (enterprise, measure, ceiling's name) */
    TABLE_DESIGNATED,      /* entry that gave a designation */
    TABLE_QUEUE,           /* (measure, year): who waits */
    TABLE_WAITING,         /* (measure, year, place) */
    TABLE_TURN,            /* (spending, measure) -> place */
    TABLE_WAITED,          /* entry that let a claim wait -> place */
    TABLE_COUNT
};

struct head_row {
    uint64_t entries;     /* last entry folded in */
    uint8_t leaf[32];     /* its leaf hash */
    struct instant time;  /* its time */
    uint64_t vouchers;    /* last voucher number */
    uint32_t lines;       /* last fund line number */
    uint32_t principals;  /* last principal number */
    uint32_t policy;      /* version in force, 0: none */
    struct day first_due; /* nothing due before it is left to lapse; 0: none issued yet */
    bool test_clock;
    char person_key[PERSON_KEY_DIGITS + 1]; /* KEYID of every person in the book; "": none yet */
};

struct policy_row {
    uint64_t entry; /* that adopted it; the file's bytes are there */
};

struct line_row {
    char measure[LIMIT_CODE + 1];
    char source[LIMIT_NAME + 1];
    char area[LIMIT_NAME + 1]; /* code, of a pool by area; "": another pool */
    int32_t year;
    struct money appropriated;
    struct stages stages;
    uint64_t entry;   /* the last that changed it */
    uint64_t changes; /* how many did */
};

struct line_name_row {
    uint32_t line;
};

struct trait_row {
    char name[LIMIT_NAME + 1];
    struct day from, to;
};

struct enterprise_row {
    uint64_t entry;               /* that added it */
    char area[LIMIT_NAME + 1];    /* code */
    char related[LIMIT_NAME + 1]; /* group of related enterprises; "": none */
    uint32_t raised;              /* ceilings that were raised for it */
    int32_t ntraits;
    struct trait_row traits[LIMIT_TRAITS];
};

/* Apart from the other, which many commands ask for: no rule asks for a name. */
struct enterprise_name_row {
    char name[LIMIT_TEXT + 1];
};

struct contract_row {
    struct uscc buyer;
    struct money amount;
    struct day signed_on;
    struct money outside; /* support for it declared from outside */
    uint64_t entry;       /* that added it */
};

struct contract_number_row {
    uint32_t contracts; /* that bear the number */
    struct uscc seller; /* of the first */
};

/* What vouchers of one claim key count in ceilings, by beneficiary, measure and year. */
struct claim_part {
    struct uscc enterprise;
    char measure[LIMIT_CODE + 1];
    int32_t year;
    char sub[LIMIT_SUB + 1]; /* of the group's key, the values that name this spending alone */
    struct money counted;    /* in ceilings on issue */
    struct money redeemed; /* in ceilings on redemption; the year is then that of the redemption */
};

struct claim_rate {
    struct rate rate;
    uint32_t vouchers; /* with net support above 0 */
};

/* One spending and its support. */
struct claim_row {
    uint64_t newest;       /* voucher; each names its predecessor */
    struct money net;      /* net support of all its vouchers */
    struct money redeemed; /* on all its vouchers */
    struct money invoiced; /* distinct invoices shown on it */
    struct money outside;  /* support from outside, of spending that is no contract */
    uint64_t designation;  /* entry of the designation in force for it; 0: none */
    uint32_t live;         /* vouchers with net support above 0 */
    struct uscc holder;    /* their beneficiary, while live > 0 */
    int32_t nholders;
    uint64_t holders[LIMIT_HOLDERS]; /* of those vouchers, newest first; where there are fewer here
                                        than live, the rest is found along the chain */
    int32_t nrates;
    struct claim_rate rates[LIMIT_CLAIM_RATES];
    int32_t nparts;
    struct claim_part parts[LIMIT_CLAIM_PARTS];
};

struct account_year {
    int32_t year;
    struct money issued;   /* counts in ceilings on issue */
    struct money redeemed; /* counts in ceilings on redemption */
};

/* An enterprise by measure. */
struct account_row {
    struct stages stages;
    uint64_t entry; /* the last that changed it */
    uint64_t changes;
    uint64_t newest;      /* voucher; each names its predecessor */
    struct money waiting; /* what claims wait for, in line, for a round or after it */
    uint32_t vouchers;
    int32_t nyears;
    struct account_year years[LIMIT_ACCOUNT_YEARS];
};

struct voucher_part {
    uint32_t line;
    struct money face;
    struct money open;    /* not redeemed and not freed */
    struct money payable; /* redeemed and not paid */
    struct money paid;
};

enum voucher_end {
    END_NONE = 0,
    END_VOID = 1,
    END_LAPSED = 2,
};

struct voucher_row {
    /* What the issue said. No later entry may change it: it is stored once. */
    char measure[LIMIT_CODE + 1];
    struct uscc enterprise;
    struct uscc seller;
    char contract[LIMIT_NUMBER + 1]; /* its number; or the values that name other spending */
    uint32_t policy;                 /* version that decided it */
    struct rate rate;                /* applied */
    struct money face;
    struct money base; /* that the rate was applied to */
    struct day issued, valid_to, redeem_to;
    uint64_t issue_entry;
    uint64_t tops_up;        /* voucher that it tops up, 0: none */
    uint64_t before_claim;   /* previous voucher on the claim key, 0: none */
    uint64_t before_account; /* previous voucher of the account, 0: none */
    uint64_t before_due;     /* previous voucher of the same last day, 0: none */

    /* What has become of it; of its parts, what is open, payable and paid. */
    struct stages stages;  /* sum to face */
    struct money invoiced; /* shown on it */
    uint64_t entry;        /* the last that changed it */
    uint64_t changes;
    enum voucher_end end;

    int32_t nparts;
    struct voucher_part parts[LIMIT_LINES];
};

/* What has become of a voucher right after its issue, from what the issue said. */
static inline void voucher_row_begin(struct voucher_row *v)
{
    memset(&v->stages, 0, sizeof v->stages);
    v->stages.at[STAGE_COMMITTED] = v->face;
    v->invoiced = MONEY(0);
    v->entry = v->issue_entry;
    v->changes = 1;
    v->end = END_NONE;
    for (int32_t i = 0; i < v->nparts && i < LIMIT_LINES; i++) {
        v->parts[i].open = v->parts[i].face;
        v->parts[i].payable = v->parts[i].paid = MONEY(0);
    }
}

struct invoice_row {
    struct day dated;
    struct money amount;
    uint64_t voucher; /* the first that it was shown on: its claim key is the invoice's */
    uint64_t entry;
};

struct shown_row {
    uint64_t entry;
};

struct due_row {
    uint64_t newest; /* voucher; each names its predecessor; 0: the chain is done */
};

struct principal_row {
    uint32_t number;
};

struct request_row {
    uint64_t entry;
};

struct refusal_row {
    struct uscc enterprise; /* asked for; zero if none */
};

struct signpost_row {
    uint8_t unused;
};

struct tally_year {
    int32_t year;
    uint32_t claims;        /* with net support above 0 */
    struct money issued;    /* counts in ceilings on issue */
    struct money redeemed;  /* counts in ceilings on redemption */
    struct money spent;     /* the enterprise's, in the year: what was claimed for */
    struct money supported; /* of it, what was granted for; where the year is decided anew, what was
                               accounted for it */
};

/* What one measure's claims come to, by what some ceiling counts by. */
struct tally_row {
    struct day first; /* of the first grant; 0: none yet */
    int32_t nyears;
    struct tally_year years[LIMIT_ACCOUNT_YEARS];
};

/* The key of a tally: texts alone, so that it is one. */
struct tally_key {
    char text[LIMIT_TALLY + 1];
};

struct counted_row {
    struct money spent, supported; /* in the year of issue */
    int32_t nkeys;
    struct tally_key keys[LIMIT_TALLIES];
};

struct designation_span {
    uint64_t entry;      /* that gave it */
    struct day from, to; /* both inclusive; DAY_MAX while it was not withdrawn */
};

struct designation_row {
    int32_t nspans;
    struct designation_span spans[LIMIT_SPANS];
};

struct designated_row {
    struct uscc enterprise, seller; /* seller: of a contract that is designated; zero: none */
    char measure[LIMIT_CODE + 1];
    char spending[LIMIT_NUMBER + 1];
    uint32_t policy;      /* version that decided it */
    struct day withdrawn; /* DAY_MAX: it was not */
};

/* Who waits for money of a measure and year: places first to last, those that left among them. */
struct queue_row {
    uint32_t first; /* the first that waits; above last: nobody does */
    uint32_t last;
    uint32_t round; /* first place of the open round */
};

enum waiting_state {
    WAITING_OPEN = 0,
    WAITING_ALLOWED = 1, /* its round was closed: it may be granted `allowance` */
    WAITING_GRANTED = 2,
    WAITING_WITHDRAWN = 3,
};

struct waiting_row {
    uint64_t entry; /* that let it wait */
    struct uscc enterprise, seller;
    char spending[LIMIT_NUMBER + 1];
    struct money wanted, allowance;
    enum waiting_state state;
    uint32_t line; /* ALLOWED: the fund line that holds the allowance; 0: it is 0 */
};

/* Where a spending waits; and where the claim of an entry does. */
struct turn_row {
    int32_t year;
    uint32_t place;
};

struct waited_row {
    char measure[LIMIT_CODE + 1];
    int32_t year;
    uint32_t place;
};

struct raised_row {
    struct money limit;
    uint64_t entry; /* that raised it last */
};

/* Every table with its row, for what treats them alike: X(TABLE, struct, name). */
#define ROW_TABLES(X)                                                                              \
    X(TABLE_HEAD, head_row, "head")                                                                \
    X(TABLE_POLICY, policy_row, "policy")                                                          \
    X(TABLE_LINE, line_row, "line")                                                                \
    X(TABLE_LINE_NAME, line_name_row, "line_name")                                                 \
    X(TABLE_ENTERPRISE, enterprise_row, "enterprise")                                              \
    X(TABLE_ENTERPRISE_NAME, enterprise_name_row, "enterprise_name")                               \
    X(TABLE_CONTRACT, contract_row, "contract")                                                    \
    X(TABLE_CONTRACT_NUMBER, contract_number_row, "contract_number")                               \
    X(TABLE_CLAIM, claim_row, "claim")                                                             \
    X(TABLE_ACCOUNT, account_row, "account")                                                       \
    X(TABLE_VOUCHER, voucher_row, "voucher")                                                       \
    X(TABLE_INVOICE, invoice_row, "invoice")                                                       \
    X(TABLE_SHOWN, shown_row, "shown")                                                             \
    X(TABLE_DUE, due_row, "due")                                                                   \
    X(TABLE_PRINCIPAL, principal_row, "principal")                                                 \
    X(TABLE_REQUEST, request_row, "request")                                                       \
    X(TABLE_REFUSAL, refusal_row, "refusal")                                                       \
    X(TABLE_SIGNPOST, signpost_row, "signpost")                                                    \
    X(TABLE_TALLY, tally_row, "tally")                                                             \
    X(TABLE_COUNTED, counted_row, "counted")                                                       \
    X(TABLE_DESIGNATION, designation_row, "designation")                                           \
    X(TABLE_RAISED, raised_row, "raised")                                                          \
    X(TABLE_DESIGNATED, designated_row, "designated")                                              \
    X(TABLE_QUEUE, queue_row, "queue")                                                             \
    X(TABLE_WAITING, waiting_row, "waiting")                                                       \
    X(TABLE_TURN, turn_row, "turn")                                                                \
    X(TABLE_WAITED, waited_row, "waited")

#define KEY_MAX 160

struct key {
    uint8_t table;
    uint8_t n;
    uint8_t p[KEY_MAX];
};

/* Makers of keys, one for each table: into *k, which they return. A key is read right after it was
 * made, some forty times for a command, and copying it first would have each copy wait for what was
 * written just before. Texts must be within their limits. */
static inline const struct key *key_bytes(struct key *k, enum table t, const void *p, size_t n)
{
    k->table = (uint8_t)t;
    k->n = (uint8_t)n;
    memcpy(k->p, p, n);
    return k;
}

/* As LMDB sorts them; of one table. */
static inline int key_compare(const struct key *a, const struct key *b)
{
    int c = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);
    return c ? c : a->n - b->n;
}

static inline const struct key *key_number(struct key *k, enum table t, uint64_t number)
{
    uint8_t n[8];
    put_be64(n, number);
    return key_bytes(k, t, n, sizeof n);
}

/* n more bytes behind the others. */
static inline const struct key *key_add(struct key *k, const void *p, size_t n)
{
    memcpy(k->p + k->n, p, n);
    k->n = (uint8_t)(k->n + n);
    return k;
}

static inline const struct key *key_join(struct key *k, enum table t, const void *a, size_t na,
                                         const void *b, size_t nb)
{
    (void)key_bytes(k, t, a, na);
    return key_add(k, b, nb);
}

#endif
