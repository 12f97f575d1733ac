"""Slow down who tries passwords: failed logins count by account and by address.

The account counts from wherever it is tried, the address whatever account it tries. An office
behind one address has four times the tries of one account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from geo.access.tables import login_try
from geo.access.users import normal_name
from geo.errors import ThrottledError

ADDRESS_TIMES = 4
KEPT = timedelta(days=7)
LOCK = 0x7975746C


@dataclass(frozen=True, slots=True)
class ThrottleRule:
    """So many failed logins in so long a time, then no more until the first is that old."""

    tries: int
    window: timedelta


def open_try(
    conn: Connection, name: str, address: str, *, rule: ThrottleRule, now: datetime
) -> int:
    """Write down a login before its password is looked at; it counts as failed until `close_try`.

    The caller commits at once, so that tries at the same time see each other.

    Returns
    -------
    int
        The number of the try.

    Raises
    ------
    ThrottledError
        If the account or the address has too many failed tries in the window.
    """
    conn.execute(select(func.pg_advisory_xact_lock(LOCK)))
    name = normal_name(name)[:64]
    place = network_of(address)
    tries = login_try.c
    _check(conn, tries.name == name, rule.tries, rule.window, now)
    _check(conn, tries.address == place, rule.tries * ADDRESS_TIMES, rule.window, now)
    number: int = conn.execute(
        insert(login_try)
        .values(name=name, address=place, succeeded=False, at=now)
        .returning(tries.id)
    ).scalar_one()
    return number


def close_try(conn: Connection, number: int, *, now: datetime) -> None:
    """Write down that a try succeeded; the account counts from zero again. Old tries are swept."""
    conn.execute(update(login_try).where(login_try.c.id == number).values(succeeded=True))
    conn.execute(delete(login_try).where(login_try.c.at < now - KEPT))


def network_of(address: str) -> str:
    """Return what counts as one address: of IPv6 the /64 that one household gets."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(ip_network((found, 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)


def _check(
    conn: Connection, whose: ColumnElement[bool], most: int, window: timedelta, now: datetime
) -> None:
    tries = login_try.c
    last_success = select(func.max(tries.at)).where(whose, tries.succeeded).scalar_subquery()
    failed = (
        select(tries.at)
        .where(whose, ~tries.succeeded, tries.at > now - window)
        .where(tries.at > func.coalesce(last_success, now - window))
        .order_by(tries.at.desc())
        .offset(most - 1)
        .limit(1)
    )
    decisive = conn.execute(failed).scalar()
    if decisive is not None:
        raise ThrottledError(wait_s=max(1, ceil((decisive + window - now).total_seconds())))
