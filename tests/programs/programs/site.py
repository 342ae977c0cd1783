# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A server with all programs, in each place for sessions, under php-fpm or
mod_php."""

import glob
import os
import subprocess

from rig import conf, php
from rig.server import Server
from rig.wait import until

from programs import places
from programs.visitor import Visitor

COMMON = """\
DirectoryIndex index.php
<Directory {shelf}>
    Require all granted
    Options +FollowSymLinks
    AllowOverride All
</Directory>
"""

HOST = """\
<VirtualHost 127.0.0.1:@PORT@>
    ServerName {name}
{store}{programs}{php}</VirtualHost>
"""

# What a site writes to have $_SESSION in a store.
SESSIONS = """\
    Session On
    SessionStoreEnv On
    SessionStoreHeader X-Session-Store
"""

FPM = """\
    <FilesMatch "\\.php$">
        SetHandler "proxy:unix:@ROOT@/run/{pool}.sock|fcgi://{pool}"
    </FilesMatch>
"""

MOD = """\
    php_admin_value auto_prepend_file {prepend}
    <FilesMatch "\\.php$">
        SetHandler application/x-httpd-php
    </FilesMatch>
"""

MOD_LOAD = """\
LoadModule php_module {module}
php_admin_value session.save_path @ROOT@/php-sessions
php_admin_value upload_tmp_dir @ROOT@/php-tmp
php_admin_value error_log @ROOT@/php-log/php.log
php_admin_flag log_errors On
php_admin_flag display_errors Off
"""

POOL = """\
[{name}]
{user}
listen = {root}/run/{name}.sock
listen.mode = 0666
pm = static
pm.max_children = 2
php_admin_value[auto_prepend_file] = {prepend}
php_admin_value[session.save_path] = {root}/php-sessions
php_admin_value[upload_tmp_dir] = {root}/php-tmp
php_admin_value[error_log] = {root}/php-log/php.log
php_admin_flag[log_errors] = On
php_admin_flag[display_errors] = Off
"""

FPM_GLOBAL = """\
[global]
error_log = {root}/log/fpm.log
pid = {root}/run/fpm.pid
daemonize = no
"""


class Pools:
    """A php-fpm with the system's extensions and a pool for each place."""

    def __init__(self, server, prepends):
        user = "user = www-data\ngroup = www-data"
        text = FPM_GLOBAL.format(root=server.root)
        for name, prepend in prepends.items():
            text += POOL.format(name=name, root=server.root, prepend=prepend,
                                user=user if os.getuid() == 0 else "")
        path = server.path("conf", "fpm.conf")
        with open(path, "w") as file:
            file.write(text)
        self.process = subprocess.Popen(
            [php.fpm_program(), "-F", "-y", path], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for name in prepends:
            socket = server.path("run", name + ".sock")
            until(lambda s=socket: os.path.exists(s), "php-fpm to listen")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def php_module():
    return sorted(glob.glob("/usr/lib/apache2/modules/libphp*.so"))[-1]


class Site:
    """`folders` says where each program's pages are."""

    def __init__(self, kind, shelf, folders, redis):
        self.kind = kind
        self.folders = folders
        self.prepends = {p.name: shelf.path(p.prepend) for p in places.ALL}
        text = COMMON.format(shelf=shelf.root) + conf.KEYS
        if kind == "mod":
            text += MOD_LOAD.format(module=php_module())
        text += "".join(self.host(place) for place in places.ALL)
        self.server = Server(text.replace("@REDIS@", redis.socket),
                             mpm="prefork" if kind == "mod" else "event",
                             folders=("php-sessions", "php-tmp", "php-log"))
        if kind == "fpm":
            self.server.fpm = Pools(self.server, self.prepends)
        self.server.start()
        self.places = {place.name: place(self.server, redis)
                       for place in places.ALL}

    def host(self, place):
        aliases = "".join(f"    Alias /{name} {folder}\n"
                          for name, folder in self.folders.items())
        runs = MOD if self.kind == "mod" else FPM
        return HOST.format(
            name=place.name, programs=aliases,
            store=place.conf + SESSIONS if place.conf else "",
            php=runs.format(pool=place.name,
                            prepend=self.prepends[place.name]))

    def visitor(self, place):
        name = place.name
        return Visitor(self.server.browser(host=name), f"http://{name}")

    def forget_failures(self):
        """Programs count failed logins by address, and here all visitors have
        the same one."""
        for name in os.listdir(self.server.path("php-tmp")):
            os.unlink(self.server.path("php-tmp", name))

    def php_log(self):
        try:
            with open(self.server.path("php-log", "php.log")) as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def stop(self):
        self.server.stop()
        self.server.log.check()
        self.server.remove()
