/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the protocol as plain data: what one frame holds. */
#ifndef MODEL_MESSAGE_H
#define MODEL_MESSAGE_H

#include "model/command.h"
#include "model/outcome.h"
#include "model/query.h"

#define PROTOCOL_VERSION 1

struct hello {
    uint32_t version;
    const char *program;
};

struct welcome {
    uint32_t version;
    const char *program;
    const char *principal;
    uint32_t frame_limit, reply_limit, batch_limit, under_way_limit, page_limit;
    uint32_t connections_limit, unread_limit;
};

enum request_kind {
    REQUEST_COMMANDS = 2, /* numbers of the fields in voucher.proto's Request */
    REQUEST_QUERY = 3,
    REQUEST_SET_CLOCK = 4,
};

struct request {
    uint64_t number;
    enum request_kind kind;
    bool atomic, dry_run; /* COMMANDS */
    uint32_t n;           /* COMMANDS: 1 to LIMIT_BATCH */
    struct command *commands;
    struct fault **faults; /* NULL, or n pointers: what is wrong with a command, NULL if nothing */
    bool *denied;          /* NULL, or n flags: the fault is that the principal may not */
    struct query query;    /* QUERY */
    struct instant clock;  /* SET_CLOCK */
};

enum to_daemon_kind {
    TO_DAEMON_HELLO = 1,
    TO_DAEMON_REQUEST = 2,
};

struct to_daemon {
    enum to_daemon_kind kind;
    union {
        struct hello hello;
        struct request request;
    };
};

enum reply_kind {
    REPLY_OUTCOMES = 2, /* numbers of the fields in voucher.proto's Reply */
    REPLY_ANSWER = 3,
    REPLY_FAULT = 4,
    REPLY_CLOCK_SET = 5,
};

struct reply {
    uint64_t number;
    enum reply_kind kind;
    uint32_t n; /* OUTCOMES */
    struct outcome *outcomes;
    struct answer answer; /* ANSWER */
    struct fault fault;   /* FAULT */
    struct instant clock; /* CLOCK_SET */
};

enum to_client_kind {
    TO_CLIENT_WELCOME = 1,
    TO_CLIENT_REPLY = 2,
    TO_CLIENT_GOODBYE = 3,
};

struct to_client {
    enum to_client_kind kind;
    union {
        struct welcome welcome;
        struct reply reply;
        struct fault goodbye;
    };
};

#endif
