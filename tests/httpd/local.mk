# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The tests against real httpd, and the module that they use inside it.
check_LTLIBRARIES += mod_probe.la

mod_probe_la_SOURCES = \
	tests/httpd/probe/crash.c \
	tests/httpd/probe/crash.h \
	tests/httpd/probe/mod_probe.c
mod_probe_la_CPPFLAGS = -I$(srcdir) -I$(HTTPD_INCLUDEDIR) $(APR_CFLAGS) \
	$(APU_CFLAGS)
mod_probe_la_CFLAGS = $(AM_CFLAGS) -fvisibility=default
# Without -rpath, libtool makes no shared object of what is not installed.
mod_probe_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -rpath /nowhere

# With arguments: make check-httpd HTTPD_TESTS='test_login.py -k logout'
# A build with --enable-sanitizers runs httpd with its sanitizers.
PYTEST = /usr/bin/python3 -m pytest
HTTPD_TESTS =
# So many files at a time: two take a third less, and disturb each other.
HTTPD_JOBS = 1

check-httpd: mod_session_store.la mod_probe.la htsession
	build=`pwd` && cd $(srcdir)/tests/httpd && \
	PYTHONDONTWRITEBYTECODE=1 SST_HTTPD_MODULES=$(HTTPD_LIBEXECDIR) \
	SST_MODULE=$$build/.libs/mod_session_store.so \
	SST_PROBE=$$build/.libs/mod_probe.so \
	SST_HTSESSION=$$build/htsession \
	$(PYTEST) -q -n $(HTTPD_JOBS) --dist loadfile $(HTTPD_TESTS)
.PHONY: check-httpd

EXTRA_DIST += \
	tests/httpd/conftest.py \
	tests/httpd/pytest.ini \
	tests/httpd/rig/__init__.py \
	tests/httpd/rig/aside.py \
	tests/httpd/rig/attacker.py \
	tests/httpd/rig/backend.py \
	tests/httpd/rig/breakage.py \
	tests/httpd/rig/browser.py \
	tests/httpd/rig/build.py \
	tests/httpd/rig/clock.py \
	tests/httpd/rig/conf.py \
	tests/httpd/rig/dynamodb.py \
	tests/httpd/rig/elsewhere.py \
	tests/httpd/rig/errorlog.py \
	tests/httpd/rig/forge.py \
	tests/httpd/rig/gate.py \
	tests/httpd/rig/htsession.py \
	tests/httpd/rig/members.py \
	tests/httpd/rig/not_before.py \
	tests/httpd/rig/php.py \
	tests/httpd/rig/phpstore.py \
	tests/httpd/rig/ports.py \
	tests/httpd/rig/processes.py \
	tests/httpd/rig/selfpage.py \
	tests/httpd/rig/redis.py \
	tests/httpd/rig/say.py \
	tests/httpd/rig/server.py \
	tests/httpd/rig/status.py \
	tests/httpd/rig/stores.py \
	tests/httpd/rig/switching.py \
	tests/httpd/rig/tls.py \
	tests/httpd/rig/tokendir.py \
	tests/httpd/rig/trace.py \
	tests/httpd/rig/uwsgi.py \
	tests/httpd/rig/vault.py \
	tests/httpd/rig/wait.py \
	tests/httpd/site/cgi/away \
	tests/httpd/site/cgi/count \
	tests/httpd/site/cgi/cacheable \
	tests/httpd/site/cgi/environment \
	tests/httpd/site/cgi/error \
	tests/httpd/site/cgi/flush \
	tests/httpd/site/cgi/local-redirect \
	tests/httpd/site/cgi/nph-endless \
	tests/httpd/site/cgi/nph-say \
	tests/httpd/site/cgi/nph-session \
	tests/httpd/site/cgi/nph-slow \
	tests/httpd/site/cgi/say \
	tests/httpd/site/cgi/session \
	tests/httpd/site/cgi/slow \
	tests/httpd/site/cgi/status \
	tests/httpd/site/htdocs/error.html \
	tests/httpd/site/htdocs/folder/index.html \
	tests/httpd/site/htdocs/index.html \
	tests/httpd/site/htdocs/login.html \
	tests/httpd/site/htdocs/private/index.html \
	tests/httpd/site/htdocs/ssi.shtml \
	tests/httpd/site/php-bin/php \
	tests/httpd/site/php-bin/php-store \
	tests/httpd/site/php/environment.php \
	tests/httpd/site/php/say.php \
	tests/httpd/site/php/session.php \
	tests/httpd/site/php/steps.php \
	tests/httpd/site/wsgi/show.py \
	tests/httpd/test_attacks_files.py \
	tests/httpd/test_attacks_headers.py \
	tests/httpd/test_attacks_logs.py \
	tests/httpd/test_attacks_size.py \
	tests/httpd/test_attacks_store.py \
	tests/httpd/test_caching.py \
	tests/httpd/test_clock.py \
	tests/httpd/test_concurrency.py \
	tests/httpd/test_config.py \
	tests/httpd/test_confined.py \
	tests/httpd/test_cookie.py \
	tests/httpd/test_cookie_store.py \
	tests/httpd/test_directives.py \
	tests/httpd/test_docs.py \
	tests/httpd/test_documents.py \
	tests/httpd/test_dynamodb.py \
	tests/httpd/test_examples.py \
	tests/httpd/test_failure.py \
	tests/httpd/test_form_login_site.py \
	tests/httpd/test_forward.py \
	tests/httpd/test_htsession.py \
	tests/httpd/test_htsession_conf.py \
	tests/httpd/test_htsession_doctor.py \
	tests/httpd/test_htsession_sources.py \
	tests/httpd/test_keys.py \
	tests/httpd/test_limit.py \
	tests/httpd/test_login.py \
	tests/httpd/test_logs.py \
	tests/httpd/test_main_job.py \
	tests/httpd/test_max_age.py \
	tests/httpd/test_monitoring.py \
	tests/httpd/test_migrate.py \
	tests/httpd/test_migration_guides.py \
	tests/httpd/test_one_read.py \
	tests/httpd/test_php.py \
	tests/httpd/test_places.py \
	tests/httpd/test_privacy.py \
	tests/httpd/test_purge.py \
	tests/httpd/test_raw.py \
	tests/httpd/test_redirected.py \
	tests/httpd/test_redis.py \
	tests/httpd/test_rig.py \
	tests/httpd/test_revoked.py \
	tests/httpd/test_say.py \
	tests/httpd/test_see.py \
	tests/httpd/test_self_browser.py \
	tests/httpd/test_self.py \
	tests/httpd/test_semantics.py \
	tests/httpd/test_session_cache.py \
	tests/httpd/test_session_cache_dynamodb.py \
	tests/httpd/test_serialize.py \
	tests/httpd/test_size.py \
	tests/httpd/test_sizing.py \
	tests/httpd/test_status.py \
	tests/httpd/test_ten_mistakes.py \
	tests/httpd/test_threads.py \
	tests/httpd/test_user_keys.py
