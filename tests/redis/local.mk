# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The tests of the Redis store against real servers, which they start
# themselves. With arguments: make check-redis REDIS_TESTS='-k sentinel'
check_PROGRAMS += redis_probe

redis_probe_SOURCES = \
	tests/redis/load.c \
	tests/redis/probe.c \
	tests/redis/probe.h
redis_probe_CPPFLAGS = $(LIB_CPPFLAGS)
redis_probe_LDADD = libsst.la $(LIB_LIBS)

REDIS_TESTS =

check-redis: redis_probe
	build=`pwd` && cd $(srcdir)/tests/redis && \
	PYTHONDONTWRITEBYTECODE=1 SST_REDIS_PROBE=$$build/redis_probe \
	/usr/bin/python3 -m pytest -q $(REDIS_TESTS)
.PHONY: check-redis

EXTRA_DIST += \
	tests/redis/conftest.py \
	tests/redis/pytest.ini
