/* SPDX-License-Identifier: Apache-2.0 */
/* The document reader: what is taken, what is told, and that no bytes bring it down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/doc.h"

static struct mistakes told;

static struct doc *read_ok(const char *text)
{
    struct doc *d = NULL;
    told = (struct mistakes){0};
    int rc = doc_read(span_of_text(text), "x.yaml", &told, &d);
    if (rc < 0 || told.n > 0)
        print_message("    %d:%d: %s\n", told.list[0].line, told.list[0].column, told.list[0].text);
    assert_int_equal(rc, 0);
    assert_int_equal(told.n, 0);
    return d;
}

static void check_told(int i, int line, int column, const char *fragment)
{
    assert_true(i < told.n);
    if (!strstr(told.list[i].text, fragment))
        fail_msg("'%s' is not in '%s'", fragment, told.list[i].text);
    assert_int_equal(told.list[i].line, line);
    assert_int_equal(told.list[i].column, column);
}

static void test_values(void **state)
{
    (void)state;
    static const char *const words[] = {"red", "blue", NULL};
    char text[16];
    struct money money;
    struct rate rate;
    struct day day;
    int n = 0, word = -1;
    struct doc *d = read_ok("code: 1\nquoted: \"1\"\nmoney: 12.5\nrate: 12.5 %\nday: 2024-02-29\n"
                            "n: -7\nword: blue\nlist: [a, b]\nmap: {k: v, w: x}\n");
    struct doc_node *root = doc_root(d);
    assert_true(doc_text(d, doc_need(d, root, "code"), text, 15));
    assert_string_equal(text, "1");
    assert_true(doc_text(d, doc_need(d, root, "quoted"), text, 15));
    assert_string_equal(text, "1");
    assert_true(doc_money(d, doc_need(d, root, "money"), "money", &money));
    assert_int_equal(money.fen, 1250);
    assert_true(doc_rate(d, doc_need(d, root, "rate"), "rate", &rate));
    assert_int_equal(rate.ppm, 125000);
    assert_true(doc_day(d, doc_need(d, root, "day"), "day", &day));
    assert_int_equal(day.n, 19782);
    assert_true(doc_int(d, doc_need(d, root, "n"), "n", -10, 10, &n));
    assert_int_equal(n, -7);
    assert_true(doc_word(d, doc_need(d, root, "word"), "word", words, &word));
    assert_int_equal(word, 1);
    struct doc_node *list = doc_need(d, root, "list"), *map = doc_may(d, root, "map");
    assert_int_equal(doc_count(d, list), 2);
    assert_true(doc_text(d, doc_item(d, list, 1), text, 15));
    assert_string_equal(text, "b");
    assert_null(doc_item(d, list, 2));
    assert_null(doc_item(d, list, -1));
    assert_int_equal(doc_pairs(d, map), 2);
    assert_true(doc_text(d, doc_pair_key(d, map, 1), text, 15));
    assert_string_equal(text, "w");
    assert_true(doc_text(d, doc_pair_value(d, map, 0), text, 15));
    assert_string_equal(text, "v");
    assert_null(doc_may(d, root, "absent"));
    assert_false(doc_text(d, NULL, text, 15));
    assert_int_equal(doc_count(d, NULL), 0);
    doc_end(d, root);
    doc_end(d, NULL);
    assert_int_equal(told.n, 0);
    doc_free(d);
    doc_free(NULL);
}

static void test_places_and_words(void **state)
{
    (void)state;
    static const char *const words[] = {"red", "blue", NULL};
    char text[4] = "old";
    int n = 5;
    struct money money = MONEY(9);
    struct doc *d = read_ok("long: 漳州\nn: 11\nword: green\nmoney: 1.005\nlist: x\n漳: 1\n");
    struct doc_node *root = doc_root(d);
    assert_false(doc_text(d, doc_need(d, root, "long"), text, 3));
    check_told(0, 1, 7, "long: '漳州': one line of 1 to 3 bytes");
    assert_false(doc_int(d, doc_need(d, root, "n"), "n", 0, 10, &n));
    check_told(1, 2, 4, "n: '11': a whole number from 0 to 10");
    assert_false(doc_word(d, doc_need(d, root, "word"), "word", words, &n));
    check_told(2, 3, 7, "word: 'green': one of: red, blue");
    assert_false(doc_money(d, doc_need(d, root, "money"), "money", &money));
    check_told(3, 4, 8, "at most two decimals");
    struct doc_node *list = doc_need(d, root, "list");
    assert_int_equal(doc_count(d, list), 0);
    assert_int_equal(doc_count(d, list), 0);
    check_told(4, 5, 7, "list: this is one value, it should be a list");
    assert_null(doc_need(d, root, "gone"));
    check_told(5, 1, 1, "the key 'gone' is missing");
    doc_end(d, root);
    doc_end(d, root);
    check_told(6, 6, 1, "unknown key '漳': known here are long, n, word, money, list, gone");
    assert_int_equal(told.n, 7);
    assert_string_equal(text, "old");
    assert_int_equal(n, 5);
    assert_int_equal(money.fen, 9);
    doc_free(d);
}

/* Told, and reading goes on. */
/* More keys than a mistake can tell: none is cut. */
static void test_of_many_keys_those_that_begin_alike(void **state)
{
    (void)state;
    static char names[40][32];
    struct doc *d = read_ok("b-wrong: 1\nzzz: 1\n");
    struct doc_node *root = doc_root(d);
    for (int i = 0; i < 40; i++) {
        snprintf(names[i], sizeof names[i], "%c-key-number-%02d", 'a' + i / 10, i);
        assert_null(doc_may(d, root, names[i]));
    }
    doc_end(d, root);
    check_told(0, 1, 1, "unknown key 'b-wrong': known here are, among others, b-key-number-10, ");
    assert_non_null(strstr(told.list[0].text, ", b-key-number-19"));
    assert_null(strstr(told.list[0].text, "a-key"));
    check_told(1, 2, 1, "unknown key 'zzz': known here are, among others, a-key-number-00, ");
    const char *last = strrchr(told.list[1].text, ' ');
    assert_int_equal(strlen(last + 1), strlen("a-key-number-00"));
    doc_free(d);
}

static void test_unplain(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line, column;
        const char *fragment;
    } table[] = {
        {"a: &x 1\n", 1, 7, "anchors (&name)"},
        {"a: 1\nb: *x\n", 2, 5, "aliases (*name)"},
        {"a: !!int 1\n", 1, 10, "tags (!name)"},
        {"a: !own {b: 1}\n", 1, 9, "tags (!name)"},
        {"a: 1\n<<: {b: 2}\n", 2, 1, "merge keys"},
        {"a: 1\nb: 2\na: 3\n", 3, 1, "the key 'a' is there already, in line 1"},
        {"\"a\": 1\na: 2\n", 2, 1, "the key 'a' is there already"},
        {"m: {k: 1, k: 2}\n", 1, 11, "the key 'k' is there already"},
        {"? [a, b]\n: 1\n", 1, 3, "a key is a word"},
        {"\"\": 1\n", 1, 2, "a key is one line of text"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct doc *d = NULL;
        told = (struct mistakes){0};
        assert_int_equal(doc_read(span_of_text(table[i].text), "x", &told, &d), 0);
        assert_int_equal(told.n, 1);
        assert_string_equal(told.file, "x");
        check_told(0, table[i].line, table[i].column, table[i].fragment);
        doc_end(d, doc_root(d));
        doc_free(d);
    }
}

/* Told, and reading ends: the output stays as it was. */
static void test_unreadable(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t n;
        int line;
        const char *fragment;
    } table[] = {
        {"", 0, 1, "nothing is written here"},
        {"\xef\xbb\xbf", 3, 1, "nothing is written here"},
        {"a: [1\n", 6, 2, "wrong YAML: flow sequence without a closing bracket"},
        {"a: 'x\n", 6, 1, "wrong YAML"},
        {"\ta: 1\n", 6, 1, "a tab: write blanks"},
        {"? ?:\t:", 6, 1, "a tab: write blanks"}, /* of which the library dies */
        {"a: @b\n", 6, 1, "wrong YAML"},
        {"}\n", 2, 1, "wrong YAML"},
        {"a: >\n ", 6, 2, "wrong YAML: this text block"},
        {"a: 1\nb: {from&a 漳d", 20, 2, "wrong YAML: missing comma"}, /* and no line 3 */
        {"a: 1\n---\nb: 2\n", 14, 2, "a second document"},
        {"a: 1\n...\n---\nb: 2\n", 18, 3, "a second document"},
        {"a: 1\nb: \0\n", 10, 2, "byte 0x00 is a control character"},
        {"a: 1\r\nb: \x7f\n", 11, 2, "byte 0x7f is a control character"},
        {"a: \xc2\x85\n", 6, 1, "invisible character begins with byte 0xc2"},
        {"a: \xe2\x80\xa8\n", 7, 1, "invisible character begins with byte 0xe2"},
        {"a: x\xef\xbb\xbfy\n", 9, 1, "a byte order mark inside the text"},
        {"a: \xc0\xaf\n", 6, 1, "byte 0xc0 is not valid UTF-8"},
        {"a: 1\nb: \xed\xa0\x80\n", 12, 2, "byte 0xed is not valid UTF-8"},
        {"\xff\xfe"
         "a\0",
         4, 1, "byte 0xff is not valid UTF-8"},
        {"a: \xe6\xbc", 5, 1, "byte 0xe6 is not valid UTF-8"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct doc *d = NULL;
        told = (struct mistakes){0};
        int rc = doc_read(SPAN(table[i].text, table[i].n), "x", &told, &d);
        assert_int_equal(rc, ERR_INVALID);
        assert_null(d);
        assert_int_equal(told.n, 1);
        check_told(0, table[i].line, told.list[0].column, table[i].fragment);
    }
    /* Columns are characters, not bytes. */
    struct doc *d = NULL;
    told = (struct mistakes){0};
    assert_int_equal(doc_read(SPAN("a: 1\n漳州: \xff\n", 15), "x", &told, &d), ERR_INVALID);
    check_told(0, 2, 5, "byte 0xff");
    /* No place lies behind the text. */
    told = (struct mistakes){0};
    assert_int_equal(doc_read(SPAN("|\n|", 3), "x", &told, &d), ERR_INVALID);
    check_told(0, 2, 2, "wrong YAML");
}

/* Texts of many pieces come whole. */
static void test_folded_text(void **state)
{
    (void)state;
    char text[LIMIT_TEXT + 1];
    struct doc *d = read_ok("a: one\n  two\n\n  three\nb: >-\n  x\n  y\nc: 'it''s\n  so'\nd: ''\n"
                            "e: 1\n  2\n  3\n  4\n  5\n  6\n  7\n  8\n  9\n  10\n  11\n  12\n  13\n"
                            "  14\n  15\n  16\n  17\n  18\n  19\n  20\n");
    struct doc_node *root = doc_root(d);
    assert_true(doc_text(d, doc_need(d, root, "b"), text, LIMIT_TEXT));
    assert_string_equal(text, "x y");
    assert_true(doc_text(d, doc_need(d, root, "c"), text, LIMIT_TEXT));
    assert_string_equal(text, "it's so");
    assert_true(doc_text(d, doc_need(d, root, "e"), text, LIMIT_TEXT));
    assert_string_equal(text, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20");
    assert_int_equal(told.n, 0);
    assert_false(doc_text(d, doc_need(d, root, "a"), text, LIMIT_TEXT));
    check_told(0, 1, 4, "'one two\\x0athree'");
    assert_false(doc_text(d, doc_need(d, root, "d"), text, LIMIT_TEXT));
    check_told(1, 10, 5, "this has 0 bytes");
    doc_free(d);
}

static void fill(struct buf *b, const char *text, int times)
{
    for (int i = 0; i < times; i++)
        assert_int_equal(buf_add(b, text, strlen(text)), 0);
}

static void check_limit(struct buf *b, const char *fragment)
{
    struct doc *d = NULL;
    told = (struct mistakes){0};
    assert_int_equal(doc_read(SPAN(b->p, b->n), "x", &told, &d), ERR_INVALID);
    assert_true(told.n >= 1);
    assert_non_null(strstr(told.list[told.n - 1].text, fragment));
    buf_free(b);
}

static void test_limits(void **state)
{
    (void)state;
    struct buf b = {0};
    static const char *const nests[] = {"[", "{a: ", "{? ", "- ", "? ", "[{"};
    for (size_t i = 0; i < sizeof nests / sizeof *nests; i++) {
        fill(&b, nests[i], 10000);
        check_limit(&b, "nested deeper than 32");
    }
    for (int i = 0; i < 300; i++) {
        char line[512];
        snprintf(line, sizeof line, "%*sa:\n", i, "");
        fill(&b, line, 1);
    }
    check_limit(&b, "nested deeper than 32");
    fill(&b, "- a\n", LIMIT_DOC_NODES + 1);
    check_limit(&b, "more than 65536 keys and values");
    fill(&b, "# comment\n", LIMIT_POLICY_BYTES / 10 + 1);
    check_limit(&b, "a file has at most 1048576");
    /* As deep as is taken. */
    fill(&b, "[", LIMIT_DOC_DEPTH);
    fill(&b, "]", LIMIT_DOC_DEPTH);
    struct doc *d = NULL;
    told = (struct mistakes){0};
    assert_int_equal(doc_read(SPAN(b.p, b.n), "x", &told, &d), 0);
    doc_free(d);
    buf_free(&b);
}

static uint64_t seed = 20250710;

static uint32_t rnd(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

/* Reads everything of a document, by every reader. */
static void walk(struct doc *d, struct doc_node *n, int depth)
{
    char text[LIMIT_NAME + 1];
    struct day day;
    struct money money;
    int v;
    if (depth > LIMIT_DOC_DEPTH)
        fail();
    (void)doc_may(d, n, "a");
    int pairs = depth % 2 ? doc_pairs(d, n) : 0;
    for (int i = 0; i < pairs && i < 50; i++) {
        (void)doc_text(d, doc_pair_key(d, n, i), text, LIMIT_NAME);
        walk(d, doc_pair_value(d, n, i), depth + 1);
    }
    for (int i = 0, count = doc_count(d, n); i < count && i < 50; i++)
        walk(d, doc_item(d, n, i), depth + 1);
    (void)doc_text(d, n, text, LIMIT_NAME);
    (void)doc_day(d, n, "day", &day);
    (void)doc_money(d, n, "money", &money);
    (void)doc_int(d, n, "n", 0, 9, &v);
    doc_end(d, n);
}

static void check_survives(const uint8_t *p, size_t n)
{
    struct doc *d = NULL;
    told = (struct mistakes){0};
    /* Just these bytes on the heap, so that a step beyond them is seen. */
    uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, p, n);
    int rc = doc_read(SPAN(copy, n), "x", &told, &d);
    assert_true(rc == 0 || rc == ERR_INVALID);
    assert_true(rc == 0 || told.n > 0);
    free(copy);
    if (rc == 0)
        walk(d, doc_root(d), 0);
    for (int i = 0; i < told.n; i++)
        assert_true(told.list[i].line > 0 && told.list[i].column > 0);
    doc_free(d);
}

static const char seed_text[] =
    "# comment\npolicy: &a t\ntitle: \"x\\u6f33\\n\" # c\nlist: [a, {b: 'c''d', ? e : f}, *a, !t "
    "g]\n"
    "map:\n  - k: |\n      line\n      line\n    m: >-\n      folded\n      text\n"
    "  - {code: \"350602\", name: 芗城区}\nrate: 50 %\n'q': ~\n? x\n: y\n<<: {}\n";

static void test_cut_anywhere(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof seed_text; n++)
        check_survives((const uint8_t *)seed_text, n);
}

static void test_mutations(void **state)
{
    (void)state;
    static const char spice[] = "{}[]:,-?&*!|>'\"%@`#\n\r \\~<.0a\xe6\xff";
    uint8_t text[sizeof seed_text + 16];
    for (int round = 0; round < 20000; round++) {
        size_t n = sizeof seed_text - 1;
        memcpy(text, seed_text, n);
        for (uint32_t i = 0, times = 1 + rnd(8); i < times; i++) {
            size_t at = rnd((uint32_t)n);
            if (rnd(3) == 0) { /* a piece goes elsewhere */
                size_t to = rnd((uint32_t)n), len = rnd(24);
                if (at + len <= n && to + len <= n)
                    memmove(text + to, text + at, len);
            } else {
                text[at] = rnd(8) ? (uint8_t)spice[rnd(sizeof spice - 1)] : (uint8_t)rnd(256);
            }
        }
        if (rnd(4) == 0)
            n = rnd((uint32_t)n);
        check_survives(text, n);
    }
}

static void test_random_bytes(void **state)
{
    (void)state;
    static const char spice[] = "{}[]:,-?&*!|>'\"%@`#\n\n\n   \\~<.0ab";
    uint8_t text[200];
    for (int round = 0; round < 20000; round++) {
        uint32_t n = rnd(sizeof text);
        for (uint32_t i = 0; i < n; i++)
            text[i] = round % 8 == 0 ? (uint8_t)rnd(256) : (uint8_t)spice[rnd(sizeof spice - 1)];
        check_survives(text, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_places_and_words),
        cmocka_unit_test(test_of_many_keys_those_that_begin_alike),
        cmocka_unit_test(test_unplain),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_folded_text),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
