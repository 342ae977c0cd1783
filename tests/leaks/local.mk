# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# What many requests and restarts leave behind.
# With arguments: make check-leaks LEAKS_TESTS='-k redis'
LEAKS_TESTS =

check-leaks: mod_session_store.la mod_probe.la htsession
	build=`pwd` && cd $(srcdir)/tests/leaks && \
	PYTHONDONTWRITEBYTECODE=1 SST_HTTPD_MODULES=$(HTTPD_LIBEXECDIR) \
	SST_MODULE=$$build/.libs/mod_session_store.so \
	SST_PROBE=$$build/.libs/mod_probe.so \
	SST_HTSESSION=$$build/htsession \
	$(PYTEST) -q $(LEAKS_TESTS)
.PHONY: check-leaks

EXTRA_DIST += \
	tests/leaks/conftest.py \
	tests/leaks/pytest.ini \
	tests/leaks/site_of_one.py \
	tests/leaks/test_leaks.py
