# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# Fills stores with sessions; built by name: make tests/bench/scale
EXTRA_PROGRAMS += tests/bench/scale
CLEANFILES += $(EXTRA_PROGRAMS)

tests_bench_scale_SOURCES = tests/bench/scale.c
tests_bench_scale_CPPFLAGS = $(LIB_CPPFLAGS)
tests_bench_scale_LDADD = libsst.la $(LIB_LIBS)

# Everything that keeps sessions, side by side: make bench, make bench-quick;
# with arguments: make bench BENCH='--pairs 40 --write docs/performance.md'
EXTRA_LTLIBRARIES = mod_floor.la
mod_floor_la_SOURCES = tests/bench/floor/mod_floor.c
mod_floor_la_CPPFLAGS = -I$(HTTPD_INCLUDEDIR) $(APR_CFLAGS) $(APU_CFLAGS) \
	$(HIREDIS_CFLAGS) $(OPENSSL_CFLAGS)
mod_floor_la_CFLAGS = $(AM_CFLAGS) -fvisibility=default
mod_floor_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -rpath /nowhere
mod_floor_la_LIBADD = $(HIREDIS_LIBS) $(OPENSSL_LIBS)

BENCH =
bench_build = mod_session_store.la mod_probe.la mod_floor.la htsession \
	tests/bench/scale
bench_environment = build=`pwd` && cd $(srcdir) && \
	PYTHONDONTWRITEBYTECODE=1 \
	SST_HTTPD_MODULES=$(HTTPD_LIBEXECDIR) \
	SST_MODULE=$$build/.libs/mod_session_store.so \
	SST_PROBE=$$build/.libs/mod_probe.so \
	SST_FLOOR=$$build/.libs/mod_floor.so \
	SST_SCALE=$$build/tests/bench/scale \
	SST_HTSESSION=$$build/htsession

bench: $(bench_build)
	$(bench_environment) /usr/bin/python3 tests/bench/bench.py $(BENCH)

# What a page view costs as things grow, up to a million sessions, as data,
# tables and plots: make bench-curves CURVES='--million 100000'
CURVES =
bench-curves: $(bench_build)
	$(bench_environment) /usr/bin/python3 tests/bench/curves.py \
		--write docs/performance.md --images docs/images $(CURVES)

bench-quick: $(bench_build)
	$(bench_environment) /usr/bin/python3 tests/bench/bench.py --quick

check-bench: $(bench_build)
	$(bench_environment) /usr/bin/python3 -m pytest -q \
		-p no:cacheprovider tests/bench
.PHONY: bench bench-curves bench-quick check-bench

EXTRA_DIST += \
	tests/bench/bench.py \
	tests/bench/curves.py \
	tests/bench/benchrig/__init__.py \
	tests/bench/benchrig/backends.py \
	tests/bench/benchrig/content.py \
	tests/bench/benchrig/goals.py \
	tests/bench/benchrig/growth.py \
	tests/bench/benchrig/instructions.py \
	tests/bench/benchrig/many.py \
	tests/bench/benchrig/marks.py \
	tests/bench/benchrig/memory.py \
	tests/bench/benchrig/meters.py \
	tests/bench/benchrig/plots.py \
	tests/bench/benchrig/report.py \
	tests/bench/benchrig/sites.py \
	tests/bench/benchrig/spread.py \
	tests/bench/benchrig/table.py \
	tests/bench/test_bench.py \
	tests/bench/test_curves.py
