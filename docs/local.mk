# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

dist_man_MANS += docs/htsession.8

# The documents as HTML; needs pandoc and mandoc. Begin at html/index.html.
html-local:
	$(srcdir)/docs/site/build.py $(srcdir) html

clean-local:
	rm -rf html

EXTRA_DIST += \
	CONTRIBUTING.md \
	docs/applications.md \
	docs/architecture.md \
	docs/cookie.md \
	docs/directives.md \
	docs/dynamodb.md \
	docs/faq.md \
	docs/examples/cgi/visits.pl \
	docs/examples/cgi/visits.py \
	docs/examples/cgi/visits.sh \
	docs/examples/form-login/cgi-bin/login \
	docs/examples/form-login/form-login.conf \
	docs/examples/form-login/htdocs/goodbye.html \
	docs/examples/form-login/htdocs/members/index.html \
	docs/examples/form-login/htdocs/signin-failed.html \
	docs/examples/form-login/htdocs/signin.html \
	docs/examples/verify_forward.py \
	docs/form-login.md \
	docs/guide.md \
	docs/images/cost-by-children.svg \
	docs/images/cost-by-clients.svg \
	docs/images/cost-by-nodes.svg \
	docs/images/cost-by-sessions.svg \
	docs/images/cost-by-size.svg \
	docs/images/status-dark.png \
	docs/images/status-light.png \
	docs/images/status-phone.png \
	docs/migration.md \
	docs/operations.md \
	docs/performance.json \
	docs/performance.md \
	docs/record-format.md \
	docs/redis.md \
	docs/releasing.md \
	docs/security.md \
	docs/site/build.py \
	docs/site/links.lua \
	docs/site/navigation \
	docs/site/style.css \
	docs/site/template.html \
	docs/sizing.md \
	docs/testing.md \
	docs/threat-model.md \
	docs/token-directory.md \
	tests/site/check_site.py
