# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The store contract, on tables with either kind of key, and with a cache in
front."""

import os
import subprocess

import pytest


def holds(proxy, environment, words):
    env = {**environment, "AWS_ACCESS_KEY_ID": proxy.keys.key_id,
           "AWS_SECRET_ACCESS_KEY": proxy.keys.secret,
           "AWS_SESSION_TOKEN": proxy.keys.token}
    done = subprocess.run(
        [os.environ["SST_CONTRACT"],
         f"{words} region=eu-west-1 endpoint={proxy.url} timeout=10s"],
        env=env, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert proxy.refused == []


@pytest.mark.parametrize("kind", ["B", "S"])
def test_the_contract_holds(local, proxy, environment, kind):
    table = local.make_table("contract-" + kind, "username", kind)
    holds(proxy, environment, f"dynamodb:{table} key=username:{kind}")


def test_the_contract_holds_with_a_cache(local, proxy, environment):
    table = local.make_table("contract-cached")
    holds(proxy, environment, f"cached: dynamodb:{table}")
