# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# Programs as Debian ships them, on sessions of ours. Their packages are
# fetched once. With arguments: make check-programs PROGRAMS_TESTS='-k dokuwiki'
PROGRAMS_TESTS =

check-programs: mod_session_store.la mod_probe.la htsession
	build=`pwd` && cd $(srcdir)/tests/programs && \
	./fetch.sh $$build/packages && \
	PYTHONDONTWRITEBYTECODE=1 SST_HTTPD_MODULES=$(HTTPD_LIBEXECDIR) \
	SST_MODULE=$$build/.libs/mod_session_store.so \
	SST_PROBE=$$build/.libs/mod_probe.so \
	SST_HTSESSION=$$build/htsession \
	SST_PACKAGES=$$build/packages \
	$(PYTEST) -q $(PROGRAMS_TESTS)
.PHONY: check-programs

EXTRA_DIST += \
	tests/programs/conftest.py \
	tests/programs/fetch.sh \
	tests/programs/programs/__init__.py \
	tests/programs/programs/adminer.py \
	tests/programs/programs/dokuwiki.py \
	tests/programs/programs/everything.py \
	tests/programs/programs/imap.py \
	tests/programs/programs/mariadb.py \
	tests/programs/programs/phpliteadmin.py \
	tests/programs/programs/phpmyadmin.py \
	tests/programs/programs/places.py \
	tests/programs/programs/roundcube.py \
	tests/programs/programs/shelf.py \
	tests/programs/programs/site.py \
	tests/programs/programs/visitor.py \
	tests/programs/pytest.ini \
	tests/programs/test_migration.py \
	tests/programs/test_visits.py
