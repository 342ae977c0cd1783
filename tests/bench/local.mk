# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# Measurements, built by name: make tests/bench/dir_scale
EXTRA_PROGRAMS = tests/bench/dir_scale
CLEANFILES += $(EXTRA_PROGRAMS)

tests_bench_dir_scale_SOURCES = tests/bench/dir_scale.c
tests_bench_dir_scale_CPPFLAGS = $(LIB_CPPFLAGS)
tests_bench_dir_scale_LDADD = libsst.la $(LIB_LIBS)
