<?php
// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 The mod_session_store authors

// What cgi/say does, in PHP and without a handler for sessions.
foreach (preg_split('/\n/', file_get_contents('php://input'), -1,
                    PREG_SPLIT_NO_EMPTY) as $line) {
    header("X-Session-Store: $line", false);
}
$ours = [];
foreach ($_SERVER as $name => $value) {
    if (strpos($name, 'SESSION_STORE_') !== false) {
        $ours[$name] = (string) $value;
    }
}
$entries = [];
$text = '';
for ($i = 0; $i < ($ours['SESSION_STORE_COUNT'] ?? 0); $i++) {
    $text .= $ours["SESSION_STORE_$i"];
}
foreach (explode('&', $text) as $pair) {
    if ($pair !== '') {
        [$name, $value] = explode('=', $pair);
        $entries[urldecode($name)] = urldecode($value);
    }
}
header('Content-Type: application/json');
echo json_encode(['env' => (object) $ours, 'entries' => (object) $entries]);
