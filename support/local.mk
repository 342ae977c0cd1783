# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

bin_PROGRAMS += htsession

noinst_HEADERS += \
	support/audit_log.h \
	support/dump_lines.h \
	support/home.h \
	support/htsession.h \
	support/key_file.h \
	support/options.h \
	support/output.h \
	support/places.h \
	support/progress.h \
	support/rights.h \
	support/select.h \
	support/sources.h

htsession_SOURCES = \
	support/audit_log.c \
	support/change.c \
	support/doctor.c \
	support/dump_lines.c \
	support/home.c \
	support/htsession.c \
	support/httpd_conf.c \
	support/key_file.c \
	support/keygen.c \
	support/keys.c \
	support/list.c \
	support/options.c \
	support/output.c \
	support/places.c \
	support/progress.c \
	support/purge.c \
	support/revoke.c \
	support/rights.c \
	support/select.c \
	support/sources.c

htsession_CPPFLAGS = $(LIB_CPPFLAGS)
htsession_LDADD = libsst.la $(LIB_LIBS)

dist_check_SCRIPTS += tests/unit/test_htsession.sh
TESTS += tests/unit/test_htsession.sh
