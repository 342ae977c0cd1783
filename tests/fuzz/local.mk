# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The fuzz targets. They are programs that run them over their seeds; or, with
# --enable-fuzzers, the fuzzers themselves. fuzz.sh builds and runs those.
EXTRA_DIST += \
	tests/fuzz/fuzz.sh \
	tests/fuzz/make_seeds.py \
	tests/fuzz/seeds

noinst_HEADERS += tests/fuzz/fuzz.h

fuzz_programs = \
	tests/fuzz/fuzz_ticket \
	tests/fuzz/fuzz_carried \
	tests/fuzz/fuzz_record \
	tests/fuzz/fuzz_box \
	tests/fuzz/fuzz_entries \
	tests/fuzz/fuzz_meta \
	tests/fuzz/fuzz_keyring \
	tests/fuzz/fuzz_store \
	tests/fuzz/fuzz_verbs \
	tests/fuzz/fuzz_aws_files \
	tests/fuzz/fuzz_aws_keys \
	tests/fuzz/fuzz_item \
	tests/fuzz/fuzz_redis_error

check_PROGRAMS += $(fuzz_programs)

if FUZZERS
fuzz_main =
fuzz_link_flags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
fuzz_main = tests/fuzz/replay.c
fuzz_link_flags = $(AM_LDFLAGS)
TESTS += $(fuzz_programs)
endif

.PHONY: fuzzers
fuzzers: $(fuzz_programs)

check_LTLIBRARIES += libfuzz.la
libfuzz_la_SOURCES = \
	tests/fuzz/fuzz.c \
	tests/unit/deflated_box.c \
	tests/unit/deflated_box.h
libfuzz_la_CPPFLAGS = $(LIB_CPPFLAGS)
libfuzz_la_LIBADD = libsst.la

tests_fuzz_fuzz_ticket_SOURCES = tests/fuzz/fuzz_ticket.c $(fuzz_main)
tests_fuzz_fuzz_ticket_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_ticket_LDFLAGS = $(fuzz_link_flags)
tests_fuzz_fuzz_ticket_LDADD = libfuzz.la

tests_fuzz_fuzz_carried_SOURCES = tests/fuzz/fuzz_carried.c $(fuzz_main)
tests_fuzz_fuzz_carried_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_carried_LDFLAGS = $(fuzz_link_flags)
tests_fuzz_fuzz_carried_LDADD = libfuzz.la

tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz_record.c $(fuzz_main)
tests_fuzz_fuzz_record_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_record_LDFLAGS = $(fuzz_link_flags)
tests_fuzz_fuzz_record_LDADD = libfuzz.la

tests_fuzz_fuzz_box_SOURCES = tests/fuzz/fuzz_box.c $(fuzz_main)
tests_fuzz_fuzz_box_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_box_LDFLAGS = $(fuzz_link_flags)
tests_fuzz_fuzz_box_LDADD = libfuzz.la

tests_fuzz_fuzz_entries_SOURCES = tests/fuzz/fuzz_entries.c $(fuzz_main)
tests_fuzz_fuzz_entries_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_entries_LDFLAGS = $(fuzz_link_flags)
tests_fuzz_fuzz_entries_LDADD = libfuzz.la

tests_fuzz_fuzz_meta_SOURCES = tests/fuzz/fuzz_meta.c $(fuzz_main)
tests_fuzz_fuzz_meta_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_meta_LDFLAGS = $(fuzz_link_flags)
tests_fuzz_fuzz_meta_LDADD = libfuzz.la

tests_fuzz_fuzz_keyring_SOURCES = tests/fuzz/fuzz_keyring.c $(fuzz_main)
tests_fuzz_fuzz_keyring_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_keyring_LDFLAGS = $(fuzz_link_flags) \
	-Wl,--wrap=sst_scrypt
tests_fuzz_fuzz_keyring_LDADD = libfuzz.la

tests_fuzz_fuzz_store_SOURCES = tests/fuzz/fuzz_store.c $(fuzz_main)
tests_fuzz_fuzz_store_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_store_LDFLAGS = $(fuzz_link_flags)
tests_fuzz_fuzz_store_LDADD = libfuzz.la

tests_fuzz_fuzz_verbs_SOURCES = tests/fuzz/fuzz_verbs.c $(fuzz_main)
tests_fuzz_fuzz_verbs_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_verbs_LDFLAGS = $(fuzz_link_flags)
tests_fuzz_fuzz_verbs_LDADD = libfuzz.la

tests_fuzz_fuzz_aws_files_SOURCES = tests/fuzz/fuzz_aws_files.c $(fuzz_main)
tests_fuzz_fuzz_aws_files_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_aws_files_LDFLAGS = $(fuzz_link_flags)
tests_fuzz_fuzz_aws_files_LDADD = libfuzz.la

tests_fuzz_fuzz_aws_keys_SOURCES = tests/fuzz/fuzz_aws_keys.c $(fuzz_main)
tests_fuzz_fuzz_aws_keys_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_aws_keys_LDFLAGS = $(fuzz_link_flags)
tests_fuzz_fuzz_aws_keys_LDADD = libfuzz.la

tests_fuzz_fuzz_item_SOURCES = tests/fuzz/fuzz_item.c $(fuzz_main)
tests_fuzz_fuzz_item_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_item_LDFLAGS = $(fuzz_link_flags)
tests_fuzz_fuzz_item_LDADD = libfuzz.la

tests_fuzz_fuzz_redis_error_SOURCES = tests/fuzz/fuzz_redis_error.c $(fuzz_main)
tests_fuzz_fuzz_redis_error_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_redis_error_LDFLAGS = $(fuzz_link_flags)
tests_fuzz_fuzz_redis_error_LDADD = libfuzz.la
