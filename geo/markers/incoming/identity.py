"""Which marker a row is: one of the register by its number on a line, another row's, or a new one.

The stones of one number (同号双立, 同号三立) are told apart by their member letters; each is a
marker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from pyproj import Geod
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import Range

from geo.db.sql import any_uuid
from geo.exchange.findings import Finding
from geo.markers.incoming.rows import Reading, Row
from geo.markers.tables import marker_on_line, marker_version
from geo.texts import Text

ELLIPSOID = Geod(ellps="GRS80")
STONES = {"single": 1, "double": 2, "triple": 3}

on, version = marker_on_line.c, marker_version.c


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMarker:
    """A marker of the register on a line, on the day or later."""

    id: UUID
    line: UUID
    number: str
    member: str
    sides: tuple[UUID, ...]
    lonlat: tuple[float, float] | None


def read_known(conn: Connection, lines: set[UUID], at: date) -> list[KnownMarker]:
    """Read the markers on these lines, with all lines each stands on, on the day or later."""
    rows = conn.execute(
        select(
            on.marker_id, on.line_id, on.number, on.member, version.sides,
            func.ST_X(version.geom).label("lon"), func.ST_Y(version.geom).label("lat"),
        )
        .join(marker_version, version.marker_id == on.marker_id)
        .where(on.marker_id.in_(select(on.marker_id).where(on.line_id == any_uuid(lines))))
        .where(on.valid.overlaps(Range(at, None)), version.valid.overlaps(Range(at, None)))
        .order_by(func.lower(version.valid).desc().nulls_last())
    )  # fmt: skip
    known = {
        (row.marker_id, row.line_id): KnownMarker(
            id=row.marker_id,
            line=row.line_id,
            number=row.number,
            member=row.member,
            sides=tuple(row.sides),
            lonlat=None if row.lon is None else (row.lon, row.lat),
        )
        for row in rows
    }
    return list(known.values())


def settle_members(reading: Reading) -> None:
    """Give each row its set-up and member letter, in place; rows that can have none go out.

    Where nothing says the set-up, a number that stands with two or three letters is a set of so
    many, any other a single stone. A set whose stones the table does not tell apart gets letters in
    the order of its rows, which is said.
    """
    sets: defaultdict[tuple[UUID, str], list[Row]] = defaultdict(list)
    for row in reading.rows:
        sets[min(row.lines), row.number].append(row)
    bad: dict[int, Finding] = {}
    for rows in sets.values():
        said = {row.set_up for row in rows} - {None}
        if len(said) > 1:
            bad |= {row.row: _set_up_differs(row, rows) for row in rows}
            continue
        set_up = next(iter(said), None) or _by_letters(rows)
        for row in rows:
            row.set_up = set_up
        if set_up != "single":
            reading.found.extend(_give_letters(rows, STONES[set_up]))
        bad |= {row.row: _unfit(row) for row in rows if (set_up == "single") == bool(row.member)}
    reading.drop(bad)


def find_twice(rows: Sequence[Row]) -> dict[int, Finding]:
    """Return what stands twice on one line in a table: all but the first row of each."""
    first: dict[tuple[UUID, str, str], int] = {}
    twice: dict[int, Finding] = {}
    for row in rows:
        for one in row.lines:
            key = (one, row.number, row.member or "")
            if key in first and row.row not in twice:
                facts = {"first": first[key]}
                twice[row.row] = Finding(
                    rule="marker_twice", severity="error", row=row.row, value=row.called,
                    facts=facts,
                )  # fmt: skip
            first.setdefault(key, row.row)
    return twice


def find_known(
    reading: Reading, register: Sequence[KnownMarker], most_moved_m: float
) -> dict[int, Finding]:
    """Give each row the marker of the register that it is, in place; return those it cannot be.

    Parameters
    ----------
    most_moved_m
        A marker of the register that stands further away than this is another stone, or was moved:
        a list does not move it.
    """
    by_key = {(one.line, one.number, one.member): one for one in register}
    lines: defaultdict[UUID, list[UUID]] = defaultdict(list)
    members: defaultdict[tuple[UUID, str], set[str]] = defaultdict(set)
    for one in register:
        lines[one.id].append(one.line)
        members[one.line, one.number].add(one.member)
    bad: dict[int, Finding] = {}
    for row in reading.rows:
        keys = [(line, row.number, row.member or "") for line in row.lines]
        found = {by_key[key].id: by_key[key] for key in keys if key in by_key}
        others = {word for line in row.lines for word in members[line, row.number]}
        wrong = _cannot_be(row, list(found.values()), others, most_moved_m)
        if wrong is not None:
            bad[row.row] = wrong
        elif found:
            _make_known(row, next(iter(found.values())), lines)
    return bad


def _make_known(row: Row, known: KnownMarker, lines: Mapping[UUID, Sequence[UUID]]) -> None:
    """Let a row be a marker of the register; sides and lines it leaves out stay."""
    row.known = known.id
    row.lines = tuple(dict.fromkeys([*row.lines, *lines[known.id]]))
    if set(row.sides) < set(known.sides):
        row.sides = known.sides


def _cannot_be(
    row: Row, found: Sequence[KnownMarker], members: set[str], most_moved_m: float
) -> Finding | None:
    """Return why a row can be neither a marker of the register nor a new one."""
    facts: dict[str, object] = {}
    rule = None
    if len(found) > 1:
        rule = "marker_two_known"
    elif not found and members and ("" in members) != (not row.member):
        rule, facts = "member_unlike_register", {"members": sorted(members - {""}) or ["—"]}
    elif found and (away_m := _away(row, found[0]) or 0.0) > most_moved_m:
        rule = "marker_elsewhere"
        facts = {"distance_m": round(away_m), "limit_m": round(most_moved_m)}
    if rule is None:
        return None
    return Finding(rule=rule, severity="error", row=row.row, value=row.called, facts=facts)


def find_incomplete_sets(rows: Sequence[Row], register: Sequence[KnownMarker]) -> Iterator[Finding]:
    """Say which set has fewer stones than its set-up, in the table and the register together."""
    stones: defaultdict[tuple[UUID, str], set[str]] = defaultdict(set)
    for one in register:
        stones[one.line, one.number].add(one.member)
    told: dict[tuple[UUID, str], Row] = {}
    for row in rows:
        for line in row.lines:
            stones[line, row.number].add(row.member or "")
            told.setdefault((line, row.number), row)
    said: set[int] = set()
    for key, row in told.items():
        wanted, there = STONES[row.set_up or "single"], len(stones[key] - {""})
        if wanted > 1 and there != wanted and row.row not in said:
            said.add(row.row)
            facts = {
                "set_up": Text(f"set_up.{row.set_up}"), "stones": there, "wanted": wanted,
                "members": sorted(stones[key] - {""}),
            }  # fmt: skip
            yield Finding(
                rule="set_incomplete" if there < wanted else "set_too_many",
                severity="warning", row=row.row, value=row.number, facts=facts,
            )  # fmt: skip


def _away(row: Row, known: KnownMarker) -> float | None:
    if row.point is None or known.lonlat is None:
        return None
    *_, away_m = ELLIPSOID.inv(row.point.x, row.point.y, *known.lonlat)
    return float(np.abs(away_m))


def _by_letters(rows: Sequence[Row]) -> str:
    stones = len({row.member for row in rows} - {None})
    return next((key for key, number in STONES.items() if number == stones), "single")


def _give_letters(rows: Sequence[Row], stones: int) -> Iterator[Finding]:
    """Give letters where the table has none, in the order of its rows."""
    free = [letter for letter in "ABC"[:stones] if letter not in {row.member for row in rows}]
    for row, letter in zip((one for one in rows if not one.member), free, strict=False):
        row.member = letter
        yield Finding(
            rule="member_given", severity="warning", row=row.row, value=row.number,
            facts={"member": letter},
        )  # fmt: skip


def _unfit(row: Row) -> Finding:
    facts = {"member": row.member or "—", "set_up": Text(f"set_up.{row.set_up}")}
    return Finding(
        rule="member_unfit", severity="error", row=row.row, value=row.called, facts=facts
    )


def _set_up_differs(row: Row, rows: Sequence[Row]) -> Finding:
    return Finding(
        rule="set_up_differs",
        severity="error",
        row=row.row,
        value=row.called,
        facts={"rows": sorted(one.row for one in rows)},
    )
