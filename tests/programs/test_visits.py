# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The same visit to every program, under php-fpm and mod_php, with sessions in
PHP's files, in a directory and in Redis."""

import itertools

import pytest

from programs import places

numbers = itertools.count(1)


def logged_in(program, visitor):
    page = program.login(visitor, program.password)
    assert program.is_logged_in(page), page
    assert program.is_logged_in(program.home(visitor)), visitor.page
    return visitor


def test_who_has_not_logged_in_is_not_let_in(program, visitor):
    assert not program.is_logged_in(program.home(visitor))


def test_a_wrong_password_is_refused(program, visitor):
    assert not program.is_logged_in(program.login(visitor, "wrong"))
    assert not program.is_logged_in(program.home(visitor))


def test_the_right_password_after_a_wrong_one_lets_in(program, visitor):
    program.login(visitor, "wrong")
    logged_in(program, visitor)


def test_what_is_saved_is_there_when_it_is_read_back(program, visitor):
    logged_in(program, visitor)
    name = f"note{next(numbers)}"
    program.save(visitor, name, "curiouser and curiouser")
    assert program.read(visitor, name) == "curiouser and curiouser"
    program.save(visitor, name + "b", "we are all mad here")
    assert program.read(visitor, name + "b") == "we are all mad here"


def test_two_visitors_have_sessions_of_their_own(program, site, place,
                                                 visitor):
    logged_in(program, visitor)
    other = site.visitor(place)
    assert not program.is_logged_in(program.home(other))
    assert program.is_logged_in(program.home(visitor))


def test_logout_ends_access(program, visitor):
    logged_in(program, visitor)
    program.logout(visitor)
    assert not program.is_logged_in(program.home(visitor))
    logged_in(program, visitor)


def test_after_its_session_expired_a_visitor_logs_in_again(program, place,
                                                           visitor):
    logged_in(program, visitor)
    place.expire()
    page = program.home(visitor)
    if program.stays_after_expiry and place.takes_ids_back:
        assert program.is_logged_in(page)   # by a cookie of its own
    else:
        assert not program.is_logged_in(page), page
        logged_in(program, visitor)


@pytest.mark.parametrize("place", [place.name for place in places.STORES],
                         indirect=True)
def test_a_session_is_listed_and_ends_when_it_is_revoked(program, place,
                                                         visitor):
    before = place.rows()
    logged_in(program, visitor)
    row, = place.rows() - before
    place.revoke(row)
    assert not program.is_logged_in(program.home(visitor))
    assert row not in place.rows()
