# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# What is in a release, and under which licences, as SPDX; needs `reuse`, and
# a clone.
sbom:
	$(srcdir)/packaging/sbom.py $(srcdir) $(VERSION) \
		>mod_session_store-$(VERSION).spdx.new
	mv mod_session_store-$(VERSION).spdx.new \
		mod_session_store-$(VERSION).spdx
.PHONY: sbom
CLEANFILES += mod_session_store-$(VERSION).spdx

EXTRA_DIST += \
	.reuse/dep5 \
	LICENSES/Apache-2.0.txt \
	SECURITY.md \
	packaging/mod_session_store.spec \
	packaging/rpmlint.toml \
	packaging/sbom.py
