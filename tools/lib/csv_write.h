/* SPDX-License-Identifier: Apache-2.0 */
/* CSV files for people: UTF-8 with a byte order mark, CRLF, RFC 4180, every cell in quotes. Written
 * under another name beside it and renamed when all of it is on the disk. */
#ifndef TOOLS_CSV_WRITE_H
#define TOOLS_CSV_WRITE_H

#include "base/err.h"
#include "base/fault.h"

struct csv_file;

/* field: what the path was given as, for faults. ERR_INVALID, told in *f; ERR_MEMORY. */
int csv_file_open(const char *path, const char *field, struct fault *f,
                  struct csv_file **out) MUST_CHECK;

/* The next cell of the row. One that begins with = + - or @ gets an apostrophe before it, so that
 * no spreadsheet takes it for a formula, unless it is a number. */
void csv_file_cell(struct csv_file *w, const char *text);
void csv_file_end_row(struct csv_file *w);

/* Puts the file in its place, over what was there, and frees w. ERR_INVALID, told in *f: it could
 * not be written, and is not there. */
int csv_file_finish(struct csv_file *w, struct fault *f) MUST_CHECK;

/* Leaves what was there as it is, and frees w. Takes NULL. */
void csv_file_drop(struct csv_file *w);

#endif
