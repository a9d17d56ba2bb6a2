# SPDX-License-Identifier: Apache-2.0
"""Random commands against the independent model: vouchers on contracts by a few policies, and everything that the
language of policies has by policies made at random. Longer campaigns: VOUCHERD_MODEL_SEED, VOUCHERD_MODEL_STEPS
(commands in all), VOUCHERD_MODEL_ROUNDS (of all policies), VOUCHERD_MODEL_CITIES (random policies of all kinds)."""

import os
import random

import pytest

import compare
import policies
from model import J_LAPSED
from play import Player
from play_city import CityPlayer
from random_city import random_city
from test_measures import keyed, person
from vclient import (c_adopt, c_appropriate, c_contract, c_enterprise, c_issue, c_lapse, c_redeem, c_void, invoice,
                     micros, uscc)

SEED = int(os.environ.get("VOUCHERD_MODEL_SEED", "20250710"))
STEPS = int(os.environ.get("VOUCHERD_MODEL_STEPS", "36000"))  # two thirds by each kind of game
ROUNDS = int(os.environ.get("VOUCHERD_MODEL_ROUNDS", "1"))

POLICIES = {
    "shipped": lambda seed: policies.zhangzhou(),
    "three-lines": lambda seed: policies.three_lines(),
    "small-city": lambda seed: policies.small_city(),
    "random-1": lambda seed: policies.random_policy(random.Random(seed * 10 + 1), 1),
    "random-2": lambda seed: policies.random_policy(random.Random(seed * 10 + 2), 2),
    "random-3": lambda seed: policies.random_policy(random.Random(seed * 10 + 3), 3),
    "random-4": lambda seed: policies.random_policy(random.Random(seed * 10 + 4), 4),
    "random-5": lambda seed: policies.random_policy(random.Random(seed * 10 + 5), 5),
    "random-6": lambda seed: policies.random_policy(random.Random(seed * 10 + 6), 6),
}

CASES = [(name, SEED + n) for n in range(ROUNDS) for name in POLICIES]
NCITIES = int(os.environ.get("VOUCHERD_MODEL_CITIES", "24"))
CITIES = [SEED + n for n in range(ROUNDS * NCITIES)]
reached = {}  # seed -> what the game of a random city reached


def begin(player):
    """The book's first entry is booked at the time at which the daemon started."""
    player.book.head["time"] = player.book.clock = micros("2024-01-01T00:00:00+08:00")


def end(player, daemon):
    """The journal against itself, the book read anew, and each command of it decided again."""
    entries = compare.journal(player.client, firsts=player.firsts)
    assert len(entries) == player.book.head["entries"]
    daemon.restart()
    player.client = daemon.client()
    player.compare_all()
    assert daemon.stop() == 0
    daemon.assert_book_ok()


@pytest.mark.parametrize("name,seed", CASES)
def test_every_answer_is_the_models(make_daemon, name, seed):
    policy = POLICIES[name](seed)
    daemon = make_daemon(clock="2024-01-01T00:00:00+08:00").start()
    client = daemon.client()
    player = Player(client, policy, seed, 2 * STEPS // 3 // (ROUNDS * len(POLICIES)))
    begin(player)
    player.play(every=1000)
    done = [k for k in player.counts if k.endswith(" DONE")]
    print(sorted(player.counts.items()))
    for kind in ("issue", "redeem", "add_contract", "void_voucher", "add_outside", "appropriate", "lapse"):
        assert kind + " DONE" in done, "the player never got a %s done" % kind
    end(player, daemon)


@pytest.mark.parametrize("seed", CITIES)
def test_every_answer_by_any_policy_is_the_models(make_daemon, home, seed):
    policy = random_city(random.Random(seed), seed % 1000)
    daemon = make_daemon(clock="2024-01-01T00:00:00+08:00", extra=keyed(home)).start()
    player = CityPlayer(daemon.client(), policy, seed, 2 * STEPS // 3 // len(CITIES), [person(n) for n in range(6)],
                        person_key=b"k" * 32)
    begin(player)
    player.play(every=500)
    print(sorted(player.counts.items()))
    reached[seed] = set(player.counts) | player.bound
    end(player, daemon)


def test_the_games_reached_everything():
    """Each outcome that the rules have for claims, and each rule that can decide, in some game."""
    if set(reached) != set(CITIES) or NCITIES < 24 or "VOUCHERD_MODEL_SEED" in os.environ:
        pytest.skip("other games, or only some of them, were played")
    outcomes = ["DONE", "GIVEN_RECORD", "GIVEN_DESIGNATION", "INVALID", "OUTSIDE_PERIOD", "WRONG_PARTY",
                "TRAIT_MISSING", "ATTESTATION_MISSING", "CONTRACT_WINDOW", "OTHER_BENEFICIARY", "SUPPORTED_ALREADY",
                "RATE", "CEILING",
                "FUNDS", "NO_FUND_LINE", "EXISTS", "AWAITING_GUIDE", "INTAKE_CLOSED", "NOT_BENEFICIARY", "FIRST_RIGHT",
                "TERM_TOO_SHORT", "CONDITION", "NO_CASE", "CASE_REFUSES", "RELATED_PARTIES", "DESIGNATION_MISSING",
                "SUPPORTED_OUTSIDE", "APPLIED_RATE", "SPENDING_TIME", "COUNT", "WAITS", "GIVEN_PLACE"]
    done = ("redeem", "void_voucher", "add_outside", "amend_enterprise", "raise_ceiling", "withdraw", "close_round",
            "pay", "bank_return")
    rules = ("RATE", "CEILING", "SUPPORT", "FUNDS", "FACE", "INVOICED", "CLAIM", "UNIT", "AWARD", "INTEREST", "COUNT",
             "GROUP", "YEAR", "ROUND")
    wanted = {"issue " + o for o in outcomes} | {k + " DONE" for k in done} | {"LIMIT_" + n for n in rules}
    wanted |= {"raise_ceiling NOT_RAISED", "redeem ATTESTATION_MISSING", "close_round NOBODY_WAITS",
               "pay NOTHING_TO_PAY", "pay OTHER_PAYEE"}
    missed = wanted - set().union(*reached.values())
    assert not missed, sorted(missed)


def test_lapse_in_parts(make_daemon):
    """One entry lapses at most 256; asking again ends it, whatever was redeemed or voided between."""
    policy = policies.three_lines()
    daemon = make_daemon(clock="2025-08-01T09:00:00+08:00").start()
    client = daemon.client()
    p = Player(client, policy, 1, 1)
    p.book.head["time"] = p.book.clock = micros("2025-08-01T09:00:00+08:00")
    seller = uscc(1)
    p.send([c_adopt(policy.file)])
    p.send([c_appropriate("T1", 2025, 10**9, s) for s in ("city", "county", "province")])
    p.send([c_enterprise(uscc(10 + i), area="990101") for i in range(9)])
    n = 900
    for k in range(0, n, 100):
        p.send([c_contract("L%d" % i, seller, uscc(10 + i % 9), 1000 + i) for i in range(k, k + 100)])
        p.send([c_issue("T1", uscc(10 + i % 9), "L%d" % i) for i in range(k, k + 100)])
    p.send([c_redeem(1 + i, invoice(i), 200 + i, p.book.today()) for i in range(0, n, 3)])
    p.send([c_redeem(1 + i, invoice(n + i), 10**6, p.book.today()) for i in range(0, n, 9)])
    p.send([c_void(1 + i) for i in range(0, n, 7)])
    p.compare_all()
    # 2025-12-31 and 30 days of grace.
    p.set_clock(micros("2026-01-30T23:59:59+08:00"))
    p.send([c_lapse()])
    assert not [v for v in p.book.vouchers if v["end"] == J_LAPSED]
    p.set_clock(micros("2026-01-31T00:00:00+08:00"))
    open_before = len(p.book.due(p.book.today() - 1))
    assert open_before > 600
    asked = 0
    while p.book.due(p.book.today() - 1):
        before = len(p.book.due(p.book.today() - 1))
        p.send([c_lapse()], dry_run=True)
        p.send([c_lapse()])
        asked += 1
        left = p.book.due(p.book.today() - 1)
        assert len(left) < before
        p.compare_all()
        # What has run out but was not lapsed yet can be voided, and is not lapsed again.
        if left:
            p.send([c_void(v["number"]) for v in left[:10]])
    assert asked >= 3
    p.send([c_lapse()])
    p.compare_all()
    assert not [f for f in client.funds().funds if f.stages.committed]
    compare.journal(client, p.firsts)
