# SPDX-License-Identifier: Apache-2.0
"""Defects of lib/wire: limits, texts, unknown fields, ids; the stored form of an entry."""

from mutant import Mutant

PAGE = "voucherd-protocol(7): "
E2E = "tests/e2e/test_protocol.py::"

MUTANTS = [
    Mutant("frame-limit-one-low", PAGE + "a message has at most as many bytes as the welcome says",
           "lib/wire/frame.c", "n > limit", "n >= limit", "wire/frame"),
    Mutant("empty-frame", PAGE + "a frame has at least one byte",
           "lib/wire/frame.c", "n == 0 || ", "", "wire/frame"),
    Mutant("nul-in-text", PAGE + "a text has no control characters, NUL among them",
           "lib/wire/pack.c", "    return n - 1;", "    return n ? strlen(s) : n;",
           "wire/message " + E2E + "test_text_that_is_not_utf8_is_told"),
    Mutant("unknown-field-passed-over", PAGE + "a command with fields that are not known is not taken",
           "lib/wire/pack.c", "if (m->n_unknown_fields == 0 || r->tolerant || r->rc)",
           "if (m->n_unknown_fields < 100 || r->tolerant || r->rc)", "wire/message wire/entry"),
    Mutant("negative-money-in-an-entry", "wire/entry.h: values out of range are no entry",
           "lib/wire/pack.c", "    if (fen < 0)\n        number_fault", "    if (fen < -1)\n        number_fault",
           "wire/entry"),
    Mutant("rate-above-100-percent", "wire/entry.h: values out of range are no entry",
           "lib/wire/pack.c", "if (ppm > RATE_ONE)", "if (ppm > RATE_ONE + 1)", "wire/entry"),
    Mutant("text-one-byte-too-long", PAGE + "texts have limits",
           "lib/wire/pack.c", "text_is_line(s, n, limit)", "text_is_line(s, n, limit + 1)", "wire/message"),
    Mutant("list-one-too-long", PAGE + "lists have limits",
           "lib/wire/pack.c", "    if (n > limit) {\n        char value[24];",
           "    if (n > limit + 1) {\n        char value[24];", "wire/message"),
    Mutant("batch-one-too-long", PAGE + "a request has at most batch_limit commands",
           "lib/wire/message.c", "m->n_asks > LIMIT_BATCH", "m->n_asks > LIMIT_BATCH + 1", "wire/message"),
    Mutant("short-request-id", PAGE + "a request id has 16 bytes",
           "lib/wire/pack.c", "    if (b.len != n) {", "    if (b.len > n) {",
           "wire/message " + E2E + "test_request_ids_are_sixteen_bytes"),
    Mutant("request-id-of-zeros", PAGE + "a request id is not all zeros",
           "lib/wire/message.c", "if (!r->rc && all_zero(id, REQUEST_ID))",
           "if (!r->rc && !id)", "wire/message"),
    Mutant("request-id-twice-in-a-request", PAGE + "an id stands once in a request",
           "lib/wire/message.c", "    if (r->rc == 0)\n        ids_check(r, out);",
           "    if (r->rc == ERR_MEMORY)\n        ids_check(r, out);",
           "wire/message " + E2E + "test_twice_in_one_batch"),
    Mutant("book-created-over-a-connection", PAGE + "create_book is not taken",
           "lib/wire/message.c", "m->command && m->command->kind_case == VOUCHERD__COMMAND__KIND_CREATE_BOOK",
           "m->command && m->command->kind_case == VOUCHERD__COMMAND__KIND__NOT_SET", "wire/message"),
    Mutant("any-version-of-the-protocol", PAGE + "another version is told and closed",
           "lib/wire/message.c", "m->version != PROTOCOL_VERSION", "m->version < PROTOCOL_VERSION",
           "wire/message " + E2E + "test_another_version_is_told_and_closed"),
    Mutant("trait-ends-before-it-begins", PAGE + "a trait's last day is not before its first",
           "lib/wire/command.c", "if (!r->rc && out->from.n > out->to.n) {",
           "if (!r->rc && out->from.n > out->to.n + 1) {", "wire/message"),
    Mutant("attestation-twice", PAGE + "each attestation once",
           "lib/wire/command.c", "if (strcmp(o->attestations[j].name, t->name) == 0)",
           "if (strcmp(o->attestations[j].name, t->name) == 1000)", "wire/message"),
    Mutant("seller-of-a-claim-not-read", "journal.proto, Issue: seller",
           "lib/wire/command.c", "    o->seller = read_uscc_if(r, \"seller\", p->seller, &o->has_seller);\n",
           "", "wire/message wire/entry"),
    Mutant("balance-before-not-stored", "journal.proto, Balance: before",
           "lib/wire/entry.c", "        PACK_NONZERO(m->balances[i], before, b->before);\n", "", "wire/entry"),
    Mutant("unknown-stage-in-a-posting", "journal.proto, Stage",
           "lib/wire/entry.c", "(int)p->to_stage, STAGE_AVAILABLE,\n"
           "                                             STAGE_OUTSIDE);",
           "(int)p->to_stage, STAGE_AVAILABLE,\n"
           "                                             STAGE_OUTSIDE + 1);", "wire/entry"),
]
