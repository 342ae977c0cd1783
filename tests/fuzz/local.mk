# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The fuzz targets. They are programs that run them over their seeds; or, with
# --enable-fuzzers, the fuzzers themselves. fuzz.sh builds and runs those.
EXTRA_DIST += \
	tests/fuzz/fuzz.sh \
	tests/fuzz/hearing.py \
	tests/fuzz/make_seeds.py \
	tests/fuzz/record_dynamodb.py \
	tests/fuzz/record_httpd.py \
	tests/fuzz/record_redis.py \
	tests/fuzz/seeds \
	tests/fuzz/soaks.sh \
	tests/fuzz/soaks.tsv

noinst_HEADERS += \
	tests/fuzz/feed.h \
	tests/fuzz/fuzz.h \
	tests/fuzz/http_answers.h \
	tests/fuzz/redis_ends.h \
	tests/fuzz/store_call.h

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
	tests/fuzz/fuzz_redis_error \
	tests/fuzz/fuzz_cookie \
	tests/fuzz/fuzz_redis \
	tests/fuzz/fuzz_redis_heard \
	tests/fuzz/fuzz_dynamodb \
	tests/fuzz/fuzz_aws_answers \
	tests/fuzz/fuzz_dir \
	tests/fuzz/fuzz_not_before \
	tests/fuzz/fuzz_mark \
	tests/fuzz/fuzz_dump

check_PROGRAMS += $(fuzz_programs)

if FUZZERS
fuzz_main =
fuzz_link_flags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
fuzz_main = tests/fuzz/replay.c
fuzz_link_flags = $(AM_LDFLAGS)
TESTS += $(fuzz_programs)
endif

# What a target that feeds its input to the library puts in place of what would
# wait, or ask somebody.
fuzz_clock = -Wl,--wrap=apr_time_now -Wl,--wrap=sst_clock \
	-Wl,--wrap=sst_uptime -Wl,--wrap=apr_sleep \
	-Wl,--wrap=sst_monitor_wait
fuzz_http = -Wl,--wrap=sst_http_make -Wl,--wrap=sst_http_call \
	-Wl,--wrap=sst_http_is_cancelled
fuzz_credentials = -Wl,--wrap=sst_aws_credentials_start \
	-Wl,--wrap=sst_aws_credentials_get \
	-Wl,--wrap=sst_aws_credentials_release \
	-Wl,--wrap=sst_aws_credentials_renew \
	-Wl,--wrap=sst_aws_credentials_set_clock \
	-Wl,--wrap=sst_aws_credentials_now \
	-Wl,--wrap=sst_dynamodb_check_table

.PHONY: fuzzers
fuzzers: $(fuzz_programs)

# Seeds anew: what servers and browsers say, for developers.
record-seeds: redis_probe dynamodb-driver mod_session_store.la mod_probe.la \
		htsession
	export PYTHONDONTWRITEBYTECODE=1 SST_REDIS_PROBE=`pwd`/redis_probe \
		SST_DRIVER=`pwd`/dynamodb-driver \
		SST_HTTPD_MODULES=$(HTTPD_LIBEXECDIR) \
		SST_MODULE=`pwd`/.libs/mod_session_store.so \
		SST_PROBE=`pwd`/.libs/mod_probe.so \
		SST_HTSESSION=`pwd`/htsession && \
	for what in redis dynamodb httpd; do \
		/usr/bin/python3 $(srcdir)/tests/fuzz/record_$$what.py || exit; \
	done
.PHONY: record-seeds

check_LTLIBRARIES += libfuzz.la
libfuzz_la_SOURCES = \
	tests/fuzz/feed.c \
	tests/fuzz/fuzz.c \
	tests/fuzz/store_call.c \
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

tests_fuzz_fuzz_cookie_SOURCES = tests/fuzz/fuzz_cookie.c $(fuzz_main) \
	mod_session_store/cookie_field.c mod_session_store/held_field.c
tests_fuzz_fuzz_cookie_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_cookie_LDFLAGS = $(fuzz_link_flags)
tests_fuzz_fuzz_cookie_LDADD = libfuzz.la

tests_fuzz_fuzz_redis_SOURCES = tests/fuzz/fuzz_redis.c $(fuzz_main) \
	tests/fuzz/redis_ends.c
tests_fuzz_fuzz_redis_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_redis_LDFLAGS = $(fuzz_link_flags) $(fuzz_clock) \
	-Wl,--wrap=connect -Wl,--wrap=sst_stray_start \
	-Wl,--wrap=sst_redis_watch_start
tests_fuzz_fuzz_redis_LDADD = libfuzz.la

tests_fuzz_fuzz_redis_heard_SOURCES = tests/fuzz/fuzz_redis_heard.c $(fuzz_main) \
	tests/fuzz/redis_ends.c
tests_fuzz_fuzz_redis_heard_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_redis_heard_LDFLAGS = $(fuzz_link_flags) $(fuzz_clock) \
	-Wl,--wrap=connect -Wl,--wrap=poll -Wl,--wrap=sst_stray_start \
	-Wl,--wrap=sst_redis_thread_start
tests_fuzz_fuzz_redis_heard_LDADD = libfuzz.la

tests_fuzz_fuzz_dynamodb_SOURCES = tests/fuzz/fuzz_dynamodb.c $(fuzz_main) \
	tests/fuzz/http_answers.c
tests_fuzz_fuzz_dynamodb_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_dynamodb_LDFLAGS = $(fuzz_link_flags) $(fuzz_clock) \
	$(fuzz_http) $(fuzz_credentials)
tests_fuzz_fuzz_dynamodb_LDADD = libfuzz.la

tests_fuzz_fuzz_aws_answers_SOURCES = tests/fuzz/fuzz_aws_answers.c $(fuzz_main) \
	tests/fuzz/http_answers.c
tests_fuzz_fuzz_aws_answers_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_aws_answers_LDFLAGS = $(fuzz_link_flags) $(fuzz_clock) \
	$(fuzz_http)
tests_fuzz_fuzz_aws_answers_LDADD = libfuzz.la

tests_fuzz_fuzz_dir_SOURCES = tests/fuzz/fuzz_dir.c $(fuzz_main) \
	tests/unit/tempdir.c tests/unit/tempdir.h
tests_fuzz_fuzz_dir_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_dir_LDFLAGS = $(fuzz_link_flags)
tests_fuzz_fuzz_dir_LDADD = libfuzz.la

tests_fuzz_fuzz_not_before_SOURCES = tests/fuzz/fuzz_not_before.c $(fuzz_main)
tests_fuzz_fuzz_not_before_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_not_before_LDFLAGS = $(fuzz_link_flags) $(fuzz_clock)
tests_fuzz_fuzz_not_before_LDADD = libfuzz.la

tests_fuzz_fuzz_mark_SOURCES = tests/fuzz/fuzz_mark.c $(fuzz_main)
tests_fuzz_fuzz_mark_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_mark_LDFLAGS = $(fuzz_link_flags)
tests_fuzz_fuzz_mark_LDADD = libfuzz.la

tests_fuzz_fuzz_dump_SOURCES = tests/fuzz/fuzz_dump.c $(fuzz_main) \
	support/dump_lines.c
tests_fuzz_fuzz_dump_CPPFLAGS = $(LIB_CPPFLAGS)
tests_fuzz_fuzz_dump_LDFLAGS = $(fuzz_link_flags)
tests_fuzz_fuzz_dump_LDADD = libfuzz.la
