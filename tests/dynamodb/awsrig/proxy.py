# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""In front of DynamoDB Local: refuses what AWS would refuse, counts what AWS
would bill, and makes the faults that a test asks for.

`proxy.fault` is a function of the number of a request (from 1) and its action,
and answers None or one of
    "throttle"  a ProvisionedThroughputExceededException
    "500"       an InternalServerError
    "drop"      the connection ends before the request is passed on
    "lose"      the request is carried out, and its answer lost
    "truncate"  half of the answer, then the end of the connection
    "corrupt"   an answer with a byte changed on its way, where it carries a
                checksum (DynamoDB Local's errors do not)
    ("type", T) an error of this type
    ("late", A) the answer A to a read that may be late, as of a replica
    a number    the answer comes so many seconds later
"""

import asyncio
import json
import math

from .signatures import Authority, Refused, verify
from .wire import Response, Server, read_body, read_head

TARGET = "DynamoDB_20120810."
REGION = "eu-west-1"


def every(nth, kind):
    return lambda number, action: kind if number % nth == 0 else None


def first(count, kind):
    return lambda number, action: kind if number <= count else None


def error(code, kind, message):
    body = json.dumps({"__type": "com.amazonaws.dynamodb.v20120810#" + kind,
                       "message": message}).encode()
    return Response(code, body,
                    {"Content-Type": "application/x-amz-json-1.0"})


class Proxy:
    def __init__(self, local, tls=None):
        self.local = local
        self.idle = []              # connections to DynamoDB Local
        self.server = Server(self.handle, tls=tls)
        self.url = self.server.url
        self.reset()

    def reset(self):
        self.authority = Authority()
        self.keys = self.authority.issue()
        self.region = REGION
        self.denied = set()         # actions that the role may not do
        self.fault = None
        self.count = 0
        self.actions = []
        self.refused = []
        self.read_units = 0.0
        self.write_units = 0.0
        self.server.clock_offset = 0

    def stop(self):
        self.server.stop()

    # --- One request ---

    async def handle(self, request):
        self.count += 1
        action = request.header("x-amz-target", "")[len(TARGET):]
        self.actions.append(action)
        fault = self.fault(self.count, action) if self.fault else None
        try:
            self.check(request, action)
        except Refused as refusal:
            self.refused.append(refusal.kind)
            return error(400, refusal.kind, refusal.message)
        return await self.with_fault(fault, request, action)

    def check(self, request, action):
        verify(request, self.authority, self.server.now(), "dynamodb",
               self.region)
        assert request.method == "POST" and request.path == "/"
        assert request.header("content-type") == "application/x-amz-json-1.0"
        if action in self.denied:
            raise Refused("AccessDeniedException",
                          "User: arn:aws:iam::123456789012:user/web is not"
                          f" authorized to perform: dynamodb:{action}")

    async def with_fault(self, fault, request, action):
        if fault == "throttle":
            return error(400, "ProvisionedThroughputExceededException",
                         "The level of configured provisioned throughput for"
                         " the table was exceeded.")
        if fault == "500":
            return error(500, "InternalServerError", "The request processing"
                         " has failed because of an unknown error")
        if isinstance(fault, tuple) and fault[0] == "type":
            return error(400, fault[1], "as the test asked")
        if fault == "drop":
            return None
        if isinstance(fault, (int, float)):
            await asyncio.sleep(fault)
        response = await self.forward(request, action)
        if (isinstance(fault, tuple) and action == "GetItem"
                and not json.loads(request.body).get("ConsistentRead")):
            return Response(200, json.dumps(fault[1]).encode(),
                            {"Content-Type": "application/x-amz-json-1.0"})
        if fault == "lose":
            return None
        if fault == "truncate":
            response.cut = len(response.body) // 2
        if fault == "corrupt" and "x-amz-crc32" in response.headers:
            middle = len(response.body) // 2
            response.body = (response.body[:middle]
                             + bytes([response.body[middle] ^ 1])
                             + response.body[middle + 1:])
        return response

    # --- DynamoDB Local, and the bill ---

    async def connection(self):
        if self.idle:
            return self.idle.pop()
        return await asyncio.open_connection("127.0.0.1", self.local.port,
                                             limit=2 ** 23)

    async def exchange(self, request, body):
        reader, writer = await self.connection()
        head = "".join(
            f"{key}: {value}\r\n" for key, value in request.headers
            if key not in ("content-length", "host"))
        writer.write((f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                      f"Content-Length: {len(body)}\r\n{head}\r\n").encode()
                     + body)
        line, headers = await read_head(reader)
        answer = await read_body(reader, headers)
        self.idle.append((reader, writer))
        kept = {key: value for key, value in headers
                if key.startswith("x-amz") or key == "content-type"}
        return Response(int(line.split(" ")[1]), answer, kept)

    async def forward(self, request, action):
        body = json.loads(request.body)
        if not action.startswith("Describe"):
            body["ReturnConsumedCapacity"] = "TOTAL"
        response = await self.exchange(request, json.dumps(body).encode())
        self.bill(action, body, json.loads(response.body))
        return response

    def bill(self, action, body, answer):
        if action.startswith("Describe"):
            return
        units = answer.get("ConsumedCapacity", {}).get("CapacityUnits")
        if units is None:
            # A condition that does not hold is billed, and not reported: by
            # the size of the item that is stored.
            units = math.ceil(max(1, item_size(answer.get("Item", {})))
                              / 1024)
        if action in ("GetItem", "Scan", "Query"):
            self.read_units += units
        else:
            self.write_units += units


def item_size(item):
    """About what an item weighs: names and values."""
    size = 0
    for name, value in item.items():
        kind, text = next(iter(value.items()))
        size += len(name)
        size += len(text) * 3 // 4 if kind == "B" else len(text)
    return size
