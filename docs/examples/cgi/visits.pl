#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

use strict;
use warnings;

sub unescape { my ($text) = @_; $text =~ tr/+/ /;
    $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge; return $text }
sub escape { my ($text) = @_;
    $text =~ s/([^A-Za-z0-9_.-])/sprintf '%%%02X', ord $1/ge; return $text }

my $last = ($ENV{SESSION_STORE_COUNT} // 0) - 1;
my %session = map { my ($name, $value) = split /=/, $_, 2;
                    (unescape($name), unescape($value // '')) }
    split /&/, join '', map { $ENV{"SESSION_STORE_$_"} } 0 .. $last;
my $visits = ($session{visits} // 0) + 1;

print 'X-Session-Store: set &', escape('visits'), '=', escape($visits), "&\n";
print "Content-Type: text/plain\n\nvisit $visits\n";
