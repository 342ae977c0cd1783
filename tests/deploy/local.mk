# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# A site of several servers, each in a network namespace of its own; as root.
# With arguments: make check-deploy DEPLOY_TESTS='-k sentinel'
DEPLOY_TESTS =

check-deploy: mod_session_store.la mod_probe.la htsession
	build=`pwd` && cd $(srcdir)/tests/deploy && \
	PYTHONDONTWRITEBYTECODE=1 SST_HTTPD_MODULES=$(HTTPD_LIBEXECDIR) \
	SST_MODULE=$$build/.libs/mod_session_store.so \
	SST_PROBE=$$build/.libs/mod_probe.so \
	SST_HTSESSION=$$build/htsession \
	$(PYTEST) -q $(DEPLOY_TESTS)
.PHONY: check-deploy

EXTRA_DIST += \
	tests/deploy/conftest.py \
	tests/deploy/netrig/__init__.py \
	tests/deploy/netrig/guide.py \
	tests/deploy/netrig/load.py \
	tests/deploy/netrig/net.py \
	tests/deploy/netrig/run.py \
	tests/deploy/netrig/site.py \
	tests/deploy/netrig/stores.py \
	tests/deploy/netrig/visitor.py \
	tests/deploy/netrig/web.py \
	tests/deploy/pytest.ini \
	tests/deploy/test_clocks.py \
	tests/deploy/test_guide.py \
	tests/deploy/test_keys.py \
	tests/deploy/test_partitions.py \
	tests/deploy/test_rig.py \
	tests/deploy/test_rolling.py \
	tests/deploy/test_site.py
