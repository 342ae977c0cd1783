# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The tests against DynamoDB Local, behind a proxy that checks signatures and
# makes faults. With arguments: make check-dynamodb DYNAMODB_TESTS='-k clock'
check_PROGRAMS += dynamodb-driver

noinst_HEADERS += tests/dynamodb/driver.h

dynamodb_driver_SOURCES = \
	tests/dynamodb/driver.c \
	tests/dynamodb/driver_load.c \
	tests/dynamodb/driver_views.c
dynamodb_driver_CPPFLAGS = $(LIB_CPPFLAGS)
dynamodb_driver_LDADD = libsst.la $(LIB_LIBS)

DYNAMODB_TESTS =

check-dynamodb: dynamodb-driver contract
	build=`pwd` && cd $(srcdir)/tests/dynamodb && \
	PYTHONDONTWRITEBYTECODE=1 SST_DRIVER=$$build/dynamodb-driver \
	SST_CONTRACT=$$build/contract \
	/usr/bin/python3 -m pytest -q $(DYNAMODB_TESTS)
.PHONY: check-dynamodb
