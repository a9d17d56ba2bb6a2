# SPDX-License-Identifier: Apache-2.0
"""Defects of lib/client: repeating, unknown outcomes, sizes and members of the library's structs, what can be
seen of it; and of the client in Python."""

from mutant import Mutant

PAGE = "libvoucher(3): "
HEADER = "lib/client/voucher.h: "
E2E = "tests/e2e/test_library.py::"
ALL = E2E + "test_all_of_it_with_a_daemon_in_trouble"

MUTANTS = [
    Mutant("lost-connection-not-made-again", PAGE + "a lost connection is made again, and the call repeated",
           "lib/client/link.c", "if (!link_is_lost(rc) || (", "if (rc != ERR_AGAIN || (",
           E2E + "test_the_example_asks_again_for_answers_that_were_lost"),
    Mutant("unknown-told-as-lost", PAGE + "a failure after which commands may be booked is UNKNOWN",
           "lib/client/voucher.c", "due.books && c->link.asked ? unknown", "due.books && !c->link.addr ? unknown", ALL),
    Mutant("dry-run-told-as-unknown", PAGE + "a dry run books nothing, so its outcome is never UNKNOWN",
           "lib/client/voucher.c", ".books = commands && !r->dry_run", ".books = commands", ALL),
    Mutant("under-way-forgotten", PAGE + "what was under way when the connection was lost is UNKNOWN",
           "lib/client/voucher.c", "books |= c->due[i].books;", "books &= c->due[i].books;", ALL),
    Mutant("goodbye-lost-in-writing", "voucherd-protocol(7): a client whose write fails reads on, for the goodbye",
           "lib/client/client.c", "if (rc == ERR_CLOSED)\n            done", "if (rc == ERR_RANGE)\n            done",
           "client/client"),
    Mutant("asked-between-replies", PAGE + "voucher_do and voucher_ask are a mistake while replies are due",
           "lib/client/voucher.c", "    if (c->ndue > 0)\n        return mistake(error, \"connection\"",
           "    if (c->ndue > 1000)\n        return mistake(error, \"connection\"", ALL),
    Mutant("atomic-culprit-not-named", HEADER + "the code is that of the command that stood in the way",
           "lib/client/results.c", "(!first || first->code == VOUCHER_NOT_DONE)", "!first", ALL),
    Mutant("member-not-taken-passed-over", PAGE + "a member that the kind does not take must not be set",
           "lib/client/members.c", "return fault_set(f, name, \"\", \"nothing: this kind does not take it\");",
           "continue;", "client/members " + ALL),
    Mutant("mistake-of-another-row", HEADER + "a field is the row's member, counted from 0",
           "lib/client/results.c", "field_show(true, *row, &f);", "field_show(true, 0, &f);",
           ALL),
    Mutant("field-by-the-protocols-name", HEADER + "a field is a member's name",
           "lib/client/members.c", '{"uscc", "enterprise"}', '{"USCC", "enterprise"}', "client/members " + ALL),
    Mutant("failed-book-told-as-mistake", PAGE + "TRY_AGAIN: the daemon's disk or memory failed it",
           "lib/client/results.c", '{"book", VOUCHER_TRY_AGAIN}', '{"book", VOUCHER_MISTAKE}',
           "client/results " + E2E + "test_what_answers_is_no_daemon_or_fails[book-failed]"),
    Mutant("denied-in-a-repeat", PAGE + "DENIED: nothing was booked of the command",
           "lib/client/link.c", "l->again = l->asked;", "l->again = false;",
           E2E + "test_denied_in_a_repeat_says_nothing_of_the_first_attempt"),
    Mutant("reply-to-another-question", HEADER + "PROTOCOL: what answers is no voucherd of this protocol",
           "lib/client/voucher.c", "r->kind == REPLY_OUTCOMES && r->n == d->n", "r->kind == REPLY_OUTCOMES",
           E2E + "test_what_answers_is_no_daemon_or_fails[two-outcomes]"),
    Mutant("later-members-passed-over", PAGE + "structs may grow; what the library does not know must be 0",
           "lib/client/members.c", "if (size > known && !is_zero(", "if (size > MOST && !is_zero(",
           "client/members " + ALL),
    Mutant("rows-of-another-size", PAGE + "commands stand as far apart as their size says",
           "lib/client/members.c", "(const uint8_t *)commands + i * size", "commands + i", "client/members"),
    Mutant("day-not-given-is-1970", PAGE + "0 counts as not given",
           "lib/client/members.c", "if (m->type == TYPE_DAY && !m->has)", "if (m->type == TYPE_DAY && m->has > 1)",
           "client/members"),
    Mutant("insides-can-be-seen", HEADER + "only voucher_* can be seen of the library",
           "lib/client/voucher.map", "    voucher_*;", "    voucher_*; arena_*;",
           E2E + "test_only_what_the_header_says_can_be_seen"),
    Mutant("a-refusal-by-another-number", HEADER + "numbers are the protocol's",
           "lib/client/voucher.h", "VOUCHER_REASON_FUNDS = 10,", "VOUCHER_REASON_FUNDS = 11,",
           E2E + "test_the_numbers_are_the_protocols"),
    Mutant("python-asks-with-a-new-id", "proto/example.py: the same request id when asked again",
           "proto/example.py", "commands=v.Commands(asks=[ask])",
           "commands=v.Commands(asks=[v.Ask(request_id=str(time.time()).encode()[-16:].zfill(16),"
           " command=ask.command)])",
           E2E + "test_the_python_example_asks_again_for_an_answer_that_was_lost"),
    Mutant("python-believes-the-leaf-hash", "proto/example.py: each leaf hash is checked",
           "proto/example.py", " or hashlib.sha256(b\"\\0\" + stored.entry).digest() != stored.leaf", "",
           E2E + "test_the_python_example_tells_a_changed_journal"),
]
