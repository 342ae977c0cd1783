# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The store contract, over every backend that needs no server; see contract.c
# for how others are named.
if HAVE_CMOCKA

check_PROGRAMS += tests/contract/contract
TESTS += tests/contract/contract

tests_contract_contract_SOURCES = \
	tests/contract/cached.c \
	tests/contract/cached.h \
	tests/contract/concurrency.c \
	tests/contract/contract.c \
	tests/contract/contract.h \
	tests/contract/helpers.c \
	tests/contract/index.c \
	tests/contract/moving.c \
	tests/contract/moving.h \
	tests/contract/records.c \
	tests/contract/walks.c
tests_contract_contract_CPPFLAGS = $(LIB_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_contract_contract_LDADD = libunit.la

endif
