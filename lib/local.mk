# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

noinst_LTLIBRARIES += libsst.la

noinst_HEADERS += \
	lib/bytes.h \
	lib/crypto.h \
	lib/entries.h \
	lib/keyring.h \
	lib/meta.h \
	lib/record.h \
	lib/session.h \
	lib/status.h \
	lib/store.h \
	lib/ticket.h \
	lib/backends/backends.h \
	lib/backends/dir.h

libsst_la_SOURCES = \
	lib/bytes.c \
	lib/crypto.c \
	lib/entries.c \
	lib/keyring.c \
	lib/meta.c \
	lib/record.c \
	lib/session.c \
	lib/status.c \
	lib/store.c \
	lib/ticket.c \
	lib/backends/dir.c \
	lib/backends/dir_files.c \
	lib/backends/dir_index.c \
	lib/backends/dir_prepare.c \
	lib/backends/dir_purge.c

libsst_la_CPPFLAGS = $(LIB_CPPFLAGS)
libsst_la_LIBADD = $(LIB_LIBS)
