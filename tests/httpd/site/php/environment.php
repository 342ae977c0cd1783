<?php
// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 The mod_session_store authors

// Shows what PHP knows of the request.
header('Content-Type: text/plain');
foreach ($_SERVER as $name => $value) {
    if (is_string($value)) {
        echo "$name=$value\n";
    }
}
foreach (getenv() as $name => $value) {
    echo "$name=$value\n";
}
