# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Amazon's DynamoDB Local, which an npm package brings along."""

import fcntl
import json
import os
import pathlib
import socket
import subprocess
import tarfile
import time
import urllib.error
import urllib.request

PACKAGE = "amplify-dynamodb-simulator@2.9.30"
START_LIMIT = 180


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(os.environ.get("SST_DYNAMODB_LOCAL")
                        or os.path.join(base, "mod_session_store"))


def fetch(folder):
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder,
                   check=True, stdout=subprocess.DEVNULL)
    archive = next(folder.glob("amplify-dynamodb-simulator-*.tgz"))
    with tarfile.open(archive) as members:
        members.extractall(folder, [
            member for member in members
            if member.name.startswith("package/emulator/")])
    archive.unlink()


def emulator():
    """The folder with DynamoDBLocal.jar; fetched once for all runs."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        jar = folder / "package" / "emulator" / "DynamoDBLocal.jar"
        if not jar.exists():
            fetch(folder)
    return jar.parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class DynamoDBLocal:
    """Keeps its tables in memory, or, to outlive its process, in a folder."""

    def __init__(self, log, folder=None):
        self.log = log
        self.port = free_port()
        self.place = ["-dbPath", folder] if folder else ["-inMemory"]
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["java", "-Xmx512m", "-Djava.library.path=./DynamoDBLocal_lib",
             "-jar", "DynamoDBLocal.jar", *self.place, "-sharedDb",
             "-port", str(self.port)],
            cwd=emulator(), stdout=self.log, stderr=self.log,
            stdin=subprocess.DEVNULL)
        self._await()

    def _await(self):
        limit = time.monotonic() + START_LIMIT
        while True:
            assert self.process.poll() is None, "DynamoDB Local has ended"
            try:
                self.call("ListTables", {})
                return
            except (urllib.error.URLError, ConnectionError):
                assert time.monotonic() < limit, "DynamoDB Local is silent"
                time.sleep(0.05)

    def call(self, action, body):
        """Calls the API without a signature, which nobody checks here."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/", json.dumps(body).encode(),
            {"X-Amz-Target": "DynamoDB_20120810." + action,
             "Content-Type": "application/x-amz-json-1.0",
             "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/"
             "eu-west-1/dynamodb/aws4_request, SignedHeaders=host,"
             " Signature=0"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def make_table(self, name, key="sid", kind="B", ttl="exp", sort=None):
        """A table as the documented commands of the AWS CLI make it."""
        names = [(key, kind, "HASH")] + ([(sort, "S", "RANGE")] if sort
                                         else [])
        self.call("CreateTable", {
            "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": n, "AttributeType": k}
                for n, k, _ in names],
            "KeySchema": [{"AttributeName": n, "KeyType": r}
                          for n, _, r in names]})
        if ttl:
            self.call("UpdateTimeToLive", {
                "TableName": name, "TimeToLiveSpecification": {
                    "Enabled": True, "AttributeName": ttl}})
        return name

    def drop_tables(self):
        for name in self.call("ListTables", {})["TableNames"]:
            self.call("DeleteTable", {"TableName": name})

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
