/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What an error answer of DynamoDB means for the caller: one table. No I/O, no
 * state. ("Error handling with DynamoDB" in the Developer Guide.)
 */
#ifndef SST_DYNAMODB_FAULT_H
#define SST_DYNAMODB_FAULT_H

#include <apr_pools.h>

#include "lib/status.h"

typedef enum {
    SST_DYNAMODB_CONDITION,     /* the condition did not hold */
    SST_DYNAMODB_THROTTLED,     /* later, and less */
    SST_DYNAMODB_BUSY,          /* later: somebody else writes the item now */
    SST_DYNAMODB_TRANSIENT,     /* passes by itself */
    SST_DYNAMODB_CLOCK,         /* signed with a wrong time */
    SST_DYNAMODB_IDENTITY,      /* credentials that have ended */
    SST_DYNAMODB_RIGHTS,        /* may not do this */
    SST_DYNAMODB_TABLE,         /* there is no such table */
    SST_DYNAMODB_TOO_BIG,       /* the item would be */
    SST_DYNAMODB_REQUEST,       /* the table is of another kind */
    SST_DYNAMODB_REFUSED        /* anything else */
} sst_dynamodb_fault_t;

/* The fault in an answer with this code, type ("..#ThrottlingException", or
 * NULL) and message (or "").
 */
sst_dynamodb_fault_t sst_dynamodb_fault(int code, const char *type,
                                        const char *message);

/* The type's own name: what follows the '#'. "" for NULL. */
const char *sst_dynamodb_fault_name(const char *type);

/* The status with which a call that ends with this fault answers. */
sst_status_t sst_dynamodb_fault_status(sst_dynamodb_fault_t fault);

/* What an administrator can do, beginning with "; ", or "". */
const char *sst_dynamodb_fault_remedy(sst_dynamodb_fault_t fault,
                                      const char *action, apr_pool_t *pool);

#endif
