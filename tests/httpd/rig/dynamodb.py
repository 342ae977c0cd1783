# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A table in Amazon's DynamoDB Local, behind the proxy of tests/dynamodb that
checks every signature, and what a site needs to use it."""

import contextlib
import os
import sys

HERE = os.path.dirname(__file__)
DYNAMODB = os.path.join(os.path.dirname(os.path.dirname(HERE)), "dynamodb")


@contextlib.contextmanager
def table(tmp_path_factory):
    """A proxy in front of a new DynamoDB Local with the table `sessions`."""
    sys.path.insert(0, DYNAMODB)
    try:
        from awsrig.local import DynamoDBLocal
        from awsrig.proxy import Proxy
    finally:
        sys.path.remove(DYNAMODB)
    with open(tmp_path_factory.mktemp("dynamodb") / "log", "w") as log:
        local = DynamoDBLocal(log)
        try:
            local.make_table("sessions")
            proxy = Proxy(local)
            yield proxy
            proxy.stop()
        finally:
            local.stop()


def store(proxy):
    """The line that names the table."""
    return (f"SessionStore dynamodb:sessions region=eu-west-1"
            f" endpoint={proxy.url} timeout=30s"
            f" credentials-file=@ROOT@/aws\n")


def give_keys(proxy):
    """What to do with a server before it starts: the file of that line."""
    def give(server):
        path = server.path("aws")
        with open(path, "w") as file:
            file.write("[default]\n"
                       f"aws_access_key_id = {proxy.keys.key_id}\n"
                       f"aws_secret_access_key = {proxy.keys.secret}\n"
                       f"aws_session_token = {proxy.keys.token}\n")
        os.chmod(path, 0o644)
    return give
