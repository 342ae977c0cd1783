# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The files that docs/deployment.md shows, as they stand there."""

import os
import re

PATH = os.path.join(os.path.dirname(__file__), "..", "..", "..", "docs",
                    "deployment.md")

# Each one begins with a comment that says where it belongs.
BALANCER = "balancer: /etc/apache2/conf-available/balancer.conf"
NODE = "each node: /etc/apache2/conf-available/balanced.conf"
ON_CLUSTER = "each node: /etc/apache2/conf-available/sessions.conf, cluster"
ON_SENTINEL = "each node: /etc/apache2/conf-available/sessions.conf, Sentinel"
ON_DYNAMODB = "each node: /etc/apache2/conf-available/sessions.conf, DynamoDB"
CLUSTER = "redis1 to redis6: /etc/redis/redis.conf"
REPLICATED = "redis1 to redis3: /etc/redis/redis.conf"
REPLICA = "redis2 and redis3: at the end of /etc/redis/redis.conf"
SENTINEL = "redis1 to redis3: /etc/redis/sentinel.conf"
ALL = {BALANCER, NODE, ON_CLUSTER, ON_SENTINEL, ON_DYNAMODB, CLUSTER,
       REPLICATED, REPLICA, SENTINEL}


def blocks():
    """Every configuration in the guide."""
    with open(PATH, encoding="utf-8") as file:
        return re.findall(r"^```(?:apache|conf)\n(.*?)^```", file.read(),
                          re.MULTILINE | re.DOTALL)


def title_of(block):
    return block.partition("\n")[0].lstrip("# ")


def text(title):
    found, = [block for block in blocks() if title_of(block) == title]
    return found
