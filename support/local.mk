# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

bin_PROGRAMS += htsession

htsession_SOURCES = support/htsession.c
htsession_CPPFLAGS = $(LIB_CPPFLAGS)
htsession_LDADD = libsst.la $(LIB_LIBS)
