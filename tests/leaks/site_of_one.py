# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A site that one child serves, so that what grows is seen in one place, and
visitors who do all that visitors do."""

import os
import re
import subprocess
import xml.etree.ElementTree as xml

from rig import conf
from rig.server import Server
from rig.stores import STORES as SERVED
from rig.wait import until

CLIENTS = 8

# It looks up two of OpenSSL's methods, once, for the life of the process. They
# are found without owner when httpd unloads the module at its end.
KEPT = "fetch_methods"

ONE_CHILD = """\
StartServers 1
ServerLimit 1
ThreadsPerChild 16
MaxRequestWorkers 16
MinSpareThreads 1
MaxSpareThreads 16
MaxKeepAliveRequests 0
CustomLog /dev/null "%r"
"""

# Each of wrk's threads is a browser. Of sixteen requests ten look, two change,
# one comes without a cookie, one with one that was forged, one ends the
# session, and the last begins another.
BROWSERS = """\
local number, cookie = 0, nil
local function get(path, sent)
    return wrk.format("GET", path, sent and { ["Cookie"] = sent } or {})
end
function request()
    number = number + 1
    local step = number % 16
    if step == 1 then
        return get("/probe/set?name=visitor", cookie)
    elseif step == 4 or step == 9 then
        return get("/probe/set?last=" .. number, cookie)
    elseif step == 6 then
        return get("/index.html", nil)
    elseif step == 12 then
        return get("/index.html", cookie and cookie:sub(1, -3) .. "xx")
    elseif step == 0 then
        return get("/probe/clear", cookie)
    end
    return get("/probe/get", cookie)
end
function response(status, headers, body)
    local line = headers["Set-Cookie"]
    if line then
        cookie = string.match(line, "^[^;]*")
        if string.match(cookie, "=$") then
            cookie = nil
        end
    end
end
"""


class OnCookie(SERVED["dir"]):
    words = "cookie:"


class OnDynamoDB(SERVED["dynamodb"]):
    """Without the proxy, which is slower than the table."""

    def __init__(self):
        super().__init__()
        self.words = self.words.replace(
            self.proxy.url, f"http://127.0.0.1:{self.local.port}")


STORES = {"dir": SERVED["dir"], "redis": SERVED["redis"],
          "dynamodb": OnDynamoDB, "cookie": OnCookie}


def memory_kb(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class SiteOfOne(Server):
    def __init__(self, store):
        self.store_name = store
        self.store_behind = STORES[store]()
        text = conf.SESSIONS.replace("dir:@ROOT@/store purge=1h",
                                     self.store_behind.words)
        super().__init__(ONE_CHILD + text, folders=("valgrind",))
        self.store_behind.prepare(self)
        with open(self.path("browsers.lua"), "w") as file:
            file.write(BROWSERS)

    def end(self):
        try:
            self.stop()
            self.log.check()
        finally:
            self.store_behind.remove()
            self.remove()

    def visit(self, requests):
        """Lets visitors ask so many times at least."""
        seconds, done = 2, 0
        while done < requests:
            text = subprocess.run(
                ["wrk", "-t", str(CLIENTS), "-c", str(CLIENTS), "-d",
                 f"{seconds}s", "--timeout", "60s", "-s",
                 self.path("browsers.lua"),
                 f"http://127.0.0.1:{self.port}/"],
                check=True, capture_output=True, text=True).stdout
            assert "Non-2xx" not in text and "Socket errors" not in text, text
            done += int(re.search(r"(\d+) requests in", text)[1])
        self.wait_until_idle()
        until(self.at_rest, "every thread to rest")

    def child(self):
        child, = self.children()
        return child


class UnderValgrind(SiteOfOne):
    """One process that memcheck looks at."""

    def __init__(self, store):
        super().__init__(store)
        # It has given up root when it removes what root has made.
        self.log.allow("AH01240: Couldn't unlink")

    def command(self, *arguments):
        return ["valgrind", "-q", "--leak-check=full", "--num-callers=40",
                "--show-leak-kinds=definite", "--keep-debuginfo=yes",
                "--xml=yes", f"--xml-file={self.path('valgrind', '%p')}",
                *super().command("-X", *arguments)]

    def complaints(self):
        """Errors and leaks of which our code is a part: a stack each,
        innermost function first."""
        return [stack for name in os.listdir(self.path("valgrind"))
                for error in errors_in(self.path("valgrind", name))
                for stack in [[frame.findtext("fn") or "?" for frame
                               in error.iter("frame")]]
                if any((obj.text or "").endswith("mod_session_store.so")
                       for obj in error.iter("obj"))
                and KEPT not in stack]


def errors_in(path):
    """The file of a process that became another program has no end."""
    parser = xml.XMLPullParser()
    with open(path) as file:
        parser.feed(file.read())
    return [element for _, element in parser.read_events()
            if element.tag == "error"]
