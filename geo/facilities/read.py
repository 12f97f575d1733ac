"""Read facilities as of a date: a list, the nearest, one and its versions, numbers by division."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, null, or_, select, true

from geo.access.jurisdiction import Viewer, refuse_hidden, visible
from geo.db.sql import CGCS2000, any_text, any_uuid
from geo.divisions.read import units_below
from geo.divisions.tables import division_version
from geo.errors import FacilityNotThenError, FacilityUnknownError
from geo.facilities.tables import facility_version

A_LITTLE_M = 0.01
"""What the last one wanted may lie beyond its own distance, the two being rounded otherwise."""
version = facility_version.c
OTHER = facility_version.alias("other").c
HOME = division_version.alias("home")


@dataclass(frozen=True, slots=True)
class Division:
    """The division a facility is in."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """A facility as it is from ``valid_from`` on; without a place ``lon`` and ``lat`` are None.

    ``lon`` and ``lat`` are degrees in EPSG:4490, ``given`` the coordinates as they came in
    ``source_crs``; ``distance_m`` is that on the ellipsoid, where the nearest were asked for.
    ``division_code`` is the code as it came, also where the register does not know it.
    """

    id: UUID
    kind: str
    name: str
    code: str | None
    division: Division | None
    division_code: str | None
    address: str | None
    capacity: int | None
    beds: int | None
    nursing_beds: int | None
    lon: float | None
    lat: float | None
    position_quality: str
    given: tuple[float, float] | None
    source_crs: str | None
    valid_from: date | None
    valid_to: date | None
    source: str
    publication: str
    distance_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of facilities, the number of all, and where the next page begins."""

    items: list[Facility]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCount:
    """How many facilities of a kind a division has, ``unplaced`` of them without a place.

    Sums of beds leave out facilities that state none; None where none states any.
    """

    kind: str
    division: Division | None
    facilities: int
    unplaced: int
    beds: int | None
    nursing_beds: int | None


def list_facilities(  # noqa: PLR0913 - each option is one filter
    conn: Connection,
    viewer: Viewer,
    at: date,
    *,
    kinds: Sequence[str] = (),
    within: UUID | None = None,
    near: tuple[float, float] | None = None,
    placed: bool | None = None,
    query: str | None = None,
    after: str = "",
    limit: int = 100,
) -> Page:
    """List facilities as of a date: by name, or the nearest first.

    Parameters
    ----------
    kinds
        Keys of kinds; all where there is none.
    within
        Only what is in this division or below it, by the parents of that date.
    near
        Longitude and latitude in degrees, EPSG:4490; what has no place is left out then.
    placed
        Only with a place, or only without (not on the map yet).
    query
        Part of a name or an address, or the beginning of a code.
    after
        ``next`` of the page before.
    """
    conditions = [_holds(at), _seen(viewer)]
    if kinds:
        conditions.append(version.kind == any_text(kinds))
    if within is not None:
        conditions.append(version.division_id == any_uuid(units_below(conn, within, at)))
    if near is not None or placed:
        conditions.append(version.geom.is_not(None))
    if placed is False:
        conditions.append(version.geom.is_(None))
    if query:
        conditions.append(_matches(query))
    total = conn.execute(select(func.count(version.id)).where(*conditions)).scalar_one()
    if near is not None:
        return _nearest(conn, conditions, at, near, (int(after or 0), limit, total))
    key = func.concat(version.name, " ", version.facility_id)
    rows = conn.execute(
        _facts(at)
        .add_columns(key.label("key"))
        .where(*conditions, key > after)
        .order_by(key)
        .limit(limit)
    ).all()
    more = len(rows) == limit and len(rows) < total
    return Page(
        items=[_as_facility(row) for row in rows], total=total, next=rows[-1].key if more else None
    )


def read_facility(conn: Connection, facility_id: UUID, at: date, viewer: Viewer) -> Facility:
    """Read a facility as it was on a date.

    Raises
    ------
    FacilityUnknownError
    FacilityNotThenError
        If it has no version on that day.
    NotPublishedError, OutsideJurisdictionError, RoleMissingError
        If the viewer may not see it.
    """
    row = conn.execute(
        _facts(at)
        .add_columns(_seen(viewer).label("seen"), version.division_id)
        .where(version.facility_id == facility_id, version.valid.contains(at))
    ).one_or_none()
    if row is None:
        first = select(func.min(func.lower(OTHER.valid))).where(OTHER.facility_id == facility_id)
        known_from = conn.execute(first).scalar()
        if known_from is None:
            raise FacilityUnknownError(facility=facility_id)
        raise FacilityNotThenError(facility=facility_id, at=at, known_from=known_from)
    if not row.seen:
        refuse_hidden(conn, viewer, [row.division_id], what=row.name)
    return _as_facility(row)


def list_versions(conn: Connection, facility_id: UUID, viewer: Viewer) -> list[Facility]:
    """List all versions of a facility the viewer may see, the oldest first.

    Raises
    ------
    FacilityUnknownError
        If there is no such facility, or none of it may be seen.
    """
    rows = conn.execute(
        _facts(func.lower(version.valid))
        .where(version.facility_id == facility_id, _seen(viewer))
        .order_by(func.lower(version.valid))
    ).all()
    if not rows:
        raise FacilityUnknownError(facility=facility_id)
    return [_as_facility(row) for row in rows]


def read_places(conn: Connection, kinds: Iterable[str], at: date, *, demo: bool) -> list[Facility]:
    """Return all facilities of some kinds on a date, those without a place too, in a fixed order.

    Parameters
    ----------
    demo
        Those of the synthetic demo, or the others; the two never mix.
    """
    rows = conn.execute(
        _facts(at)
        .where(version.kind == any_text(kinds), version.valid.contains(at))
        .where((version.publication == "demo") == demo)
        .order_by(version.facility_id)
    )
    return [_as_facility(row) for row in rows]


def count_facilities(
    conn: Connection, viewer: Viewer, at: date, *, within: list[UUID] | None = None
) -> list[KindCount]:
    """Count facilities on a date by kind and division; those without a place are counted too.

    Parameters
    ----------
    within
        Only these divisions.
    """
    chosen = (
        select(
            version.kind,
            HOME.c.code.label("division_code"),
            HOME.c.name.label("division_name"),
            func.count().label("facilities"),
            func.count().filter(version.geom.is_(None)).label("unplaced"),
            func.sum(version.beds).label("beds"),
            func.sum(version.nursing_beds).label("nursing_beds"),
        )
        .join_from(facility_version, HOME, _is_home(at), isouter=True)
        .where(version.valid.contains(at), _seen(viewer))
        .group_by(version.kind, HOME.c.code, HOME.c.name)
        .order_by(version.kind, HOME.c.code)
    )
    if within is not None:
        chosen = chosen.where(version.division_id == any_uuid(within))
    return [
        KindCount(
            kind=row.kind,
            division=_division(row.division_code, row.division_name),
            facilities=row.facilities,
            unplaced=row.unplaced,
            beds=row.beds,
            nursing_beds=row.nursing_beds,
        )
        for row in conn.execute(chosen)
    ]


def _holds(at: date) -> ColumnElement[bool]:
    """Return whether a version is valid on a day, in words that no index on the ranges answers.

    Nearly all versions are valid, which the planner does not know of ranges: it would go by them
    and sort all, where the index of places or of kinds gives the few that are wanted.
    """
    begins, ends = func.lower(version.valid), func.upper(version.valid)
    return and_(func.coalesce(begins <= at, true()), func.coalesce(ends > at, true()))


def _seen(viewer: Viewer) -> ColumnElement[bool]:
    return visible(viewer, version.publication, version.division_id)


def _matches(query: str) -> ColumnElement[bool]:
    return or_(
        version.name.contains(query, autoescape=True),
        version.address.contains(query, autoescape=True),
        version.code.startswith(query, autoescape=True),
    )


def _nearest(
    conn: Connection,
    conditions: Sequence[ColumnElement[bool]],
    at: date,
    near: tuple[float, float],
    page: tuple[int, int, int],
) -> Page:
    """Return the nearest by the ellipsoid; page is how many to skip, how many to give, of all.

    The index orders by the sphere, up to 0.5 % off. The farthest of as many as are wanted by the
    sphere is at least as far as the last one wanted, so all within its distance are looked at.
    """
    skip, limit, total = page
    point = func.geography(func.ST_SetSRID(func.ST_MakePoint(*near), CGCS2000))
    place = func.geography(version.geom)
    distance_m = func.ST_Distance(place, point)
    wanted = (
        select(distance_m.label("distance_m"))
        .where(*conditions)
        .order_by(place.op("<->")(point))
        .limit(skip + limit)
        .subquery()
    )
    reach_m = conn.execute(select(func.max(wanted.c.distance_m))).scalar()
    rows = (
        conn.execute(
            _facts(at, distance_m)
            .where(*conditions, func.ST_DWithin(place, point, reach_m + A_LITTLE_M))
            .order_by(distance_m, version.facility_id)
            .offset(skip)
            .limit(limit)
        ).all()
        if reach_m is not None
        else []
    )
    end = skip + len(rows)
    return Page(
        items=[_as_facility(row) for row in rows],
        total=total,
        next=str(end) if rows and end < total else None,
    )


def _facts(
    at: date | ColumnElement[date], distance_m: ColumnElement[Any] | None = None
) -> Select[Any]:
    """Return the select that :func:`_as_facility` reads; the division is as of ``at``."""
    return select(
        version.facility_id,
        version.kind,
        version.name,
        version.code,
        version.division_code,
        HOME.c.code.label("home_code"),
        HOME.c.name.label("home_name"),
        version.address,
        version.capacity,
        version.beds,
        version.nursing_beds,
        func.ST_X(version.geom).label("lon"),
        func.ST_Y(version.geom).label("lat"),
        version.position_quality,
        version.given_x,
        version.given_y,
        version.source_crs,
        version.valid,
        version.source,
        version.publication,
        (null() if distance_m is None else distance_m).label("distance_m"),
    ).join_from(facility_version, HOME, _is_home(at), isouter=True)


def _is_home(at: date | ColumnElement[date]) -> ColumnElement[bool]:
    return and_(HOME.c.division_id == version.division_id, HOME.c.valid.op("@>")(at))


def _division(code: str | None, name: str | None) -> Division | None:
    return None if code is None or name is None else Division(code, name)


def _as_facility(row: Row[Any]) -> Facility:
    return Facility(
        id=row.facility_id,
        kind=row.kind,
        name=row.name,
        code=row.code,
        division=_division(row.home_code, row.home_name),
        division_code=row.division_code,
        address=row.address,
        capacity=row.capacity,
        beds=row.beds,
        nursing_beds=row.nursing_beds,
        lon=row.lon,
        lat=row.lat,
        position_quality=row.position_quality,
        given=None if row.given_x is None else (row.given_x, row.given_y),
        source_crs=row.source_crs,
        valid_from=row.valid.lower,
        valid_to=row.valid.upper,
        source=row.source,
        publication=row.publication,
        distance_m=row.distance_m,
    )
