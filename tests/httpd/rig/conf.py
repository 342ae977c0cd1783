# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Configurations: what every server has, and the parts that tests add.

@ROOT@, @PORT@ and @TLSPORT@ stand for the server's own.
"""

MODULES = ("authn_core authn_file authz_core authz_user auth_form request "
           "alias dir mime env headers setenvif rewrite include actions "
           "proxy proxy_http proxy_fcgi status session").split()

MPM = {
    "event": """\
StartServers 2
ServerLimit 4
ThreadsPerChild 10
MaxRequestWorkers 40
MinSpareThreads 5
MaxSpareThreads 40
""",
    "prefork": """\
StartServers 4
MinSpareServers 2
MaxSpareServers 20
MaxRequestWorkers 20
""",
}
MPM["worker"] = MPM["event"]

BASE = """\
ServerRoot @ROOT@
DefaultRuntimeDir @ROOT@/run
PidFile @ROOT@/run/httpd.pid
ServerName localhost
Listen 127.0.0.1:@PORT@
DocumentRoot @ROOT@/htdocs
ErrorLog @ROOT@/log/error.log
CustomLog @ROOT@/log/access.log "%r %>s"
TypesConfig /dev/null
AddType text/html .html .shtml
AddOutputFilter INCLUDES .shtml
DirectoryIndex index.html
KeepAliveTimeout 2
ScriptAlias /cgi/ @ROOT@/cgi/
SetEnv GATES @ROOT@/gates
<Directory @ROOT@>
    Require all granted
    Options +Includes +FollowSymLinks
    AllowOverride All
</Directory>
<Location /probe>
    SetHandler session-probe
</Location>
<Location /server-status>
    SetHandler server-status
    <IfModule mod_session.c>
        Session Off
    </IfModule>
</Location>
"""

# What every site with sessions has, by the five-line configuration.
KEYS = "SessionStoreKeys file:@ROOT@/keys\n"
STORE = KEYS + "SessionStore dir:@ROOT@/store purge=1h\n"

SESSIONS = STORE + """\
<Location />
    Session On
    SessionEnv On
    SessionHeader X-Replace-Session
</Location>
<Location /server-status>
    Session Off
</Location>
"""

# A login by form, as the manual of mod_auth_form has it.
REALM = "members"
FORM = """\
<Location /private>
    AuthType form
    AuthName members
    AuthFormProvider file
    AuthUserFile @ROOT@/conf/passwd
    AuthFormLoginRequiredLocation /login.html
    Require valid-user
</Location>
<Location /private/probe>
    SetHandler session-probe
</Location>
<Location /dologin>
    SetHandler form-login-handler
    AuthType form
    AuthName members
    AuthFormProvider file
    AuthUserFile @ROOT@/conf/passwd
    AuthFormLoginRequiredLocation /login.html
    AuthFormLoginSuccessLocation /private/index.html
</Location>
<Location /logout>
    SetHandler form-logout-handler
    AuthType form
    AuthName members
    AuthFormLogoutLocation /index.html
</Location>
"""

PHP = {
    "mod": ("LoadModule php_module @MODULES@/libphp8.2.so\n"
            "PHPINIDir @ROOT@/conf\n"
            "Alias /php-mod @ROOT@/php\n"
            "<Location /php-mod>\n"
            "    SetHandler application/x-httpd-php\n"
            "</Location>\n"),
    "cgi": ("ScriptAlias /php-bin/ @ROOT@/php-bin/\n"
            "Action run-php /php-bin/php\n"
            "Alias /php-cgi @ROOT@/php\n"
            "<Location /php-cgi>\n"
            "    SetHandler run-php\n"
            "</Location>\n"),
    "fpm": ("Alias /php-fpm @ROOT@/php\n"
            "<Location /php-fpm>\n"
            "    SetHandler \"proxy:unix:@ROOT@/run/fpm.sock|fcgi://php\"\n"
            "</Location>\n"),
}

TLS = """\
LoadModule ssl_module @MODULES@/mod_ssl.so
Listen 127.0.0.1:@TLSPORT@
LogLevel ssl:error
<VirtualHost 127.0.0.1:@TLSPORT@>
    ServerName localhost
    SSLEngine On
    SSLCertificateFile @ROOT@/conf/tls.crt
    SSLCertificateKeyFile @ROOT@/conf/tls.key
</VirtualHost>
"""


def module_line(name):
    return f"LoadModule {name}_module @MODULES@/mod_{name}.so\n"


def base(mpm, user, modules=(), store=True):
    """The part in front of what a test gives."""
    names = [f"mpm_{mpm}", "cgi" if mpm == "prefork" else "cgid",
             *MODULES, *modules]
    text = "".join(module_line(name) for name in names)
    text += "LoadModule probe_module @PROBE@\n" + user + MPM[mpm] + BASE
    if store:
        text += ("LoadModule session_store_module @MODULE@\n"
                 "LogLevel notice session_store:debug\n")
    if mpm != "prefork":
        text += "ScriptSock @ROOT@/run/cgid.sock\n"
    return text
