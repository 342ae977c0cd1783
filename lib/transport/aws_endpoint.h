/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The host name of an AWS service in a region: partitions (aws, aws-cn,
 * aws-us-gov, aws-iso...), FIPS and dual-stack names, as the endpoint rules of
 * the AWS SDKs have them. Text only; any thread.
 */
#ifndef SST_AWS_ENDPOINT_H
#define SST_AWS_ENDPOINT_H

#include <apr_pools.h>

#include "lib/status.h"

/* 1 when `region` can be a region's name: lower-case letters, digits and
 * single hyphens. It becomes part of a host name.
 */
int sst_aws_region_valid(const char *region);

/* The URL (https, without a path) of `service`, "dynamodb" or "sts". Expected:
 * OK; INVALID when the region's partition has no such endpoint.
 */
sst_status_t sst_aws_endpoint(const char **out, const char *service,
                              const char *region, int fips, int dualstack,
                              sst_error_t *err, apr_pool_t *pool) SST_CHECKED;

#endif
