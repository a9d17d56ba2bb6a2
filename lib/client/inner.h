/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lib/client: between the structs of voucher.h and those of the model. */
#ifndef CLIENT_INNER_H
#define CLIENT_INNER_H

#include "base/bytes.h"
#include "base/fault.h"
#include "client/voucher.h"
#include "model/message.h"

/* n commands of the caller's size as commands of the model, in the arena; their texts stay the
 * caller's. ERR_INVALID (told in *f), ERR_MEMORY. */
int commands_take(const struct voucher_command *commands, size_t n, struct arena *a,
                  struct fault *f, struct command **out) MUST_CHECK;
int query_take(const struct voucher_query *query, struct fault *f, struct query *out) MUST_CHECK;
/* The other way round: what an entry says was asked; texts live in the arena, or where the
 * model's do. ERR_MEMORY. */
int command_show(const struct command *c, struct arena *a, struct voucher_command *out) MUST_CHECK;

/* The fault's field as the caller knows it: what the protocol calls "add_enterprise.uscc" in the
 * row of a call's commands is "commands[ROW].enterprise", "query.funds.as_of.day" of a query
 * "as_of_day". What is no member stays as it is. */
void field_show(bool command, size_t row, struct fault *f);

/* Fills *out with what a reply says; texts and lists live in the arena that the reply was read
 * into. The reply fits what was asked (n commands, or a query). ERR_PEER (an entry that is none),
 * ERR_MEMORY. */
int result_show(const struct reply *reply, struct arena *a, struct voucher_result *out) MUST_CHECK;

/* The code for a request that the daemon answered by a fault: DENIED where that is about who asks,
 * TRY_AGAIN where the book failed, else MISTAKE. */
int fault_code(const struct fault *f);
/* error may be NULL. */
void error_set(struct voucher_error *error, int code, const struct fault *f);

#endif
