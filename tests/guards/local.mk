# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# Rules of the sources that a compiler does not know. `make check` runs them.

GUARDS = \
	tests/guards/directives.sh \
	tests/guards/exports.sh \
	tests/guards/headers_comment.sh \
	tests/guards/layers.sh \
	tests/guards/lib_without_httpd.sh \
	tests/guards/manual_page.sh \
	tests/guards/spdx.sh \
	tests/guards/style.sh \
	tests/guards/versions.sh

TESTS += $(GUARDS)
dist_check_SCRIPTS += $(GUARDS)
EXTRA_DIST += tests/guards/guard.sh

AM_TESTS_ENVIRONMENT = \
	CC='$(CC)'; export CC; \
	CPPFLAGS='$(CPPFLAGS)'; export CPPFLAGS; \
	NM='$(NM)'; export NM; \
	LIB_CPPFLAGS='$(LIB_CPPFLAGS)'; export LIB_CPPFLAGS; \
	HTTPD_INCLUDEDIR='$(HTTPD_INCLUDEDIR)'; export HTTPD_INCLUDEDIR;
