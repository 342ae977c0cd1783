# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# What `make install` places beside the module: how httpd loads it, a
# configuration to begin with, and a key.
#
#   Debian       mods-available/session_store.load and .conf, for a2enmod
#   elsewhere    conf.modules.d/10-session_store.conf, both in one
#
# A configuration that was edited is never replaced, and neither keys nor
# sessions are ever removed. Packages (DESTDIR) get no key: each machine has
# to make its own, in the package's postinst.

FILL_IN = $(AM_V_GEN)$(MKDIR_P) share && sed \
	-e 's|@moduledir[@]|$(HTTPD_LIBEXECDIR)|' \
	-e 's|@confdir[@]|$(HTTPD_CONFDIR)|' \
	-e 's|@storedir[@]|$(STOREDIR)|'

CONF_PARTS = share/session_store.load share/session_store.conf
SERVER_KEYS = $(HTTPD_CONFDIR)/session_store.keys

share/session_store.load: share/session_store.load.in Makefile
	$(FILL_IN) $(srcdir)/share/session_store.load.in >$@

share/session_store.conf: share/session_store.conf.in Makefile
	$(FILL_IN) $(srcdir)/share/session_store.conf.in >$@

share/10-session_store.conf: $(CONF_PARTS)
	$(AM_V_GEN)sed -e '/^# Depends:/d' $(CONF_PARTS) >$@

if DEBIAN_LAYOUT
snippetdir = $(HTTPD_CONFDIR)/mods-available
nodist_snippet_DATA = share/session_store.load
EDITABLE = session_store.conf
NEXT_STEP = enable it with 'a2enmod session_store' and restart httpd
else
snippetdir = $(HTTPD_CONFDIR)/conf.modules.d
EDITABLE = 10-session_store.conf
NEXT_STEP = see that httpd.conf includes conf.modules.d/*.conf, and restart \
	httpd
endif

# The session handler for PHP programs.
phpdir = $(datadir)/session_store
dist_php_DATA = share/session_store.php

all-local: $(CONF_PARTS) share/10-session_store.conf
CLEANFILES += $(CONF_PARTS) share/10-session_store.conf

install-data-local: share/$(EDITABLE)
	@$(MKDIR_P) "$(DESTDIR)$(snippetdir)"
	@conf="$(DESTDIR)$(snippetdir)/$(EDITABLE)"; \
	if test -f "$$conf" && ! cmp -s share/$(EDITABLE) "$$conf"; then \
	  echo "$$conf differs and stays; the new one is $$conf.new"; \
	  conf="$$conf.new"; \
	fi; \
	$(INSTALL_DATA) share/$(EDITABLE) "$$conf"

# libtool's .la is not needed: nothing links against a module.
install-data-hook: htsession
	rm -f "$(DESTDIR)$(moduledir)/mod_session_store.la"
	@if test -n "$(DESTDIR)"; then \
	  echo "no key is made below DESTDIR; on each machine, run:"; \
	  echo "  htsession keygen $(SERVER_KEYS)"; \
	elif test -e "$(SERVER_KEYS)"; then \
	  echo "$(SERVER_KEYS) is there and stays"; \
	else \
	  ./htsession keygen "$(SERVER_KEYS)" || exit 1; \
	fi
	@echo "mod_session_store is installed;" "$(NEXT_STEP)"

uninstall-local: share/$(EDITABLE)
	rm -f "$(DESTDIR)$(moduledir)/mod_session_store.so"
	@conf="$(DESTDIR)$(snippetdir)/$(EDITABLE)"; \
	rm -f "$$conf.new"; \
	if cmp -s share/$(EDITABLE) "$$conf"; then \
	  rm -f "$$conf"; \
	elif test -e "$$conf"; then \
	  echo "$$conf was edited and stays"; \
	fi
	@if test -h "$(DESTDIR)$(HTTPD_CONFDIR)/mods-enabled/session_store.load"; \
	then \
	  echo "still enabled, which stops httpd: a2dismod session_store"; \
	fi
	@echo "keys and sessions stay: $(SERVER_KEYS) $(STOREDIR)"

# `make distcheck` installs below a prefix of its own, where nothing but keys
# may be left.
AM_DISTCHECK_CONFIGURE_FLAGS = \
	--with-moduledir='$${prefix}/lib/httpd/modules' \
	--with-confdir='$${prefix}/etc/httpd'
distuninstallcheck_listfiles = \
	find . -type f ! -name session_store.keys -print

EXTRA_DIST += \
	share/demo/check \
	share/demo/httpd.conf.in \
	share/demo/htdocs/account/index.html \
	share/demo/htdocs/basket.php \
	share/demo/htdocs/goodbye.html \
	share/demo/htdocs/index.html \
	share/demo/htdocs/parts/bottom.html \
	share/demo/htdocs/parts/top.html \
	share/demo/htdocs/signin.html \
	share/demo/htdocs/style.css \
	share/demo/programs/notes.cgi \
	share/demo/programs/page.py \
	share/demo/programs/store.cgi \
	share/monitoring/grafana-dashboard.json \
	share/monitoring/prometheus-alerts.yml \
	share/session_store.conf.in \
	share/session_store.load.in \
	tests/install/test_install.sh
