# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The tests against real httpd, and the module that they use inside it.
check_LTLIBRARIES += mod_probe.la

mod_probe_la_SOURCES = tests/httpd/probe/mod_probe.c
mod_probe_la_CPPFLAGS = -I$(HTTPD_INCLUDEDIR) $(APR_CFLAGS) $(APU_CFLAGS)
mod_probe_la_CFLAGS = $(AM_CFLAGS) -fvisibility=default
# Without -rpath, libtool makes no shared object of what is not installed.
mod_probe_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -rpath /nowhere
