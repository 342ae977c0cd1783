/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The table of DynamoDB's errors. */

#include "lib/backends/dynamodb_fault.h"

#include <string.h>

#include <apr_strings.h>

typedef struct known_t {
    const char *name;           /* of the type; NULL ends the list */
    const char *part;           /* of the message, or NULL: whatever it says */
    sst_dynamodb_fault_t fault;
} known_t;

/* The first that matches. */
static const known_t known[] = {
    { "ConditionalCheckFailedException", NULL, SST_DYNAMODB_CONDITION },
    { "ProvisionedThroughputExceededException", NULL, SST_DYNAMODB_THROTTLED },
    { "ThrottlingException", NULL, SST_DYNAMODB_THROTTLED },
    { "Throttling", NULL, SST_DYNAMODB_THROTTLED },
    { "ThrottledException", NULL, SST_DYNAMODB_THROTTLED },
    { "RequestThrottledException", NULL, SST_DYNAMODB_THROTTLED },
    { "RequestThrottled", NULL, SST_DYNAMODB_THROTTLED },
    { "RequestLimitExceeded", NULL, SST_DYNAMODB_THROTTLED },
    { "TooManyRequestsException", NULL, SST_DYNAMODB_THROTTLED },
    { "LimitExceededException", NULL, SST_DYNAMODB_THROTTLED },
    { "BandwidthLimitExceeded", NULL, SST_DYNAMODB_THROTTLED },
    { "SlowDown", NULL, SST_DYNAMODB_THROTTLED },
    { "TransactionInProgressException", NULL, SST_DYNAMODB_BUSY },
    { "TransactionConflictException", NULL, SST_DYNAMODB_BUSY },
    { "ReplicatedWriteConflictException", NULL, SST_DYNAMODB_BUSY },
    { "InternalServerError", NULL, SST_DYNAMODB_TRANSIENT },
    { "ServiceUnavailable", NULL, SST_DYNAMODB_TRANSIENT },
    { "RequestTimeout", NULL, SST_DYNAMODB_TRANSIENT },
    { "RequestTimeoutException", NULL, SST_DYNAMODB_TRANSIENT },
    { "RequestTimeTooSkewed", NULL, SST_DYNAMODB_CLOCK },
    { "RequestExpired", NULL, SST_DYNAMODB_CLOCK },
    { "RequestInTheFuture", NULL, SST_DYNAMODB_CLOCK },
    { "InvalidSignatureException", "Signature expired", SST_DYNAMODB_CLOCK },
    { "InvalidSignatureException", "not yet current", SST_DYNAMODB_CLOCK },
    { "InvalidSignatureException", NULL, SST_DYNAMODB_RIGHTS },
    { "ExpiredTokenException", NULL, SST_DYNAMODB_IDENTITY },
    { "ExpiredToken", NULL, SST_DYNAMODB_IDENTITY },
    { "UnrecognizedClientException", NULL, SST_DYNAMODB_IDENTITY },
    { "InvalidClientTokenId", NULL, SST_DYNAMODB_IDENTITY },
    { "AccessDeniedException", NULL, SST_DYNAMODB_RIGHTS },
    { "AccessDenied", NULL, SST_DYNAMODB_RIGHTS },
    { "ResourceNotFoundException", NULL, SST_DYNAMODB_TABLE },
    { "ValidationException", "Item size", SST_DYNAMODB_TOO_BIG },
    { "ValidationException", NULL, SST_DYNAMODB_REQUEST },
    { NULL, NULL, SST_DYNAMODB_REFUSED }
};

const char *sst_dynamodb_fault_name(const char *type)
{
    const char *mark = type != NULL ? strrchr(type, '#') : NULL;

    return mark != NULL ? mark + 1 : type != NULL ? type : "";
}

sst_dynamodb_fault_t sst_dynamodb_fault(int code, const char *type,
                                        const char *message)
{
    const char *name = sst_dynamodb_fault_name(type);
    const known_t *entry;

    for (entry = known; entry->name != NULL; entry++) {
        if (strcmp(entry->name, name) == 0
            && (entry->part == NULL
                || strstr(message, entry->part) != NULL)) {
            return entry->fault;
        }
    }
    return code >= 500 ? SST_DYNAMODB_TRANSIENT
        : code == 429 ? SST_DYNAMODB_THROTTLED : SST_DYNAMODB_REFUSED;
}

sst_status_t sst_dynamodb_fault_status(sst_dynamodb_fault_t fault)
{
    switch (fault) {
    case SST_DYNAMODB_CONDITION:
        return SST_CONFLICT;
    case SST_DYNAMODB_CLOCK:
    case SST_DYNAMODB_IDENTITY:
    case SST_DYNAMODB_RIGHTS:
        return SST_DENIED;
    case SST_DYNAMODB_TOO_BIG:
        return SST_TOO_BIG;
    case SST_DYNAMODB_REQUEST:
    case SST_DYNAMODB_REFUSED:
        return SST_INTERNAL;
    case SST_DYNAMODB_THROTTLED:
    case SST_DYNAMODB_BUSY:
    case SST_DYNAMODB_TRANSIENT:
    case SST_DYNAMODB_TABLE:
        break;
    }
    return SST_UNAVAILABLE;
}

const char *sst_dynamodb_fault_remedy(sst_dynamodb_fault_t fault,
                                      const char *action, apr_pool_t *pool)
{
    switch (fault) {
    case SST_DYNAMODB_RIGHTS:
        return apr_pstrcat(pool, "; allow dynamodb:", action, " on the table"
                           " to the role or user in use", (char *) NULL);
    case SST_DYNAMODB_IDENTITY:
        return "; the credentials in use have ended or are unknown: look at"
               " their source";
    case SST_DYNAMODB_CLOCK:
        return "; set this host's clock";
    case SST_DYNAMODB_TABLE:
        return "; create the table, or name the right region and account";
    case SST_DYNAMODB_REQUEST:
        return "; compare the table's key with key=NAME:B or key=NAME:S";
    case SST_DYNAMODB_THROTTLED:
        return "; the table's capacity is used up";
    case SST_DYNAMODB_BUSY:
        return "; another write of the same item was under way each time";
    default:
        return "";
    }
}
