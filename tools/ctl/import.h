/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of voucherctl import: what its files share. A file is read (csv.h), its headings and
 * cells are checked (import_check.c, import_cell.c), an invoice's voucher is found (import_find.c),
 * each row gets its request id (import_id.c), all is sent (import_send.c) and told
 * (import_result.c). */
#ifndef TOOLS_IMPORT_H
#define TOOLS_IMPORT_H

#include <stdio.h>

#include "rules/reason.h"
#include "tools/ctl/ctl.h"
#include "tools/lib/csv.h"

/* ---- What can be imported: import_kinds.c ---- */

struct import_column {
    const char *field; /* in the kind's table of fields; NULL ends a list */
    const char *names; /* headings that mean it, '|' between them: Chinese, English, others. The
                          first two are told to people. Blanks and case do not matter, so that there
                          are none here. */
};

struct import_kind {
    const struct tool_command *import;
    const struct tool_command *command; /* that a row becomes */
    const struct field *finding; /* fields of a row by which its voucher is found; NULL: a row has
                                    those of the command */
    const struct import_column *columns;
    bool states; /* every other heading is the name of a fact, or of a person */
};

/* The fields of a row. */
static inline const struct field *import_fields(const struct import_kind *k)
{
    return k->finding ? k->finding : k->command->fields;
}

/* The kind that a command of voucherctl imports. */
const struct import_kind *import_kind_of(const struct tool_command *c);

/* A person's column: alone, or with a colon and the name of another field of the policy than
 * PERSON_FIELD behind it. */
#define IMPORT_PERSON "身份证号|person|身份证号码|居民身份证号|resident-id"
#define PERSON_FIELD  "person"

/* Columns of these headings are passed over. */
#define IMPORT_IGNORED "备注|remark|remarks|note|序号|no.|no"

/* ---- One import ---- */

struct import_heading {
    const char *text; /* as the file has it */
    int field; /* index in the kind's fields; -1: passed over; -2: none, with no cell in it */
    const char *name; /* of the fact, or of the person's field; NULL: the column is neither */
    bool wan;         /* amounts are in units of 10,000 yuan */
    bool grouped;     /* and may have thousands separators */
};

struct import_row {
    const struct csv_row *cells;
    uint64_t found;   /* an invoice's voucher */
    uint8_t id[16];   /* of the request that the answer below is to */
    uint8_t next[16]; /* of the request to ask after a refusal that was given before */
    /* What came of it. */
    enum outcome_kind kind; /* 0: no answer */
    bool sent, repeated;
    enum reason reason; /* OUTCOME_REFUSED */
    uint64_t entry, voucher;
    struct money amount; /* granted or redeemed */
    struct instant time;
    const char *message;
};

struct import {
    struct session *session;
    const struct import_kind *kind;
    const char *path;
    const char *label;  /* NULL: none */
    const char *result; /* the file for the results; NULL: none */
    bool atomic, retry;
    struct arena arena; /* what lasts as long as the import */
    struct csv csv;
    struct import_heading headings[CSV_COLUMNS];
    uint32_t nrows;
    struct import_row *rows;
    uint8_t digest[8]; /* of the rows' ids: the same file, however it is written */
    uint32_t mistakes; /* told or counted */
    uint32_t requests; /* made */
    int code;          /* the worst so far */
    int64_t shown;     /* when progress was shown last, ms */
    bool showing;
};

/* import_check.c. Tells a mistake with its row, or counts it when there are too many. */
void import_mistake(struct import *m, uint32_t row, const struct fault *f);
/* The daemon names a field by its path ("add_enterprise.traits"); people know the column. */
void import_name_column(const struct import *m, struct fault *f);
/* Finds what each column holds, and tells every mistake in the headings. */
void import_headings(struct import *m);
/* Reads a row's cells, and tells each mistake if `tell`; how many there are. Values live in a. */
uint32_t import_row_read(struct import *m, const struct csv_row *row, bool tell, struct arena *a,
                         struct values *out);
/* The values and the command that a sound row becomes. */
void import_row_values(struct import *m, const struct import_row *row, struct arena *a,
                       struct values *out);
void import_row_command(struct import *m, const struct import_row *row, const uint8_t id[static 16],
                        struct arena *a, struct command *out);

/* import_cell.c. Reads a cell into the value of field i. ERR_INVALID, told in *f with the heading
 * as the field; ERR_MEMORY. */
int import_cell_read(const struct import_heading *h, const struct csv_cell *cell, struct values *v,
                     struct arena *a, struct fault *f) MUST_CHECK;

/* import_id.c. The id of each row, and the file's digest. */
struct import_ids;
struct import_ids *import_ids_new(uint32_t nrows);
void import_ids_free(struct import_ids *ids);
/* The id of the next row that becomes this command; import_ids_take counts it as such a row. */
void import_ids_next(const struct import *m, struct import_ids *ids, const struct values *v,
                     uint8_t id[static 16]);
void import_ids_take(const struct import *m, struct import_ids *ids, const struct values *v,
                     uint8_t id[static 16]);
/* The id with which a row is asked anew that was refused as an entry. */
void import_id_after(const uint8_t id[static 16], uint64_t entry, uint8_t out[static 16]);
void import_digest(struct import *m);

/* import_find.c. Gives each row its id; and its voucher first, where it is to be found. Rows that
 * none or several fit get OUTCOME_INVALID and a message. Returns an exit code; a failure is told.
 */
int import_find(struct import *m);

/* import_send.c. Asks everything. A failure is told; what has no answer is left so. */
void import_send(struct import *m);

/* import_result.c */
void import_progress(struct import *m, const char *what, uint32_t done, uint32_t all);
void import_progress_end(struct import *m);
/* Whether the results may be put there. ERR_INVALID, told in *f. */
int import_result_check(struct import *m, struct fault *f) MUST_CHECK;
int import_result_write(struct import *m, struct fault *f) MUST_CHECK;
void import_tell(struct import *m);

#endif
