# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Who holds what can read what: the store's files, with and without the key
file, and the logs."""

import base64
import os
import re
import shutil

import pytest

from rig import attacker, build, conf
from rig.members import COOKIE, Ticket, entries, logged_in, login

SECRET = "the-secret-of-the-session"
ENTRY = "confidential-entry"
PASSWORD = "wonderland-7"

PLACES = """\
<Location /probe>
    SessionEnv On
</Location>
ScriptAlias /unhidden/ @ROOT@/cgi/
<Location /unhidden>
    SessionStoreHide none
</Location>
ScriptAlias /custom/ @ROOT@/cgi/
<Location /custom>
    SessionStoreHide confidential-*
</Location>
ScriptAlias /private/cgi/ @ROOT@/cgi/
<Location /unhidden>
    ErrorDocument 404 /cgi/environment
</Location>
<Location /unhidden-probe>
    SetHandler session-probe
    SessionStoreHide none
    SessionStoreEnv On
</Location>
ScriptAlias /noenv/ @ROOT@/cgi/
<Location /noenv>
    SessionEnv Off
</Location>
ScriptAlias /off/ @ROOT@/cgi/
<Location /off>
    Session Off
</Location>
"""

# A folder that hides nothing, with an index page of another place.
INDEX = conf.STORE + conf.FORM + """\
Session On
SessionEnv On
SessionStoreEnv On
<Directory @ROOT@/htdocs/index-of>
    Options +ExecCGI
    AddHandler cgi-script .cgi
    DirectoryIndex index.cgi
    SessionStoreHide none
    <Files index.cgi>
        @PLACE@
    </Files>
</Directory>
"""


@pytest.fixture(scope="module")
def server(module_httpd):
    php = conf.PHP["fpm"] + conf.PHP["cgi"]
    return module_httpd(conf.SESSIONS + conf.FORM + PLACES + php, fpm=True)


@pytest.fixture
def member(server):
    browser = logged_in(server.browser(), "alice")
    browser.get(f"/probe/set?{ENTRY}={SECRET}")
    return browser


def row_of(server, member):
    """The file of the member's session: the one that changes with it."""
    before = server.store.snapshot()
    member.get("/probe/set?mark=1")
    changed = [path for path, state in server.store.snapshot().items()
               if before.get(path) != state and "/rows/" in path]
    assert len(changed) == 1
    return changed[0]


def record_of(server, member):
    path = row_of(server, member)
    value = server.store.read(path)
    # The name of the row is what of the path is hex digits.
    name = "".join(re.findall(r"[0-9a-f]{2,}", path[len(server.store.path):]))
    return attacker.Record(value, bytes.fromhex(name[-64:]))


def forms(text):
    """A text in the forms in which it might lie around."""
    raw = text.encode()
    found = {raw, raw.hex().encode(), base64.b64encode(raw),
             base64.urlsafe_b64encode(raw).rstrip(b"=")}
    return {form for form in found if len(form) >= 5}


# --- The store's files, without the key file --------------------------------

def test_the_store_shows_no_entry_name_value_user_or_password(server, member):
    content = b"".join(path.encode() + data for path, (data, _)
                       in server.store.snapshot().items())
    for text in (SECRET, ENTRY, PASSWORD, "alice", "members-user"):
        for form in forms(text):
            assert form not in content, text


def test_the_store_shows_no_part_of_a_ticket(server, member):
    ticket = Ticket.of(member)
    content = b"".join(path.encode() + data for path, (data, _)
                       in server.store.snapshot().items())
    for text in (ticket.id, ticket.secret, ticket.check, ticket.text):
        assert text.encode() not in content
    assert bytes.fromhex(ticket.id) not in content
    assert attacker.unpadded(ticket.secret) not in content


def test_two_sessions_with_the_same_entries_look_different(server):
    seen = set()
    for _ in range(2):
        browser = server.browser()
        before = set(server.store.files())
        browser.get("/probe/set?same=1")
        path, = set(server.store.files()) - before
        seen.add(server.store.read(path)[attacker.HEADER.size:])
    assert len(seen) == 2


# --- With the key file as well ----------------------------------------------

def test_the_server_key_opens_what_an_administrator_may_list(server, member):
    keys = attacker.derived(attacker.server_keys(server.path("keys"))[0])
    meta = record_of(server, member).open(attacker.META, keys["admin"])
    assert b"alice\0" in meta
    assert ENTRY.encode() in meta
    assert SECRET.encode() not in meta
    assert PASSWORD.encode() not in meta


def test_the_server_key_does_not_open_the_entries(server, member):
    record = record_of(server, member)
    raw, = attacker.server_keys(server.path("keys"))
    materials = [raw, *attacker.derived(raw).values()]
    salts = [b"", bytes(16), record.row, record.row[:16], record.token,
             record.key_id]
    for material in materials:
        for salt in salts:
            assert record.open(attacker.DATA, material, salt) is None


def test_server_key_and_ticket_together_open_the_entries(server, member):
    record = record_of(server, member)
    keys = attacker.derived(attacker.server_keys(server.path("keys"))[0])
    secret = attacker.unpadded(Ticket.of(member).secret)
    plain = record.open(attacker.DATA, keys["data"], secret)
    assert SECRET.encode() in plain


def test_the_ticket_alone_opens_nothing(server, member):
    record = record_of(server, member)
    ticket = Ticket.of(member)
    secret = attacker.unpadded(ticket.secret)
    for material in (secret, bytes.fromhex(ticket.id), bytes(32)):
        for salt in (secret, b""):
            for kind in record.boxes:
                assert record.open(kind, material, salt) is None


def test_nothing_of_the_store_is_a_cookie(server, member):
    for path in server.store.files("rows"):
        name = "".join(re.findall(r"[0-9a-f]{2,}",
                                  path[len(server.store.path):]))[-64:]
        for id_ in (name[:32], name[32:]):
            cookie = f"{COOKIE}={id_}.{'A' * 22}.1.{'A' * 16}"
            assert entries(server.browser(), cookie=cookie) == {}


def test_a_record_put_in_the_place_of_another_opens_for_nobody(server, member):
    server.log.expect("SST0302: a session in dir:.* is not used")
    other = server.browser()
    other.get("/probe/set?owner=other")
    mine, theirs = row_of(server, member), row_of(server, other)
    server.store.overwrite(theirs, server.store.read(mine))
    assert entries(other) == {}
    assert entries(member)[ENTRY] == SECRET


def test_a_record_put_back_to_an_earlier_state_is_refused(server, member):
    server.log.expect("SST0302: .* older .* than its ticket")
    path = row_of(server, member)
    earlier = server.store.read(path)
    member.get("/probe/set?mark=2")
    server.store.overwrite(path, earlier)
    assert entries(member) == {}


# --- Logs -------------------------------------------------------------------

def test_the_logs_show_no_ticket_entry_or_password(httpd):
    server = httpd(conf.SESSIONS + conf.FORM + "LogLevel trace8\n"
                   "CustomLog @ROOT@/log/access.log "
                   "\"%r %{Set-Cookie}n %{session}n\"\n")
    server.log.expect("user 'bob': authentication failure")
    browser = logged_in(server.browser(), "alice")
    browser.get(f"/cgi/session?other={'x' * 20}")
    tickets = [Ticket.of(browser)]
    login(browser, "bob", "not-the-password")
    logged_in(browser, "bob")
    tickets.append(Ticket.of(browser))
    browser.get("/probe/redirect?to=/cgi/session&a=1")
    browser.get("/private/")
    browser.get("/logout")
    server.wait_until_idle()
    # httpd itself logs, at these levels, the headers that it receives and
    # sends, and mod_auth_form what was typed.
    theirs = re.compile(r"\[(http|core|auth_form):(trace|debug)")
    ours = "\n".join(line for line in server.log.whole().splitlines()
                     if not theirs.search(line))
    ours += server.access_log()
    assert "SST03" in ours
    for ticket in tickets:
        for text in (ticket.id, ticket.secret, ticket.check):
            assert text not in ours
    for text in (PASSWORD, "builder-9", "not-the-password"):
        assert text not in ours


# --- Applications -----------------------------------------------------------

@pytest.mark.parametrize("page", [
    "/cgi/environment", "/private/cgi/environment",
    "/php-fpm/environment.php", "/php-cgi/environment.php",
    "/probe/redirect?to=/cgi/environment",
    "/probe/include?uri=/cgi/environment", "/ssi.shtml"])
def test_programs_do_not_see_passwords(server, member, page):
    text = member.get(page).text
    assert SECRET in text
    assert "members-user=alice" in text
    assert PASSWORD not in text
    assert "members-pw" not in text


def test_hide_none_shows_all(server, member):
    assert PASSWORD in member.get("/unhidden/session").text


@pytest.mark.parametrize("page", [
    "/unhidden/local-redirect{}", "/unhidden-probe/redirect?to={}",
    "/unhidden/local-redirect/unhidden/local-redirect{}",
    "/unhidden-probe/include?uri={}"])
@pytest.mark.parametrize("end", ["cgi", "noenv", "off"])
def test_the_way_to_a_program_shows_it_no_password(server, member, page, end):
    """What a place shows its programs is not for those of the next."""
    text = member.get(page.format(f"/{end}/environment")).text
    assert "SCRIPT_NAME=" in text
    assert PASSWORD not in text
    assert (SECRET in text) == (end == "cgi")


def test_an_error_document_does_not_see_what_the_page_would_have(
        server, member):
    server.log.allow("AH02811|AH01264|not found or unable to stat")
    response = member.get("/unhidden/nothing")
    assert response.status == 404
    assert "REDIRECT_STATUS=404" in response.text
    assert SECRET in response.text
    assert PASSWORD not in response.text


def behind_session(server, module):
    """Moves the line that loads a module behind mod_session's."""
    path = server.path("conf", "httpd.conf")
    with open(path) as file:
        text = file.read()
    line, behind = (f"LoadModule {name}_module {build.MODULES}/mod_{name}.so\n"
                    for name in (module, "session"))
    assert text.index(line) < text.index(behind)
    text = text.replace(line, "").replace(behind, behind + line)
    with open(path, "w") as file:
        file.write(text)


def test_an_answer_before_anything_is_hidden_shows_no_password(httpd):
    """mod_alias answers among the fixups."""
    server = httpd(conf.SESSIONS + conf.FORM + """\
ErrorDocument 410 /cgi/environment
CustomLog @ROOT@/log/session.log "%r %<{HTTP_SESSION}e"
<Directory @ROOT@/htdocs/private>
    Redirect gone /private/gone
</Directory>
""", start=False)
    behind_session(server, "alias")
    server.start()
    member = logged_in(server.browser(), "alice")
    response = member.get("/private/gone")
    assert response.status == 410
    assert "members-user=alice" in response.text
    assert PASSWORD not in response.text
    server.wait_until_idle()
    with open(server.path("log", "session.log")) as log:
        text = log.read()
    assert "members-user=alice" in text
    assert PASSWORD not in text


@pytest.fixture
def indexed(httpd):
    """A server with an index page, which shows its environment, in a place of
    its own; answers that environment."""
    def get(place, page):
        server = httpd(INDEX.replace("@PLACE@", place), start=False)
        os.mkdir(server.path("htdocs", "index-of"))
        shutil.copy(server.path("cgi", "environment"),
                    server.path("htdocs", "index-of", "index.cgi"))
        server.start()
        member = logged_in(server.browser(), "alice")
        member.get(f"/probe/fill?n=10&size=3000&{ENTRY}={SECRET}")
        text = member.get(page).text
        assert "SCRIPT_NAME=" in text
        assert PASSWORD not in text
        return text

    return get


INDEX_PAGES = pytest.mark.parametrize("page", ["/index-of/",
                                               "/index-of/index.cgi"])


@INDEX_PAGES
def test_an_index_page_sees_what_its_own_place_shows(indexed, page):
    text = indexed("SessionStoreHide *-pw", page)
    assert text.count(SECRET) == 2
    assert text.count("SESSION_STORE_COUNT=3") == 1


@INDEX_PAGES
def test_an_index_page_does_not_see_what_its_own_place_hides(indexed, page):
    text = indexed(f"SessionStoreHide *-pw {ENTRY} f?", page)
    assert SECRET not in text
    assert text.count("members-user=alice") == 2
    assert text.count("SESSION_STORE_COUNT=1") == 1
    assert "SESSION_STORE_1" not in text


@INDEX_PAGES
@pytest.mark.parametrize("place", ["SessionEnv Off\n SessionStoreEnv Off",
                                   "Session Off"])
def test_an_index_page_in_a_place_that_shows_nothing_sees_nothing(
        indexed, page, place):
    text = indexed(place, page)
    assert SECRET not in text
    assert "HTTP_SESSION" not in text and "SESSION_STORE_" not in text


def test_hide_takes_patterns(server, member):
    text = member.get("/custom/session").text
    assert SECRET not in text
    assert "members-user=alice" in text


def test_a_hidden_entry_is_kept_when_a_program_changes_others(server, member):
    member.get("/cgi/session?a=1")
    assert member.get("/private/").status == 200
    assert entries(member)["members-pw"] == PASSWORD


def test_the_files_of_the_key_and_the_store_are_root_s_and_httpd_s(server):
    assert os.stat(server.path("keys")).st_mode & 0o077 == 0
    assert os.stat(server.store.path).st_mode & 0o077 == 0
