/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Partitions by the front of a region's name, and the names within them. */

#include "lib/transport/aws_endpoint.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

typedef struct partition_t {
    const char *front;          /* of the region's name */
    const char *suffix;
    const char *dualstack;      /* NULL: has none */
    int fips_is_plain;          /* the plain name is the FIPS endpoint */
} partition_t;

/* The first that matches; the last matches every region. */
static const partition_t partitions[] = {
    { "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn", 0 },
    { "us-gov-", "amazonaws.com", "api.aws", 1 },
    { "us-isob-", "sc2s.sgov.gov", NULL, 0 },
    { "us-isof-", "csp.hci.ic.gov", NULL, 0 },
    { "us-iso-", "c2s.ic.gov", NULL, 0 },
    { "eu-isoe-", "cloud.adc-e.uk", NULL, 0 },
    { "", "amazonaws.com", "api.aws", 0 }
};

static const partition_t *partition_of(const char *region)
{
    const partition_t *partition = partitions;

    while (strncmp(region, partition->front, strlen(partition->front)) != 0) {
        partition++;
    }
    return partition;
}

int sst_aws_region_valid(const char *region)
{
    const char *c;

    for (c = region; *c != '\0'; c++) {
        int hyphen_inside = *c == '-' && c > region && c[-1] != '-'
            && c[1] != '\0';

        if (!apr_islower(*c) && !apr_isdigit(*c) && !hyphen_inside) {
            return 0;
        }
    }
    return c > region && c - region <= 63;
}

sst_status_t sst_aws_endpoint(const char **out, const char *service,
                              const char *region, int fips, int dualstack,
                              sst_error_t *err, apr_pool_t *pool)
{
    const partition_t *partition = partition_of(region);
    const char *suffix = dualstack ? partition->dualstack : partition->suffix;
    const char *mark = "";

    *out = NULL;
    if (suffix == NULL) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "the region %s has no dual-stack endpoints: unset"
                             " AWS_USE_DUALSTACK_ENDPOINT", region);
    }
    if (fips && (dualstack || !partition->fips_is_plain)) {
        mark = "-fips";
    }
    *out = apr_pstrcat(pool, "https://", service, mark, ".", region, ".",
                       suffix, (char *) NULL);
    return SST_OK;
}
