# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""PHP programs with share/session_store.php in front of them."""

import json
import os
import shutil

from rig import conf
from rig.say import SAYING

HANDLER = os.path.join(os.path.dirname(__file__), "..", "..", "..", "share",
                       "session_store.php")

PLACES = {
    "fpm": "",
    "cgi": """\
Action run-php-store /php-bin/php-store
<Location /php-cgi>
    SetHandler run-php-store
    SetEnv PREPEND @ROOT@/php/session_store.php
    SetEnv PHP_ERRORS @ROOT@/php-log/errors
</Location>
<Location /php-bin>
    SetEnv PREPEND @ROOT@/php/session_store.php
    SetEnv PHP_ERRORS @ROOT@/php-log/errors
</Location>
""",
    "mod": """\
<Location /php-mod>
    php_admin_value auto_prepend_file @ROOT@/php/session_store.php
    php_admin_value error_log @ROOT@/php-log/errors
    php_admin_flag log_errors On
    php_admin_flag display_errors Off
</Location>
""",
}


POOL = """\
php_admin_value[auto_prepend_file] = {root}/php/session_store.php
php_admin_value[error_log] = {root}/php-log/errors
php_admin_flag[log_errors] = on
php_admin_flag[display_errors] = off
"""


def configuration(kinds):
    return SAYING + "".join(conf.PHP[kind] + PLACES[kind] for kind in kinds)


def install(server):
    """Before the start: puts the handler where the programs can read it."""
    shutil.copy(HANDLER, server.path("php", "session_store.php"))
    with open(server.path("conf", "fpm.more"), "w") as file:
        file.write(POOL.format(root=server.root))


def errors(server):
    """What PHP has logged."""
    try:
        with open(server.path("php-log", "errors"), encoding="utf-8") as log:
            return log.read()
    except FileNotFoundError:
        return ""


def run(browser, page, *steps):
    """Has steps.php run; a step is a word, or a tuple with its arguments."""
    body = json.dumps([[step] if isinstance(step, str) else list(step)
                       for step in steps])
    response = browser.request("POST", page, body.encode())
    assert response.all("X-Session-Store") == []
    return response


def answers(browser, page, *steps):
    response = run(browser, page, *steps)
    assert response.status == 200, response
    return json.loads(response.text)


def session(browser, page):
    """$_SESSION as a new request finds it."""
    return answers(browser, page, "start", "get")[1] or {}
