# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Our signatures are those of botocore, and a server that checks takes them."""

import random
import string

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from awsrig.driver import row, version

VISIBLE = string.ascii_letters + string.digits + "/+=-_.:"


def text(chance, low, high, alphabet=VISIBLE):
    return "".join(chance.choices(alphabet, k=chance.randint(low, high)))


def random_request(chance):
    names = {"host": text(chance, 3, 30, string.ascii_lowercase + ".-"),
             "x-amz-date": "%04d%02d%02dT%02d%02d%02dZ" % (
                 chance.randint(1990, 2080), chance.randint(1, 12),
                 chance.randint(1, 28), chance.randint(0, 23),
                 chance.randint(0, 59), chance.randint(0, 59))}
    for name in ("content-type", "x-amz-target", "x-amz-security-token",
                 "x-amz-meta-blank"):
        if chance.random() < 0.7:
            names[name] = text(chance, 1, 2000)
    if "x-amz-meta-blank" in names:
        names["x-amz-meta-blank"] = f"  {text(chance, 1, 9)}   b  c "
    return {"method": chance.choice(["POST", "GET", "PUT"]),
            "headers": sorted(names.items()),
            "body": chance.randbytes(chance.choice([0, 1, 63, 64, 4000])),
            "region": text(chance, 2, 20, string.ascii_lowercase + "-"),
            "service": text(chance, 2, 10, string.ascii_lowercase),
            "key_id": text(chance, 16, 32, string.ascii_uppercase),
            "secret": text(chance, 1, 120)}


def by_botocore(request):
    headers = dict(request["headers"])
    aws = AWSRequest(method=request["method"], data=request["body"],
                     url=f"https://{headers['host']}/")
    for name, value in headers.items():
        aws.headers[name] = value
    aws.context["timestamp"] = headers["x-amz-date"]
    credentials = Credentials(request["key_id"], request["secret"])
    auth = SigV4Auth(credentials, request["service"], request["region"])
    to_sign = auth.string_to_sign(aws, auth.canonical_request(aws))
    return auth.signature(to_sign, aws)


def test_500_random_requests_are_signed_as_botocore_signs_them(driver):
    chance = random.Random(20150830)
    for _ in range(500):
        request = random_request(chance)
        ours = driver.ask(
            "sign", time=dict(request["headers"])["x-amz-date"],
            **{**request, "body": request["body"].hex()})
        assert ours["authorization"].endswith(by_botocore(request)), request


@pytest.mark.parametrize("token", [True, False])
def test_a_server_that_checks_takes_every_action(proxy, open_driver, token):
    driver = open_driver(keys=proxy.authority.issue(token=token))
    at, user, one, two = row(), row(), version(1), version(2)
    assert driver.ask("index_add", user=user, row=at,
                      expires=2 ** 33)["status"] == "ok"
    assert driver.put(at, one)["status"] == "ok"
    assert driver.put(at, two, expected=one)["status"] == "ok"
    assert driver.get(at)["revision"] == 2
    assert driver.ask("touch", row=at, expires=2 ** 33)["status"] == "ok"
    assert driver.ask("index_list", user=user)["rows"] == [at]
    assert at in driver.ask("scan")["rows"]
    assert driver.ask("remove", row=at)["status"] == "ok"
    assert driver.ask("index_remove", user=user, row=at)["status"] == "ok"
    assert proxy.refused == []


def test_a_wrong_secret_is_denied_and_the_line_says_what_to_do(proxy,
                                                               open_driver):
    wrong = proxy.authority.issue()
    wrong.secret, real = "wrong", wrong.secret
    driver = open_driver(keys=wrong)
    wrong.secret = real
    answer = driver.get(row())
    assert answer["status"] == "denied"
    assert "InvalidSignature" in answer["error"]
    assert "sessions" in answer["error"] and "GetItem" in answer["error"]


@pytest.mark.parametrize("hours", [-1, 1, 30])
def test_a_clock_that_is_wrong_costs_one_call(proxy, open_driver, hours):
    proxy.server.clock_offset = hours * 3600
    proxy.denied = {"DescribeTable"}
    driver = open_driver()
    assert driver.get(row())["status"] == "not found"
    assert driver.get(row())["status"] == "not found"
    gets = proxy.actions.count("GetItem")
    assert gets in (2, 3), "one repeat, by whoever came first"
    assert len(proxy.refused) <= 3
