/* SPDX-License-Identifier: Apache-2.0 */
/* JSON answers: amounts are decimal yuan as texts, days and times ISO 8601, digests hexadecimal.
 * Without memory the program ends here (exits.h): nobody up the stack could do better. */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/day.h"
#include "base/fault.h"
#include "base/money.h"
#include "base/uscc.h"
#include "model/entry.h"

json_t *json_new_object(void);
json_t *json_new_array(void);
void json_put(json_t *o, const char *key, json_t *value); /* takes value over */
void json_add(json_t *array, json_t *value);              /* takes value over */

void json_put_text(json_t *o, const char *key, const char *text); /* nothing for NULL */
void json_put_number(json_t *o, const char *key, uint64_t n);
void json_put_bool(json_t *o, const char *key, bool b);
void json_put_money(json_t *o, const char *key, struct money m);
void json_put_rate(json_t *o, const char *key, struct rate r);
void json_put_day(json_t *o, const char *key, struct day d);
void json_put_time(json_t *o, const char *key, struct instant t);
void json_put_uscc(json_t *o, const char *key, const struct uscc *u);
void json_put_hex(json_t *o, const char *key, const uint8_t *p, size_t n);

/* The stages as keys of their own; the first is "available" for a fund line and "freed" for a
 * voucher or an account. */
void json_put_stages(json_t *o, const char *first, const struct stages *s);

/* {"field":..,"value":..,"expected":..} */
json_t *json_fault_object(const struct fault *f);

/* One line on stdout; frees it. */
void json_print(json_t *o);

#endif
