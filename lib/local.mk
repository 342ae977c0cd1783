# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

noinst_LTLIBRARIES += libsst.la

noinst_HEADERS += \
	lib/admin.h \
	lib/admin_record.h \
	lib/bytes.h \
	lib/crypto.h \
	lib/entries.h \
	lib/keyring.h \
	lib/keys.h \
	lib/meta.h \
	lib/record.h \
	lib/session.h \
	lib/session_limit.h \
	lib/session_row.h \
	lib/status.h \
	lib/store.h \
	lib/ticket.h \
	lib/backends/backends.h \
	lib/backends/dir.h \
	lib/backends/dynamodb.h \
	lib/backends/dynamodb_fault.h \
	lib/backends/dynamodb_item.h \
	lib/backends/redis.h \
	lib/transport/aws_credentials.h \
	lib/transport/aws_endpoint.h \
	lib/transport/aws_keys.h \
	lib/transport/aws_profile.h \
	lib/transport/aws_settings.h \
	lib/transport/aws_sources.h \
	lib/transport/breaker.h \
	lib/transport/http.h \
	lib/transport/program.h \
	lib/transport/readable.h \
	lib/transport/redis_address.h \
	lib/transport/redis_client.h \
	lib/transport/redis_config.h \
	lib/transport/redis_conn.h \
	lib/transport/redis_fault.h \
	lib/transport/redis_login.h \
	lib/transport/redis_node.h \
	lib/transport/redis_pool.h \
	lib/transport/redis_resolver.h \
	lib/transport/redis_resp.h \
	lib/transport/redis_sentinel.h \
	lib/transport/redis_slots.h \
	lib/transport/redis_thread.h \
	lib/transport/redis_tls.h \
	lib/transport/redis_tls_socket.h \
	lib/transport/redis_topology.h \
	lib/transport/redis_watch.h \
	lib/transport/retry.h \
	lib/transport/sigv4.h \
	lib/transport/text_file.h

libsst_la_SOURCES = \
	lib/admin.c \
	lib/admin_set.c \
	lib/bytes.c \
	lib/crypto.c \
	lib/entries.c \
	lib/keyring.c \
	lib/keys.c \
	lib/meta.c \
	lib/record.c \
	lib/session.c \
	lib/session_limit.c \
	lib/session_row.c \
	lib/status.c \
	lib/store.c \
	lib/ticket.c \
	lib/backends/dir.c \
	lib/backends/dir_files.c \
	lib/backends/dir_index.c \
	lib/backends/dir_prepare.c \
	lib/backends/dir_purge.c \
	lib/backends/dynamodb.c \
	lib/backends/dynamodb_call.c \
	lib/backends/dynamodb_fault.c \
	lib/backends/dynamodb_index.c \
	lib/backends/dynamodb_item.c \
	lib/backends/dynamodb_records.c \
	lib/backends/dynamodb_scan.c \
	lib/backends/dynamodb_table.c \
	lib/backends/redis.c \
	lib/backends/redis_index.c \
	lib/backends/redis_prepare.c \
	lib/backends/redis_scan.c \
	lib/backends/redis_script.c \
	lib/backends/redis_url.c \
	lib/backends/redis_write.c \
	lib/transport/aws_chain.c \
	lib/transport/aws_container.c \
	lib/transport/aws_credentials.c \
	lib/transport/aws_endpoint.c \
	lib/transport/aws_instance.c \
	lib/transport/aws_keys.c \
	lib/transport/aws_process.c \
	lib/transport/aws_profile.c \
	lib/transport/aws_settings.c \
	lib/transport/aws_sts.c \
	lib/transport/breaker.c \
	lib/transport/http_curl.c \
	lib/transport/program.c \
	lib/transport/readable.c \
	lib/transport/redis_address.c \
	lib/transport/redis_client.c \
	lib/transport/redis_cluster.c \
	lib/transport/redis_config.c \
	lib/transport/redis_conn.c \
	lib/transport/redis_fault.c \
	lib/transport/redis_login.c \
	lib/transport/redis_node.c \
	lib/transport/redis_pool.c \
	lib/transport/redis_resolver.c \
	lib/transport/redis_resp.c \
	lib/transport/redis_sentinel.c \
	lib/transport/redis_slots.c \
	lib/transport/redis_thread.c \
	lib/transport/redis_tls.c \
	lib/transport/redis_tls_socket.c \
	lib/transport/redis_topology.c \
	lib/transport/redis_watch.c \
	lib/transport/retry.c \
	lib/transport/sigv4.c \
	lib/transport/text_file.c

libsst_la_CPPFLAGS = $(LIB_CPPFLAGS)
libsst_la_LIBADD = $(LIB_LIBS) $(HIREDIS_LIBS)
