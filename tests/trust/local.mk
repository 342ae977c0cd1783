# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# Sites that are broken on purpose, and load. The rest of the environment is
# that of check-httpd.
#
#     make check-trust TRUST_TESTS='test_histories.py -k redis'
#     make load-trust LOAD='--store redis --minutes 60'
TRUST_TESTS =
# The stores side by side: most of the time is that of waiting.
TRUST_JOBS = 3
LOAD =
TRUST_PARTS = mod_session_store.la mod_probe.la htsession trust_starve
TRUST_ENV = PYTHONDONTWRITEBYTECODE=1 \
	SST_HTTPD_MODULES=$(HTTPD_LIBEXECDIR) \
	SST_MODULE=$$build/.libs/mod_session_store.so \
	SST_PROBE=$$build/.libs/mod_probe.so \
	SST_HTSESSION=$$build/htsession \
	SST_STARVE=$$build/trust_starve

# Not part of `make check`: it has a malloc of its own, as sanitizers have.
EXTRA_PROGRAMS += trust_starve

trust_starve_SOURCES = \
	tests/trust/starve/shim.c \
	tests/trust/starve/shim.h \
	tests/trust/starve/starve.c
trust_starve_CPPFLAGS = $(unit_cppflags) -D_GNU_SOURCE
# Libraries find the shim's functions in the program.
trust_starve_CFLAGS = $(AM_CFLAGS) -fvisibility=default
trust_starve_LDADD = libunit.la

check-trust: $(TRUST_PARTS)
	build=`pwd` && cd $(srcdir)/tests/trust && \
	$(TRUST_ENV) $(PYTEST) -q -n $(TRUST_JOBS) --dist loadgroup \
		$(TRUST_TESTS)

load-trust: $(TRUST_PARTS)
	build=`pwd` && cd $(srcdir)/tests/trust && \
	$(TRUST_ENV) /usr/bin/python3 load.py $(LOAD)
.PHONY: check-trust load-trust

EXTRA_DIST += \
	tests/trust/conftest.py \
	tests/trust/load.py \
	tests/trust/pytest.ini \
	tests/trust/test_failover.py \
	tests/trust/test_faults.py \
	tests/trust/test_judge.py \
	tests/trust/test_load.py \
	tests/trust/test_names.py \
	tests/trust/test_starve.py \
	tests/trust/trial/__init__.py \
	tests/trust/trial/crowd.py \
	tests/trust/trial/faults.py \
	tests/trust/trial/history.py \
	tests/trust/trial/linear.py \
	tests/trust/trial/model.py \
	tests/trust/trial/named.py \
	tests/trust/trial/names.py \
	tests/trust/trial/ordeal.py \
	tests/trust/trial/replicated.py \
	tests/trust/trial/sites.py \
	tests/trust/trial/stores.py \
	tests/trust/trial/visit.py \
	tests/trust/trial/wire.py
