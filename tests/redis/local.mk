# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The parts of the Redis store that need no server.
if HAVE_CMOCKA

redis_units = \
	tests/unit/test_breaker \
	tests/unit/test_redis_fault \
	tests/unit/test_redis_stored \
	tests/unit/test_redis_url \
	tests/unit/test_redis_words

check_PROGRAMS += $(redis_units)
TESTS += $(redis_units)

tests_unit_test_breaker_CPPFLAGS = $(unit_cppflags)
tests_unit_test_breaker_LDADD = libunit.la

tests_unit_test_redis_fault_CPPFLAGS = $(unit_cppflags)
tests_unit_test_redis_fault_LDADD = libunit.la

tests_unit_test_redis_stored_CPPFLAGS = $(unit_cppflags)
tests_unit_test_redis_stored_LDADD = libunit.la

tests_unit_test_redis_url_CPPFLAGS = $(unit_cppflags)
tests_unit_test_redis_url_LDADD = libunit.la

tests_unit_test_redis_words_CPPFLAGS = $(unit_cppflags)
tests_unit_test_redis_words_LDADD = libunit.la

endif

# The tests of the Redis store against real servers, which they start
# themselves. With arguments: make check-redis REDIS_TESTS='-k sentinel'
check_PROGRAMS += redis_probe

redis_probe_SOURCES = \
	tests/redis/cached.c \
	tests/redis/load.c \
	tests/redis/probe.c \
	tests/redis/probe.h
redis_probe_CPPFLAGS = $(LIB_CPPFLAGS)
redis_probe_LDADD = libsst.la $(LIB_LIBS)

REDIS_TESTS =

check-redis: redis_probe tests/contract/contract
	build=`pwd` && cd $(srcdir)/tests/redis && \
	PYTHONDONTWRITEBYTECODE=1 SST_REDIS_PROBE=$$build/redis_probe \
	SST_CONTRACT=$$build/tests/contract/contract \
	/usr/bin/python3 -m pytest -q $(REDIS_TESTS)
.PHONY: check-redis

EXTRA_DIST += \
	tests/redis/conftest.py \
	tests/redis/pytest.ini \
	tests/redis/rig/__init__.py \
	tests/redis/rig/host.py \
	tests/redis/rig/probe.py \
	tests/redis/rig/proxy.py \
	tests/redis/rig/resp.py \
	tests/redis/rig/servers.py \
	tests/redis/rig/tls.py \
	tests/redis/rig/wait.py \
	tests/redis/test_cache.py \
	tests/redis/test_cache_faults.py \
	tests/redis/test_cluster.py \
	tests/redis/test_errors.py \
	tests/redis/test_faults.py \
	tests/redis/test_forms.py \
	tests/redis/test_repeats.py \
	tests/redis/test_sentinel.py
