<?php
// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 The mod_session_store authors

// A program as PHP's manual teaches it, in steps: the body is a list of them,
// each a list of a name and arguments. Shows what the steps answered.
class Thing
{
    public $name;
    private $inner = "a\0b\\0";
    protected $more = ['x' => 1];

    public function __construct($name)
    {
        $this->name = $name;
    }

    public function inner()
    {
        return bin2hex($this->inner) . json_encode($this->more);
    }
}

$steps = [
    'start' => function (...$options) { return session_start(...$options); },
    'name' => function ($name) { return session_name($name); },
    'id' => function (...$id) { return session_id(...$id); },
    'get' => function () { return $_SESSION; },
    'raw' => function () { return bin2hex(serialize($_SESSION)); },
    'set' => function ($key, $value) { $_SESSION[$key] = $value; },
    'fill' => function ($key, $size) {
        $_SESSION[$key] = str_repeat('0123456789', $size / 10);
    },
    'bytes' => function ($key) {
        $_SESSION[$key] = implode('', array_map('chr', range(0, 255)));
    },
    'thing' => function ($key) { $_SESSION[$key] = new Thing($key); },
    'ask' => function ($key) { return $_SESSION[$key]->inner(); },
    'share' => function () {
        $_SESSION['a'] = new Thing('shared');
        $_SESSION['b'] = $_SESSION['a'];
        $_SESSION['c'] = &$_SESSION['d'];
        $_SESSION['d'] = 'one';
    },
    'shared' => function () {
        $_SESSION['c'] = 'two';
        return $_SESSION['a'] === $_SESSION['b'] && $_SESSION['d'] === 'two';
    },
    'unset' => function ($key) { unset($_SESSION[$key]); },
    'count' => function ($key) {
        return $_SESSION[$key] = ($_SESSION[$key] ?? 0) + 1;
    },
    'clear' => function () { $_SESSION = []; },
    'destroy' => function () { return session_destroy(); },
    'regenerate' => function ($delete) {
        return session_regenerate_id($delete);
    },
    'close' => function () { return session_write_close(); },
    'abort' => function () { return session_abort(); },
    'gc' => function () { return session_gc(); },
    'cookie' => function ($name) { return $_COOKIE[$name] ?? null; },
    'header' => function ($line) { header($line); },
    'flush' => function () {
        echo 'early';
        while (ob_get_level()) {
            ob_end_flush();
        }
        flush();
    },
    'page' => function ($size) { echo str_repeat('x', $size); },
    'download' => function ($size) {
        while (ob_get_level()) {
            ob_end_clean();
        }
        echo str_repeat('x', $size);
        exit;
    },
    'buffer' => function () {
        ob_start(function ($text) { return strtoupper($text); });
    },
    'later' => function ($key, $value) {
        register_shutdown_function(function () use ($key, $value) {
            $_SESSION[$key] = $value;
        });
    },
    'exit' => function () { exit; },
    'fatal' => function () { no_such_function(); },
    'ini' => function ($name, $value) { return @ini_set($name, $value); },
];

$answers = [];
foreach (json_decode(file_get_contents('php://input'), true) as $step) {
    $answers[] = $steps[array_shift($step)](...$step);
}
echo json_encode($answers);
