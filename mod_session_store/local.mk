# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

moduledir = $(HTTPD_LIBEXECDIR)
module_LTLIBRARIES = mod_session_store.la

noinst_HEADERS += \
	mod_session_store/advice.h \
	mod_session_store/app.h \
	mod_session_store/audit.h \
	mod_session_store/conf.h \
	mod_session_store/cookie.h \
	mod_session_store/cookie_field.h \
	mod_session_store/dump.h \
	mod_session_store/encode.h \
	mod_session_store/forward.h \
	mod_session_store/forward_conf.h \
	mod_session_store/held.h \
	mod_session_store/held_field.h \
	mod_session_store/hooks.h \
	mod_session_store/meter.h \
	mod_session_store/metrics.h \
	mod_session_store/migration.h \
	mod_session_store/module.h \
	mod_session_store/notes.h \
	mod_session_store/purge.h \
	mod_session_store/raw.h \
	mod_session_store/redirected.h \
	mod_session_store/registry.h \
	mod_session_store/report.h \
	mod_session_store/request.h \
	mod_session_store/response.h \
	mod_session_store/ring.h \
	mod_session_store/say.h \
	mod_session_store/self.h \
	mod_session_store/self_page.h \
	mod_session_store/shared_cache.h \
	mod_session_store/site.h \
	mod_session_store/status.h \
	mod_session_store/status_text.h \
	mod_session_store/status_cache.h \
	mod_session_store/turn.h \
	mod_session_store/user_keys.h

mod_session_store_la_SOURCES = \
	mod_session_store/advice.c \
	mod_session_store/app.c \
	mod_session_store/audit.c \
	mod_session_store/conf.c \
	mod_session_store/conf_fields.c \
	mod_session_store/cookie.c \
	mod_session_store/cookie_field.c \
	mod_session_store/dump.c \
	mod_session_store/encode.c \
	mod_session_store/forward.c \
	mod_session_store/forward_conf.c \
	mod_session_store/held.c \
	mod_session_store/held_field.c \
	mod_session_store/hooks.c \
	mod_session_store/metrics.c \
	mod_session_store/metrics_ops.c \
	mod_session_store/metrics_servers.c \
	mod_session_store/metrics_usage.c \
	mod_session_store/migration.c \
	mod_session_store/mod_session_store.c \
	mod_session_store/notes.c \
	mod_session_store/purge.c \
	mod_session_store/raw.c \
	mod_session_store/redirected.c \
	mod_session_store/registry.c \
	mod_session_store/report.c \
	mod_session_store/request.c \
	mod_session_store/response.c \
	mod_session_store/ring.c \
	mod_session_store/say.c \
	mod_session_store/self.c \
	mod_session_store/self_page.c \
	mod_session_store/shared_cache.c \
	mod_session_store/site.c \
	mod_session_store/status.c \
	mod_session_store/status_json.c \
	mod_session_store/status_cache.c \
	mod_session_store/status_page.c \
	mod_session_store/status_prometheus.c \
	mod_session_store/status_servers.c \
	mod_session_store/status_style.c \
	mod_session_store/status_text.c \
	mod_session_store/turn.c \
	mod_session_store/user_keys.c

mod_session_store_la_CPPFLAGS = -I$(top_srcdir) -I$(top_builddir) \
	-isystem $(HTTPD_INCLUDEDIR) $(APR_CFLAGS) $(APU_CFLAGS) \
	$(JANSSON_CFLAGS)
mod_session_store_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version \
	-export-symbols-regex '^session_store_module$$'
mod_session_store_la_LIBADD = libsst.la
