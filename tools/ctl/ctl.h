/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of voucherctl: each is one struct in the file of its group and one line in the table
 * of voucherctl.c. */
#ifndef TOOLS_CTL_H
#define TOOLS_CTL_H

#include "tools/lib/command_line.h"
#include "tools/lib/session.h"

extern const struct tool_command ctl_policy_check, ctl_policy_adopt;
extern const struct tool_command ctl_fund_appropriate;
extern const struct tool_command ctl_enterprise_add, ctl_enterprise_amend;
extern const struct tool_command ctl_contract_add;
extern const struct tool_command ctl_voucher_issue, ctl_voucher_redeem, ctl_voucher_void;
extern const struct tool_command ctl_outside_add;
extern const struct tool_command ctl_claim;
extern const struct tool_command ctl_designation_add, ctl_designation_withdraw, ctl_withdraw;
extern const struct tool_command ctl_round_close;
extern const struct tool_command ctl_pay, ctl_bank_return;
extern const struct tool_command ctl_ceiling_raise;
extern const struct tool_command ctl_lapse;
extern const struct tool_command ctl_batch;
extern const struct tool_command ctl_import_enterprises, ctl_import_contracts, ctl_import_vouchers,
    ctl_import_redemptions, ctl_import_invoices, ctl_import_claims;
extern const struct tool_command ctl_clock_set;

/* Builds a command from its values: kind, request id and what is asked. ERR_INVALID, told in *f;
 * ERR_MEMORY. */
int ctl_build(const struct tool_command *c, const struct values *v, const uint8_t id[static 16],
              struct arena *a, struct fault *f, struct command *out) MUST_CHECK;

/* The build of every command that claims: fields that its table does not have are not given. */
int ctl_build_claim(const struct values *v, struct arena *a, struct fault *f,
                    struct command *out) MUST_CHECK;
/* Attestations and facts of a value; how many attestations. ERR_MEMORY. */
int ctl_attestations(const struct value *v, struct attestation out[LIMIT_ATTESTATIONS]);
int ctl_facts(const struct value *v, struct arena *a, const struct fact **out) MUST_CHECK;

/* A request id made of a text: the same text gives the same id. */
void ctl_id_of(struct span text, uint8_t id[static 16]);

/* Asks n commands in one request. *out has n outcomes in the arena. Codes as session_ask, and
 * ERR_INVALID with its exit code in *code where the daemon could not take the request. */
int ctl_ask(struct session *s, struct command *commands, uint32_t n, bool atomic, struct arena *a,
            struct fault *f, int *code, const struct outcome **out) MUST_CHECK;

/* What an acting command does: builds it, asks, prints the answer. */
int ctl_run(struct session *s, const struct tool_command *c, const struct values *v);

/* Reads a whole file of at most `limit` bytes into *out; "-" is the standard input where `dash`
 * says so. ERR_INVALID, told in *f with the field's name; ERR_MEMORY. The caller frees *out. */
int ctl_file_read(const char *path, const char *field, size_t limit, bool dash, struct fault *f,
                  struct buf *out) MUST_CHECK;

#endif
