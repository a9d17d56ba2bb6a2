#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A whole client of voucherd, made from the .proto files alone; see voucherd-protocol(7). It issues a voucher,
tells what is left, and reads the journal, checking every leaf hash.

  protoc --proto_path=proto --python_out=DIR proto/journal.proto proto/voucher.proto
  PYTHONPATH=DIR proto/example.py SOCKET REQUEST-ID MEASURE ENTERPRISE CONTRACT

REQUEST-ID has 32 hexadecimal digits, chosen once for this voucher and kept: run again with it, after a crash or
for any other reason, the voucher is not issued twice. Exit status: 0, 1 refused by a rule, 2 a mistake,
3 unknown, to be run again."""

import hashlib
import socket
import struct
import sys
import time

import voucher_pb2 as v

OUTCOME = v.Outcome


class Goodbye(Exception):
    """The daemon ended the connection and said why."""


class Fault(Exception):
    """What was asked is wrong, and nothing was done; or the journal is."""


def words(fault):
    return "%s: '%s': %s" % (fault.field, fault.value, fault.expected)


class Client:
    """One connection: one request at a time."""

    def __init__(self, path, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.number = 0
        try:
            self.socket.connect(path)
            self.send(v.ToDaemon(hello=v.Hello(version=1, program="example.py")))
            self.welcome = self.receive().welcome
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, message):
        """A frame: the message's length as 4 bytes, the highest first, and the message."""
        data = message.SerializeToString()
        try:
            self.socket.sendall(struct.pack(">I", len(data)) + data)
        except (BrokenPipeError, ConnectionResetError):
            self.receive()  # a daemon that has hung up may have said why: its goodbye is still there to read
            raise

    def read(self, n):
        data = bytearray()
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise ConnectionError("the daemon closed the connection")
            data += more
        return bytes(data)

    def receive(self):
        message = v.ToClient.FromString(self.read(struct.unpack(">I", self.read(4))[0]))
        if message.WhichOneof("kind") == "goodbye":
            raise Goodbye(words(message.goodbye.fault))
        return message

    def request(self, **kind):
        """Sends a request, commands= or query=, and waits for its reply."""
        self.number += 1
        self.send(v.ToDaemon(request=v.Request(number=self.number, **kind)))
        reply = self.receive().reply
        assert reply.number == self.number  # the only one under way
        if reply.WhichOneof("kind") == "fault":
            raise Fault(words(reply.fault))
        return reply

    def ask(self, **kind):
        answer = self.request(query=v.Query(**kind)).answer
        if answer.HasField("fault"):
            raise Fault(words(answer.fault))
        return answer


def do_once(path, ask, patience=10):
    """Has one command done. Where no answer comes, or one that says nothing certain, it is asked again on a new
    connection: the request id sees to it that it is done once. None: it may be done or not."""
    end = time.monotonic() + patience
    sent = False
    while True:
        try:
            with Client(path) as client:
                sent = True
                outcome = client.request(commands=v.Commands(asks=[ask])).outcomes.outcomes[0]
            if outcome.kind not in (OUTCOME.UNKNOWN, OUTCOME.TRY_AGAIN):
                return outcome
        except Goodbye:
            if not sent:
                raise  # the daemon does not want this program, or this user, at all
            return None
        except OSError as problem:  # no daemon, not in time, closed in the middle
            print("not answered (%s): again" % problem, file=sys.stderr)
        if time.monotonic() > end:
            return None
        time.sleep(0.1)


def issue(path, request_id, measure, enterprise, contract):
    """Issues a voucher; returns the exit status."""
    ask = v.Ask(request_id=request_id)
    ask.command.issue.measure = measure
    ask.command.issue.enterprise = enterprise
    ask.command.issue.contract = contract
    outcome = do_once(path, ask)
    if outcome is None:
        print("outcome unknown: run this again with the same request id", file=sys.stderr)
        return 3
    if outcome.kind == OUTCOME.REFUSED:  # a rule said no, and that is an entry too
        print("entry %d: refused: %s" % (outcome.entry.number, outcome.message))
        return 1
    if outcome.kind != OUTCOME.DONE:  # INVALID or DENIED: not booked
        print(words(outcome.fault), file=sys.stderr)
        return 2
    issued = outcome.entry.issued
    print("entry %d: voucher %d, %s yuan%s" % (outcome.entry.number, issued.voucher, yuan(issued.face),
                                              ", as answered before" if outcome.again else ""))
    return 0


def yuan(fen):
    return "%d.%02d" % divmod(fen, 100)


def print_balances(client):
    for fund in client.ask(funds=v.FundsQuery()).funds:
        print("measure %s, %d, %s: %s of %s yuan left" % (fund.measure, fund.year, fund.source,
                                                        yuan(fund.stages.available), yuan(fund.appropriated)))


def journal(client):
    """Every entry as it is stored, page by page."""
    after = 0
    while after is not None:
        page = client.ask(entries=v.EntriesQuery(after=after))
        yield from page.entries
        after = page.next if page.HasField("next") else None


def check_journal(client):
    """The leaf hash is of the stored bytes: decode them, but never encode them again to hash them."""
    entries = 0
    for stored in journal(client):
        entries += 1
        if stored.number != entries or hashlib.sha256(b"\0" + stored.entry).digest() != stored.leaf:
            raise Fault("entry %d is not the one that was stored" % entries)
    print("%d entries, each with its leaf hash" % entries)


def main(path, request_id, measure, enterprise, contract):
    try:
        status = issue(path, bytes.fromhex(request_id), measure, enterprise, contract)
        with Client(path) as client:
            print_balances(client)
            check_journal(client)
        return status
    except (Fault, Goodbye) as problem:
        print(problem, file=sys.stderr)
        return 2
    except OSError as problem:
        print("not answered: %s" % problem, file=sys.stderr)
        return 3


if __name__ == "__main__":
    if len(sys.argv) != 6:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(*sys.argv[1:]))
