/* SPDX-License-Identifier: Apache-2.0 */
/* Commands: what a principal asks the book to do. Plain data; texts belong to the arena of the
 * request (or to whoever made the command) and are terminated. proto/journal.proto has the same
 * messages. */
#ifndef MODEL_COMMAND_H
#define MODEL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/day.h"
#include "base/limits.h"
#include "base/money.h"
#include "base/uscc.h"

/* Numbers are those of the field in journal.proto's Command. */
enum command_kind {
    COMMAND_NONE = 0,
    COMMAND_CREATE_BOOK = 1, /* the first entry; never taken from a socket */
    COMMAND_ADOPT_POLICY = 2,
    COMMAND_APPROPRIATE = 3,
    COMMAND_ADD_ENTERPRISE = 4,
    COMMAND_ADD_CONTRACT = 5,
    COMMAND_ISSUE = 6,
    COMMAND_REDEEM = 7,
    COMMAND_VOID = 8,
    COMMAND_ADD_OUTSIDE = 9,
    COMMAND_LAPSE = 10,
    COMMAND_COUNT
};

enum digest {
    DIGEST_SHA256 = 1,
};

struct create_book {
    uint32_t format; /* of the book, FORMAT_BOOK when written */
    enum digest digest;
    bool test_clock; /* only daemons on a test clock may open it */
};

struct adopt_policy {
    struct span file; /* the policy file's bytes, at most LIMIT_POLICY_BYTES */
};

struct appropriate {
    const char *measure;
    int year;
    const char *source; /* "city": one of the measure's in the policy */
    struct money amount;
    const char *document;
};

/* A trait holds from one day to another, both inclusive; DAY_MIN and DAY_MAX where open. */
struct trait_span {
    const char *name;
    struct day from, to;
};

struct add_enterprise {
    struct uscc uscc;
    const char *name;
    const char *area; /* code or name */
    int ntraits;
    struct trait_span traits[LIMIT_TRAITS];
};

struct add_contract {
    const char *number;
    struct uscc seller, buyer;
    struct money amount;
    struct day signed_on;
};

struct attestation {
    const char *name;
    const char *document;
};

struct issue {
    const char *measure;
    struct uscc enterprise;
    const char *contract; /* number */
    bool has_seller;
    struct uscc seller; /* needed where the number alone names several contracts */
    int year;           /* of the fund lines; 0: the business day's */
    bool has_amount;
    struct money amount; /* asked for; without: the whole grant */
    int nattestations;
    struct attestation attestations[LIMIT_ATTESTATIONS];
};

struct redeem {
    uint64_t voucher;
    const char *invoice;
    struct day dated;
    struct money amount; /* of the invoice */
};

struct void_voucher {
    uint64_t voucher;
    const char *reason;
};

struct add_outside {
    struct uscc seller;
    const char *contract;
    struct money amount;
    const char *document;
};

struct lapse {
    bool has_day;
    struct day day; /* vouchers whose last day of redeeming is this day or earlier; without: the day
                       before the business day */
};

struct command {
    enum command_kind kind;
    uint8_t request_id[16]; /* all zero only for COMMAND_CREATE_BOOK */
    union {
        struct create_book create_book;
        struct adopt_policy adopt_policy;
        struct appropriate appropriate;
        struct add_enterprise add_enterprise;
        struct add_contract add_contract;
        struct issue issue;
        struct redeem redeem;
        struct void_voucher void_voucher;
        struct add_outside add_outside;
        struct lapse lapse;
    };
};

#endif
