/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/csv.h"

#include <csv.h>
#include <errno.h>
#include <iconv.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/text.h"

#define WIDE_OF_UTF8 4     /* characters, of three bytes and more */
#define QUOTED_BLOCK 65536 /* bytes by which libcsv's room for one cell grows */

/* ---- Encoding ---- */

/* Strictly; *bad is the offset of the first wrong byte where it is ERR_FORMAT. */
static int gb18030_read(struct span in, struct arena *a, size_t *bad, struct span *out)
{
    iconv_t cd = iconv_open("UTF-8", "GB18030");
    if (cd == (iconv_t)-1)
        return errno == ENOMEM ? ERR_MEMORY : ERR_SETTING;
    size_t cap = 2 * in.n, left = in.n, room = cap; /* two bytes become four at most */
    char *text = arena_alloc(a, cap + 1), *to = text, *from = (char *)(uintptr_t)in.p;
    int rc = text ? 0 : ERR_MEMORY;
    if (rc == 0 && iconv(cd, &from, &left, &to, &room) == (size_t)-1) {
        *bad = in.n - left;
        rc = ERR_FORMAT;
    }
    iconv_close(cd);
    if (rc == 0)
        *out = SPAN(text, cap - room);
    return rc;
}

/* Where it is wrong; bytes are counted from 0. */
static const char *byte_text(size_t at, char out[static 32])
{
    snprintf(out, 32, "byte %zu", at);
    return out;
}

/* What people bring instead of CSV; a file in UTF-8 or GB18030 never begins so. */
static int other_format(struct span file, struct fault *f)
{
    static const struct {
        const char *bytes, *name;
    } others[] = {{"\xff\xfe", "UTF-16"},
                  {"\xfe\xff", "UTF-16"},
                  {"PK\x03\x04", N_("a workbook (xlsx)")},
                  {"\xd0\xcf\x11\xe0", N_("a workbook (xls)")}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        size_t n = strlen(others[i].bytes);
        char at[32];
        if (file.n < n || memcmp(file.p, others[i].bytes, n) != 0)
            continue;
        return fault_set(f, "encoding", byte_text(0, at),
                         "CSV in UTF-8 or GB18030; this is %-s: save it as CSV UTF-8",
                         others[i].name);
    }
    return 0;
}

/* Whether a file in GB18030 can hardly begin so: its characters of two bytes do not make several in
 * a row of UTF-8's three. Read as GB18030, a file of UTF-8 with one wrong byte would often be
 * right, and its names nonsense. */
static bool begins_as_utf8(struct span s)
{
    int wide = 0;
    for (size_t i = 0; i < s.n && wide < WIDE_OF_UTF8; i++)
        wide += s.p[i] >= 0xe0;
    return wide == WIDE_OF_UTF8;
}

/* The file's text in UTF-8, without its byte order mark. */
static int decode(struct span file, struct arena *a, struct fault *f, const char **encoding,
                  struct span *out)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    bool marked = file.n >= sizeof mark && memcmp(file.p, mark, sizeof mark) == 0;
    const uint8_t *zero = memchr(file.p, 0, file.n);
    size_t skip = marked ? sizeof mark : 0, bad = 0;
    char at[32];
    struct span text = SPAN(file.p + skip, file.n - skip);
    size_t good = text_utf8_valid((const char *)text.p, text.n);
    int rc = other_format(file, f);
    if (rc < 0)
        return rc;
    if (zero)
        return fault_set(f, "encoding", byte_text((size_t)(zero - file.p), at),
                         "a text in UTF-8 or GB18030, without bytes of 0: save it as CSV UTF-8");
    *encoding = "UTF-8";
    *out = text;
    if (good == text.n)
        return 0;
    if (marked)
        return fault_set(f, "encoding", byte_text(skip + good, at),
                         "UTF-8, as the mark at its beginning says");
    if (begins_as_utf8(SPAN(text.p, good)))
        return fault_set(f, "encoding", byte_text(good, at),
                         "UTF-8, as all before it is: the byte is wrong, or the end cut off");
    *encoding = "GB18030";
    rc = gb18030_read(text, a, &bad, out);
    if (rc == ERR_SETTING)
        return fault_set(f, "encoding", byte_text(good, at), "UTF-8: this machine has no GB18030");
    if (rc != ERR_FORMAT)
        return rc;
    return fault_set(f, "encoding", byte_text(good, at),
                     "UTF-8; or GB18030, in which byte %zu is the first wrong one (bytes are "
                     "counted from 0)",
                     bad);
}

/* ---- Cells ---- */

static struct span trim(struct span s)
{
    ucs4_t c;
    while (s.n > 0) {
        size_t len = (size_t)u8_mbtouc(&c, s.p, s.n);
        if (!uc_is_property_white_space(c))
            break;
        s.p += len;
        s.n -= len;
    }
    while (s.n > 0) {
        const uint8_t *last = u8_prev(&c, s.p + s.n, s.p);
        if (!last || !uc_is_property_white_space(c))
            break;
        s.n = (size_t)(last - s.p);
    }
    return s;
}

static bool is_plain(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 0x80)
            return false;
    return true;
}

/* A copy without the characters that nobody sees. */
static char *visible(struct span s, struct arena *a)
{
    uint8_t *text = arena_alloc(a, s.n + 1), *to = text;
    ucs4_t c;
    for (size_t i = 0, len; text && i < s.n; i += len) {
        len = (size_t)u8_mbtouc(&c, s.p + i, s.n - i);
        if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cf))
            continue;
        memcpy(to, s.p + i, len);
        to += len;
    }
    if (!text)
        return NULL;
    struct span rest = trim(SPAN(text, (size_t)(to - text)));
    memmove(text, rest.p, rest.n);
    text[rest.n] = 0;
    return (char *)text;
}

/* In a number, a small or circled digit is no digit: 10² is not 102. So not all that is compatible
 * (NFKC) is taken for the same, but what only a keyboard makes differ. */
static bool is_width_only(ucs4_t c, int kind)
{
    return kind == UC_DECOMP_WIDE || kind == UC_DECOMP_NARROW || kind == UC_DECOMP_SMALL ||
           kind == UC_DECOMP_NOBREAK || uc_is_property_white_space(c);
}

/* Writes one character at `to` in its plain form, which is never longer; its bytes. */
static size_t plain(ucs4_t c, const uint8_t *from, size_t len, uint8_t *to)
{
    ucs4_t parts[UC_DECOMPOSITION_MAX_LENGTH];
    uint8_t text[4 * UC_DECOMPOSITION_MAX_LENGTH];
    int kind, nparts = uc_decomposition(c, &kind, parts);
    size_t n = 0;
    if (nparts == 1 && uc_is_property_white_space(c))
        parts[0] = ' '; /* all the way: U+2000 is first U+2002, and only that a blank */
    for (int i = 0; i < nparts; i++)
        n += (size_t)u8_uctomb(text + n, parts[i], 4);
    bool same = nparts < 1 || n > len || !is_width_only(c, kind);
    memcpy(to, same ? from : text, same ? len : n);
    return same ? len : n;
}

static uint8_t *normalized(const char *s, size_t *n)
{
    size_t all = strlen(s), used = 0;
    const uint8_t *from = (const uint8_t *)s;
    uint8_t *text = malloc(all + 1), *out = NULL;
    ucs4_t c;
    for (size_t i = 0, len; text && i < all; i += len) {
        len = (size_t)u8_mbtouc(&c, from + i, all - i);
        used += plain(c, from + i, len, text + used);
    }
    if (text)
        out = u8_normalize(UNINORM_NFC, text, used, NULL, n);
    free(text);
    return out;
}

int csv_cell_read(struct span s, struct arena *a, struct csv_cell *out)
{
    struct csv_cell cell = {"", ""};
    size_t n;
    if (is_plain(s)) {
        s = trim(s);
        if (s.n > 0)
            cell.text = cell.normal = arena_copy(a, s.p, s.n);
        *out = cell;
        return cell.text ? 0 : ERR_MEMORY;
    }
    cell.text = visible(s, a);
    if (!cell.text)
        return ERR_MEMORY;
    errno = 0;
    uint8_t *normal = normalized(cell.text, &n);
    if (!normal && errno == ENOMEM)
        return ERR_MEMORY;
    s = trim(SPAN(normal, normal ? n : 0));
    cell.normal = s.n > 0 ? arena_copy(a, s.p, s.n) : "";
    free(normal);
    *out = cell;
    return cell.normal ? 0 : ERR_MEMORY;
}

/* ---- Rows ---- */

/* What libcsv calls with. */
struct reading {
    struct arena *arena;
    struct fault *fault;
    struct csv *out;
    uint32_t cap;    /* rows that out has room for */
    uint32_t number; /* of the row being read */
    uint32_t n;      /* its cells so far */
    uint32_t used;   /* those up to the last that has text */
    bool returned;   /* the last thing read was a carriage return that ended a row */
    bool headed;
    int rc;
    struct csv_cell cells[CSV_COLUMNS];
};

static void on_cell(void *text, size_t n, void *context)
{
    struct reading *r = context;
    struct csv_cell beyond = {"", ""}, *cell = r->n < CSV_COLUMNS ? &r->cells[r->n] : &beyond;
    r->returned = false;
    if (r->rc == 0)
        r->rc = csv_cell_read(SPAN(text, n), r->arena, cell);
    r->n++;
    if (r->rc == 0 && cell->text[0])
        r->used = r->n;
}

/* Spreadsheets leave out empty cells at the end of a row, or write more of them than headings. */
static int cells_keep(struct reading *r, uint32_t n, struct csv_row *row)
{
    struct csv_cell *cells = arena_alloc(r->arena, n * sizeof *cells);
    if (!cells)
        return ERR_MEMORY;
    for (uint32_t i = 0; i < n; i++)
        cells[i] = i < r->used ? r->cells[i] : (struct csv_cell){"", ""};
    row->n = n;
    row->cells = cells;
    return 0;
}

static int head_keep(struct reading *r)
{
    char text[32];
    r->out->head = (struct csv_row){.number = r->number};
    r->headed = true;
    if (r->used <= CSV_COLUMNS)
        return cells_keep(r, r->used, &r->out->head);
    snprintf(text, sizeof text, "%" PRIu32, r->used);
    return fault_set(r->fault, "columns", text, "at most %d headings", CSV_COLUMNS);
}

static int row_keep(struct reading *r)
{
    struct csv *out = r->out;
    if (out->nrows == CSV_ROWS)
        return fault_set(r->fault, "rows", NULL, "at most %d rows", CSV_ROWS);
    if (out->nrows == r->cap) {
        uint32_t cap = r->cap ? 2 * r->cap : 256;
        struct csv_row *rows = arena_alloc(r->arena, cap * sizeof *rows);
        if (!rows)
            return ERR_MEMORY;
        if (r->cap > 0)
            memcpy(rows, out->rows, r->cap * sizeof *rows);
        out->rows = rows;
        r->cap = cap;
    }
    struct csv_row *row = &out->rows[out->nrows++];
    *row = (struct csv_row){.number = r->number, .n = r->used};
    return r->used <= out->head.n ? cells_keep(r, out->head.n, row) : 0;
}

/* libcsv tells of every carriage return and every line feed, so that empty lines are counted. */
static void on_end(int c, void *context)
{
    struct reading *r = context;
    if (c == '\n' && r->returned) {
        r->returned = false;
        return;
    }
    r->returned = c == '\r';
    if (r->rc == 0 && r->used > 0)
        r->rc = r->headed ? row_keep(r) : head_keep(r);
    r->number++;
    r->n = r->used = 0;
}

static int syntax_fault(struct reading *r, bool open)
{
    char number[16];
    snprintf(number, sizeof number, "%" PRIu32, r->number);
    if (open)
        return fault_set(r->fault, "row", number,
                         "quotes that are closed: those opened in this row never are");
    return fault_set(r->fault, "row", number,
                     "a cell with quotes in it stands between quotes, and each inside twice");
}

static int rows_read(struct span text, struct reading *r)
{
    struct csv_parser p;
    if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
        return ERR_MEMORY;
    csv_set_blk_size(&p, QUOTED_BLOCK);
    bool parsed = csv_parse(&p, text.p, text.n, on_cell, on_end, r) == text.n;
    bool closed = !parsed || csv_fini(&p, on_cell, on_end, r) == 0;
    int wrong = parsed && closed ? CSV_SUCCESS : csv_error(&p);
    csv_free(&p);
    if (r->rc < 0)
        return r->rc;
    if (wrong == CSV_EPARSE)
        return syntax_fault(r, !closed);
    return wrong == CSV_SUCCESS ? 0 : ERR_MEMORY;
}

int csv_read(struct span file, struct arena *a, struct fault *f, struct csv *out)
{
    struct csv csv = {0};
    struct reading r = {.arena = a, .fault = f, .out = &csv, .number = 1};
    struct span text = {0};
    if (file.n > CSV_BYTES)
        return fault_set(f, "file", NULL, "at most %d bytes", CSV_BYTES);
    int rc = decode(file, a, f, &csv.encoding, &text);
    if (rc == 0)
        rc = rows_read(text, &r);
    if (rc == 0 && !r.headed)
        rc = fault_set(f, "file", NULL, "a row of headings and rows below it: there is nothing");
    if (rc == 0)
        *out = csv;
    return rc;
}
