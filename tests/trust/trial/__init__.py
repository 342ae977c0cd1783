# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Sites that are broken on purpose, the visitors who record what they saw, and
the judge of what they recorded."""
