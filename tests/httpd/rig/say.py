# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Programs that see and change the session by environment and header: the
places where they are, and what they show."""

import json

# SessionStoreEnv in place of mod_session's own ways.
SAYING = """\
SessionStoreKeys file:@ROOT@/keys
SessionStore dir:@ROOT@/store purge=1h timeout=20s
Session On
SessionStoreEnv On
"""

CGI = "/cgi/say"
FPM = "/php-fpm/say.php"
PHP_CGI = "/php-cgi/say.php"
MOD_PHP = "/php-mod/say.php"


def say(browser, *lines, page=CGI, **options):
    """Has a program say these lines; answers the response."""
    return browser.request("POST", page, "\n".join(lines).encode(), **options)


def says(browser, *lines, page=CGI):
    """The same, where it has to succeed."""
    response = say(browser, *lines, page=page)
    assert response.status == 200, response
    assert response.all("X-Session-Store") == []
    return response


def env(browser, page=CGI, **options):
    """The module's variables as a program finds them."""
    response = browser.get(page, **options)
    assert response.status == 200, response
    return json.loads(response.text)["env"]


def seen(browser, page=CGI, **options):
    """The session as a program finds it in its environment."""
    response = browser.get(page, **options)
    assert response.status == 200, response
    return json.loads(response.text)["entries"]
