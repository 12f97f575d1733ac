"""Which facility a row is: one of the register, another row's, or a new one.

A facility is known by its kind and code; where one of the two sides has no code, by kind, name and
division (its code as given, or the division found for it), or by kind, name and a place within
100 m. A facility that got another kind is another facility.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

import numpy as np
from pyproj import Geod
from sqlalchemy import Connection, func, or_, select
from sqlalchemy.dialects.postgresql import Range

from geo.db.sql import any_text
from geo.exchange.findings import Finding
from geo.facilities.rows import Facility, Reading
from geo.facilities.tables import facility_version

SAME_PLACE_M = 100.0
CELL_DEG = 0.002
"""A little more than ``SAME_PLACE_M`` east and west as far north as China reaches."""
ELLIPSOID = Geod(ellps="GRS80")


class Marks(NamedTuple):
    """What tells a facility from others."""

    kind: str
    name: str
    code: str | None
    division_code: str | None
    division_id: UUID | None
    lonlat: tuple[float, float] | None


@dataclass(slots=True)
class Seen:
    """Facilities by their marks, each with what it is called here: an id, a row number."""

    _codes: dict[tuple[str, str], UUID | int] = field(default_factory=dict)
    _names: defaultdict[tuple[object, ...], list[tuple[Marks, UUID | int]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, marks: Marks, called: UUID | int) -> None:
        """Note a facility."""
        if marks.code is not None:
            self._codes.setdefault((marks.kind, marks.code), called)
        for key in _keys(marks, around=0):
            self._names[key].append((marks, called))

    def find(self, marks: Marks) -> UUID | int | None:
        """Return what the same facility is called; None where none is the same."""
        if marks.code is not None and (marks.kind, marks.code) in self._codes:
            return self._codes[marks.kind, marks.code]
        for key in _keys(marks, around=1):
            for other, called in self._names.get(key, ()):
                if _are_same(marks, other):
                    return called
        return None


def find_known(conn: Connection, reading: Reading, since: date, *, demo: bool) -> set[UUID | None]:
    """Give each row the facility that it is, in place; return the divisions those are in.

    Parameters
    ----------
    since
        Facilities valid on that day or later are looked at.
    demo
        Demo facilities are known among demo facilities only, real ones among the real.
    """
    version = facility_version.c
    rows = conn.execute(
        select(
            version.facility_id,
            version.kind,
            version.name,
            version.code,
            version.division_code,
            version.division_id,
            func.ST_X(version.geom).label("lon"),
            func.ST_Y(version.geom).label("lat"),
        )
        .where(version.kind == any_text({row.kind for row in reading.rows}))
        .where(
            or_(
                version.name == any_text({row.name for row in reading.rows}),
                version.code == any_text({row.code for row in reading.rows if row.code}),
            )
        )
        .where(version.valid.overlaps(Range(since, None)))
        .where((version.publication == "demo") == demo)
        .order_by(version.facility_id, func.lower(version.valid))
    ).all()
    seen = Seen()
    divisions: dict[UUID, set[UUID | None]] = defaultdict(set)
    for row in rows:
        lonlat = None if row.lon is None else (row.lon, row.lat)
        seen.add(
            Marks(row.kind, row.name, row.code, row.division_code, row.division_id, lonlat),
            row.facility_id,
        )
        divisions[row.facility_id].add(row.division_id)
    touched: set[UUID | None] = set()
    for one in reading.rows:
        found = seen.find(marks_of(one))
        if isinstance(found, UUID):
            one.known = found
            touched |= divisions[found]
    return touched


def find_twice(rows: Iterable[Facility], head: str) -> dict[int, Finding]:
    """Find rows that are the same facility as a row before them."""
    seen = Seen()
    known: dict[UUID, int] = {}
    bad = {}
    for row in rows:
        first = seen.find(marks_of(row))
        if first is None and row.known is not None:
            first = known.get(row.known)
        if isinstance(first, int):
            bad[row.row] = Finding(
                rule="facility_twice",
                severity="error",
                row=row.row,
                column=head,
                value=row.name,
                facts={"first": first},
            )
            continue
        seen.add(marks_of(row), row.row)
        if row.known is not None:
            known[row.known] = row.row
    return bad


def marks_of(row: Facility) -> Marks:
    """Return what tells a row from others."""
    lonlat = None if row.point is None else (row.point.x, row.point.y)
    return Marks(row.kind, row.name, row.code, row.division_code, row.division_id, lonlat)


def _keys(marks: Marks, *, around: int) -> Iterator[tuple[object, ...]]:
    """Give what the same facility may be found by, the division before the place."""
    named = (marks.kind, marks.name)
    if marks.division_code is not None:
        yield (*named, marks.division_code)
    if marks.division_id is not None:
        yield (*named, marks.division_id)
    if marks.lonlat is not None:
        column, line = (int(np.floor(degree / CELL_DEG)) for degree in marks.lonlat)
        for east in range(-around, around + 1):
            for north in range(-around, around + 1):
                yield (*named, column + east, line + north)


def _are_same(one: Marks, other: Marks) -> bool:
    if one.code is not None and other.code is not None:
        return one.code == other.code
    if one.division_code is not None and other.division_code is not None:
        same = one.division_code == other.division_code
    else:
        same = one.division_id is not None and one.division_id == other.division_id
    return same or _are_near(one, other)


def _are_near(one: Marks, other: Marks) -> bool:
    if one.lonlat is None or other.lonlat is None:
        return False
    *_, metres = ELLIPSOID.inv(*one.lonlat, *other.lonlat)
    return float(metres) <= SAME_PLACE_M
