/* SPDX-License-Identifier: Apache-2.0 */
/* libvoucher: a program's side of voucherd's protocol. See libvoucher(3).
 *
 * Units: amounts are whole fen (100 are 1 yuan); days are counted from 1970-01-01 in the policy's
 * time zone; times are microseconds since 1970-01-01T00:00:00Z; rates are parts per million. Texts
 * are UTF-8 and end with a NUL.
 *
 * Structs that you make (voucher_command, voucher_query) carry their size first and may grow at
 * their end; what you do not set must be 0 or NULL, and is not given then. Structs that the library
 * makes stand behind pointers, in lists too, and may grow at their end: never copy one by its size.
 * voucher_error, voucher_stages, voucher_trait, voucher_attestation and voucher_fact stay as they
 * are.
 *
 * Threads: any number of connections; each, and its results, used by one thread at a time. The
 * library prints nothing, ends no program, and raises no SIGPIPE. */
#ifndef VOUCHER_H
#define VOUCHER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VOUCHER_ID         16 /* bytes of a request id */
#define VOUCHER_LEAF       32 /* bytes of a leaf hash */
#define VOUCHER_DAY_SIZE   16 /* bytes for a day as text */
#define VOUCHER_MONEY_SIZE 32 /* bytes for an amount as text */

/* What came of a call, of each command in it, and of a reply. */
enum voucher_code {
    VOUCHER_DONE = 0,
    /* The daemon's answer. */
    VOUCHER_REFUSED = -1,   /* a rule said no; that is booked. Do not repeat it as it is */
    VOUCHER_MISTAKE = -2,   /* what was asked is wrong; nothing was booked */
    VOUCHER_DENIED = -3,    /* this user may not; nothing was booked */
    VOUCHER_NOT_DONE = -4,  /* another command of the same atomic call stood in the way */
    VOUCHER_TRY_AGAIN = -5, /* the daemon's disk or memory failed it; nothing was booked */
    VOUCHER_UNKNOWN = -6,   /* it may be booked or not: repeat it with the same request ids */
    /* No answer came; nothing can have been booked. */
    VOUCHER_UNREACHABLE = -7, /* nobody listens at the address, or this user may not connect */
    VOUCHER_LOST = -8,        /* the connection was lost */
    VOUCHER_TIMEOUT = -9,     /* not in time */
    VOUCHER_GOODBYE = -10,    /* the daemon ended the connection, and said why */
    VOUCHER_PROTOCOL = -11,   /* what answers is no voucherd of this protocol */
    VOUCHER_MEMORY = -12,     /* no memory */
    VOUCHER_NOTHING_YET = -13 /* voucher_receive: no whole reply is there */
};

struct voucher_error {
    int code;           /* enum voucher_code */
    char field[64];     /* what is wrong, mostly a member: "commands[3].amount" (rows count from 0),
                           "as_of_day", "addr"; "commands[3]": the row that a rule refused */
    char value[96];     /* as it was given, shortened; of a refusal the reason's name */
    char expected[256]; /* what would be right, or what to do; of a refusal its sentence, shortened.
                           In English */
};

/* ---- Connections ---- */

struct voucher_connection;

/* What the daemon said when the connection was opened. */
struct voucher_facts {
    const char *daemon;       /* program and version */
    const char *principal;    /* whom it takes this user for */
    uint32_t batch_limit;     /* commands in one call */
    uint32_t page_limit;      /* rows in one page */
    uint32_t frame_limit;     /* bytes of one request */
    uint32_t under_way_limit; /* requests under way on a connection */
};

/* Connects to "unix:PATH" and greets the daemon; program is this program's name, 1 to 63 bytes.
 * timeout_ms (above 0) bounds this and each later call. MISTAKE, DENIED, UNREACHABLE, LOST,
 * TIMEOUT, GOODBYE, PROTOCOL, MEMORY. In this and all calls error may be NULL. */
int voucher_open(const char *addr, const char *program, int timeout_ms,
                 struct voucher_connection **out, struct voucher_error *error);
void voucher_close(struct voucher_connection *c); /* takes NULL */
/* Lives as long as the connection. */
const struct voucher_facts *voucher_welcome(const struct voucher_connection *c);

/* ---- Commands ---- */

/* Each with the members that it takes; those in brackets may be left out. */
enum voucher_command_kind {
    VOUCHER_DO_ADOPT_POLICY = 2,   /* file */
    VOUCHER_DO_APPROPRIATE = 3,    /* measure, year, source, amount, document, [area] */
    VOUCHER_DO_ADD_ENTERPRISE = 4, /* enterprise, name, area, [related], [traits] */
    VOUCHER_DO_ADD_CONTRACT = 5,   /* contract, seller, buyer, amount, signed_on */
    VOUCHER_DO_ISSUE = 6,          /* measure, enterprise, [contract], [seller], [year], [amount],
                                      [rate], [attestations], [facts], [person_field, person_type,
                                      person_number] */
    VOUCHER_DO_REDEEM = 7,         /* voucher, invoice, dated, amount, [attestations] */
    VOUCHER_DO_VOID = 8,           /* voucher, reason */
    VOUCHER_DO_ADD_OUTSIDE = 9,    /* [seller], [contract], [measure], [facts], amount, document */
    VOUCHER_DO_LAPSE = 10,         /* [day] */
    VOUCHER_DO_AMEND_ENTERPRISE = 11, /* enterprise, [area], [related], [traits], document */
    VOUCHER_DO_RAISE_CEILING = 12,    /* enterprise, measure, ceiling, limit, document */
    VOUCHER_DO_WITHDRAW = 13,         /* entry, reason */
    VOUCHER_DO_CLOSE_ROUND = 14,      /* measure, [year] */
    VOUCHER_DO_PAY = 15,              /* vouchers, [payee], document */
    VOUCHER_DO_BANK_RETURN = 16       /* vouchers, document */
};

/* Holds from one day to another, both inclusive; 0: open. */
struct voucher_trait {
    const char *name;
    int32_t from, to;
};

struct voucher_attestation {
    const char *name;
    const char *document;
};

/* What a claim states in one of the policy's fields, as text. */
struct voucher_fact {
    const char *name;
    const char *value;
};

struct voucher_command {
    size_t size;                    /* sizeof (struct voucher_command) */
    int kind;                       /* enum voucher_command_kind */
    uint8_t request_id[VOUCHER_ID]; /* one for each thing that is to be done, kept until the answer
                                       is there: see voucher_new_id */
    const char *measure;    /* code in the policy: "1", "3A"; appropriate: or a pool's name */
    const char *enterprise; /* credit code, 18 characters, upper case */
    const char *contract;   /* number */
    const char *seller;     /* credit code; issue: only where several contracts bear the
                               number */
    const char *buyer;      /* credit code */
    const char *name;       /* of the enterprise */
    const char *area;       /* code or name of one of the policy's areas */
    const char *source;     /* whose money: "city" */
    const char *document;   /* the decision behind it */
    const char *reason;     /* why a voucher is voided */
    const char *invoice;    /* 20 digits, or CODE-NUMBER */
    uint64_t voucher;       /* number */
    int64_t amount;         /* fen, 1 to 900,000,000,000,000; issue, 0: the whole grant */
    int32_t year;           /* of the fund lines; issue, 0: the business day's */
    int32_t signed_on;      /* the contract's day */
    int32_t dated;          /* the invoice's day */
    int32_t day;            /* lapse what ended on it or earlier; 0: yesterday */
    const struct voucher_trait *traits;
    size_t ntraits; /* at most 16 */
    const struct voucher_attestation *attestations;
    size_t nattestations; /* at most 16 */
    const void *file;     /* the policy file's bytes, at most 1 MiB */
    size_t file_size;
    const struct voucher_fact *facts;
    size_t nfacts;            /* at most 16 */
    const char *related;      /* name of the enterprise's group of related ones */
    const char *ceiling;      /* its name in the policy */
    int64_t limit;            /* fen: what the ceiling is from now on */
    uint64_t entry;           /* that gave the designation, or let the claim wait */
    const char *person_field; /* of the policy: whom the claim is for. The person is stored nowhere,
                                 and in no result: there a fact has a keyed hash instead */
    const char *person_type;  /* of the paper; NULL: "resident-id" */
    const char *person_number;
    uint32_t rate;   /* parts per million, that a review has set; 0: the measure's */
    uint32_t unused; /* 0 */
    const uint64_t *vouchers;
    size_t nvouchers;  /* at most 256, each once */
    const char *payee; /* credit code: the payment is his alone; NULL: of whom it may be */
};

#define VOUCHER_ATOMIC  1U /* all commands or none; without it each stands alone */
#define VOUCHER_DRY_RUN 2U /* decide and answer, book nothing */

struct voucher_result;

/* Has n commands done, in their order, and waits for the answer. A lost connection is made again
 * and the call repeated, with the same request ids, until the timeout. DONE: all are done, and
 * booked durably. Otherwise the code, and *error, are those of the first command that was not done,
 * or of the call as a whole. *out is set whenever the daemon answered for each command, and NULL
 * otherwise. */
int voucher_do(struct voucher_connection *c, const struct voucher_command *commands, size_t n,
               unsigned flags, struct voucher_result **out, struct voucher_error *error);

/* ---- Queries ---- */

/* Each with the members that it takes; all but enterprise, voucher and contract of ENTERPRISE,
 * VOUCHER and EXPLAIN may be left out. */
enum voucher_query_kind {
    VOUCHER_ASK_FUNDS = 1,      /* as_of_day or as_of_entry: every fund line */
    VOUCHER_ASK_ENTERPRISE = 2, /* enterprise, as_of_day or as_of_entry */
    VOUCHER_ASK_VOUCHER = 3,    /* voucher, as_of_day or as_of_entry */
    VOUCHER_ASK_VOUCHERS = 4,   /* enterprise, measure, contract, state, redeem_by, payee, to_pay,
                                   after, count */
    VOUCHER_ASK_REFUSALS = 5,   /* enterprise, after, count */
    VOUCHER_ASK_ENTRIES = 6,    /* after, count: the journal */
    VOUCHER_ASK_EXPLAIN = 7,    /* enterprise, contract, seller, measure, year: what could it get */
    VOUCHER_ASK_STATUS = 8      /* where the book stands */
};

/* States of a voucher. */
enum voucher_is {
    VOUCHER_IS_OPEN = 1, /* something is left to redeem */
    VOUCHER_IS_USED = 2, /* wholly redeemed */
    VOUCHER_IS_VOID = 3,
    VOUCHER_IS_LAPSED = 4
};

struct voucher_query {
    size_t size;            /* sizeof (struct voucher_query) */
    int kind;               /* enum voucher_query_kind */
    int state;              /* enum voucher_is; 0: any */
    const char *enterprise; /* credit code */
    const char *measure;    /* code */
    const char *contract;   /* number */
    const char *seller;     /* credit code */
    uint64_t voucher;       /* number */
    int32_t year;           /* of the fund lines; 0: the business day's */
    int32_t redeem_by;      /* open vouchers whose last day of redeeming is this one or earlier */
    int32_t as_of_day;      /* as it was at the end of this day */
    uint32_t count;         /* rows at most in this page; 0: as many as the daemon gives */
    uint64_t as_of_entry;   /* as it was after this entry */
    uint64_t after;         /* the page after the one whose result had this as `next` */
    const char *payee;      /* credit code: vouchers that are paid to him */
    int to_pay;             /* 1: those of which something is payable */
    uint32_t unused;        /* 0 */
};

/* Asks and waits for the answer. A lost connection is made again and the query repeated until the
 * timeout. *out is set when the code is DONE, and NULL otherwise. An answer counts at least all
 * that was answered to anyone before. */
int voucher_ask(struct voucher_connection *c, const struct voucher_query *query,
                struct voucher_result **out, struct voucher_error *error);

/* ---- Many under way ---- */

/* For many requests at a time and for poll loops: these do not wait, but for connecting anew after
 * the connection was lost. While replies are due, voucher_do and voucher_ask are a MISTAKE. Nothing
 * is repeated here: after UNKNOWN or LOST all that was under way is gone, and the next send
 * connects again; repeat commands with their request ids.
 *
 * A send encodes the request and sends what the socket takes; *number (may be NULL) names its
 * reply. MISTAKE, and as voucher_open. */
int voucher_send_commands(struct voucher_connection *c, const struct voucher_command *commands,
                          size_t n, unsigned flags, uint64_t *number, struct voucher_error *error);
int voucher_send_query(struct voucher_connection *c, const struct voucher_query *query,
                       uint64_t *number, struct voucher_error *error);
/* Sends more of what is not sent yet; *left bytes are not: wait until the socket can be written to.
 */
int voucher_flush(struct voucher_connection *c, size_t *left, struct voucher_error *error);
/* The next reply, of whichever request; NOTHING_YET if it is not all there. Returns DONE when it
 * took one: what the request came to is in (*out)->code and (*out)->error. */
int voucher_receive(struct voucher_connection *c, struct voucher_result **out,
                    struct voucher_error *error);
/* The socket, for poll(2) alone; -1 while there is none. It changes with each connection. */
int voucher_fd(const struct voucher_connection *c);

/* ---- Results ---- */

/* Fen in each stage. Of a voucher and an account, `available` is what was freed again (voided,
 * lapsed), so that a voucher's stages sum to its face. */
struct voucher_stages {
    int64_t available, held, committed, payable, paid, returned;
};

/* Why a rule refused. */
enum voucher_reason {
    VOUCHER_REASON_OUTSIDE_PERIOD = 1, /* the business day is outside the policy's period */
    VOUCHER_REASON_WRONG_PARTY = 2,    /* the measure is claimed by the contract's other party */
    VOUCHER_REASON_TRAIT_MISSING = 3,  /* the enterprise lacks a trait on the day */
    VOUCHER_REASON_ATTESTATION_MISSING = 4,
    VOUCHER_REASON_CONTRACT_WINDOW = 5,   /* signed outside the measure's window */
    VOUCHER_REASON_OTHER_BENEFICIARY = 6, /* another enterprise has support for the spending */
    VOUCHER_REASON_SUPPORTED_ALREADY = 7, /* nothing, or less than asked, is left of the support */
    VOUCHER_REASON_RATE = 8,              /* more than rate x amount, or that is 0 */
    VOUCHER_REASON_CEILING = 9,
    VOUCHER_REASON_FUNDS = 10, /* more than what is available */
    VOUCHER_REASON_NO_FUND_LINE = 11,
    VOUCHER_REASON_VOUCHER_STATE = 12, /* void, lapsed or used up */
    VOUCHER_REASON_EXPIRED = 13,
    VOUCHER_REASON_INVOICE_TOO_EARLY = 14,
    VOUCHER_REASON_INVOICE_IN_FUTURE = 15,
    VOUCHER_REASON_INVOICE_USED = 16,
    VOUCHER_REASON_INVOICE_DIFFERS = 17, /* shown before with another amount or day */
    VOUCHER_REASON_EXISTS = 18,          /* the enterprise, contract or policy is there already */
    VOUCHER_REASON_SAME_PARTY = 19,      /* seller and buyer are one */
    VOUCHER_REASON_DAY_NOT_OVER = 20,
    VOUCHER_REASON_LINE_CLOSED = 21,     /* a year that the policy does not have */
    VOUCHER_REASON_AWAITING_GUIDE = 22,  /* the measure is switched off until its guide is out */
    VOUCHER_REASON_INTAKE_CLOSED = 23,   /* claims are taken in other windows */
    VOUCHER_REASON_NOT_BENEFICIARY = 24, /* the measure is for other kinds of bodies */
    VOUCHER_REASON_FIRST_RIGHT = 25,     /* the other party has the first right until a day */
    VOUCHER_REASON_TERM_TOO_SHORT = 26,
    VOUCHER_REASON_CONDITION = 27, /* what the measure requires does not hold */
    VOUCHER_REASON_NO_CASE = 28,   /* none of the measure's cases applies */
    VOUCHER_REASON_CASE_REFUSES = 29,
    VOUCHER_REASON_RELATED_PARTIES = 30, /* seller and buyer are related */
    VOUCHER_REASON_DESIGNATION_MISSING = 31,
    VOUCHER_REASON_SUPPORTED_OUTSIDE = 32, /* support from outside excludes this one */
    VOUCHER_REASON_APPLIED_RATE = 33,      /* above the measure's */
    VOUCHER_REASON_SPENDING_TIME = 34,     /* a month or year that does not count, or not yet */
    VOUCHER_REASON_COUNT = 35,             /* a ceiling on how often */
    VOUCHER_REASON_NOT_DESIGNATED = 36,    /* nothing to withdraw */
    VOUCHER_REASON_NOT_RAISED = 37,        /* the ceiling is as high already */
    VOUCHER_REASON_WAITS = 38,             /* others wait before it, or its round is open */
    VOUCHER_REASON_NOBODY_WAITS = 39,      /* no claim waits in the round */
    VOUCHER_REASON_NOTHING_TO_PAY = 40,    /* nothing is payable; or was paid, to be returned */
    VOUCHER_REASON_OTHER_PAYEE = 41        /* the voucher is paid to somebody else */
};

struct voucher_refusal {
    int reason;           /* enum voucher_reason */
    const char *sentence; /* in English, with the figures of every limit that was looked at */
    const char *detail;   /* the trait, attestation, party or state meant; "" if none */
    int32_t day, day_to;  /* the day, or period, meant; 0 if none */
    int64_t asked;        /* fen asked for; 0 if none */
    uint64_t voucher;     /* the voucher meant; 0 if none */
};

enum voucher_rule {
    VOUCHER_RULE_RATE = 1,     /* rate x basis */
    VOUCHER_RULE_CEILING = 2,  /* limit - used + own */
    VOUCHER_RULE_SUPPORT = 3,  /* entitlement (basis) - support of the spending (used) */
    VOUCHER_RULE_FUNDS = 4,    /* available on the fund lines */
    VOUCHER_RULE_FACE = 5,     /* face (basis) - redeemed before (used) */
    VOUCHER_RULE_INVOICED = 6, /* rate x invoiced on the voucher (basis) - redeemed before (used) */
    VOUCHER_RULE_CLAIM = 7, /* highest rate x invoices on the spending (basis) - redeemed (used) */
    VOUCHER_RULE_UNIT = 8,  /* amount of a unit (basis) x quantity */
    VOUCHER_RULE_AWARD = 9, /* a fixed sum */
    VOUCHER_RULE_INTEREST = 10, /* basis x rate x days (quantity) / days of a year (limit) */
    VOUCHER_RULE_COUNT = 11,    /* at most so many times (limit), so many before (used): not fen */
    VOUCHER_RULE_GROUP = 12,    /* common ceiling of a group: rate x basis - support (used) */
    VOUCHER_RULE_YEAR = 13,     /* rate x the year's spending (basis) - accounted for before (used) */
    VOUCHER_RULE_ROUND = 14     /* what the closed round left for this claim */
};

/* One limit that was looked at to decide an amount; fen. */
struct voucher_limit {
    int rule;         /* enum voucher_rule */
    int binding;      /* 1: the one that decides */
    const char *name; /* a ceiling's name in the policy; "" otherwise */
    int64_t at_most;  /* what this limit alone leaves */
    int64_t basis;
    int64_t limit; /* a ceiling's amount */
    int64_t used;
    int64_t own;      /* of a ceiling's use, held by this spending itself and added back */
    uint32_t rate;    /* parts per million */
    int64_t quantity; /* units in 1/10,000; of interest, days */
};

/* What a claim was given. */
enum voucher_given {
    VOUCHER_GIVEN_VOUCHER = 0,
    VOUCHER_GIVEN_RECORD = 1,      /* no money yet: the spending counts later in the year */
    VOUCHER_GIVEN_DESIGNATION = 2, /* no money: a designation or recommendation */
    VOUCHER_GIVEN_PLACE = 3        /* no money yet: it waits in line, or for its round; ask again */
};

/* Stages of money; OUTSIDE is where appropriations come from. */
enum voucher_stage {
    VOUCHER_STAGE_AVAILABLE = 0,
    VOUCHER_STAGE_HELD = 1,
    VOUCHER_STAGE_COMMITTED = 2,
    VOUCHER_STAGE_PAYABLE = 3,
    VOUCHER_STAGE_PAID = 4,
    VOUCHER_STAGE_RETURNED = 5,
    VOUCHER_STAGE_OUTSIDE = 6
};

/* An amount that moved between two stages of one fund line. */
struct voucher_posting {
    uint32_t line;
    int from, to;     /* enum voucher_stage */
    uint64_t voucher; /* 0: none */
    int64_t amount;   /* fen, above 0 */
};

enum voucher_balance_kind {
    VOUCHER_BALANCE_LINE = 1,
    VOUCHER_BALANCE_VOUCHER = 2,
    VOUCHER_BALANCE_ACCOUNT = 3 /* enterprise and measure */
};

/* A balance after the entry. */
struct voucher_balance {
    int kind;        /* enum voucher_balance_kind */
    uint64_t id;     /* line or voucher; of an account a voucher of it in this entry */
    uint64_t before; /* the entry that changed it before; 0: none */
    struct voucher_stages stages;
    int64_t counted; /* account: fen that count in ceilings */
};

/* An entry of the journal. The members behind `refusal` are what it did, 0 where they are of no
 * meaning to the command. */
struct voucher_entry {
    uint64_t number;                       /* from 1 without gaps */
    int64_t time;                          /* booked, microseconds */
    int32_t day;                           /* business day */
    uint32_t policy;                       /* version in force; 0: none */
    uint32_t rules;                        /* version of the code that decided */
    const char *principal;                 /* who asked */
    const struct voucher_command *command; /* refusals and entries: what was asked; NULL in
                                              outcomes, and where the book was created */
    const struct voucher_refusal *refusal; /* NULL: it was done */
    uint64_t voucher;                      /* issue: its number */
    int64_t face, basis;                   /* issue: fen; basis is what the rate was applied to */
    uint32_t rate;                         /* issue: parts per million */
    int32_t valid_to, redeem_to;           /* issue: last day of validity, and of redeeming */
    const char *seller;                    /* issue: of the contract; "" otherwise */
    uint64_t tops_up;                      /* issue: the voucher that it adds to; 0: none */
    int64_t paid;                          /* redeem: fen that became payable; may be 0 */
    int invoice_shared;                    /* redeem: 1 if shown for this spending before */
    int64_t freed;                         /* void and lapse: fen */
    int32_t lapsed_day;                    /* lapse: the day meant */
    int more; /* lapse: 1 if more may be due: ask again, with a new id */
    size_t nlapsed;
    const uint64_t *lapsed;  /* lapse: the vouchers */
    uint32_t line;           /* appropriate: the fund line */
    uint32_t policy_version; /* adopt policy: from 1 */
    size_t nlimits;          /* issue and redeem, granted or refused: what was looked at */
    const struct voucher_limit *const *limits;
    size_t nholders;
    const uint64_t *holders; /* vouchers with support for the spending, newest first, at most 8 */
    size_t npostings;
    const struct voucher_posting *const *postings;
    size_t nbalances;
    const struct voucher_balance *const *balances;
    uint8_t leaf[VOUCHER_LEAF]; /* RFC 6962 leaf hash; all 0 in a dry run */
    const void *stored;         /* refusals and entries: the bytes as stored, an encoded
                                   voucherd.Entry; NULL otherwise */
    size_t stored_size;
    int given;           /* issue: enum voucher_given; only a voucher has a number */
    int paid_out;        /* issue: 1 if it was redeemed in the same act */
    int64_t spent;       /* issue: fen of the claim that count in the year's spending */
    int64_t wanted;      /* issue, GIVEN_PLACE: fen that it waits for; close round: of all claims */
    int64_t allowed;     /* close round: fen that were divided among them, and are held for them */
    int64_t amount;      /* pay and bank return: fen, of all its vouchers */
    uint32_t claims;     /* close round */
    int of_failed_batch; /* 1: a refusal in an atomic call; its figures count the commands before
                            it, which were not done */
};

/* What came of one command. */
struct voucher_outcome {
    int code;                          /* enum voucher_code: DONE to UNKNOWN */
    int again;                         /* 1: the first answer to this request id, given again */
    int dry_run;                       /* 1: nothing was booked; the entry is what it would be */
    const struct voucher_entry *entry; /* DONE and REFUSED; NULL otherwise */
    const struct voucher_error *error; /* NULL when DONE */
};

struct voucher_fund {
    uint32_t line;
    int32_t year;
    const char *measure, *source;
    int64_t appropriated; /* fen, the sum of the stages */
    struct voucher_stages stages;
    const char *area; /* code, of a pool that is kept by area; "" otherwise */
};

struct voucher_ceiling {
    const char *name;
    int32_t year; /* of a ceiling over a year; 0 otherwise */
    int64_t limit, used, left;
};

struct voucher_account {
    const char *measure;
    struct voucher_stages stages;
    uint32_t vouchers; /* how many; 0 as of the past */
    size_t nceilings;  /* per enterprise; none as of the past */
    const struct voucher_ceiling *const *ceilings;
};

struct voucher_enterprise {
    const char *enterprise; /* credit code */
    const char *name;
    const char *area, *area_name;
    size_t ntraits;
    const struct voucher_trait *traits;
    size_t naccounts;
    const struct voucher_account *const *accounts; /* one for each measure of the policy, and for
                                                      earlier ones where it has any */
};

/* A voucher's part on one fund line. */
struct voucher_share {
    uint32_t line;
    int64_t face;
    int64_t open; /* not redeemed and not freed; 0 as of the past */
};

struct voucher_voucher {
    uint64_t number;
    int state; /* enum voucher_is */
    const char *measure, *enterprise, *contract, *seller;
    uint32_t rate;                /* parts per million */
    int64_t face;                 /* fen */
    struct voucher_stages stages; /* `committed` is left to redeem */
    int64_t invoiced;             /* fen of invoices shown on it; 0 as of the past */
    int32_t issued, valid_to, redeem_to;
    uint64_t issue_entry;
    uint64_t tops_up; /* the voucher that it adds to; 0: none */
    uint32_t policy;  /* version that decided it */
    size_t nshares;
    const struct voucher_share *const *shares;
    size_t
        nsiblings; /* VOUCHER_ASK_VOUCHER: others on the same spending, newest first, at most 8 */
    const uint64_t *siblings;
    const char *payee; /* credit code of whom its payments go to */
};

/* What an enterprise could get of one measure. */
struct voucher_explained {
    const char *measure;
    const struct voucher_outcome *outcome; /* of a dry run of issue */
};

struct voucher_status {
    uint64_t entries, vouchers;
    uint8_t root[VOUCHER_LEAF]; /* RFC 6962 root over the entries */
    uint32_t policy;            /* version in force; 0: none */
    const char *policy_id;
    int test_clock;
    int64_t now;          /* the daemon's clock */
    int32_t zone_minutes; /* of the policy, east of UTC */
};

/* Has the one list that belongs to what was asked: n rows, the pointers in it never NULL. */
struct voucher_result {
    int code;        /* as the call's; of commands the first that is not DONE */
    uint64_t number; /* of the request: voucher_send_commands, voucher_send_query */
    const struct voucher_error *error; /* NULL when DONE */
    uint64_t as_of_entry;              /* queries: the last entry that the answer counts */
    uint64_t next; /* listings: `after` of the next page, which may be empty; 0: that was all */
    size_t n;
    const struct voucher_outcome *const *outcomes; /* commands, in their order */
    const struct voucher_fund *const *funds;
    const struct voucher_enterprise *const *enterprises; /* one */
    const struct voucher_voucher *const *vouchers;
    const struct voucher_entry *const *entries; /* refusals and entries */
    const struct voucher_explained *const *explained;
    const struct voucher_status *const *status; /* one */
};

/* Frees it and all that it has. Takes NULL. Results may outlive their connection. */
void voucher_result_free(struct voucher_result *r);

/* ---- Values ---- */

/* A new request id (UUIDv7). Keep it, where a crash does not reach it, before the command is sent:
 * sent again with the same id, a command is not done again, and has its first answer. */
void voucher_new_id(uint8_t id[VOUCHER_ID]);

/* Reads YYYY-MM-DD, 1900-01-01 to 2199-12-31; decimal yuan, at most two decimals, no separators.
 * MISTAKE; *out is untouched then. */
int voucher_day_parse(const char *text, int32_t *out, struct voucher_error *error);
int voucher_money_parse(const char *text, int64_t *fen, struct voucher_error *error);
/* The other way round; they return out. A day outside the range is told as "". */
char *voucher_day_format(int32_t day, char out[VOUCHER_DAY_SIZE]);
char *voucher_money_format(int64_t fen, char out[VOUCHER_MONEY_SIZE]);

/* Names for logs: "refused"; "ceiling". Never NULL, whatever the number. */
const char *voucher_code_name(int code);
const char *voucher_reason_name(int reason);
/* The library's version: "0.1.0". */
const char *voucher_version(void);

#ifdef __cplusplus
}
#endif

#endif
