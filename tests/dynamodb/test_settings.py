# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Region, endpoint and options, as the AWS SDKs resolve them."""

import gzip
import json
import pathlib

import botocore
import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError
from awsrig.certificates import Certificate, trusting
from awsrig.driver import Driver, row
from awsrig.proxy import Proxy
from awsrig.services import Sts

REGIONS = """
    af-south-1 ap-east-1 ap-northeast-1 ap-northeast-2 ap-northeast-3
    ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3
    ca-central-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2
    eu-west-1 eu-west-2 eu-west-3 me-central-1 me-south-1 sa-east-1 us-east-1
    us-east-2 us-west-1 us-west-2 cn-north-1 cn-northwest-1 us-gov-east-1
    us-gov-west-1 us-iso-east-1 us-iso-west-1 us-isob-east-1""".split()


def rules(service, version):
    base = (pathlib.Path(botocore.__file__).parent / "data" / service
            / version / "endpoint-rule-set-1.json")
    if base.exists():
        ruleset = json.loads(base.read_text())
    else:
        ruleset = json.loads(gzip.open(f"{base}.gz").read())
    partitions = (pathlib.Path(botocore.__file__).parent / "data"
                  / "partitions.json")
    return EndpointProvider(ruleset, json.loads(partitions.read_text()))


@pytest.mark.parametrize("service,version", [("dynamodb", "2012-08-10"),
                                             ("sts", "2011-06-15")])
def test_host_names_are_those_of_botocores_rules(driver, service, version):
    provider = rules(service, version)
    for region in REGIONS:
        for fips in (False, True):
            for dualstack in (False, True):
                ours = driver.ask("endpoint", service=service, region=region,
                                  fips=int(fips), dualstack=int(dualstack))
                options = {"Region": region, "UseFIPS": fips,
                           "UseDualStack": dualstack}
                if service == "sts":
                    options["UseGlobalEndpoint"] = False
                try:
                    theirs = provider.resolve_endpoint(**options).url
                except EndpointProviderError:
                    theirs = None
                assert ours.get("url") == theirs, (region, fips, dualstack)


@pytest.fixture
def proxy_env(proxy, environment):
    return {**environment, "AWS_ACCESS_KEY_ID": proxy.keys.key_id,
            "AWS_SECRET_ACCESS_KEY": proxy.keys.secret,
            "AWS_SESSION_TOKEN": proxy.keys.token}


@pytest.fixture
def tls_proxy(local, tmp_path):
    """The same over TLS, with a certificate that nobody else trusts."""
    certificate = Certificate(tmp_path / "endpoint")
    server = Proxy(local, tls=certificate.context())
    server.certificate = certificate
    yield server
    server.stop()


def test_a_certificate_has_to_be_trusted(tls_proxy, open_driver):
    # With time for every attempt: the last one is the one that is told.
    options = {"keys": tls_proxy.keys, "endpoint": tls_proxy.url}
    driver = open_driver("connect-timeout=30s", **options)
    answer = driver.get(row(), timeout_ms=120000)
    assert answer["status"] == "unavailable"
    assert "certificate" in answer["error"]
    assert tls_proxy.count == 0
    driver = open_driver("connect-timeout=30s",
                         f"ca={tls_proxy.certificate.path}", **options)
    assert driver.get(row())["status"] == "not found"


def test_ca_leaves_out_whom_the_system_trusts(tls_proxy, open_driver,
                                              tmp_path):
    options = {"keys": tls_proxy.keys, "endpoint": tls_proxy.url,
               "inside": trusting(tls_proxy.certificate, tmp_path / "system")}
    driver = open_driver("connect-timeout=30s", **options)
    assert driver.get(row())["status"] == "not found"
    other = Certificate(tmp_path / "other")
    driver = open_driver("connect-timeout=30s", f"ca={other.path}", **options)
    answer = driver.get(row(), timeout_ms=120000)
    assert answer["status"] == "unavailable"
    assert "certificate" in answer["error"]


def test_ca_is_for_the_endpoint_alone(tls_proxy, open_driver, environment,
                                      service, tmp_path):
    public = Certificate(tmp_path / "public")
    sts = service(Sts, tls=public.context())
    sts.authority = tls_proxy.authority
    sts.web_token = "eyJ.the-token.of-this-pod"
    (tmp_path / "token").write_text(sts.web_token)
    driver = open_driver(
        "connect-timeout=30s", f"ca={tls_proxy.certificate.path}",
        endpoint=tls_proxy.url,
        inside=trusting(public, tmp_path / "system", by_name=False),
        env={**environment, "AWS_ENDPOINT_URL_STS": sts.url,
             "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/sessions",
             "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token")})
    answer = driver.get(row())
    assert answer["status"] == "not found", answer


def outcome(env, *options):
    driver = Driver("dynamodb:sessions", *options, env=env)
    answer = driver.opened
    if answer["status"] == "ok":
        answer = driver.get(row())
    assert driver.close() == 0
    return answer


CONFIG = """
[default]
region = us-west-1
[profile web]
region = eu-west-1
services = ours
endpoint_url = http://127.0.0.1:1
[services ours]
s3 =
  endpoint_url = http://127.0.0.1:2
dynamodb =
  endpoint_url = URL/
"""


def test_region_and_endpoint_of_a_profile(proxy, proxy_env, tmp_path):
    path = tmp_path / "config"
    path.write_text(CONFIG.replace("URL", proxy.url))
    env = {**proxy_env, "AWS_CONFIG_FILE": str(path), "AWS_PROFILE": "web"}
    assert outcome(env)["status"] == "not found"


@pytest.mark.parametrize("names", [
    ["AWS_REGION", "AWS_ENDPOINT_URL_DYNAMODB"],
    ["AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"]])
def test_region_and_endpoint_of_the_environment(proxy, proxy_env, names):
    env = {**proxy_env, names[0]: "eu-west-1", names[1]: proxy.url}
    assert outcome(env)["status"] == "not found"


def test_the_directive_wins_over_the_environment(proxy, proxy_env):
    env = {**proxy_env, "AWS_REGION": "us-east-1",
           "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1"}
    assert outcome(env, "region=eu-west-1",
                   f"endpoint={proxy.url}")["status"] == "not found"


def test_configured_endpoints_can_be_ignored(proxy_env):
    env = {**proxy_env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
           "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
           "https_proxy": "http://127.0.0.1:9"}
    answer = outcome(env, "region=eu-west-1")
    assert "dynamodb.eu-west-1.amazonaws.com" in answer["error"] \
        or "127.0.0.1 port 9" in answer["error"]


@pytest.mark.parametrize("url,options,words", [
    ("dynamodb:s", [], "table"),
    ("dynamodb:a b", [], "table"),
    ("dynamodb:sessions", ["region=EU"], "eu-west-1"),
    ("dynamodb:sessions", ["region=eu.example.com/"], "eu-west-1"),
    ("dynamodb:sessions", ["region=eu-west-1", "endpoint=ftp://x"],
     "endpoint"),
    ("dynamodb:sessions", ["region=eu-west-1", "endpoint=http://x/path"],
     "endpoint"),
    ("dynamodb:sessions", ["key=sid:N"], "sid:B"),
    ("dynamodb:sessions", ["key=:S"], "sid:B"),
    ("dynamodb:sessions", ["key=rev:S"], "taken"),
    ("dynamodb:sessions", ["ttl=w3"], "taken"),
    ("dynamodb:sessions", ["key=exp:S"], "two attributes"),
    ("dynamodb:sessions", ["read=sometimes"], "eventual"),
    ("dynamodb:sessions", ["colour=red"], "colour"),
])
def test_what_cannot_be_meant_is_refused_with_what_can(environment, url,
                                                       options, words):
    driver = Driver(url, *options, env=environment)
    answer = driver.opened
    assert driver.close() == 0
    assert answer["status"] in ("invalid", "unavailable")
    assert words in answer["error"], answer
