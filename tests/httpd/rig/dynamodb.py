# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What a site needs to use the fixture `table`."""

import os


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
