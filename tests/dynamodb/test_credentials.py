# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Every source of credentials, and their rotation."""

import json
import os
import pathlib
import pwd
import time

import pytest
from awsrig.driver import row, version
from awsrig.services import Container, Instance, Sts, document
from awsrig.signatures import Refused
from awsrig.wire import Response
from rig import clock

NOBODY = 65534
ROLE = "arn:aws:iam::123456789012:role/sessions"

# Root reads what nobody may.
WITH_A_USERS_RIGHTS = [
    "setpriv", "--inh-caps", "-dac_override,-dac_read_search",
    "--bounding-set", "-dac_override,-dac_read_search"
] if os.geteuid() == 0 else []


@pytest.fixture
def home(tmp_path):
    (tmp_path / ".aws").mkdir()
    return tmp_path / ".aws"


@pytest.fixture
def works(open_driver, environment):
    """Opens a store with these settings only, and makes a call."""

    def make(*options, region="eu-west-1", **env):
        driver = open_driver(*options, region=region,
                             env={**environment, **env})
        answer = driver.get(row())
        assert answer["status"] == "not found", answer
        return driver

    return make


def static(keys):
    return (f"aws_access_key_id = {keys.key_id}\n"
            f"aws_secret_access_key={keys.secret}   # the secret one\n"
            + (f"aws_session_token = {keys.token}\n" if keys.token else ""))


# --- The sources ---


def test_the_environment(proxy, works):
    works(AWS_ACCESS_KEY_ID=proxy.keys.key_id,
          AWS_SECRET_ACCESS_KEY=proxy.keys.secret,
          AWS_SESSION_TOKEN=proxy.keys.token)


def test_a_credentials_file_of_the_directive(proxy, works, tmp_path):
    path = tmp_path / "fixed"
    path.write_text("[default]\n" + static(proxy.authority.issue(token=False)))
    works(f"credentials-file={path}", AWS_ACCESS_KEY_ID="AKIDNOBODY",
          AWS_SECRET_ACCESS_KEY="x")


def test_a_credentials_file_below_the_home_of_the_servers_user(proxy, works,
                                                               tmp_path):
    (tmp_path / "elsewhere").write_text("[default]\n" + static(proxy.keys))
    works(AWS_SHARED_CREDENTIALS_FILE="~/elsewhere")


def test_the_default_profile(proxy, works, home):
    (home / "credentials").write_text("; ours\n[default]\n"
                                      + static(proxy.keys))
    works()


def test_a_profile_of_the_environment_and_of_the_config_file(proxy, works,
                                                             home):
    (home / "config").write_text(
        "[default]\nregion = us-east-1\n[profile web]\nregion = eu-west-1\n"
        + static(proxy.keys))
    works(region=None, AWS_PROFILE="web")


def test_a_profile_of_the_directive_wins_over_the_environment(proxy, works,
                                                              home):
    (home / "credentials").write_text("[web]\n" + static(proxy.keys))
    works("profile=web", AWS_ACCESS_KEY_ID="AKIDNOBODY",
          AWS_SECRET_ACCESS_KEY="x")


def test_a_program(proxy, works, home, tmp_path):
    answer = {"Version": 1, **document(proxy.authority.issue(3600),
                                       "SessionToken")}
    (tmp_path / "answer").write_text(json.dumps(answer))
    (home / "config").write_text(
        f"[default]\ncredential_process = cat '{tmp_path}/answer'\n")
    works()


def test_a_role_with_the_keys_of_another_profile(proxy, works, home, service):
    sts = service(Sts)
    (home / "config").write_text(
        f"[profile app]\nrole_arn = {ROLE}\nsource_profile = base\n"
        "external_id = we & you\nrole_session_name = web\n")
    (home / "credentials").write_text("[base]\n" + static(proxy.keys))
    works("profile=app", AWS_ENDPOINT_URL_STS=sts.url)
    assert sts.forms[0]["RoleArn"] == ROLE
    assert sts.forms[0]["ExternalId"] == "we & you"
    assert sts.forms[0]["RoleSessionName"] == "web"


def test_a_role_upon_a_role(proxy, works, home, service):
    sts = service(Sts)
    (home / "config").write_text(
        f"[profile app]\nrole_arn = {ROLE}2\nsource_profile = middle\n"
        f"[profile middle]\nrole_arn = {ROLE}1\nsource_profile = base\n"
        "[profile base]\n" + static(proxy.keys))
    works("profile=app", AWS_ENDPOINT_URL_STS=sts.url)
    assert [form["RoleArn"] for form in sts.forms] == [ROLE + "1", ROLE + "2"]


@pytest.mark.parametrize("profile,asked", [("middle", "1"), ("app", "2")])
def test_keys_come_before_a_role_where_another_profile_refers_to_them(
        proxy, works, home, service, profile, asked):
    """As the AWS CLI has it: by name, a profile's own keys ask for its role;
    as a source, they are what it gives."""
    sts = service(Sts)
    (home / "config").write_text(
        f"[profile app]\nrole_arn = {ROLE}2\nsource_profile = middle\n"
        f"[profile middle]\nrole_arn = {ROLE}1\nsource_profile = middle\n"
        + static(proxy.keys))
    works(f"profile={profile}", AWS_ENDPOINT_URL_STS=sts.url)
    assert [form["RoleArn"] for form in sts.forms] == [ROLE + asked]


@pytest.mark.parametrize("source", ["Environment", "EcsContainer",
                                    "Ec2InstanceMetadata"])
def test_a_role_with_a_credential_source(proxy, works, home, service, source):
    sts, container, instance = (service(Sts), service(Container),
                                service(Instance))
    (home / "config").write_text(
        f"[profile app]\nrole_arn = {ROLE}\ncredential_source = {source}\n")
    works("profile=app", AWS_ENDPOINT_URL_STS=sts.url,
          AWS_ACCESS_KEY_ID=proxy.keys.key_id,
          AWS_SECRET_ACCESS_KEY=proxy.keys.secret,
          AWS_SESSION_TOKEN=proxy.keys.token,
          AWS_CONTAINER_CREDENTIALS_FULL_URI=container.url + "/role",
          AWS_EC2_METADATA_DISABLED="false",
          AWS_EC2_METADATA_SERVICE_ENDPOINT=instance.url)
    assert len(sts.forms) == 1


def test_a_web_identity(works, service, tmp_path):
    sts = service(Sts)
    sts.web_token = "eyJ.the+token/of=this.pod"
    (tmp_path / "token").write_text(sts.web_token + "\n")
    works(AWS_ENDPOINT_URL_STS=sts.url, AWS_ROLE_ARN=ROLE,
          AWS_WEB_IDENTITY_TOKEN_FILE=str(tmp_path / "token"))
    assert sts.forms[0]["Action"] == "AssumeRoleWithWebIdentity"


def test_a_profile_with_a_web_identity(works, home, service, tmp_path):
    sts = service(Sts)
    sts.web_token = "eyJ.the-token.of-this-pod"
    (tmp_path / "token").write_text(sts.web_token)
    (home / "config").write_text(
        f"[profile app]\nrole_arn = {ROLE}\nrole_session_name = web\n"
        f"web_identity_token_file = {tmp_path}/token\n")
    works("profile=app", AWS_ENDPOINT_URL_STS=sts.url)
    assert sts.forms[0]["Action"] == "AssumeRoleWithWebIdentity"
    assert sts.forms[0]["RoleSessionName"] == "web"


def test_a_container_with_a_token_file_that_wins_over_the_variable(
        works, service, tmp_path):
    container = service(Container)
    container.authorization = "Bearer of-this-pod"
    (tmp_path / "token").write_text(container.authorization + "\n")
    works(AWS_CONTAINER_CREDENTIALS_FULL_URI=container.url + "/v1/credentials",
          AWS_CONTAINER_AUTHORIZATION_TOKEN="old",
          AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(tmp_path / "token"))


@pytest.mark.parametrize("uri", [
    "http://169.254.170.2.example.com/", "http://127.example.com/",
    "http://user@127.0.0.1/", "ftp://127.0.0.1/", "http://192.0.2.1/x"])
def test_a_container_elsewhere_is_not_asked_in_the_clear(
        open_driver, environment, uri):
    driver = open_driver(env={**environment,
                              "AWS_CONTAINER_CREDENTIALS_FULL_URI": uri})
    answer = driver.get(row())
    assert answer["status"] == "unavailable"
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" in answer["error"]


def test_an_instance_and_its_region(works, service):
    instance = service(Instance)
    works(region=None, AWS_EC2_METADATA_DISABLED="false",
          AWS_EC2_METADATA_SERVICE_ENDPOINT=instance.url + "/")
    assert instance.asked[0] == ("PUT", "/latest/api/token")


def test_an_instance_that_gives_old_keys_is_believed_a_while(proxy, works,
                                                             service):
    instance = service(Instance)
    instance.expired = True
    works(AWS_EC2_METADATA_DISABLED="false",
          AWS_EC2_METADATA_SERVICE_ENDPOINT=instance.url)


# --- What is refused ---


@pytest.mark.parametrize("text,words", [
    ("sso_session = ours\nsso_account_id = 1\n", "credential_process"),
    ("sso_start_url = https://example.com\n", "credential_process"),
    ("login_session = me\n", "credential_process"),
    (f"role_arn = {ROLE}\nsource_profile = default\nmfa_serial = x\n",
     "mfa_serial"),
    (f"role_arn = {ROLE}\n", "source_profile"),
    (f"role_arn = {ROLE}\ncredential_source = Sky\n", "credential_source"),
    ("credential_process = /nonexistent/program\n", "/nonexistent/program"),
    ("credential_process = false\n", "credential_process"),
    ("credential_process = echo hello\n", "JSON"),
    ("region = eu-west-1\n", "has no credentials"),
    (f"role_arn = {ROLE}\nsource_profile = base\n[profile base]\noutput = x\n",
     "base, which a role is to be asked for with"),
])
def test_a_profile_that_cannot_do_is_named_with_the_reason(
        open_driver, environment, home, text, words):
    (home / "config").write_text("[profile app]\n" + text)
    driver = open_driver("profile=app", env=environment)
    answer = driver.get(row())
    assert answer["status"] in ("denied", "unavailable")
    assert words in answer["error"], answer


def test_a_circle_of_roles_is_named(open_driver, environment, home):
    (home / "config").write_text(
        f"[profile a]\nrole_arn = {ROLE}\nsource_profile = b\n"
        f"[profile b]\nrole_arn = {ROLE}\nsource_profile = a\n")
    answer = open_driver("profile=a", env=environment).get(row())
    assert "circle" in answer["error"]


def test_a_role_whose_profile_is_its_own_source_needs_keys(
        open_driver, environment, home, service):
    (home / "config").write_text(
        f"[default]\nrole_arn = {ROLE}\nsource_profile = default\n")
    answer = open_driver(env={
        **environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI":
        service(Container).url + "/"}).get(row())
    assert answer["status"] == "unavailable"
    assert "circle" in answer["error"]


@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE",
                                      "AWS_SHARED_CREDENTIALS_FILE",
                                      "AWS_WEB_IDENTITY_TOKEN_FILE"])
def test_a_file_that_the_environment_names_in_vain_is_named(
        open_driver, environment, tmp_path, variable):
    answer = open_driver(env={**environment, "AWS_ROLE_ARN": ROLE,
                              variable: f"{tmp_path}/none"}).get(row())
    assert answer["status"] == "unavailable"
    assert f"{tmp_path}/none" in answer["error"]


@pytest.mark.parametrize("variable", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_a_profile_that_the_environment_names_in_vain_is_not_passed_over(
        proxy, open_driver, environment, home, service, variable):
    container = service(Container)
    (home / "config").write_text("[default]\n[profile wed]\n"
                                 + static(proxy.keys))
    answer = open_driver(env={
        **environment, variable: "web",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url + "/"}
        ).get(row())
    assert answer["status"] == "unavailable"
    assert all(words in answer["error"]
               for words in (" web ", str(home / "config"), "AWS_PROFILE"))
    assert container.given == []


def test_a_profile_of_the_environment_may_leave_credentials_to_others(
        works, home, service):
    (home / "config").write_text("[profile web]\nregion = eu-west-1\n")
    works(region=None, AWS_PROFILE="web", AWS_CONTAINER_CREDENTIALS_FULL_URI=
          service(Container).url + "/")


def test_keys_of_the_environment_come_before_a_profile_that_is_not_there(
        proxy, works):
    works(AWS_PROFILE="web", AWS_ACCESS_KEY_ID=proxy.keys.key_id,
          AWS_SECRET_ACCESS_KEY=proxy.keys.secret,
          AWS_SESSION_TOKEN=proxy.keys.token)


def test_a_profile_that_is_named_and_cannot_be_read_is_not_passed_over(
        proxy, open_driver, environment, home, service):
    (home / "credentials").write_text("[web]\n" + static(proxy.keys))
    (home / "credentials").chmod(0)
    env = {**environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI":
           service(Container).url + "/"}
    answer = open_driver(env={**env, "AWS_PROFILE": "web"},
                         inside=WITH_A_USERS_RIGHTS).get(row())
    assert answer["status"] == "denied"
    assert str(home / "credentials") in answer["error"]
    # That of the name "default" nobody has asked for.
    answer = open_driver(env=env, inside=WITH_A_USERS_RIGHTS).get(row())
    assert answer["status"] == "not found"


def test_a_web_identity_without_a_role_is_not_passed_over(
        open_driver, environment, service, tmp_path):
    container = service(Container)
    (tmp_path / "token").write_text("some")
    answer = open_driver(env={
        **environment,
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"),
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url + "/"}
        ).get(row())
    assert answer["status"] == "unavailable"
    assert "AWS_ROLE_ARN" in answer["error"]
    assert container.given == []


def test_a_credentials_file_that_is_not_there_is_named(open_driver, tmp_path):
    answer = open_driver(f"credentials-file={tmp_path}/none").get(row())
    assert answer["status"] == "unavailable"
    assert f"{tmp_path}/none" in answer["error"]


def test_a_credentials_file_without_the_profile_is_named(open_driver,
                                                         tmp_path, proxy):
    (tmp_path / "fixed").write_text("[other]\n" + static(proxy.keys))
    answer = open_driver(f"credentials-file={tmp_path}/fixed").get(row())
    assert "aws_access_key_id in [default]" in answer["error"]


def test_a_containers_token_file_that_is_not_there_is_named(
        open_driver, environment, service, tmp_path):
    answer = open_driver(env={
        **environment,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": service(Container).url + "/",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": f"{tmp_path}/none"}
        ).get(row(), timeout_ms=5000)
    assert answer["status"] == "unavailable"
    assert f"{tmp_path}/none" in answer["error"]


WITHOUT_END = (b"<A><Credentials><AccessKeyId>a</AccessKeyId><SecretAccessKey>"
               b"b</SecretAccessKey></Credentials></A>")


@pytest.mark.parametrize("answer,words", [
    (Response(200, b"hello"), "not XML"),
    (Response(200, b""), "not XML"),
    (Response(200, b"<A/>"), "STS"),
    (Response(200, WITHOUT_END), "no Expiration"),
    (Response(503), "503 without a reason"),
    (Response(400, b"<A><Error><Code>Throttling</Code></Error></A>"),
     "400 Throttling"),
])
def test_an_answer_of_sts_that_gives_nothing_is_named(
        open_driver, environment, service, tmp_path, answer, words):
    sts = service(Sts)
    sts.instead = {"/": answer}
    (tmp_path / "token").write_text("some")
    driver = open_driver(env={
        **environment, "AWS_ENDPOINT_URL_STS": sts.url, "AWS_ROLE_ARN": ROLE,
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token")})
    answer = driver.get(row(), timeout_ms=5000)
    assert answer["status"] != "ok" and words in answer["error"], answer


ROLES = "/latest/meta-data/iam/security-credentials/"


@pytest.mark.parametrize("path,answer,words", [
    ("/latest/api/token", Response(403), "no session token (403)"),
    (ROLES, Response(404), "no AWS credentials"),
    (ROLES, Response(500), "answered 500"),
    (ROLES + "web-server", Response(200, b"hello"), "JSON"),
    (ROLES + "web-server", Response(404), "no AWS credentials"),
])
def test_an_instance_that_gives_nothing_is_named(
        open_driver, environment, service, path, answer, words):
    instance = service(Instance)
    instance.instead = {path: answer}
    driver = open_driver(env={
        **environment, "AWS_EC2_METADATA_DISABLED": "false",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": instance.url})
    answer = driver.get(row(), timeout_ms=5000)
    assert answer["status"] != "ok" and words in answer["error"], answer


def test_an_instance_that_names_no_region_is_named(open_driver, environment,
                                                   service, proxy):
    instance = service(Instance)
    instance.region = "nowhere at all"
    driver = open_driver(region=None, env={
        **environment, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_EC2_METADATA_DISABLED": "false",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": instance.url})
    answer = driver.get(row(), timeout_ms=5000)
    assert "names no region" in answer["error"], answer


def test_no_source_at_all_is_named(open_driver, environment):
    answer = open_driver(env=environment).get(row())
    assert answer["status"] == "unavailable"
    assert "no AWS credentials" in answer["error"]


def test_no_region_at_all_is_named(open_driver, environment, proxy):
    driver = open_driver(region=None, env={
        **environment, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"})
    answer = driver.ask("prepare")
    assert answer["status"] == "unavailable"
    assert "region=" in answer["error"]
    assert "region" in driver.get(row())["error"]


def test_a_program_that_hangs_does_not_hold_requests(open_driver, environment,
                                                     home):
    (home / "config").write_text("[default]\ncredential_process = sleep 6\n")
    driver = open_driver(env=environment)
    begun = time.monotonic()
    assert driver.get(row(), timeout_ms=300)["status"] == "timeout"
    assert time.monotonic() - begun < 6


def test_what_the_servers_user_cannot_read_is_said_at_start(
        open_driver, tmp_path, proxy):
    path = tmp_path / "fixed"
    path.write_text("[default]\n" + static(proxy.keys))
    path.chmod(0)
    if os.geteuid() == 0:
        uid, gid = NOBODY, NOBODY
    else:
        uid, gid = os.geteuid(), os.getegid()
    driver = open_driver(f"credentials-file={path}")
    answer = driver.ask("prepare", uid=uid, gid=gid)
    assert answer["status"] == "denied"
    assert str(path) in answer["error"]
    for part in [path, *path.parents]:
        if part.owner() == path.owner() and part != pathlib.Path("/"):
            part.chmod(part.stat().st_mode | 0o755)
    assert driver.ask("prepare", uid=uid, gid=gid)["status"] == "ok"


def test_a_file_below_the_home_of_the_servers_user_does_not_keep_from_starting(
        proxy, open_driver, environment, home):
    (home / "elsewhere").write_text("[default]\nregion = eu-west-1\n"
                                    + static(proxy.keys))
    env = {**environment, "AWS_CONFIG_FILE": "~/.aws/elsewhere"}
    driver = open_driver(region=None, env=env)
    assert driver.ask("prepare", uid=os.geteuid(),
                      gid=os.getegid())["status"] == "ok"


@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE",
                                      "AWS_SHARED_CREDENTIALS_FILE"])
def test_the_home_is_that_of_the_children_and_not_of_who_starts_them(
        open_driver, environment, variable):
    uid = NOBODY if os.geteuid() == 0 else os.geteuid()
    home = pwd.getpwuid(uid).pw_dir
    env = {**environment, variable: "~/elsewhere", "DRIVER_START": "no"}
    del env["HOME"]
    driver = open_driver(env=env)
    answer = driver.ask("prepare", uid=uid, gid=uid)
    assert answer["status"] == "denied"
    assert answer["error"].startswith(f"{home}/elsewhere ")


def test_secrets_are_in_no_message(proxy, open_driver, environment, home,
                                   service, tmp_path):
    sts = service(Sts)
    secret = "eyJvery-secret-token"
    (tmp_path / "token").write_text(secret)
    driver = open_driver(env={
        **environment, "AWS_ENDPOINT_URL_STS": sts.url, "AWS_ROLE_ARN": ROLE,
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token")})
    answer = driver.get(row())
    assert "InvalidIdentityToken" in answer["error"]
    assert secret not in json.dumps([answer, driver.notices()])


# --- Rotation ---


def load(driver, ms):
    at = row()
    assert driver.put(at, version())["status"] == "ok"
    driver.send("load", row=at, threads=4, ms=ms)


def wait_for(condition):
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_keys_that_end_are_replaced_under_load_without_a_failed_request(
        works, service):
    container = service(Container, seconds=4)
    driver = works(AWS_CONTAINER_CREDENTIALS_FULL_URI=container.url + "/")
    load(driver, 7000)
    answer = driver.receive()
    assert answer["failures"] == 0, answer["first"]
    wait_for(lambda: len(container.given) >= 3)


def test_keys_that_are_revoked_cost_one_refresh_and_no_failed_request(
        proxy, works, service):
    container = service(Container)
    driver = works(AWS_CONTAINER_CREDENTIALS_FULL_URI=container.url + "/")
    load(driver, 6000)
    for count in (1, 2):
        time.sleep(1.1)
        container.given[-1].revoked = True
        wait_for(lambda: len(container.given) == count + 1)
    answer = driver.receive()
    assert answer["failures"] == 0, answer["first"]
    assert len(container.given) == 3


def test_a_file_with_new_keys_is_read_when_the_old_are_refused(proxy, works,
                                                               tmp_path):
    path = tmp_path / "fixed"
    old, new = proxy.authority.issue(), proxy.authority.issue()
    path.write_text("[default]\n" + static(old))
    driver = works(f"credentials-file={path}")
    path.write_text("[default]\n" + static(new))
    old.revoked = True
    assert driver.get(row())["status"] == "not found"


def test_a_token_file_is_read_at_each_refresh(works, service, tmp_path):
    sts = service(Sts, seconds=3)
    sts.web_token = "first"
    path = tmp_path / "token"
    path.write_text("first")
    driver = works(AWS_ENDPOINT_URL_STS=sts.url, AWS_ROLE_ARN=ROLE,
                   AWS_WEB_IDENTITY_TOKEN_FILE=str(path))
    path.write_text("second")
    sts.web_token = "second"
    wait_for(lambda: len(sts.given) >= 2)
    assert driver.get(row())["status"] == "not found"


def test_a_source_that_fails_leaves_what_is_still_valid_in_use(works,
                                                               service):
    container = service(Container, seconds=8)
    driver = works(AWS_CONTAINER_CREDENTIALS_FULL_URI=container.url + "/")
    container.broken = True
    wait_for(driver.notices)
    assert driver.get(row())["status"] == "not found"
    assert "could not be refreshed" in driver.notices()[0]
    assert len(driver.notices()) == 1
    container.broken = False
    wait_for(lambda: len(container.given) >= 2)


def test_a_session_token_of_the_instance_that_is_forgotten_is_renewed(
        works, service):
    instance = service(Instance, seconds=3)
    driver = works(AWS_EC2_METADATA_DISABLED="false",
                   AWS_EC2_METADATA_SERVICE_ENDPOINT=instance.url)
    instance.forget_token()
    wait_for(lambda: len(instance.given) >= 2)
    assert driver.get(row())["status"] == "not found"


# --- Clocks that are set ---


@pytest.fixture
def set_clock(environment, tmp_path):
    """Sets the clock of drivers that are opened from now on, by seconds."""
    path = str(tmp_path / "clock")
    clock.write_offset(path, 0)
    clock.turn_by_file(environment, path)
    return lambda ahead_s: clock.write_offset(path, ahead_s)


@pytest.mark.parametrize("ahead_s", [-3600, 3600])
def test_a_clock_that_is_set_makes_no_pause_longer(open_driver, environment,
                                                   service, set_clock,
                                                   ahead_s):
    """The one before a source that failed is asked again."""
    container = service(Container, seconds=7200)
    container.broken = True
    driver = open_driver(env={
        **environment,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url + "/"})
    assert driver.get(row())["status"] == "unavailable"
    set_clock(ahead_s)
    container.broken = False
    wait_for(lambda: driver.get(row())["status"] == "not found")


def test_a_clock_that_jumps_ahead_of_the_keys_end_costs_a_refresh(
        works, service, set_clock):
    container = service(Container, seconds=1800)
    driver = works(AWS_CONTAINER_CREDENTIALS_FULL_URI=container.url + "/")
    container.seconds = 7200
    set_clock(3600)
    assert driver.get(row(), timeout_ms=10000)["status"] == "not found"
    assert len(container.given) == 2


# --- Clocks that are wrong ---


AHEAD_AND_BEHIND = pytest.mark.parametrize("ahead_s", [7200, -7200])


@AHEAD_AND_BEHIND
def test_roles_are_given_by_a_service_that_says_what_time_it_is(
        proxy, works, home, service, set_clock, ahead_s):
    sts = service(Sts)
    (home / "config").write_text(
        f"[profile app]\nrole_arn = {ROLE}2\nsource_profile = middle\n"
        f"[profile middle]\nrole_arn = {ROLE}1\nsource_profile = base\n")
    (home / "credentials").write_text("[base]\n" + static(proxy.keys))
    set_clock(ahead_s)
    works("profile=app", AWS_ENDPOINT_URL_STS=sts.url)
    assert [form["RoleArn"] for form in sts.forms] \
        == [ROLE + "1", ROLE + "1", ROLE + "2"]
    assert proxy.refused == []


def test_a_role_is_asked_for_by_the_time_that_dynamodb_has_told(
        proxy, works, home, service, set_clock):
    sts = service(Sts, seconds=3)
    (home / "config").write_text(
        f"[profile app]\nrole_arn = {ROLE}\nsource_profile = base\n")
    (home / "credentials").write_text("[base]\n" + static(proxy.keys))
    driver = works("profile=app", AWS_ENDPOINT_URL_STS=sts.url)
    set_clock(-7200)
    assert driver.get(row())["status"] == "not found"
    assert set(proxy.refused) == {"InvalidSignatureException"}
    wait_for(lambda: len(sts.given) >= 2)
    assert len(sts.forms) == len(sts.given)


def test_a_role_that_is_refused_for_the_time_twice_is_not_asked_for_again(
        proxy, open_driver, environment, home, service):
    sts = service(Sts)
    sts.instead = {"/": sts.refuse(Refused(
        "InvalidSignatureException", "Signature expired: long ago"))}
    (home / "config").write_text(
        f"[profile app]\nrole_arn = {ROLE}\nsource_profile = base\n")
    (home / "credentials").write_text("[base]\n" + static(proxy.keys))
    driver = open_driver("profile=app", env={
        **environment, "AWS_ENDPOINT_URL_STS": sts.url})
    answer = driver.get(row())
    assert answer["status"] == "denied"
    assert "Signature expired" in answer["error"]


def container_env(service, tmp_path, **options):
    container = service(Container, **options)
    return container, {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url + "/"}


def web_identity_env(service, tmp_path, **options):
    sts = service(Sts, **options)
    sts.web_token = "some"
    (tmp_path / "token").write_text("some")
    return sts, {"AWS_ENDPOINT_URL_STS": sts.url, "AWS_ROLE_ARN": ROLE,
                 "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token")}


def instance_env(service, tmp_path, **options):
    instance = service(Instance, **options)
    return instance, {"AWS_EC2_METADATA_DISABLED": "false",
                      "AWS_EC2_METADATA_SERVICE_ENDPOINT": instance.url}


SOURCES = pytest.mark.parametrize("source", [container_env, web_identity_env,
                                             instance_env])


@SOURCES
def test_keys_that_have_ended_by_a_wrong_clock_are_used(
        proxy, works, service, tmp_path, set_clock, source):
    given_by, env = source(service, tmp_path)
    set_clock(7200)
    driver = works(**env)
    assert set(proxy.refused) == {"InvalidSignatureException"}
    # Once the clock is known, their end is asked for again.
    wait_for(lambda: len(given_by.given) == 2)
    assert driver.get(row())["status"] == "not found"
    assert driver.notices() == []


@AHEAD_AND_BEHIND
def test_keys_are_replaced_ahead_of_their_end_by_a_wrong_clock(
        proxy, works, service, set_clock, ahead_s):
    container = service(Container, seconds=4)
    set_clock(ahead_s)
    driver = works(AWS_CONTAINER_CREDENTIALS_FULL_URI=container.url + "/")
    limit = time.monotonic() + 30
    while len(container.given) < 4:
        assert time.monotonic() < limit
        assert driver.get(row())["status"] == "not found"
        time.sleep(0.02)
    assert set(proxy.refused) == {"InvalidSignatureException"}


@SOURCES
def test_a_wrong_clock_that_is_put_right_costs_no_failed_request(
        proxy, works, service, tmp_path, set_clock, source):
    """Until DynamoDB is asked again, all keys seem to have ended."""
    _, env = source(service, tmp_path)
    set_clock(-7200)
    driver = works(**env)
    set_clock(0)
    assert driver.get(row())["status"] == "not found"
    assert driver.get(row())["status"] == "not found"
    assert set(proxy.refused) == {"InvalidSignatureException"}
    assert driver.notices() == []


def test_keys_that_have_ended_are_asked_for_no_more_than_once_a_second(
        proxy, open_driver, environment, service):
    container = service(Container, seconds=-60)
    driver = open_driver(env={
        **environment,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url + "/"})
    begun = time.monotonic()
    for _ in range(20):
        answer = driver.get(row())
        assert answer["status"] == "denied"
        assert "look at their source" in answer["error"]
    assert len(container.given) <= 2 + time.monotonic() - begun
