/* SPDX-License-Identifier: Apache-2.0 */
/* CSV files that people bring: from bytes to rows of cells, RFC 4180 with commas. UTF-8 with or
 * without a byte order mark, or GB18030, told apart by strict validation. Reads no file. */
#ifndef TOOLS_CSV_H
#define TOOLS_CSV_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fault.h"

#define CSV_BYTES   (64 * 1024 * 1024) /* of one file: it is held in memory as cells */
#define CSV_ROWS    1000000            /* of one file: what a spreadsheet can hold */
#define CSV_COLUMNS 64                 /* of one row */

struct csv_cell {
    const char *text;   /* as written, without blanks at its ends and without characters that
                           nobody sees (Unicode's format characters); "" where empty */
    const char *normal; /* the same for matching: Unicode's form NFC, and digits, letters, brackets
                           and blanks of any width are the plain ones; ² and ① are none */
};

struct csv_row {
    uint32_t number;              /* as a spreadsheet counts, from 1 */
    uint32_t n;                   /* cells, as many as headings; empty ones at its end may lack */
    const struct csv_cell *cells; /* NULL where there is text behind the last heading's column */
};

struct csv {
    const char *encoding; /* "UTF-8" or "GB18030" */
    struct csv_row head;  /* the first row that is not empty, up to its last cell with text */
    uint32_t nrows;
    struct csv_row *rows; /* those below it; a row without any text is counted but left out */
};

/* Reads a whole file. ERR_INVALID, told in *f: another encoding (with the offset of the first byte
 * that is wrong; spreadsheets and UTF-16 are named), quotes that are wrong (with the row), nothing
 * in it, more than the limits above. ERR_MEMORY. Everything in *out lives in the arena. */
int csv_read(struct span file, struct arena *a, struct fault *f, struct csv *out) MUST_CHECK;

/* One text of valid UTF-8 as a cell. ERR_MEMORY. */
int csv_cell_read(struct span text, struct arena *a, struct csv_cell *out) MUST_CHECK;

#endif
