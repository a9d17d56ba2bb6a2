# SPDX-License-Identifier: Apache-2.0
"""Random commands against the independent model. Longer campaigns: VOUCHERD_MODEL_SEED,
VOUCHERD_MODEL_STEPS (commands in all), VOUCHERD_MODEL_ROUNDS (of all policies)."""

import os
import random

import pytest

import compare
import policies
from play import Player
from vclient import micros

SEED = int(os.environ.get("VOUCHERD_MODEL_SEED", "20250710"))
STEPS = int(os.environ.get("VOUCHERD_MODEL_STEPS", "36000"))
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


@pytest.mark.parametrize("name,seed", CASES)
def test_every_answer_is_the_models(make_daemon, name, seed):
    policy = POLICIES[name](seed)
    daemon = make_daemon(clock="2024-01-01T00:00:00+08:00").start()
    client = daemon.client()
    player = Player(client, policy, seed, STEPS // (ROUNDS * len(POLICIES)))
    # The book's first entry is booked at the time at which the daemon started.
    player.book.head["time"] = micros("2024-01-01T00:00:00+08:00")
    player.book.clock = player.book.head["time"]
    player.play(every=1000)
    entries = compare.journal(client, firsts=player.firsts)
    assert len(entries) == player.book.head["entries"]
    done = [k for k in player.counts if k.endswith(" DONE")]
    print(sorted(player.counts.items()))
    for kind in ("issue", "redeem", "add_contract", "void_voucher", "add_outside", "appropriate", "lapse"):
        assert kind + " DONE" in done, "the player never got a %s done" % kind
    daemon.restart()
    player.client = daemon.client()
    player.compare_all()
    assert daemon.stop() == 0
    daemon.assert_book_ok()
