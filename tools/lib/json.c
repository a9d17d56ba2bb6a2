/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "tools/lib/exits.h"
#include "tools/lib/person.h"
#include "tools/lib/show.h"

json_t *json_new_object(void)
{
    json_t *o = json_object();
    if (!o)
        exit_without_memory();
    return o;
}

json_t *json_new_array(void)
{
    json_t *a = json_array();
    if (!a)
        exit_without_memory();
    return a;
}

void json_put(json_t *o, const char *key, json_t *value)
{
    if (json_object_set_new(o, key, value) < 0)
        exit_without_memory();
}

void json_add(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) < 0)
        exit_without_memory();
}

void json_put_text(json_t *o, const char *key, const char *text)
{
    char clean[512];
    if (!text)
        return;
    size_t n = strlen(text);
    if (text_utf8_valid(text, n) != n) { /* a text cut in the middle of a character */
        text_printable(text, n, clean, sizeof clean);
        text = clean;
    }
    json_put(o, key, json_string(text));
}

void json_put_number(json_t *o, const char *key, uint64_t n)
{
    json_put(o, key, json_integer((json_int_t)n));
}

void json_put_bool(json_t *o, const char *key, bool b)
{
    json_put(o, key, json_boolean(b));
}

void json_put_money(json_t *o, const char *key, struct money m)
{
    char text[MONEY_TEXT];
    json_put_text(o, key, money_format(m, text));
}

void json_put_rate(json_t *o, const char *key, struct rate r)
{
    char text[MONEY_TEXT];
    json_put_text(o, key, rate_format(r, text));
}

void json_put_day(json_t *o, const char *key, struct day d)
{
    char text[DAY_TEXT];
    json_put_text(o, key, day_format(d, text));
}

void json_put_time(json_t *o, const char *key, struct instant t)
{
    char text[INSTANT_TEXT];
    json_put_text(o, key, instant_format(t, SHOW_ZONE_MINUTES, text));
}

void json_put_uscc(json_t *o, const char *key, const struct uscc *u)
{
    char text[USCC_LEN + 1];
    if (u->c[0])
        json_put_text(o, key, uscc_format(u, text));
}

void json_put_hex(json_t *o, const char *key, const uint8_t *p, size_t n)
{
    char text[129];
    if (n > sizeof text / 2)
        n = sizeof text / 2;
    json_put_text(o, key, hex_format(p, n, text));
}

void json_put_stages(json_t *o, const char *first, const struct stages *s)
{
    json_put_money(o, first, s->at[STAGE_AVAILABLE]);
    for (int i = STAGE_HELD; i < STAGE_COUNT; i++)
        json_put_money(o, show_stage_name(i), s->at[i]);
}

json_t *json_fault_object(const struct fault *f)
{
    json_t *o = json_new_object();
    json_put_text(o, "field", f->field);
    json_put_text(o, "value",
                  person_number_in(f->value) ? "(a person's number, not shown)" : f->value);
    json_put_text(o, "expected", f->expected);
    return o;
}

void json_print(json_t *o)
{
    json_dumpf(o, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(o);
}
