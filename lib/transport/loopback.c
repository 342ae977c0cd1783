/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Names of this host. */

#include "lib/transport/loopback.h"

#include <string.h>

int sst_loopback(const char *host)
{
    /* 127.0.0.1, and not 127.example.com. */
    int is_127 = strncmp(host, "127.", 4) == 0
        && strspn(host, "0123456789.") == strlen(host);

    return is_127 || strcmp(host, "localhost") == 0
        || strcmp(host, "::1") == 0 || strcmp(host, "[::1]") == 0;
}
