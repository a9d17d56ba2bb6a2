/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of commands: each command has one table of them, and from it come its options, its help,
 * its reading from the command line and its reading from a line of JSON. Values are checked here,
 * before anything is sent. */
#ifndef TOOLS_FIELD_H
#define TOOLS_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/day.h"
#include "base/err.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/money.h"
#include "base/uscc.h"
#include "model/command.h"

#define FIELDS_MAX  12    /* fields of one command */
#define PAIRS_MAX   16    /* NAME=... of one field */
#define NUMBERS_MAX 65536 /* numbers of one field: keeps what is made of them in one request */
#define LIMIT_PATH  4095  /* bytes of a file's name */

enum field_type {
    FIELD_TEXT = 0, /* one line, 1 to `limit` bytes */
    FIELD_MONEY,
    FIELD_DAY,
    FIELD_INSTANT,
    FIELD_USCC,
    FIELD_INVOICE,
    FIELD_YEAR,
    FIELD_NUMBER,  /* of a voucher or an entry; a count */
    FIELD_NUMBERS, /* of vouchers, any number of them up to NUMBERS_MAX */
    FIELD_WORD,    /* one of `words` */
    FIELD_FLAG,    /* given or not */
    FIELD_ATTEST,  /* NAME=DOCUMENT, any number of times */
    FIELD_TRAIT,   /* NAME or NAME=FROM..TO, any number of times */
    FIELD_RATE,    /* "30 %" */
    FIELD_FACT,    /* NAME=VALUE, any number of times */
    FIELD_PERSON,  /* FIELD=NUMBER; the number is shown nowhere */
    FIELD_TYPES
};

enum field_flag {
    FIELD_POSITIONAL = 1, /* an argument, not an option */
    FIELD_REQUIRED = 2,
};

struct field {
    const char *name; /* of the option, of the key in JSON, and in messages; NULL ends a table */
    const char *also; /* another key in JSON; NULL: none */
    enum field_type type;
    int flags;
    size_t limit;             /* TEXT */
    const char *const *words; /* WORD: ends with NULL */
    const char *metavar;      /* NULL: the type's */
    const char *help;
};

struct value_pair {
    const char *name;
    const char *document; /* ATTEST; the value of FACT */
    struct day from, to;  /* TRAIT: DAY_MIN and DAY_MAX where open */
};

struct value {
    bool given;
    union {
        const char *text; /* TEXT, INVOICE */
        struct money money;
        struct day day;
        struct instant instant;
        struct uscc uscc;
        int year;
        struct rate rate;
        struct person person;
        uint64_t number;
        int word; /* index in words */
        struct {
            int n;
            struct value_pair *pairs; /* PAIRS_MAX of them */
        };
        struct {
            uint32_t nnumbers;
            uint64_t *numbers; /* NUMBERS */
        };
    };
};

/* The values of one command, in the order of its fields. Texts live in the arena they were read
 * with. */
struct values {
    const struct field *fields;
    struct value v[FIELDS_MAX];
};

/* What a type is called in help ("AMOUNT"), and whether it may be given more than once. */
const char *field_metavar(const struct field *f);
bool field_repeats(const struct field *f);

/* The words of a WORD, with `between` between them. Returns out. */
char *field_words(const struct field *f, const char *between, char *out, size_t cap);

/* The index of the field with a name (in JSON: or its other name), -1 if there is none. */
int field_find(const struct field *fields, const char *name, bool in_json);

/* Reads one text for the i-th field. ERR_INVALID, told in *f: wrong, or given twice; ERR_MEMORY. */
int value_read(struct values *v, int i, const char *text, struct arena *a,
               struct fault *f) MUST_CHECK;

/* Whether every required field was given. */
int values_check(const struct values *v, struct fault *f) MUST_CHECK;

/* The value of a field, which the table must have. */
const struct value *value_of(const struct values *v, const char *name);

/* A whole number in decimal digits from 1 to max. */
int number_parse(const char *text, const char *field, uint64_t max, struct fault *f,
                 uint64_t *out) MUST_CHECK;

/* A request id: 32 hexadecimal digits, or a UUID with its four hyphens; not all zero. */
int request_id_parse(const char *text, const char *field, struct fault *f,
                     uint8_t out[static 16]) MUST_CHECK;

/* As a UUID. Returns out. */
#define REQUEST_ID_TEXT 37
char *request_id_format(const uint8_t id[static 16], char out[static REQUEST_ID_TEXT]);

#endif
