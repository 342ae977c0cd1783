# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A small HTTP/1.1 server on loopback, in a thread of its own.

A handler is an async function of a Request that answers a Response, or None:
then the connection is closed without a word.
"""

import asyncio
import dataclasses
import email.utils
import threading
import time


@dataclasses.dataclass
class Request:
    method: str
    path: str
    headers: list           # (name in lower case, value), as they came
    body: bytes

    def header(self, name, default=None):
        for key, value in self.headers:
            if key == name:
                return value
        return default


@dataclasses.dataclass
class Response:
    code: int
    body: bytes = b""
    headers: dict = dataclasses.field(default_factory=dict)
    cut: int = None         # send so many bytes of the body, then close


def encode(response, now):
    headers = {"Date": email.utils.formatdate(now, usegmt=True),
               "Content-Length": str(len(response.body)),
               **response.headers}
    head = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
    body = response.body if response.cut is None else \
        response.body[:response.cut]
    return f"HTTP/1.1 {response.code} -\r\n{head}\r\n".encode() + body


async def read_head(reader):
    """The first line and the headers; None at the end of a connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None, None
    lines = head[:-4].decode("latin-1").split("\r\n")
    headers = []
    for line in lines[1:]:
        key, value = line.split(":", 1)
        headers.append((key.lower(), value.strip()))
    return lines[0], headers


async def read_chunks(reader):
    body = b""
    while True:
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        body += (await reader.readexactly(size + 2))[:size]
        if size == 0:
            return body


async def read_body(reader, headers):
    given = dict(headers)
    if given.get("transfer-encoding") == "chunked":
        return await read_chunks(reader)
    return await reader.readexactly(int(given.get("content-length", 0)))


class Server:
    """Listens from the start, and until `stop`."""

    def __init__(self, handler, host="127.0.0.1", tls=None):
        self.handler = handler
        self.tls = tls              # an ssl.SSLContext, or None
        self.clock_offset = 0       # seconds that its clock is ahead
        self.loop = asyncio.new_event_loop()
        self.writers = set()
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(host, ready),
                                       daemon=True)
        self.thread.start()
        ready.wait(10)
        self.url = f"http{'s' if tls else ''}://{host}:{self.port}"

    def _run(self, host, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(
            asyncio.start_server(self._serve, host, 0, limit=2 ** 22,
                                 ssl=self.tls))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()
        server.close()
        self.loop.run_until_complete(self._close_all())
        self.loop.close()

    def now(self):
        return time.time() + self.clock_offset

    async def _serve(self, reader, writer):
        self.writers.add(writer)
        try:
            while await self._serve_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    async def _serve_one(self, reader, writer):
        line, headers = await read_head(reader)
        if line is None:
            return False
        method, path, _ = line.split(" ", 2)
        body = await read_body(reader, headers)
        response = await self.handler(Request(method, path, headers, body))
        if response is None:
            return False
        writer.write(encode(response, self.now()))
        await writer.drain()
        return response.cut is None

    def drop_connections(self):
        """Closes what is open, as an idle timeout does."""
        def close():
            for writer in list(self.writers):
                writer.close()
        self.loop.call_soon_threadsafe(close)

    async def _close_all(self):
        tasks = [task for task in asyncio.all_tasks()
                 if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
