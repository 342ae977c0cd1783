# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The Debian package, and its test in a system of its own (as root); the
# package for Fedora, as far as Debian can try it; the bill of materials.
check-package:
	$(srcdir)/tests/package/test_package.sh `pwd`
	$(srcdir)/tests/package/test_rpm.sh `pwd`
	$(MAKE) sbom
	$(srcdir)/tests/package/check_sbom.py \
		mod_session_store-$(VERSION).spdx $(srcdir)
.PHONY: check-package

# Two runs of `make dist` give the same bytes: names in order, nobody's
# owners, one time, that of the newest change.
DIST_TIME = git -C $(srcdir) log -1 --format=@%ct 2>/dev/null \
	|| stat -c @%Y $(srcdir)/CHANGES
export TAR_OPTIONS := --sort=name --owner=0 --group=0 --numeric-owner \
	--mtime=$(shell $(DIST_TIME))

EXTRA_DIST += \
	debian/changelog \
	debian/control \
	debian/copyright \
	debian/libapache2-mod-session-store.apache2 \
	debian/libapache2-mod-session-store.doc-base \
	debian/libapache2-mod-session-store.docs \
	debian/libapache2-mod-session-store.examples \
	debian/libapache2-mod-session-store.lintian-overrides \
	debian/libapache2-mod-session-store.postinst \
	debian/libapache2-mod-session-store.postrm \
	debian/rules \
	debian/source/format \
	tests/package/check_sbom.py \
	tests/package/test_package.sh \
	tests/package/test_rpm.sh \
	tests/rules.sh
