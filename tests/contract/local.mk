# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The store contract, over every backend that needs no server; see contract.c
# for how others are named.
if HAVE_CMOCKA
check_PROGRAMS += contract
TESTS += contract

noinst_HEADERS += \
	tests/contract/contract.h \
	tests/unit/memory_store.h \
	tests/unit/tempdir.h

contract_SOURCES = \
	tests/contract/concurrency.c \
	tests/contract/contract.c \
	tests/contract/helpers.c \
	tests/contract/index.c \
	tests/contract/records.c \
	tests/contract/walks.c \
	tests/unit/memory_store.c \
	tests/unit/tempdir.c \
	tests/unit/unit.c

contract_CPPFLAGS = $(LIB_CPPFLAGS) $(CMOCKA_CFLAGS)
contract_LDADD = libsst.la $(LIB_LIBS) $(CMOCKA_LIBS)
endif
