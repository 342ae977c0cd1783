<?php
// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 The mod_session_store authors

// Sets what the query string says in the session, and shows the session as it
// came.
if (($_SERVER['QUERY_STRING'] ?? '') !== '') {
    header('X-Replace-Session: ' . $_SERVER['QUERY_STRING']);
}
header('Content-Type: text/plain');
echo strtr($_SERVER['HTTP_SESSION'] ?? '', '&', "\n");
