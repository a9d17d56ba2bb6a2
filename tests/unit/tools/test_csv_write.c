/* SPDX-License-Identifier: Apache-2.0 */
/* CSV files for people: their exact bytes, and that a file is there whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/lib/csv_write.h"

static char folder[] = "/tmp/vd-XXXXXX", path[64];

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/r.csv", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void assert_file(const char *expected)
{
    char text[512];
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    size_t n = fread(text, 1, sizeof text - 1, in);
    fclose(in);
    text[n] = 0;
    assert_string_equal(text, expected);
}

static void exact_bytes(void **state)
{
    static const char *const cells[] = {"a",     "",   "x\"y,\nz", "=1+1",  "+86",
                                        "-1.50", "-x", "@me",      "-1.5.", "漳浦",
                                        "-",     "=2", "+.5",      "-1,200"};
    struct csv_file *w;
    struct fault f;
    (void)state;
    assert_int_equal(csv_file_open(path, "result", &f, &w), 0);
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        csv_file_cell(w, cells[i]);
    csv_file_end_row(w);
    csv_file_cell(w, "1");
    csv_file_end_row(w);
    assert_int_equal(access(path, F_OK), -1); /* not before it is whole */
    assert_int_equal(csv_file_finish(w, &f), 0);
    assert_file("\xef\xbb\xbf"
                "\"a\",\"\",\"x\"\"y,\nz\",\"'=1+1\",\"+86\",\"-1.50\",\"'-x\",\"'@me\",\"'-1.5.\","
                "\"漳浦\",\"'-\",\"'=2\",\"'+.5\",\"'-1,200\"\r\n"
                "\"1\"\r\n");
}

static void nothing_is_left_where_it_cannot_be_written(void **state)
{
    char pattern[80];
    struct csv_file *w;
    struct fault f;
    glob_t found;
    (void)state;
    assert_int_equal(csv_file_open("/nowhere/r.csv", "result", &f, &w), ERR_INVALID);
    assert_string_equal(f.field, "result");
    assert_string_equal(f.value, "/nowhere/r.csv");
    snprintf(pattern, sizeof pattern, "%s/*", folder);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 1); /* the file alone */
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_bytes),
        cmocka_unit_test(nothing_is_left_where_it_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
