/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of voucherq: each is one struct in the file of its group and one line in the table
 * of voucherq.c. */
#ifndef TOOLS_Q_H
#define TOOLS_Q_H

#include <jansson.h>

#include "tools/lib/command_line.h"
#include "tools/lib/session.h"
#include "tools/lib/show.h"

extern const struct tool_command q_funds;
extern const struct tool_command q_enterprise;
extern const struct tool_command q_voucher, q_vouchers;
extern const struct tool_command q_statement;
extern const struct tool_command q_refusals;
extern const struct tool_command q_entries;
extern const struct tool_command q_explain;
extern const struct tool_command q_status;

/* Fields that several commands have; Q_AS_OF is two. */
#define Q_AS_OF                                                                                    \
    {.name = "as-of", .type = FIELD_DAY, .help = N_("as it was at the end of this day")},          \
    {                                                                                              \
        .name = "as-of-entry", .type = FIELD_NUMBER, .help = N_("as it was after this entry")      \
    }
#define Q_LIMIT                                                                                    \
    {                                                                                              \
        .name = "limit", .type = FIELD_NUMBER, .help = N_("so many rows at most")                  \
    }

/* Reads the two fields of Q_AS_OF. Both at once are a mistake: ERR_INVALID, told in *f. */
int q_as_of(const struct values *v, struct fault *f, struct as_of *out) MUST_CHECK;
bool q_is_past(const struct as_of *a);

/* A voucher as an object; `past` leaves out what is known only of now. */
json_t *q_voucher_json(const struct voucher_answer *v, bool past);

/* Vouchers of a filter, from all pages: into a JSON list or a table, whichever is not NULL. Returns
 * an exit code. */
int q_vouchers_list(struct session *s, const struct voucher_filter *filter, uint64_t limit,
                    json_t *list, struct show_table *table, uint64_t *as_of_entry);
struct show_table *q_vouchers_table(void);

/* The table of entries, and one row of it. */
struct show_table *q_entries_table(void);
void q_entries_row(struct show_table *t, const struct entry *e);
/* Tells entries from `first` on as they are booked, until `limit` were told (0: for ever), a signal
 * ends it or nobody reads any more. resume: the file that says how far it got; NULL: none. Returns
 * an exit code. */
int q_follow(struct session *s, uint64_t first, uint64_t limit, const char *resume);

/* Ends a JSON answer with the entry that it counts up to and prints it; or prints that line for
 * people behind a table. */
void q_json_end(json_t *o, uint64_t as_of_entry);
void q_text_end(uint64_t as_of_entry);

/* A listing's end: prints the JSON list under a key, or the table, whichever is not NULL; or drops
 * them where the listing failed. */
int q_list_print(json_t *list, const char *key, struct show_table *table, uint64_t as_of_entry);
void q_list_drop(json_t *list, struct show_table *table);

/* Decodes an entry; a failure is told. Returns an exit code. */
int q_entry(const struct session *s, const struct stored_entry *stored, struct arena *a,
            struct entry *out);
/* An entry of the journal as an object. */
json_t *q_entry_json(const struct stored_entry *stored, const struct entry *e);

#endif
