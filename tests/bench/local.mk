# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# Measurements, built by name: make tests/bench/dir_scale
EXTRA_PROGRAMS = tests/bench/dir_scale
CLEANFILES += $(EXTRA_PROGRAMS)

tests_bench_dir_scale_SOURCES = tests/bench/dir_scale.c
tests_bench_dir_scale_CPPFLAGS = $(LIB_CPPFLAGS)
tests_bench_dir_scale_LDADD = libsst.la $(LIB_LIBS)

# Redis beside the floor of one bare GET: make bench-redis
EXTRA_LTLIBRARIES = mod_floor.la
mod_floor_la_SOURCES = tests/bench/mod_floor.c
mod_floor_la_CPPFLAGS = -I$(HTTPD_INCLUDEDIR) $(APR_CFLAGS) $(APU_CFLAGS) \
	$(HIREDIS_CFLAGS)
mod_floor_la_CFLAGS = $(AM_CFLAGS) -fvisibility=default
mod_floor_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -rpath /nowhere
mod_floor_la_LIBADD = $(HIREDIS_LIBS)

bench-redis: mod_session_store.la mod_probe.la mod_floor.la htsession
	build=`pwd` && PYTHONDONTWRITEBYTECODE=1 \
	SST_HTTPD_MODULES=$(HTTPD_LIBEXECDIR) \
	SST_MODULE=$$build/.libs/mod_session_store.so \
	SST_PROBE=$$build/.libs/mod_probe.so \
	SST_FLOOR=$$build/.libs/mod_floor.so \
	SST_HTSESSION=$$build/htsession \
	/usr/bin/python3 $(srcdir)/tests/bench/redis.py
.PHONY: bench-redis

EXTRA_DIST += tests/bench/redis.py
