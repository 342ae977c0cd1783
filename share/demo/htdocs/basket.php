<?php
/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A basket that lives in the session, one entry for each kind of goods. */

const GOODS = [
    'tea' => ['Tea, a tin', 680],
    'paper' => ['Paper, a ream', 540],
    'pencils' => ['Pencils, a dozen', 420],
];
const COUNT_MAX = 99;

/* The entries of the visitor's session. parse_str would change their names. */
function read_session(): array
{
    $entries = [];
    foreach (explode('&', $_SERVER['HTTP_SESSION'] ?? '') as $pair) {
        [$name, $value] = explode('=', $pair, 2) + ['', ''];
        $entries[urldecode($name)] = urldecode($value);
    }
    unset($entries[''], $entries['expiry']);
    ksort($entries);
    return $entries;
}

function h(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES, 'UTF-8');
}

function money(int $cents): string
{
    return number_format($cents / 100, 2);
}

function count_of(array $session, string $kind): int
{
    return (int) ($session["basket-$kind"] ?? 0);
}

$session = read_session();

if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $kind = $_POST['kind'] ?? '';
    if (isset(GOODS[$kind])) {
        $count = count_of($session, $kind)
               + (($_POST['do'] ?? '') === 'remove' ? -1 : 1);
        $count = max(0, min($count, COUNT_MAX));
        /* An empty value deletes the entry. */
        header('X-Replace-Session: ' . http_build_query(
            ["basket-$kind" => $count > 0 ? $count : '']));
    }
    header('Location: /basket.php', true, 303);
    exit;
}

$total = 0;
foreach (GOODS as $kind => [$name, $cents]) {
    $total += count_of($session, $kind) * $cents;
}
$user = $session['Demo-user'] ?? null;
?>
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Basket · Session Store</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body class="basket">
<?php readfile(__DIR__ . '/parts/top.html'); ?>
<main id="main" class="wrap">
<h1>Basket</h1>
<p class="lead">A page in PHP. <?php if ($user !== null): ?>
Signed in as <strong><?= h($user) ?></strong>.
<?php else: ?>
You are not signed in, and need not be.
<?php endif ?></p>
<section class="card">
<ul class="list">
<?php foreach (GOODS as $kind => [$name, $cents]): ?>
<?php $count = count_of($session, $kind); ?>
<li><span><?= h($name) ?> <span class="soft">at <?= money($cents) ?></span><br>
<strong><?= $count ?></strong> in the basket</span>
<form method="post" action="/basket.php">
<input type="hidden" name="kind" value="<?= h($kind) ?>">
<?php if ($count > 0): ?>
<button class="quiet small" name="do" value="remove"
 aria-label="Take out: <?= h($name) ?>">Take out</button>
<?php endif ?>
<button class="small" name="do" value="add"
 aria-label="Add: <?= h($name) ?>">Add</button>
</form></li>
<?php endforeach ?>
</ul>
</section>
<section class="card">
<h2>Total</h2>
<p class="figure"><?= money($total) ?></p>
</section>
<h2>What this page is given</h2>
<section class="card">
<?php if ($session === []): ?>
<p class="empty">Nothing: you have no session yet.</p>
<?php else: ?>
<div class="scroll"><table>
<caption>HTTP_SESSION, in parts</caption>
<thead><tr><th scope="col">Name</th><th scope="col">Value</th></tr></thead>
<tbody>
<?php foreach ($session as $name => $value): ?>
<tr><th scope="row"><code><?= h($name) ?></code></th>
<td><?= h($value) ?></td></tr>
<?php endforeach ?>
</tbody></table></div>
<?php endif ?>
</section>
</main>
<?php readfile(__DIR__ . '/parts/bottom.html'); ?>
</body>
</html>
