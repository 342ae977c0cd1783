# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# Units of what DynamoDB needs, and the tests against DynamoDB Local, behind a
# proxy that checks signatures and makes faults.
if HAVE_CMOCKA

dynamodb_units = \
	tests/unit/test_aws_keys \
	tests/unit/test_aws_profile \
	tests/unit/test_dynamodb_item \
	tests/unit/test_loopback \
	tests/unit/test_program \
	tests/unit/test_retry \
	tests/unit/test_text_file \
	tests/unit/test_sigv4

check_PROGRAMS += $(dynamodb_units)
TESTS += $(dynamodb_units)

tests_unit_test_aws_keys_CPPFLAGS = $(unit_cppflags)
tests_unit_test_aws_keys_LDADD = libunit.la

tests_unit_test_text_file_CPPFLAGS = $(unit_cppflags)
tests_unit_test_text_file_LDADD = libunit.la

tests_unit_test_aws_profile_CPPFLAGS = $(unit_cppflags)
tests_unit_test_aws_profile_LDADD = libunit.la

tests_unit_test_dynamodb_item_CPPFLAGS = $(unit_cppflags)
tests_unit_test_dynamodb_item_LDADD = libunit.la $(JANSSON_LIBS)

tests_unit_test_loopback_CPPFLAGS = $(unit_cppflags)
tests_unit_test_loopback_LDADD = libunit.la

tests_unit_test_program_CPPFLAGS = $(unit_cppflags)
tests_unit_test_program_LDADD = libunit.la

tests_unit_test_retry_CPPFLAGS = $(unit_cppflags)
tests_unit_test_retry_LDADD = libunit.la

tests_unit_test_sigv4_CPPFLAGS = $(unit_cppflags)
tests_unit_test_sigv4_LDADD = libunit.la

endif

check_PROGRAMS += dynamodb-driver

noinst_HEADERS += tests/dynamodb/driver.h

dynamodb_driver_SOURCES = \
	tests/dynamodb/driver.c \
	tests/dynamodb/driver_load.c \
	tests/dynamodb/driver_views.c
dynamodb_driver_CPPFLAGS = $(LIB_CPPFLAGS)
dynamodb_driver_LDADD = libsst.la $(LIB_LIBS)

# With arguments: make check-dynamodb DYNAMODB_TESTS='-k clock'
DYNAMODB_TESTS =

check-dynamodb: dynamodb-driver tests/contract/contract
	build=`pwd` && cd $(srcdir)/tests/dynamodb && \
	PYTHONDONTWRITEBYTECODE=1 SST_DRIVER=$$build/dynamodb-driver \
	SST_CONTRACT=$$build/tests/contract/contract \
	/usr/bin/python3 -m pytest -q $(DYNAMODB_TESTS)
.PHONY: check-dynamodb

EXTRA_DIST += \
	tests/dynamodb/conftest.py \
	tests/dynamodb/pytest.ini \
	tests/dynamodb/awsrig/__init__.py \
	tests/dynamodb/awsrig/certificates.py \
	tests/dynamodb/awsrig/driver.py \
	tests/dynamodb/awsrig/local.py \
	tests/dynamodb/awsrig/proxy.py \
	tests/dynamodb/awsrig/services.py \
	tests/dynamodb/awsrig/signatures.py \
	tests/dynamodb/awsrig/wire.py \
	tests/dynamodb/test_contract.py \
	tests/dynamodb/test_cost.py \
	tests/dynamodb/test_credentials.py \
	tests/dynamodb/test_faults.py \
	tests/dynamodb/test_notes.py \
	tests/dynamodb/test_settings.py \
	tests/dynamodb/test_signatures.py \
	tests/dynamodb/test_table.py
