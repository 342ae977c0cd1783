# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The fuzz targets, as programs that run them over their seeds. fuzz.sh builds
# the fuzzers.
EXTRA_DIST += \
	tests/fuzz/fuzz.sh \
	tests/fuzz/make_seeds.py \
	tests/fuzz/seeds

noinst_HEADERS += tests/fuzz/fuzz.h

replay_programs = \
	tests/fuzz/replay_ticket \
	tests/fuzz/replay_carried \
	tests/fuzz/replay_record \
	tests/fuzz/replay_box \
	tests/fuzz/replay_entries \
	tests/fuzz/replay_meta \
	tests/fuzz/replay_keyring \
	tests/fuzz/replay_store \
	tests/fuzz/replay_verbs \
	tests/fuzz/replay_aws_files \
	tests/fuzz/replay_aws_keys \
	tests/fuzz/replay_item \
	tests/fuzz/replay_redis_error

replay_main = tests/fuzz/replay.c

check_PROGRAMS += $(replay_programs)
TESTS += $(replay_programs)

check_LTLIBRARIES += libfuzz.la
libfuzz_la_SOURCES = \
	tests/fuzz/fuzz.c \
	tests/unit/deflated_box.c \
	tests/unit/deflated_box.h
libfuzz_la_CPPFLAGS = $(LIB_CPPFLAGS)
libfuzz_la_LIBADD = libsst.la

tests_fuzz_replay_ticket_SOURCES = tests/fuzz/fuzz_ticket.c $(replay_main)
tests_fuzz_replay_ticket_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_replay_ticket_LDADD = libfuzz.la

tests_fuzz_replay_carried_SOURCES = tests/fuzz/fuzz_carried.c $(replay_main)
tests_fuzz_replay_carried_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_replay_carried_LDADD = libfuzz.la

tests_fuzz_replay_record_SOURCES = tests/fuzz/fuzz_record.c $(replay_main)
tests_fuzz_replay_record_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_replay_record_LDADD = libfuzz.la

tests_fuzz_replay_box_SOURCES = tests/fuzz/fuzz_box.c $(replay_main)
tests_fuzz_replay_box_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_replay_box_LDADD = libfuzz.la

tests_fuzz_replay_entries_SOURCES = tests/fuzz/fuzz_entries.c $(replay_main)
tests_fuzz_replay_entries_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_replay_entries_LDADD = libfuzz.la

tests_fuzz_replay_meta_SOURCES = tests/fuzz/fuzz_meta.c $(replay_main)
tests_fuzz_replay_meta_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_replay_meta_LDADD = libfuzz.la

tests_fuzz_replay_keyring_SOURCES = tests/fuzz/fuzz_keyring.c $(replay_main)
tests_fuzz_replay_keyring_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_replay_keyring_LDADD = libfuzz.la

tests_fuzz_replay_store_SOURCES = tests/fuzz/fuzz_store.c $(replay_main)
tests_fuzz_replay_store_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_replay_store_LDADD = libfuzz.la

tests_fuzz_replay_verbs_SOURCES = tests/fuzz/fuzz_verbs.c $(replay_main)
tests_fuzz_replay_verbs_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_replay_verbs_LDADD = libfuzz.la

tests_fuzz_replay_aws_files_SOURCES = tests/fuzz/fuzz_aws_files.c $(replay_main)
tests_fuzz_replay_aws_files_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_replay_aws_files_LDADD = libfuzz.la

tests_fuzz_replay_aws_keys_SOURCES = tests/fuzz/fuzz_aws_keys.c $(replay_main)
tests_fuzz_replay_aws_keys_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_replay_aws_keys_LDADD = libfuzz.la

tests_fuzz_replay_item_SOURCES = tests/fuzz/fuzz_item.c $(replay_main)
tests_fuzz_replay_item_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_replay_item_LDADD = libfuzz.la

tests_fuzz_replay_redis_error_SOURCES = tests/fuzz/fuzz_redis_error.c $(replay_main)
tests_fuzz_replay_redis_error_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_replay_redis_error_LDADD = libfuzz.la
