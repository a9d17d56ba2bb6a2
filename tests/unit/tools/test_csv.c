/* SPDX-License-Identifier: Apache-2.0 */
/* CSV files as people bring them: encodings, what nobody sees, quotes, and how rows are counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/csv.h"

static struct arena arena;
static struct csv csv;
static struct fault fault;

/* A buffer of its own on the heap, so that a read behind its end is found. */
static int read_bytes(const void *p, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, p, n);
    memset(&fault, 0, sizeof fault);
    int rc = csv_read(SPAN(copy, n), &arena, &fault, &csv);
    free(copy);
    return rc;
}

static int read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static const char *cell(uint32_t row, uint32_t column)
{
    assert_true(row < csv.nrows);
    assert_non_null(csv.rows[row].cells);
    assert_true(column < csv.rows[row].n);
    return csv.rows[row].cells[column].text;
}

static const char *normal(uint32_t row, uint32_t column)
{
    (void)cell(row, column);
    return csv.rows[row].cells[column].normal;
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static void rows_and_cells(void **state)
{
    (void)state;
    assert_int_equal(read_text("a,b\r\n1, two \r\n\"x,\"\"y\"\"\n z\",\r\n"), 0);
    assert_string_equal(csv.encoding, "UTF-8");
    assert_int_equal(csv.head.n, 2);
    assert_int_equal(csv.head.number, 1);
    assert_string_equal(csv.head.cells[1].text, "b");
    assert_int_equal(csv.nrows, 2);
    assert_string_equal(cell(0, 1), "two");
    assert_string_equal(cell(1, 0), "x,\"y\"\n z");
    assert_string_equal(cell(1, 1), "");
}

static void rows_are_counted_as_a_spreadsheet_counts(void **state)
{
    static const char *const forms[] = {"\n\na,b\n\n1,2\n,\n\"3\nx\",4\n5,6",
                                        "\r\n\r\na,b\r\n\r\n1,2\r\n,\r\n\"3\nx\",4\r\n5,6\r\n",
                                        "\r\ra,b\r\r1,2\r,\r\"3\nx\",4\r5,6\r"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(read_text(forms[i]), 0);
        assert_int_equal(csv.head.number, 3);
        assert_int_equal(csv.nrows, 3);
        assert_int_equal(csv.rows[0].number, 5);
        assert_int_equal(csv.rows[1].number, 7); /* 6 has no text; 7 has a line break in it */
        assert_int_equal(csv.rows[2].number, 8);
        assert_string_equal(cell(2, 1), "6");
    }
}

static void empty_cells_at_the_end_of_a_row_may_lack_or_be_more(void **state)
{
    (void)state;
    assert_int_equal(read_text("a,,b,,\n1\n1,2,3,\n1,2,3,4\n1,,, ,\n"), 0);
    assert_int_equal(csv.head.n, 3);
    assert_int_equal(csv.nrows, 4);
    assert_int_equal(csv.rows[0].n, 3);
    assert_string_equal(cell(0, 0), "1");
    assert_string_equal(cell(0, 1), "");
    assert_string_equal(normal(0, 2), "");
    assert_string_equal(cell(1, 2), "3");
    assert_null(csv.rows[2].cells);
    assert_int_equal(csv.rows[2].n, 4);
    assert_string_equal(cell(3, 1), "");
    assert_int_equal(csv.rows[3].n, 3);
}

static void encodings_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(read_text("\xef\xbb\xbf名称\n漳浦\n"), 0);
    assert_string_equal(csv.encoding, "UTF-8");
    assert_string_equal(csv.head.cells[0].text, "名称");
    /* 名称, 漳浦 and 𠀋 (a character of four bytes) in GB18030 */
    assert_int_equal(read_text("\xc3\xfb\xb3\xc6\n\xd5\xc4\xc6\xd6\x95\x32\x83\x37\n"), 0);
    assert_string_equal(csv.encoding, "GB18030");
    assert_string_equal(csv.head.cells[0].text, "名称");
    assert_int_equal(strncmp(cell(0, 0), "漳浦", 6), 0);
    assert_int_equal(strlen(cell(0, 0)), 6 + 4);
}

static void another_encoding_is_refused_with_the_offset(void **state)
{
    (void)state;
    /* 0xff is in neither; before it stands what is right in GB18030 alone. */
    assert_int_equal(read_text("ab\xc3\xfb\n1\xff\n"), ERR_INVALID);
    assert_string_equal(fault.field, "encoding");
    assert_string_equal(fault.value, "byte 2");
    assert_non_null(strstr(fault.expected, "GB18030, in which byte 6 "));
    /* cut in the middle of a character */
    assert_int_equal(read_text("ab\n\xc3\xfb\xd5"), ERR_INVALID);
    assert_string_equal(fault.value, "byte 3");
    assert_non_null(strstr(fault.expected, "byte 5 "));
    /* with the mark it must be UTF-8; an overlong form is not */
    assert_int_equal(read_text("\xef\xbb\xbf"
                               "ab\xc0\xaf\n"),
                     ERR_INVALID);
    assert_string_equal(fault.value, "byte 5");
    assert_int_equal(read_text("\xef\xbb\xbf\xc3\xfb\n"), ERR_INVALID);
    assert_string_equal(fault.value, "byte 3");
    assert_int_equal(read_bytes("a,b\0c\n", 6), ERR_INVALID);
    assert_string_equal(fault.value, "byte 3");
}

static void other_formats_are_named(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *name;
    } others[] = {{"\xff\xfe"
                   "a\0,\0",
                   6, "UTF-16"},
                  {"\xfe\xff\x6f\x33", 4, "UTF-16"},
                  {"PK\x03\x04\x14\0", 6, "xlsx"},
                  {"\xd0\xcf\x11\xe0\xa1", 5, "xls"}};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(read_bytes(others[i].bytes, others[i].n), ERR_INVALID);
        assert_string_equal(fault.field, "encoding");
        assert_string_equal(fault.value, "byte 0");
        assert_non_null(strstr(fault.expected, others[i].name));
        assert_non_null(strstr(fault.expected, "CSV UTF-8"));
    }
}

static void what_nobody_sees_goes_and_what_is_wide_matches(void **state)
{
    (void)state;
    /* a zero-width space, a no-break space at the end, an ideographic one before */
    assert_int_equal(read_text("a,b,c\n"
                               "１２\xe2\x80\x8b３,\xe3\x80\x80（甲）\xc2\xa0,a\xc2\xa0z\n"
                               "ＡＢｃ；＝,\"\xe2\x80\x8b\",\xef\xbb\xbfx\n"),
                     0);
    assert_string_equal(cell(0, 0), "１２３");
    assert_string_equal(normal(0, 0), "123");
    assert_string_equal(cell(0, 1), "（甲）");
    assert_string_equal(normal(0, 1), "(甲)");
    assert_string_equal(cell(0, 2), "a\xc2\xa0z");
    assert_string_equal(normal(0, 2), "a z");
    assert_string_equal(normal(1, 0), "ABc;=");
    assert_string_equal(cell(1, 1), "");
    assert_string_equal(normal(1, 1), "");
    assert_string_equal(cell(1, 2), "x");
}

static void a_small_or_circled_digit_is_no_digit(void **state)
{
    (void)state;
    assert_int_equal(read_text("a,b,c\n"
                               "10²,100①,½\n"
                               "㎡Ⅳ,e\xcc\x81\xef\xbc\xa1,\xe2\x80\x83x\xe2\x80\xafy\n"),
                     0);
    assert_string_equal(normal(0, 0), "10²");
    assert_string_equal(normal(0, 1), "100①");
    assert_string_equal(normal(0, 2), "½");
    assert_string_equal(normal(1, 0), "㎡Ⅳ");
    assert_string_equal(normal(1, 1), "\xc3\xa9"
                                      "A"); /* of an e and its accent */
    assert_string_equal(normal(1, 2), "x y");
    /* An en quad is the same as an en space, which is a blank. */
    assert_int_equal(read_text("a\xe2\x80\x80"
                               "b,c\n1,2\n"),
                     0);
    assert_string_equal(csv.head.cells[0].normal, "a b");
}

static void utf8_with_a_wrong_byte_is_not_gb18030(void **state)
{
    (void)state;
    /* Both would be right in GB18030: a wrong byte in the middle, and an end cut off. */
    assert_int_equal(read_text("名称\n漳浦\xd5\xc4\n"), ERR_INVALID);
    assert_string_equal(fault.field, "encoding");
    assert_string_equal(fault.value, "byte 13");
    assert_non_null(strstr(fault.expected, "UTF-8"));
    assert_int_equal(read_text("名称\n漳浦县\xe8\x8a"), ERR_INVALID);
    assert_string_equal(fault.value, "byte 16");
    /* 联通, and characters that are three of UTF-8, in GB18030 */
    assert_int_equal(read_text("\xc1\xaa\xcd\xa8\n\xe4\xb8\xb0\xe5\xa4\xa9\n\xb3\xc6"), 0);
    assert_string_equal(csv.encoding, "GB18030");
}

static void quotes_are_strict(void **state)
{
    static const struct {
        const char *text, *row;
    } wrong[] = {
        {"a,b\n1,x\"y\n", "2"},  {"a\n=\"123\"\n", "2"},      {"a,b\n\"x\"y,2\n", "2"},
        {"a\n1\n\"x\n2\n", "3"}, {"a\n1\n\n\"x\n2\n\n", "4"}, {"\"a\n1\n", "1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(read_text(wrong[i].text), ERR_INVALID);
        assert_string_equal(fault.field, "row");
        assert_string_equal(fault.value, wrong[i].row);
    }
    assert_non_null(strstr(fault.expected, "never"));
    assert_int_equal(read_text("a\nx\"y\n"), ERR_INVALID);
    assert_null(strstr(fault.expected, "never"));
}

static void nothing_is_a_mistake(void **state)
{
    static const char *const nothing[] = {"", "\n\n", " ", ",,\n,,\n", "\xef\xbb\xbf", "\"\"\n"};
    (void)state;
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
        assert_int_equal(read_text(nothing[i]), ERR_INVALID);
        assert_string_equal(fault.field, "file");
    }
    assert_int_equal(read_text("a,b"), 0);
    assert_int_equal(csv.nrows, 0);
}

static void there_are_limits(void **state)
{
    static char text[4 * CSV_ROWS + 64];
    size_t n = 0;
    (void)state;
    for (int i = 0; i < CSV_COLUMNS; i++)
        n += (size_t)sprintf(text + n, "%sx", i ? "," : "");
    assert_int_equal(read_text(text), 0);
    assert_int_equal(csv.head.n, CSV_COLUMNS);
    strcpy(text + n, ",x\n");
    assert_int_equal(read_text(text), ERR_INVALID);
    assert_string_equal(fault.field, "columns");
    assert_string_equal(fault.value, "65");
    strcpy(text, "a\n");
    for (int i = 0; i < CSV_ROWS; i++)
        memcpy(text + 2 + 2 * i, "1\n", 3);
    assert_int_equal(read_text(text), 0);
    assert_int_equal(csv.nrows, CSV_ROWS);
    strcat(text + 2 * CSV_ROWS, "1\n");
    assert_int_equal(read_text(text), ERR_INVALID);
    assert_string_equal(fault.field, "rows");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(rows_and_cells, end),
        cmocka_unit_test_teardown(rows_are_counted_as_a_spreadsheet_counts, end),
        cmocka_unit_test_teardown(empty_cells_at_the_end_of_a_row_may_lack_or_be_more, end),
        cmocka_unit_test_teardown(encodings_are_told_apart, end),
        cmocka_unit_test_teardown(another_encoding_is_refused_with_the_offset, end),
        cmocka_unit_test_teardown(other_formats_are_named, end),
        cmocka_unit_test_teardown(what_nobody_sees_goes_and_what_is_wide_matches, end),
        cmocka_unit_test_teardown(a_small_or_circled_digit_is_no_digit, end),
        cmocka_unit_test_teardown(utf8_with_a_wrong_byte_is_not_gb18030, end),
        cmocka_unit_test_teardown(quotes_are_strict, end),
        cmocka_unit_test_teardown(nothing_is_a_mistake, end),
        cmocka_unit_test_teardown(there_are_limits, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
