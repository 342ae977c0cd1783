# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

bin_PROGRAMS += htsession

noinst_HEADERS += support/htsession.h

htsession_SOURCES = \
	support/htsession.c \
	support/keygen.c

htsession_CPPFLAGS = $(LIB_CPPFLAGS)
htsession_LDADD = libsst.la $(LIB_LIBS)

dist_check_SCRIPTS += tests/unit/test_htsession.sh
TESTS += tests/unit/test_htsession.sh
