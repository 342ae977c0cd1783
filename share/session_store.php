<?php
// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 The mod_session_store authors

/*
 * PHP's sessions in the session of mod_session_store: session_start() and
 * $_SESSION, for programs that know nothing of it. PHP 7.4 and later; mod_php,
 * php-fpm and php-cgi. docs/applications.md says how to set it up, and what
 * it cannot do:
 *
 *     SessionStoreEnv On                                    in httpd
 *     auto_prepend_file = /usr/share/session_store/session_store.php   in PHP
 *
 * Each top-level key of $_SESSION is an entry of its own, and only what has
 * changed is sent: requests that change different keys lose nothing. What is
 * read comes from variables that no client can set, never from a header.
 *
 * Entries, NAME being session_name() and KEY the key, both escaped:
 *
 *     php:NAME:KEY:       the value, serialized
 *     php.id:NAME:        session_id()
 *     php.all:NAME:       all of $_SESSION, when keys refer to one another
 *
 * They end in a colon so that no pattern like *-user or *-pw takes them for
 * something else.
 */

namespace SessionStore;

/* The entries: as httpd has given them, and as they are to be. */
final class Channel
{
    /* Bytes of a header line: CGI and FPM take about 8,000. */
    const LINE = 7000;

    private $header;
    private $limit;
    private $others = 4;        // bytes of what is not ours
    private $read = [];         // our entries as httpd has them
    private $now = [];          // and as they are to be
    private $said;              // what the header says, as lines
    private $regenerate = false;

    public function __construct(array $server)
    {
        $this->header = $server['SESSION_STORE_HEADER'];
        $this->limit = (int) $server['SESSION_STORE_MAX_SIZE'];
        $text = '';
        for ($i = 0; $i < (int) $server['SESSION_STORE_COUNT']; $i++) {
            $text .= $server["SESSION_STORE_$i"];
        }
        foreach ($text === '' ? [] : explode('&', $text) as $pair) {
            [$name, $value] = array_map('urldecode', explode('=', $pair, 2));
            if (preg_match('/^php(\.id|\.all)?:/', $name)) {
                $this->read[$name] = $value;
            } else {
                $this->others += strlen($name) + strlen($value) + 2;
            }
        }
        $this->now = $this->read;
        $this->said = [];
    }

    /* The entries whose names begin like this, by the rest of their names. */
    public function entries(string $prefix): array
    {
        $found = [];
        foreach ($this->now as $name => $value) {
            if (strncmp($name, $prefix, strlen($prefix)) === 0) {
                // The values of entries are C strings.
                $found[substr($name, strlen($prefix))] = stripcslashes($value);
            }
        }
        return $found;
    }

    /* Puts these entries in the place of all that begin with the prefix. */
    public function replace(string $prefix, array $entries): void
    {
        foreach (array_keys($this->now) as $name) {
            if (strncmp($name, $prefix, strlen($prefix)) === 0
                && !isset($entries[substr($name, strlen($prefix))])) {
                unset($this->now[$name]);
            }
        }
        foreach ($entries as $rest => $value) {
            $this->now["$prefix$rest"] = addcslashes($value, "\0\\");
        }
    }

    public function regenerate(): void
    {
        $this->regenerate = true;
    }

    /* Bytes by which the entries are more than httpd will take, or 0. */
    public function excess(): int
    {
        $size = $this->others;
        foreach ($this->now as $name => $value) {
            $size += strlen($name) + strlen($value) + 2;
        }
        return max(0, $size - $this->limit);
    }

    /* Says what has changed. False when the header has left and says something
     * else.
     */
    public function publish(): bool
    {
        $lines = $this->lines();
        if ($lines === $this->said) {
            return true;
        }
        if (headers_sent($file, $line)) {
            error_log('session_store.php: $_SESSION was changed after the '
                . "response had begun ($file:$line): the change is lost");
            return false;
        }
        header_remove($this->header);
        foreach ($lines as $one) {
            header("$this->header: $one", false);
        }
        $this->said = $lines;
        return true;
    }

    private function lines(): array
    {
        $lines = $this->regenerate ? ['regenerate'] : [];
        $gone = array_diff_key($this->read, $this->now);
        $this->pack($lines, 'delete &', array_keys($gone));
        $pairs = [];
        foreach ($this->now as $name => $value) {
            if (($this->read[$name] ?? null) !== $value) {
                $pairs[] = "$name=" . self::escape($value);
            }
        }
        $this->pack($lines, 'set &', $pairs);
        return $lines;
    }

    /* Adds lines of as many words as fit; one that fits none is cut. */
    private function pack(array &$lines, string $verb, array $words): void
    {
        $line = '';
        foreach ($words as $word) {
            if (strlen($line) + strlen($word) > self::LINE && $line !== '') {
                $lines[] = "$verb$line";
                $line = '';
            }
            if (strlen($word) > self::LINE) {
                $this->cut($lines, $word);
            } else {
                $line .= "$word&";
            }
        }
        if ($line !== '') {
            $lines[] = "$verb$line";
        }
    }

    /* A value that is longer than a line: set, then appended to. */
    private function cut(array &$lines, string $pair): void
    {
        [$name, $value] = explode('=', $pair, 2);
        $verb = 'set';
        for ($at = 0; $at < strlen($value); $at += strlen($part)) {
            $part = substr($value, $at, self::LINE - strlen($name));
            // Not within an escape.
            $escape = strrpos($part, '%');
            if ($escape !== false && $escape > strlen($part) - 3
                && $at + strlen($part) < strlen($value)) {
                $part = substr($part, 0, $escape);
            }
            $lines[] = "$verb &$name=$part&";
            $verb = 'append';
        }
    }

    /* As in a form, but for what needs no escape in a header. */
    private static function escape(string $text): string
    {
        static $escapes = [];
        if (!$escapes) {
            foreach (array_merge(range(0, 31), [0x25, 0x26, 0x2b, 0x2c, 0x7f])
                     as $code) {
                $escapes[chr($code)] = sprintf('%%%02X', $code);
            }
            $escapes[' '] = '+';
        }
        return strtr($text, $escapes);
    }
}

/* $_SESSION as entries, and as the text that PHP wants. */
final class Data
{
    /* A key or a session's name, in characters that stand for themselves
     * everywhere and do not differ in their case only.
     */
    public static function escape(string $key): string
    {
        return preg_replace_callback('/[^a-z0-9_.-]/', function ($match) {
            return '~' . bin2hex($match[0]);
        }, $key);
    }

    public static function unescape(string $name): string
    {
        return preg_replace_callback('/~([0-9a-f]{2})/', function ($match) {
            return chr(hexdec($match[1]));
        }, $name);
    }

    /* Values that refer to others are numbered by their place in the text. */
    private static function hasReferences(string $text): bool
    {
        return preg_match('/[rR]:[0-9]+;/', $text) === 1;
    }

    private static function withoutNumbers(string $text): string
    {
        return preg_replace('/([rR]):[0-9]+;/', '$1;', $text);
    }

    /* The serialized values by key, or NULL when one of them refers to
     * another: then they have to stay together. `$text` is what PHP makes of
     * all of them.
     */
    public static function split(array $session, string $text): ?array
    {
        $parts = array_map('serialize', $session);
        if (self::hasReferences($text) && self::withoutNumbers($text)
            !== self::withoutNumbers(self::text($parts))) {
            return null;
        }
        return $parts;
    }

    /* What PHP reads: these values by key, as they stand. */
    private static function text(array $parts): string
    {
        $text = '';
        $plain = ini_get('session.serialize_handler') === 'php';
        foreach ($parts as $key => $part) {
            $text .= ($plain ? "$key|" : serialize($key)) . $part;
        }
        return $plain ? $text : 'a:' . count($parts) . ":{{$text}}";
    }

    /* What PHP reads. `$all` are serialized values that belong together; the
     * parts go before them.
     */
    public static function join(?string $all, array $parts): string
    {
        if ($all === null && !self::hasReferences(implode('', $parts))) {
            return $parts ? self::text($parts) : '';
        }
        $session = $all === null ? [] : (array) unserialize($all);
        foreach ($parts as $key => $part) {
            $session[$key] = unserialize($part);
        }
        if (ini_get('session.serialize_handler') !== 'php') {
            return serialize($session);
        }
        return self::text(array_map('serialize', $session));
    }
}

/* PHP's session save handler. */
final class Handler implements \SessionHandlerInterface, \SessionIdInterface,
    \SessionUpdateTimestampHandlerInterface
{
    /* A page of more bytes than this begins to leave while it is made. */
    const PAGE = 4194304;

    private $channel;
    private $open = false;      // PHP has its session from here
    private $name = '';         // session_name(), escaped
    private $ids = [];          // session_id() by name, once it was begun
    private $fresh = false;     // an id was made, and asks whether it is taken
    private $strange = false;   // the id that the program wants is not ours

    public static function install(array $server): void
    {
        if (session_status() === PHP_SESSION_ACTIVE) {
            error_log('session_store.php: session.auto_start has to be 0: PHP '
                . 'keeps this session by itself');
            return;
        }
        $handler = new self(new Channel($server));
        // The browser's cookie is httpd's; session_id() is no secret.
        ini_set('session.use_cookies', '0');
        ini_set('session.use_only_cookies', '1');
        ini_set('session.use_trans_sid', '0');
        ini_set('session.use_strict_mode', '1');
        ini_set('session.serialize_handler', 'php_serialize');
        session_set_save_handler($handler, false);
        $handler->showCookies();
        // The session is saved by a header, which has to leave last.
        ob_start(null, self::PAGE);
        header_register_callback([$handler, 'beforeHeaders']);
        register_shutdown_function(function () use ($handler) {
            // Behind those that the program has registered.
            register_shutdown_function([$handler, 'beforeEnd']);
            register_shutdown_function('session_write_close');
        });
    }

    private function __construct(Channel $channel)
    {
        $this->channel = $channel;
    }

    /* Programs look there for whether a session has begun. */
    private function showCookies(): void
    {
        foreach ($this->channel->entries('php.id:') as $name => $id) {
            $_COOKIE[Data::unescape(substr($name, 0, -1))] = $id;
        }
    }

    /* The headers leave, and the session is still open: this is the last
     * moment at which it can be saved.
     */
    public function beforeHeaders(): void
    {
        if (session_status() === PHP_SESSION_ACTIVE && $this->open) {
            $this->write(session_id(), (string) session_encode());
        }
    }

    /* The program's own handler is its own choice, but not a silent one. */
    public function beforeEnd(): void
    {
        if (session_status() === PHP_SESSION_ACTIVE && !$this->open) {
            error_log('session_store.php: the program keeps its session by a '
                . 'handler of its own, not in the store');
        }
    }

    private function id(): ?string
    {
        return $this->ids[$this->name]
            ?? $this->channel->entries("php.id:$this->name:")[''] ?? null;
    }

    #[\ReturnTypeWillChange]
    public function open($path, $name)
    {
        $this->name = Data::escape($name);
        $this->open = true;
        return true;
    }

    #[\ReturnTypeWillChange]
    public function close()
    {
        $this->open = false;
        return true;
    }

    /* Asked for an id when a session begins without one or with a strange one:
     * the browser has one session of each name. Asked in the middle of one,
     * PHP regenerates.
     */
    #[\ReturnTypeWillChange]
    public function create_sid()
    {
        $begins = $this->strange
            || !array_key_exists($this->name, $this->ids);
        $this->strange = false;
        if ($begins && $this->id() !== null) {
            return $this->id();
        }
        if (!$begins) {
            $this->channel->regenerate();
            $this->fresh = true;
        }
        return bin2hex(random_bytes(16));
    }

    #[\ReturnTypeWillChange]
    public function validateId($id)
    {
        if ($this->fresh) {
            $this->fresh = false;
            return false;
        }
        $this->strange = $id !== $this->id();
        return !$this->strange;
    }

    #[\ReturnTypeWillChange]
    public function read($id)
    {
        $this->fresh = false;
        $this->ids[$this->name] = $id;
        $parts = [];
        foreach ($this->channel->entries("php:$this->name:")
                 as $name => $part) {
            $parts[Data::unescape(substr($name, 0, -1))] = $part;
        }
        $all = $this->channel->entries("php.all:$this->name:");
        return Data::join($all[''] ?? null, $parts);
    }

    #[\ReturnTypeWillChange]
    public function write($id, $data)
    {
        $session = isset($_SESSION) && is_array($_SESSION) ? $_SESSION : [];
        $parts = Data::split($session, $data);
        $entries = [];
        foreach ($parts ?? [] as $key => $part) {
            $entries[Data::escape($key) . ':'] = $part;
        }
        $this->replaceAll($entries, $parts === null ? serialize($session)
                                                    : null, $id);
        $excess = $this->channel->excess();
        $this->channel->publish();
        if ($excess > 0) {
            trigger_error("session_store.php: \$_SESSION is $excess bytes more "
                . 'than SessionStoreMaxSize: the session is not changed, and '
                . 'httpd answers 413', E_USER_WARNING);
        }
        return $excess === 0;
    }

    private function replaceAll(array $entries, ?string $all, string $id): void
    {
        $any = $entries || $all !== null;
        $this->channel->replace("php:$this->name:", $entries);
        $this->channel->replace("php.all:$this->name:",
                                $all === null ? [] : ['' => $all]);
        $this->channel->replace("php.id:$this->name:",
                                $any ? ['' => $id] : []);
    }

    #[\ReturnTypeWillChange]
    public function updateTimestamp($id, $data)
    {
        return $this->write($id, $data);
    }

    #[\ReturnTypeWillChange]
    public function destroy($id)
    {
        $this->ids[$this->name] = null;
        $this->replaceAll([], null, $id);
        $this->channel->publish();
        return true;
    }

    /* httpd ends what has expired. */
    #[\ReturnTypeWillChange]
    public function gc($lifetime)
    {
        return 0;
    }
}

if (isset($_SERVER['SESSION_STORE_COUNT'], $_SERVER['SESSION_STORE_HEADER'])) {
    Handler::install($_SERVER);
}
