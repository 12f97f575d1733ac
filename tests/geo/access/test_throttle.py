from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select

from geo.access.tables import login_try
from geo.access.throttle import ThrottleRule, close_try, network_of, open_try
from geo.errors import ThrottledError
from tests.geo.access.places import NOW

RULE = ThrottleRule(tries=3, window=timedelta(seconds=300))


def fail(
    conn: Connection, name: str, address: str, *, times: int = 1, at: datetime = NOW
) -> list[int]:
    return [open_try(conn, name, address, rule=RULE, now=at) for _ in range(times)]


def test_after_so_many_failures_an_account_waits(conn: Connection) -> None:
    fail(conn, "a", "10.0.0.1", times=3)
    with pytest.raises(ThrottledError) as refused:
        fail(conn, "A ", "10.0.0.9", at=NOW + timedelta(seconds=100))
    assert refused.value.facts["wait_s"] == 200


def test_the_wait_ends_when_the_window_has_passed(conn: Connection) -> None:
    fail(conn, "a", "10.0.0.1", times=3)
    fail(conn, "a", "10.0.0.1", at=NOW + timedelta(seconds=301))


def test_asking_again_while_waiting_makes_the_wait_no_longer(conn: Connection) -> None:
    fail(conn, "a", "10.0.0.1", times=3)
    for second in (10, 200, 299):
        with pytest.raises(ThrottledError):
            fail(conn, "a", "10.0.0.1", at=NOW + timedelta(seconds=second))
    fail(conn, "a", "10.0.0.1", at=NOW + timedelta(seconds=301))


def test_another_account_from_another_address_is_not_held_up(conn: Connection) -> None:
    fail(conn, "a", "10.0.0.1", times=3)
    fail(conn, "b", "10.0.0.2")


def test_another_account_of_the_same_office_may_still_log_in(conn: Connection) -> None:
    fail(conn, "a", "10.0.0.1", times=3)
    fail(conn, "b", "10.0.0.1")


def test_an_address_that_tries_account_after_account_waits(conn: Connection) -> None:
    for number in range(12):
        fail(conn, f"user{number}", "10.0.0.1")
    with pytest.raises(ThrottledError):
        fail(conn, "user99", "10.0.0.1")
    fail(conn, "user99", "10.0.0.2")


def test_a_success_lets_the_account_count_from_zero(conn: Connection) -> None:
    fail(conn, "a", "10.0.0.1", times=2)
    number = open_try(conn, "a", "10.0.0.1", rule=RULE, now=NOW + timedelta(seconds=1))
    close_try(conn, number, now=NOW)
    fail(conn, "a", "10.0.0.1", times=2, at=NOW + timedelta(seconds=2))
    open_try(conn, "a", "10.0.0.1", rule=RULE, now=NOW + timedelta(seconds=3))
    with pytest.raises(ThrottledError):
        open_try(conn, "a", "10.0.0.1", rule=RULE, now=NOW + timedelta(seconds=4))


def test_old_tries_are_swept(conn: Connection) -> None:
    fail(conn, "a", "10.0.0.1", times=3)
    later = NOW + timedelta(days=8)
    close_try(conn, open_try(conn, "b", "10.0.0.1", rule=RULE, now=later), now=later)
    assert conn.execute(select(func.count()).select_from(login_try)).scalar() == 1


def test_an_ipv6_household_is_one_address() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:2") == "2001:db8::/64"
    assert network_of("::ffff:10.0.0.1") == network_of("10.0.0.1") == "10.0.0.1"
    assert network_of("testclient") == "testclient"
