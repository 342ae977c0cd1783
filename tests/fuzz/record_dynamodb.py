#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors
"""Writes seeds of what Amazon's DynamoDB Local answers to the store. `make
record-seeds` runs this."""
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "dynamodb")]

from awsrig.driver import Driver, row, soon, version  # noqa: E402
from awsrig.local import DynamoDBLocal  # noqa: E402
from awsrig.proxy import REGION, Proxy  # noqa: E402
from make_seeds import (ADD, EXAMINE, FORGET, GET, LIST, NEXT,  # noqa: E402
                        PUT_NEW, PUT_OVER, REMOVE, REMOVE_OWN, SCAN, TOUCH,
                        seed)


class Tape(Proxy):
    """Keeps the answers: (action, piece of a seed)."""

    def reset(self):
        super().reset()
        self.answers = []

    async def connection(self):
        """A new one each time: DynamoDB Local ends some behind an error."""
        self.idle.clear()
        return await super().connection()

    async def handle(self, request):
        response = await super().handle(request)
        action = request.header("x-amz-target").rpartition(".")[2]
        head = [str(response.code)] + [
            f"{name}: {value}" for name, value in response.headers.items()]
        self.answers.append((action, "\n".join([*head, "", ""]).encode()
                             + response.body))
        return response


def keep(tape, name, call, *actions):
    """The answers to these actions, one of each at least."""
    pieces = [piece for action, piece in tape.answers if action in actions]
    assert len(pieces) >= len(actions), (name, tape.answers)
    seed("dynamodb", f"recorded-{name}", bytes([call]) + NEXT.join(pieces))


def keep_item(tape, name):
    _, piece = tape.answers[-1]
    answer = piece.partition(b"\n\n")[2]
    assert answer.startswith(b'{"Item":'), answer
    seed("item", f"recorded-{name}",
         answer.partition(b":")[2].partition(b',"ConsumedCapacity"')[0])


def driver(tape, *options, table="sessions"):
    made = Driver("dynamodb:" + table, f"region={REGION}",
                  f"endpoint={tape.url}", *options, env={
                      "PATH": os.environ["PATH"],
                      "AWS_EC2_METADATA_DISABLED": "true",
                      "AWS_ACCESS_KEY_ID": tape.keys.key_id,
                      "AWS_SECRET_ACCESS_KEY": tape.keys.secret,
                      "AWS_SESSION_TOKEN": tape.keys.token})
    assert made.opened == {"status": "ok"}, made.opened
    return made


def record_sessions(tape, store):
    at, old, new, user = row(), version(7), version(8), row()
    for name, call, action, ask in (
            ("get-none", GET, "GetItem", lambda: store.get(at)),
            ("put-new", PUT_NEW, "PutItem",
             lambda: store.put(at, old, body="00" * 40)),
            ("put-conflict", PUT_NEW, "PutItem",
             lambda: store.put(at, version(1))),
            ("get", GET, "GetItem", lambda: store.get(at)),
            ("put", PUT_OVER, "UpdateItem",
             lambda: store.put(at, new, expected=old)),
            ("put-lost", PUT_OVER, "UpdateItem",
             lambda: store.put(at, version(9), expected=old)),
            ("touch", TOUCH, "UpdateItem",
             lambda: store.ask("touch", row=at, expires=soon(7200))),
            ("touch-none", TOUCH, "UpdateItem",
             lambda: store.ask("touch", row=row(), expires=soon())),
            ("add", ADD, "UpdateItem",
             lambda: store.ask("index_add", user=user, row=at,
                               expires=soon())),
            ("list", LIST, "GetItem",
             lambda: store.ask("index_list", user=user)),
            ("forget", FORGET, "UpdateItem",
             lambda: store.ask("index_remove", user=user, row=at)),
            ("scan", SCAN, "Scan", lambda: store.ask("scan")),
            ("remove-lost", REMOVE_OWN, "DeleteItem",
             lambda: store.ask("remove", row=at, expected=old)),
            ("remove-own", REMOVE_OWN, "DeleteItem",
             lambda: store.ask("remove", row=at, expected=new)),
            ("remove", REMOVE, "DeleteItem",
             lambda: store.ask("remove", row=at))):
        tape.answers = []
        ask()
        keep(tape, name, call, *{action, tape.answers[-1][0]})
        if name == "get":
            keep_item(tape, "session")


def record_tables(tape):
    for table, name, actions in (
            ("missing", "examine-no-table", ["DescribeTable"]),
            ("sessions", "examine", ["DescribeTable",
                                     "DescribeTimeToLive"])):
        tape.answers = []
        store = driver(tape, table=table)
        # A thread of the store looks at the table.
        while not all(action in dict(tape.answers) for action in actions):
            store.get(row())
        assert store.close() == 0
        tape.answers = [(action, dict(tape.answers)[action])
                        for action in actions]
        keep(tape, name, EXAMINE, *actions)


def main():
    with tempfile.TemporaryFile("w") as log:
        local = DynamoDBLocal(log)
        local.make_table("sessions")
        tape = Tape(local)
        try:
            store = driver(tape)
            record_sessions(tape, store)
            assert store.close() == 0
            record_tables(tape)
        finally:
            tape.stop()
            local.stop()


main()
