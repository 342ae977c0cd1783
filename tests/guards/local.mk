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

# What clang-tidy finds in each file; .clang-tidy says what it looks for. Each is
# read with the flags of all parts.
CLANG_TIDY = clang-tidy
tidy_flags = $(DEFS) -D_GNU_SOURCE -std=gnu99 $(LIB_CPPFLAGS) \
	-isystem $(HTTPD_INCLUDEDIR) $(CMOCKA_CFLAGS)
tidy_files = $(patsubst %, tidy/%, $(shell cd $(srcdir) && \
	find lib mod_session_store support tests -name '*.c'))

check-tidy: $(tidy_files)
$(tidy_files): tidy/%:
	@said=`$(CLANG_TIDY) --quiet $(srcdir)/$* -- $(tidy_flags) 2>&1` \
		|| { printf '%s\n' "$$said"; exit 1; }
.PHONY: check-tidy $(tidy_files)

EXTRA_DIST += .clang-tidy tests/.clang-tidy

AM_TESTS_ENVIRONMENT = \
	CC='$(CC)'; export CC; \
	CPPFLAGS='$(CPPFLAGS)'; export CPPFLAGS; \
	NM='$(NM)'; export NM; \
	LIB_CPPFLAGS='$(LIB_CPPFLAGS)'; export LIB_CPPFLAGS; \
	HTTPD_INCLUDEDIR='$(HTTPD_INCLUDEDIR)'; export HTTPD_INCLUDEDIR;
