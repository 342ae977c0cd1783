# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The unit tests: one cmocka program for each part of the library.
EXTRA_DIST += tests/unit/golden/vectors.txt tests/unit/make_golden.py
dist_check_SCRIPTS += tests/unit/test_golden_fresh.sh
TESTS += tests/unit/test_golden_fresh.sh

if HAVE_CMOCKA

unit_programs = \
	tests/unit/test_status \
	tests/unit/test_status_text \
	tests/unit/test_bytes \
	tests/unit/test_cache \
	tests/unit/test_crypto \
	tests/unit/test_clock \
	tests/unit/test_monitor \
	tests/unit/test_keyring \
	tests/unit/test_keys \
	tests/unit/test_migrate \
	tests/unit/test_ticket \
	tests/unit/test_times \
	tests/unit/test_timing \
	tests/unit/test_entries \
	tests/unit/test_form \
	tests/unit/test_verbs \
	tests/unit/test_meta \
	tests/unit/test_record \
	tests/unit/test_golden \
	tests/unit/test_admin \
	tests/unit/test_admin_set \
	tests/unit/test_session \
	tests/unit/test_session_save \
	tests/unit/test_session_rotate \
	tests/unit/test_session_faults \
	tests/unit/test_session_carried \
	tests/unit/test_session_limit \
	tests/unit/test_session_threads \
	tests/unit/test_store \
	tests/unit/test_dir \
	tests/unit/test_dir_life

check_PROGRAMS += $(unit_programs)
TESTS += $(unit_programs)

# What they have in common, with the library that they test.
check_LTLIBRARIES += libunit.la
libunit_la_SOURCES = \
	tests/unit/deflated_box.c \
	tests/unit/deflated_box.h \
	tests/unit/memory_store.c \
	tests/unit/memory_store.h \
	tests/unit/session_rig.c \
	tests/unit/session_rig.h \
	tests/unit/tempdir.c \
	tests/unit/tempdir.h \
	tests/unit/unit.c \
	tests/unit/unit.h
libunit_la_CPPFLAGS = $(unit_cppflags)
libunit_la_LIBADD = libsst.la $(CMOCKA_LIBS)

unit_cppflags = $(LIB_CPPFLAGS) $(CMOCKA_CFLAGS)

tests_unit_test_status_CPPFLAGS = $(unit_cppflags)
tests_unit_test_status_LDADD = libunit.la

tests_unit_test_status_text_SOURCES = tests/unit/test_status_text.c \
	mod_session_store/status_text.c
tests_unit_test_status_text_CPPFLAGS = $(unit_cppflags)
tests_unit_test_status_text_LDADD = libunit.la

tests_unit_test_bytes_CPPFLAGS = $(unit_cppflags)
tests_unit_test_bytes_LDADD = libunit.la

tests_unit_test_cache_CPPFLAGS = $(unit_cppflags)
tests_unit_test_cache_LDADD = libunit.la

tests_unit_test_crypto_CPPFLAGS = $(unit_cppflags)
tests_unit_test_crypto_LDADD = libunit.la

tests_unit_test_clock_CPPFLAGS = $(unit_cppflags)
tests_unit_test_clock_LDADD = libunit.la

tests_unit_test_monitor_CPPFLAGS = $(unit_cppflags)
tests_unit_test_monitor_LDFLAGS = -Wl,--wrap=pthread_cond_timedwait
tests_unit_test_monitor_LDADD = libunit.la

tests_unit_test_keyring_CPPFLAGS = $(unit_cppflags)
tests_unit_test_keyring_LDADD = libunit.la

tests_unit_test_migrate_SOURCES = tests/unit/test_migrate.c \
	tests/contract/contract.h tests/contract/helpers.c
tests_unit_test_migrate_CPPFLAGS = $(unit_cppflags)
tests_unit_test_migrate_LDADD = libunit.la

tests_unit_test_keys_CPPFLAGS = $(unit_cppflags)
tests_unit_test_keys_LDADD = libunit.la

tests_unit_test_ticket_CPPFLAGS = $(unit_cppflags)
tests_unit_test_ticket_LDADD = libunit.la
tests_unit_test_times_CPPFLAGS = $(unit_cppflags)
tests_unit_test_times_LDADD = libunit.la

tests_unit_test_timing_CPPFLAGS = $(unit_cppflags)
tests_unit_test_timing_LDADD = libunit.la -lm

tests_unit_test_entries_CPPFLAGS = $(unit_cppflags)
tests_unit_test_entries_LDADD = libunit.la

tests_unit_test_form_CPPFLAGS = $(unit_cppflags)
tests_unit_test_form_LDADD = libunit.la

tests_unit_test_verbs_CPPFLAGS = $(unit_cppflags)
tests_unit_test_verbs_LDADD = libunit.la

tests_unit_test_meta_CPPFLAGS = $(unit_cppflags)
tests_unit_test_meta_LDADD = libunit.la

tests_unit_test_record_CPPFLAGS = $(unit_cppflags)
tests_unit_test_record_LDADD = libunit.la

tests_unit_test_golden_CPPFLAGS = $(unit_cppflags)
tests_unit_test_golden_LDADD = libunit.la

tests_unit_test_admin_CPPFLAGS = $(unit_cppflags)
tests_unit_test_admin_LDADD = libunit.la

tests_unit_test_admin_set_CPPFLAGS = $(unit_cppflags)
tests_unit_test_admin_set_LDADD = libunit.la

tests_unit_test_session_CPPFLAGS = $(unit_cppflags)
tests_unit_test_session_LDADD = libunit.la

tests_unit_test_session_save_CPPFLAGS = $(unit_cppflags)
tests_unit_test_session_save_LDADD = libunit.la

tests_unit_test_session_rotate_CPPFLAGS = $(unit_cppflags)
tests_unit_test_session_rotate_LDADD = libunit.la

tests_unit_test_session_faults_CPPFLAGS = $(unit_cppflags)
tests_unit_test_session_faults_LDADD = libunit.la

tests_unit_test_session_carried_CPPFLAGS = $(unit_cppflags)
tests_unit_test_session_carried_LDADD = libunit.la

tests_unit_test_session_limit_CPPFLAGS = $(unit_cppflags)
tests_unit_test_session_limit_LDADD = libunit.la

tests_unit_test_session_threads_CPPFLAGS = $(unit_cppflags)
tests_unit_test_session_threads_LDADD = libunit.la

tests_unit_test_store_CPPFLAGS = $(unit_cppflags)
tests_unit_test_store_LDADD = libunit.la

tests_unit_test_dir_SOURCES = tests/unit/test_dir.c $(dir_fixture)
tests_unit_test_dir_CPPFLAGS = $(unit_cppflags)
tests_unit_test_dir_LDADD = libunit.la

tests_unit_test_dir_life_SOURCES = tests/unit/test_dir_life.c $(dir_fixture)
tests_unit_test_dir_life_CPPFLAGS = $(unit_cppflags)
tests_unit_test_dir_life_LDADD = libunit.la

dir_fixture = \
	tests/contract/contract.h \
	tests/contract/helpers.c \
	tests/unit/dir_fixture.c \
	tests/unit/dir_fixture.h

else

# Tests that are not built must not look like tests that passed.
check_DATA = cmocka-is-missing
cmocka-is-missing:
	@echo "make check: the unit tests need cmocka, which configure did not" \
	  "find. Install it (Debian: libcmocka-dev, Fedora: libcmocka-devel)" \
	  "and run configure again." >&2; exit 1

endif
