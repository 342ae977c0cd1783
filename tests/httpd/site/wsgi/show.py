# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Shows its environment; a POST is answered with the header lines that its
body holds."""


def application(environ, start_response):
    lines = [("Content-Type", "text/plain")]
    if environ["REQUEST_METHOD"] == "POST":
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        lines += [tuple(line.split(": ", 1))
                  for line in body.decode().splitlines()]
    start_response("200 OK", lines)
    return [f"{name}={value}\n".encode() for name, value in environ.items()
            if isinstance(value, str)]
