/* SPDX-License-Identifier: Apache-2.0 */
/* What people see: tables with columns as wide as their text is on a screen, and errors. */
#ifndef TOOLS_SHOW_H
#define TOOLS_SHOW_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/day.h"
#include "base/fault.h"
#include "base/money.h"
#include "model/entry.h"

/* Times are shown at this offset east of UTC: Asia/Shanghai, the zone of the policies. */
#define SHOW_ZONE_MINUTES 480

struct show_column {
    const char *head; /* in N_(): shown in the language */
    bool right;       /* aligned right: numbers and amounts */
};

struct show_table;

/* columns end with a NULL head. Without memory the program ends (exits.h). */
struct show_table *show_table_new(const struct show_column *columns);
/* The next cell of the current row, which is begun by the first cell and ends with the last. */
void show_cell(struct show_table *t, const char *text);
void show_cell_number(struct show_table *t, uint64_t n);
void show_cell_money(struct show_table *t, struct money m);
void show_cell_day(struct show_table *t, struct day d);
/* For a table that is told in parts: columns at least so wide, one number for each, 0: as its cells
 * are. */
void show_table_widths(struct show_table *t, const int *widths);
/* The rows so far as lines behind *out, and no longer in the table; heads stand above the first
 * part. */
void show_table_part(struct show_table *t, struct buf *out);
int show_table_rows(const struct show_table *t);
/* Prints it ("nothing found" when it has no rows), and frees it. */
void show_table_print(struct show_table *t);
void show_table_free(struct show_table *t);

/* "available", "held", ... */
const char *show_stage_name(int stage);

/* Tells a mistake or failure: as JSON on stdout, or in words on stderr. request_id (NULL: none) is
 * the id to repeat with. Returns `code`. */
int show_error(bool json, const struct fault *f, const uint8_t *request_id, int code);

/* The program's name stands before each error. */
void show_program(const char *name);

#endif
