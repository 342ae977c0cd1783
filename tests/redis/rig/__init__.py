# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The rig: private Redis servers, Sentinels and clusters, certificates, a
proxy that injects faults, and the store at the command line."""
