"""On which lines the markers of a table stand, and between whom; who keeps them, and their sites.

A row names its lines (one, or those that meet at a tripoint), or its sides where it names no line.
Where two neighbours have several lines, the one nearest to the place is meant.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import numpy as np
import shapely
from sqlalchemy import Connection

from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_geometries
from geo.exchange.findings import Finding
from geo.exchange.stage import Staged
from geo.markers.incoming.rows import Reading, Row, head_of
from geo.markers.known_lines import Frame, KnownLines, find_divisions, read_lines
from geo.markers.read import DivisionRef, name_sides
from geo.texts import Text

THREE = 3
PARTIES = ("甲", "乙", "丙")


@dataclass(slots=True)
class Whereabouts:
    """What the register knows of the places of a table; ``frame`` is None without any place.

    ``at`` are the rows' places in metres in that frame, by row.
    """

    lines: KnownLines
    divisions: Mapping[str, set[UUID]]
    names: Mapping[UUID, DivisionRef]
    staged: Staged
    frame: Frame | None = None
    at: dict[int, shapely.Point] = field(default_factory=dict)


def settle_whereabouts(conn: Connection, reading: Reading, staged: Staged, at: date) -> Whereabouts:
    """Give each row its lines, sides, keeper and sites, in place; rows without are left out."""
    lines = read_lines(conn, at)
    said = {word for row in reading.rows for word in (*row.sides_said, row.managing_said) if word}
    divisions = find_divisions(conn, said, at)
    meant = {one for row in reading.rows for one in _candidates(row, lines, divisions)}
    named = {side for one in meant for side in lines.lines[one].sides}
    named |= {one for ids in divisions.values() for one in ids}
    known = Whereabouts(lines, divisions, name_sides(conn, named, at), staged)
    placed = [row for row in reading.rows if row.point is not None]
    if placed:
        middle = sorted(row.point.x for row in placed if row.point)[len(placed) // 2]
        known.frame = Frame(conn, meant, at, middle)
        points = np.array([row.point for row in placed], dtype=object)
        moved = transform_geometries(points, CGCS2000, known.frame.crs)
        known.at = {row.row: point for row, point in zip(placed, moved, strict=True)}
    wrong = {row.row: found for row in reading.rows if (found := _settle_row(row, known))}
    reading.drop(wrong)
    for row in reading.rows:
        reading.found.extend(_settle_keeper(row, known))
        reading.found.extend(_settle_sites(row, known))
    return known


def _candidates(row: Row, lines: KnownLines, divisions: Mapping[str, set[UUID]]) -> set[UUID]:
    """Return every line that a row could mean."""
    found = {one for word in (*row.lines_said, *row.line_names) for one in lines.find(word)}
    sides = {one for word in row.sides_said for one in divisions.get(word, ())}
    return found | lines.between(sides)


def _settle_row(row: Row, known: Whereabouts) -> Finding | None:
    """Give a row its lines and sides; return why it can have none."""
    words = row.lines_said or row.line_names
    unknown = [word for word in words if not known.lines.find(word)]
    if unknown and row.lines_said and all(known.lines.find(word) for word in row.line_names):
        # A code the register has not, beside a name that it has.
        words, unknown = row.line_names, [] if row.line_names else unknown
    if unknown:
        return _error(row, known, "line" if row.lines_said else "line_name", "line_unknown",
                      unknown[0], Text("allowed.line_named"))  # fmt: skip
    strange = [word for word in row.sides_said if word not in known.divisions]
    if strange:
        return _error(row, known, "sides", "side_unknown", strange[0], Text("allowed.division"))
    if not words and not row.sides_said:
        return Finding(
            rule="line_missing", severity="error", row=row.row, allowed=Text("allowed.line_named")
        )
    return _choose_lines(row, words, known) or _choose_sides(row, known)


def _choose_lines(row: Row, words: Collection[str], known: Whereabouts) -> Finding | None:
    """Choose the line each word means, or those between the sides told."""
    groups = [known.lines.find(word) for word in words]
    told = {one for word in row.sides_said for one in known.divisions[word]}
    between = known.lines.between(told)
    if len(row.sides_said) == THREE or not words:
        # Each pair of neighbours that has a line has it here.
        for pair in {frozenset(known.lines.lines[one].sides) for one in between}:
            same = known.lines.pairs[pair] & between
            if not any(group & same for group in groups):
                groups.append(same)
    if not groups:
        facts = {"sides": list(row.sides_said)}
        return _error(row, known, "sides", "sides_without_line", "、".join(row.sides_said),
                      Text("allowed.line_named"), **facts)  # fmt: skip
    point = known.at.get(row.row)
    if point is None and any(len(group) > 1 for group in groups):
        many = next(group for group in groups if len(group) > 1)
        names = sorted(f"{known.lines.lines[one].name} {one}" for one in many)
        return _error(row, known, "line", "line_ambiguous", "、".join(words),
                      Text("allowed.named", {"names": names}))  # fmt: skip
    frame = known.frame
    chosen = (
        next(iter(group)) if point is None or frame is None else frame.nearest(point, group)
        for group in groups
    )
    row.lines = tuple(dict.fromkeys(chosen))
    return None


def _choose_sides(row: Row, known: Whereabouts) -> Finding | None:
    """Take the sides from the lines and from what was told; three at a tripoint, never more."""
    of_lines = {side for one in row.lines for side in known.lines.lines[one].sides}
    told = [known.divisions[word] for word in row.sides_said]
    if told and not all(any(side in ids for ids in told) for side in of_lines):
        names = [known.names[one].name for one in sorted(of_lines, key=str)]
        return _error(row, known, "sides", "sides_differ", "、".join(row.sides_said),
                      Text("allowed.named", {"names": names}))  # fmt: skip
    ordered = [next(iter(ids & of_lines or sorted(ids, key=str)[:1])) for ids in told]
    by_code = sorted(of_lines, key=lambda one: known.names[one].code)
    sides = tuple(dict.fromkeys([*ordered, *by_code]))
    if len(sides) > THREE:
        names = [known.names[one].name for one in sides]
        return _error(row, known, "line", "sides_too_many", "、".join(names), "2–3")
    row.sides = sides
    return None


def _settle_keeper(row: Row, known: Whereabouts) -> list[Finding]:
    """Give a row the side that keeps it; who is none of its sides is told and left out."""
    said = row.managing_said
    if said is None:
        return []
    by_letter = dict(zip(PARTIES, row.sides, strict=False)) if row.sides_said else {}
    row.managing = by_letter.get(said[0]) if said.rstrip("方") in PARTIES else None
    ids = known.divisions.get(said, set()) & set(row.sides)
    named = [one for one in row.sides if known.names[one].name in said]
    row.managing = row.managing or next(iter([*ids, *named]), None)
    if row.managing is not None:
        return []
    names = [known.names[one].name for one in row.sides]
    return [
        Finding(
            rule="keeper_unknown",
            severity="warning",
            row=row.row,
            column=head_of(known.staged, "managing"),
            value=said,
            allowed=Text("allowed.named", {"names": names}),
        )
    ]


def _settle_sites(row: Row, known: Whereabouts) -> list[Finding]:
    """Give each site to the side it names, else to the side told in its place."""
    found: dict[UUID, str] = {}
    lost = []
    for place, site in enumerate(row.sites):
        if site is None:
            continue
        named = [one for one in row.sides if known.names[one].name in site and one not in found]
        told = row.sides[place] if row.sides_said and place < len(row.sides) else None
        side = named[0] if len(named) == 1 else told
        if side is None or side in found:
            lost.append(_lost_site(row, known, place, site))
        else:
            found[side] = site
    row.own_sites = found
    return lost


def _lost_site(row: Row, known: Whereabouts, place: int, site: str) -> Finding:
    return Finding(
        rule="site_of_no_side",
        severity="warning",
        row=row.row,
        column=head_of(known.staged, f"site{place + 1}"),
        value=site,
        allowed=Text("allowed.named", {"names": [known.names[one].name for one in row.sides]}),
    )


def _error(
    row: Row,
    known: Whereabouts,
    column: str,
    rule: str,
    value: str,
    allowed: Text | str,
    **facts: object,
) -> Finding:
    return Finding(
        rule=rule,
        severity="error",
        row=row.row,
        column=head_of(known.staged, column),
        value=value,
        allowed=allowed,
        facts=facts,
    )
