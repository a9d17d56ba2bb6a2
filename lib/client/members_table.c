/* SPDX-License-Identifier: Apache-2.0 */
#include "client/members.h"

#define HAS_LIST(of, count, first, type)                                                           \
    _Static_assert(offsetof(struct of, first) ==                                                   \
                       offsetof(struct of, count) + offsetof(struct type, first),                  \
                   #of)
HAS_LIST(add_enterprise, ntraits, traits, trait_list);
HAS_LIST(amend_enterprise, ntraits, traits, trait_list);
HAS_LIST(issue, nattestations, attestations, attestation_list);
HAS_LIST(redeem, nattestations, attestations, attestation_list);
HAS_LIST(issue, nfacts, facts, fact_list);
HAS_LIST(add_outside, nfacts, facts, fact_list);
HAS_LIST(payment, n, vouchers, number_list);

/* Facts are handed on as they are. */
_Static_assert(sizeof(struct fact) == sizeof(struct voucher_fact) &&
                   offsetof(struct fact, name) == offsetof(struct voucher_fact, name) &&
                   offsetof(struct fact, value) == offsetof(struct voucher_fact, value),
               "facts");

const size_t member_sizes[] = {
    [TYPE_TEXT] = sizeof(const char *),  [TYPE_CODE] = sizeof(const char *),
    [TYPE_FEN] = sizeof(int64_t),        [TYPE_DAY] = sizeof(int32_t),
    [TYPE_INT] = sizeof(int32_t),        [TYPE_COUNT] = sizeof(uint32_t),
    [TYPE_NUMBER] = sizeof(uint64_t),    [TYPE_BYTES] = sizeof(struct list),
    [TYPE_TRAITS] = sizeof(struct list), [TYPE_ATTESTATIONS] = sizeof(struct list),
    [TYPE_FACTS] = sizeof(struct list),  [TYPE_NUMBERS] = sizeof(struct list),
    [TYPE_FLAG] = sizeof(int),
};

#define COMMAND(kind, type, name, place)                                                           \
    {                                                                                              \
        kind, type, #name, offsetof(struct voucher_command, name),                                 \
            offsetof(struct command, place), 0                                                     \
    }
#define COMMAND_IF(kind, type, name, place, flag)                                                  \
    {                                                                                              \
        kind, type, #name, offsetof(struct voucher_command, name),                                 \
            offsetof(struct command, place), offsetof(struct command, flag)                        \
    }

const struct member of_commands[] = {
    COMMAND(COMMAND_ADOPT_POLICY, TYPE_BYTES, file, adopt_policy.file),
    COMMAND(COMMAND_APPROPRIATE, TYPE_TEXT, measure, appropriate.measure),
    COMMAND(COMMAND_APPROPRIATE, TYPE_INT, year, appropriate.year),
    COMMAND(COMMAND_APPROPRIATE, TYPE_TEXT, source, appropriate.source),
    COMMAND(COMMAND_APPROPRIATE, TYPE_FEN, amount, appropriate.amount),
    COMMAND(COMMAND_APPROPRIATE, TYPE_TEXT, document, appropriate.document),
    COMMAND(COMMAND_APPROPRIATE, TYPE_TEXT, area, appropriate.area),
    COMMAND(COMMAND_ADD_ENTERPRISE, TYPE_CODE, enterprise, add_enterprise.uscc),
    COMMAND(COMMAND_ADD_ENTERPRISE, TYPE_TEXT, name, add_enterprise.name),
    COMMAND(COMMAND_ADD_ENTERPRISE, TYPE_TEXT, area, add_enterprise.area),
    COMMAND(COMMAND_ADD_ENTERPRISE, TYPE_TEXT, related, add_enterprise.related),
    COMMAND(COMMAND_ADD_ENTERPRISE, TYPE_TRAITS, traits, add_enterprise.ntraits),
    COMMAND(COMMAND_ADD_CONTRACT, TYPE_TEXT, contract, add_contract.number),
    COMMAND(COMMAND_ADD_CONTRACT, TYPE_CODE, seller, add_contract.seller),
    COMMAND(COMMAND_ADD_CONTRACT, TYPE_CODE, buyer, add_contract.buyer),
    COMMAND(COMMAND_ADD_CONTRACT, TYPE_FEN, amount, add_contract.amount),
    COMMAND(COMMAND_ADD_CONTRACT, TYPE_DAY, signed_on, add_contract.signed_on),
    COMMAND(COMMAND_ISSUE, TYPE_TEXT, measure, issue.measure),
    COMMAND(COMMAND_ISSUE, TYPE_CODE, enterprise, issue.enterprise),
    COMMAND(COMMAND_ISSUE, TYPE_TEXT, contract, issue.contract),
    COMMAND_IF(COMMAND_ISSUE, TYPE_CODE, seller, issue.seller, issue.has_seller),
    COMMAND(COMMAND_ISSUE, TYPE_INT, year, issue.year),
    COMMAND_IF(COMMAND_ISSUE, TYPE_FEN, amount, issue.amount, issue.has_amount),
    COMMAND_IF(COMMAND_ISSUE, TYPE_COUNT, rate, issue.rate, issue.has_rate),
    COMMAND(COMMAND_ISSUE, TYPE_ATTESTATIONS, attestations, issue.nattestations),
    COMMAND(COMMAND_ISSUE, TYPE_FACTS, facts, issue.nfacts),
    COMMAND(COMMAND_ISSUE, TYPE_TEXT, person_field, issue.person.field),
    COMMAND(COMMAND_ISSUE, TYPE_TEXT, person_type, issue.person.type),
    COMMAND(COMMAND_ISSUE, TYPE_TEXT, person_number, issue.person.number),
    COMMAND(COMMAND_REDEEM, TYPE_NUMBER, voucher, redeem.voucher),
    COMMAND(COMMAND_REDEEM, TYPE_TEXT, invoice, redeem.invoice),
    COMMAND(COMMAND_REDEEM, TYPE_DAY, dated, redeem.dated),
    COMMAND(COMMAND_REDEEM, TYPE_FEN, amount, redeem.amount),
    COMMAND(COMMAND_REDEEM, TYPE_ATTESTATIONS, attestations, redeem.nattestations),
    COMMAND(COMMAND_VOID, TYPE_NUMBER, voucher, void_voucher.voucher),
    COMMAND(COMMAND_VOID, TYPE_TEXT, reason, void_voucher.reason),
    COMMAND(COMMAND_ADD_OUTSIDE, TYPE_CODE, seller, add_outside.seller),
    COMMAND(COMMAND_ADD_OUTSIDE, TYPE_TEXT, contract, add_outside.contract),
    COMMAND(COMMAND_ADD_OUTSIDE, TYPE_TEXT, measure, add_outside.measure),
    COMMAND(COMMAND_ADD_OUTSIDE, TYPE_FACTS, facts, add_outside.nfacts),
    COMMAND(COMMAND_ADD_OUTSIDE, TYPE_FEN, amount, add_outside.amount),
    COMMAND(COMMAND_ADD_OUTSIDE, TYPE_TEXT, document, add_outside.document),
    COMMAND_IF(COMMAND_LAPSE, TYPE_DAY, day, lapse.day, lapse.has_day),
    COMMAND(COMMAND_AMEND_ENTERPRISE, TYPE_CODE, enterprise, amend_enterprise.uscc),
    COMMAND(COMMAND_AMEND_ENTERPRISE, TYPE_TEXT, area, amend_enterprise.area),
    COMMAND(COMMAND_AMEND_ENTERPRISE, TYPE_TEXT, related, amend_enterprise.related),
    COMMAND(COMMAND_AMEND_ENTERPRISE, TYPE_TRAITS, traits, amend_enterprise.ntraits),
    COMMAND(COMMAND_AMEND_ENTERPRISE, TYPE_TEXT, document, amend_enterprise.document),
    COMMAND(COMMAND_RAISE_CEILING, TYPE_CODE, enterprise, raise_ceiling.enterprise),
    COMMAND(COMMAND_RAISE_CEILING, TYPE_TEXT, measure, raise_ceiling.measure),
    COMMAND(COMMAND_RAISE_CEILING, TYPE_TEXT, ceiling, raise_ceiling.ceiling),
    COMMAND(COMMAND_RAISE_CEILING, TYPE_FEN, limit, raise_ceiling.limit),
    COMMAND(COMMAND_RAISE_CEILING, TYPE_TEXT, document, raise_ceiling.document),
    COMMAND(COMMAND_WITHDRAW, TYPE_NUMBER, entry, withdraw.entry),
    COMMAND(COMMAND_WITHDRAW, TYPE_TEXT, reason, withdraw.reason),
    COMMAND(COMMAND_CLOSE_ROUND, TYPE_TEXT, measure, close_round.measure),
    COMMAND(COMMAND_CLOSE_ROUND, TYPE_INT, year, close_round.year),
    COMMAND(COMMAND_PAY, TYPE_NUMBERS, vouchers, pay.n),
    COMMAND_IF(COMMAND_PAY, TYPE_CODE, payee, pay.payee, pay.has_payee),
    COMMAND(COMMAND_PAY, TYPE_TEXT, document, pay.document),
    COMMAND(COMMAND_BANK_RETURN, TYPE_NUMBERS, vouchers, bank_return.n),
    COMMAND(COMMAND_BANK_RETURN, TYPE_TEXT, document, bank_return.document),
};

#define QUERY(kind, type, name, place)                                                             \
    {                                                                                              \
        kind, type, #name, offsetof(struct voucher_query, name), offsetof(struct query, place), 0  \
    }
#define QUERY_IF(kind, type, name, place, flag)                                                    \
    {                                                                                              \
        kind, type, #name, offsetof(struct voucher_query, name), offsetof(struct query, place),    \
            offsetof(struct query, flag)                                                           \
    }
#define QUERY_AS_OF(kind)                                                                          \
    QUERY_IF(kind, TYPE_DAY, as_of_day, as_of.day, as_of.has_day),                                 \
        QUERY(kind, TYPE_NUMBER, as_of_entry, as_of.entry)
#define QUERY_PAGE(kind)                                                                           \
    QUERY(kind, TYPE_NUMBER, after, after), QUERY(kind, TYPE_COUNT, count, count)

const struct member of_queries[] = {
    QUERY_AS_OF(QUERY_FUNDS),
    QUERY(QUERY_ENTERPRISE, TYPE_CODE, enterprise, enterprise),
    QUERY_AS_OF(QUERY_ENTERPRISE),
    QUERY(QUERY_VOUCHER, TYPE_NUMBER, voucher, voucher),
    QUERY_AS_OF(QUERY_VOUCHER),
    QUERY_IF(QUERY_VOUCHERS, TYPE_CODE, enterprise, filter.enterprise, filter.has_enterprise),
    QUERY(QUERY_VOUCHERS, TYPE_TEXT, measure, filter.measure),
    QUERY(QUERY_VOUCHERS, TYPE_TEXT, contract, filter.contract),
    QUERY(QUERY_VOUCHERS, TYPE_INT, state, filter.state),
    QUERY_IF(QUERY_VOUCHERS, TYPE_DAY, redeem_by, filter.redeem_by, filter.has_redeem_by),
    QUERY_IF(QUERY_VOUCHERS, TYPE_CODE, payee, filter.payee, filter.has_payee),
    QUERY(QUERY_VOUCHERS, TYPE_FLAG, to_pay, filter.to_pay),
    QUERY_PAGE(QUERY_VOUCHERS),
    QUERY_IF(QUERY_REFUSALS, TYPE_CODE, enterprise, enterprise, has_enterprise),
    QUERY_PAGE(QUERY_REFUSALS),
    QUERY_PAGE(QUERY_ENTRIES),
    QUERY(QUERY_EXPLAIN, TYPE_CODE, enterprise, enterprise),
    QUERY(QUERY_EXPLAIN, TYPE_TEXT, contract, contract),
    QUERY_IF(QUERY_EXPLAIN, TYPE_CODE, seller, seller, has_seller),
    QUERY(QUERY_EXPLAIN, TYPE_TEXT, measure, measure),
    QUERY(QUERY_EXPLAIN, TYPE_INT, year, year),
};

/* What is copied as it is must be as large on both sides; lists are a pointer and a number. */
#define SAME_SIZE(a, b) _Static_assert(sizeof(a) == sizeof(b), #a)
SAME_SIZE(struct money, int64_t);
SAME_SIZE(struct day, int32_t);
SAME_SIZE(int, int32_t);
SAME_SIZE(enum voucher_state, int32_t);
#define IS_LIST(first, count)                                                                      \
    _Static_assert(offsetof(struct voucher_command, count) ==                                      \
                       offsetof(struct voucher_command, first) + offsetof(struct list, n),         \
                   #count)
IS_LIST(file, file_size);
IS_LIST(traits, ntraits);
IS_LIST(attestations, nattestations);
IS_LIST(facts, nfacts);
IS_LIST(vouchers, nvouchers);
SAME_SIZE(struct rate, uint32_t);

const size_t n_of_commands = sizeof of_commands / sizeof *of_commands;
const size_t n_of_queries = sizeof of_queries / sizeof *of_queries;
