# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What the DynamoDB tests stand on: a real DynamoDB Local, a proxy in front of
it that checks signatures and makes faults, the services that give
credentials, and the driver."""
