# SPDX-License-Identifier: Apache-2.0
"""The journal recomputed from its stored bytes alone: leaves, root, postings, chains of balances."""

import random

import compare
from play import Player
from policies import random_policy
from vclient import DONE, c_contract, leaf_hash, micros, tree_root, uscc

START = "2024-01-01T00:00:00+08:00"


def test_root_at_every_size(client):
    """Every tree size from 1 on, since odd shapes are where trees go wrong."""
    from policies import zhangzhou
    from vclient import c_adopt
    leaves = [e.leaf for e in client.entries()]
    assert client.status().root == tree_root(leaves)
    client.done(c_adopt(zhangzhou().file))
    leaves = [e.leaf for e in client.entries()]
    for k in range(140):
        o = client.do(c_contract("T%d" % k, uscc(1), uscc(2), 5))
        assert o.kind == DONE
        leaves.append(o.leaf)
        assert client.status().root == tree_root(leaves), len(leaves)
    assert [leaf_hash(e.entry) for e in client.entries()] == leaves


def test_the_journal_adds_up(make_daemon):
    daemon = make_daemon(clock=START).start()
    client = daemon.client()
    p = Player(client, random_policy(random.Random(99), 99), 99, 4000)
    p.book.head["time"] = p.book.clock = micros(START)
    p.play(every=10**9)
    before = compare.journal(client, p.firsts)
    root = client.status().root
    daemon.restart()
    after = compare.journal(daemon.client(), p.firsts)
    assert before == after and daemon.client().status().root == root
