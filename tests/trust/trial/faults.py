# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What can break below a site with visitors. Each fault comes and goes at
random for as long as it is given, and leaves everything mended."""

import contextlib
import os
import random
import signal
import time

from rig import breakage
from rig.aside import Aside
from rig.wait import until

from . import wire
from .visit import LOST

# Whether some requests have to be refused while it lasts: without, the fault
# has not been there.
SURELY, PERHAPS = True, False


class Fault:
    def __init__(self, name, stores, hurts, refusals, run):
        self.name = name
        self.stores = stores
        self.hurts = hurts
        self.refusals = refusals
        self.run = run

    def __call__(self, site, span_s):
        self.run(site, time.monotonic() + span_s)


FAULTS = []
ALL = ("dir", "redis", "dynamodb")
SERVERS = ("redis", "dynamodb")


def fault(name, stores=ALL, hurts=PERHAPS, refusals=(503,)):
    """`refusals`: the answers to requests that are refused."""
    def add(run):
        FAULTS.append(Fault(name, stores, hurts, refusals, run))
        return run
    return add


def pause(least_s, most_s):
    time.sleep(random.uniform(least_s, most_s))


def pause_until(end):
    time.sleep(max(0, end - time.monotonic()))


def comes_and_goes(breaks, mends, end, broken_s=(0.3, 1), well_s=(0.2, 0.6)):
    while time.monotonic() < end:
        pause(*well_s)
        breaks()
        try:
            pause(*broken_s)
        finally:
            mends()


# --- httpd ------------------------------------------------------------------

def some_child(site):
    with contextlib.suppress(*LOST):
        return random.choice(site.server.children())
    return None


@fault("a child of httpd is killed")
def kill_children(site, end):
    while time.monotonic() < end:
        pid = some_child(site)
        with contextlib.suppress(ProcessLookupError):
            if pid:
                os.kill(pid, signal.SIGKILL)
        pause(0.1, 0.5)


@fault("httpd's parent is killed", hurts=SURELY)
def kill_parent(site, end):
    while time.monotonic() < end:
        pause(0.5, 1)
        site.start_again()


@fault("httpd restarts, at once")
def restart(site, end):
    while time.monotonic() < end:
        pause(0.3, 0.8)
        site.server.process.send_signal(signal.SIGHUP)
        until(lambda: answers(site), "httpd to answer again")


@fault("httpd restarts gracefully, with other keys")
def restart_gracefully(site, end):
    while time.monotonic() < end:
        pause(0.3, 0.8)
        site.rotate_keys()
        site.server.graceful()


def answers(site):
    with contextlib.suppress(*LOST):
        return site.server.browser().get("/probe/children").status == 200
    return False


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


# Its own files httpd cannot open either, and says so.
@fault("httpd's children run out of descriptors", ALL, SURELY,
       (503, 500, 403))
def no_descriptors(site, end):
    """They may have a few more than they had open before the first request:
    too few for all visitors."""
    few = open_files(site.server.children()[0]) + 4
    site.start_again(descriptors=few)
    pause_until(end)
    site.start_again()


# --- The token directory ----------------------------------------------------

def directory(name, broken, hurts=SURELY):
    @fault(name, ("dir",), hurts)
    def run(site, end):
        while time.monotonic() < end:
            pause(0.2, 0.6)
            with broken(site.server.store):
                pause(0.3, 1)


directory("the directory is missing", breakage.missing)
directory("the directory is read-only", breakage.read_only)
directory("the directory has lost its rights", breakage.no_rights)
directory("the directory is somebody else's", breakage.wrong_owner)
directory("the disk is full", breakage.full)


# --- Servers ----------------------------------------------------------------

@fault("the store is killed and comes back", SERVERS, SURELY)
def kill_store(site, end):
    while time.monotonic() < end:
        pause(0.3, 0.8)
        site.store.kill()
        pause(0, 0.5)
        site.store.start()


@fault("the store is stopped", SERVERS, SURELY)
def stop_store(site, end):
    comes_and_goes(site.hang_store, site.wake_store, end, (2.5, 3.5))


def network(name, mode, hurts):
    @fault(name, SERVERS, hurts)
    def run(site, end):
        way = site.store.wire
        comes_and_goes(lambda: way.set(mode), lambda: way.set(wire.PASS),
                       end, (2.5, 3))


network("answers are slow", wire.SLOW, PERHAPS)
network("answers drip", wire.DRIP, PERHAPS)
network("connections are half open", wire.HOLD, SURELY)
network("connections are reset, answers lost", wire.RESET, PERHAPS)
network("connections are refused", wire.REFUSE, SURELY)


# --- Redis ------------------------------------------------------------------

def by_command(name, breaks, mends, hurts=SURELY):
    @fault(name, ("redis",), hurts)
    def run(site, end):
        ask = site.store.redis.ask
        comes_and_goes(lambda: [ask(*words) for words in breaks],
                       lambda: [ask(*words) for words in mends], end)


KICK = ("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

by_command("Redis is full", [("CONFIG", "SET", "maxmemory", "1")],
           [("CONFIG", "SET", "maxmemory", "0")])
by_command("Redis is a replica, read-only",
           [("REPLICAOF", "127.0.0.1", "1")], [("REPLICAOF", "NO", "ONE")])
by_command("Redis takes no more clients",
           [("CONFIG", "SET", "maxclients", "1"), KICK],
           [("CONFIG", "SET", "maxclients", "10000")])
by_command("Redis ends its connections", [KICK], [], PERHAPS)
by_command("Redis waits for nothing but time", [("CLIENT", "PAUSE", "1500")],
           [("CLIENT", "UNPAUSE",)], PERHAPS)


# --- Clocks -----------------------------------------------------------------

@fault("httpd's clock jumps by an hour, ahead and back", ALL, PERHAPS)
def jump(site, end):
    clock = site.server
    while time.monotonic() < end:
        for ahead_s in (3600, 0, -3600, 0):
            pause(0.2, 0.5)
            clock.set_clock(ahead_s)


@fault("the clock jumps back while the store is stopped", SERVERS, SURELY)
def jump_and_stop(site, end):
    def breaks():
        site.hang_store()
        pause(0.5, 1)
        site.server.set_clock(-3600)

    comes_and_goes(breaks, site.wake_store, end, (2, 2.5))
    site.server.set_clock(0)


CLOCKS = (jump, jump_and_stop)


# --- With other keys, at the same moment ------------------------------------

TURNS = 6       # less than a key file keeps keys


def turn_keys(site, end):
    for _ in range(TURNS):
        pause(0.3, 0.6)
        site.rotate_keys()
        site.server.graceful(wait=False)
        if time.monotonic() > end:
            return


def while_keys_turn(run):
    def both(site, end):
        turns = Aside(turn_keys, site, end)
        run(site, end)
        turns.result()

    return both


for each in list(FAULTS):
    if each.name in ("the disk is full", "the store is killed and comes back",
                     "answers are slow", "Redis is full",
                     "connections are reset, answers lost"):
        fault(each.name + "; keys change, httpd restarts", each.stores,
              each.hurts, each.refusals)(while_keys_turn(each.run))
