"""Markers through an import: from staged rows to the register, with all that is doubtful."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import Range

from geo.access.jurisdiction import require_role
from geo.db.sql import any_uuid
from geo.divisions.apply import Source
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.second import Second
from geo.incoming import Outcome, Task
from geo.markers.facts import MarkerFacts, Position, SideFacts
from geo.markers.incoming.complete import find_contradictions, find_incomplete
from geo.markers.incoming.identity import (
    find_incomplete_sets,
    find_known,
    find_twice,
    read_known,
    settle_members,
)
from geo.markers.incoming.places import find_misplaced, find_shift
from geo.markers.incoming.rows import Reading, Row, read_rows
from geo.markers.incoming.schema import SCHEMA
from geo.markers.incoming.twice import find_two_places
from geo.markers.incoming.whereabouts import Whereabouts, settle_whereabouts
from geo.markers.own import read_own
from geo.markers.store import store_markers
from geo.markers.tables import marker_version
from geo.office import Office, office
from geo.progress import report

__all__ = ["SCHEMA", "check_markers"]

KEPT = (
    "material", "grade", "managing_id", "height_m", "height_datum", "set_on", "surveyed_on", "note",
)  # fmt: skip
"""What a row may leave open: what the register has of it stays."""
PLACE = ("given_x", "given_y", "source_crs", "fit_id", "method", "accuracy_m")

version = marker_version.c


def check_markers(task: Task) -> Outcome:
    """Check a staged table of markers against itself, the lines and the register.

    Raises
    ------
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer is an editor at every side of every marker touched.
    """
    decided = office(task.conn)
    day = task.options.valid_from
    rules = decided.words("markers.number_forms")
    reading = read_rows(task.staged, rules, task.options.reading.fit)
    known = settle_whereabouts(task.conn, reading, task.staged, day)
    _require(task, {side for row in reading.rows for side in row.sides})
    settle_members(reading)
    reading.drop(find_twice(reading.rows))
    report(task.progress, 0.3, "doing.markers_compare")
    register = read_known(task.conn, {one for row in reading.rows for one in row.lines}, day)
    reading.drop(find_known(reading, register, decided.number("markers.most_moved_m")))
    _require(task, {side for row in reading.rows for side in row.sides})
    _judge(task, reading, known, decided)
    reading.found.extend(find_incomplete_sets(reading.rows, register))
    outcome = Outcome(findings=reading.found.listed())
    outcome.conclusions.extend(_conclude(reading.rows, task.staged.second))
    outcome.apply = lambda: _apply(task, reading.rows)
    return outcome


def _require(task: Task, sides: set[UUID]) -> None:
    require_role(task.conn, task.viewer, "editor", sides, what=task.staged.file_name)


def _judge(task: Task, reading: Reading, known: Whereabouts, decided: Office) -> None:
    """Compare the rows with tripoints, lines and what a card must hold; errors go out."""
    found = [
        *find_contradictions(reading.rows, task.staged),
        *find_misplaced(task.conn, reading.rows, known, decided, task.options.valid_from),
    ]
    _sort(reading, found)
    _sort(reading, find_shift(reading.rows, known))
    limit_m = decided.number("markers.two_positions_m")
    twice = find_two_places(reading.rows, task.staged, task.options.reading.fit, limit_m)
    reading.found.extend(twice)
    reading.found.extend(find_incomplete(reading.rows))


def _sort(reading: Reading, found: Sequence[Finding]) -> None:
    reading.found.extend(one for one in found if one.severity == "warning")
    reading.drop({one.row: one for one in found if one.severity == "error" and one.row})


def _conclude(rows: Sequence[Row], second: Second | None) -> Iterator[Conclusion]:
    split = [row for row in rows if row.split_from is not None]
    if split:
        facts = {"markers": len(split), "example": split[0].split_from}
        yield Conclusion(rule="set_up_split", facts=facts)
    states = [row for row in rows if row.known is not None and row.values["state"] is not None]
    if states:
        yield Conclusion(rule="states_left_aside", facts={"markers": len(states)})
    if second is not None and second.readings:
        twice = {"heads": list(second.heads), "markers": len(second.readings)}
        yield Conclusion(rule="place_twice", facts=twice)
    unplaced = sum(row.point is None for row in rows)
    if unplaced:
        yield Conclusion(
            rule="markers_unplaced", facts={"unplaced": unplaced, "markers": len(rows)}
        )


def _apply(task: Task, rows: Sequence[Row]) -> Mapping[str, int]:
    report(task.progress, 0.6, "doing.store_markers")
    day = task.options.valid_from
    cards = _read_cards(task.conn, [row.known for row in rows if row.known], day)
    own = read_own(task.conn, list(cards), day)
    source = Source(
        name=task.staged.file_name,
        crs=task.staged.source_crs,
        import_id=task.run_id,
        publication=task.options.publication,
    )
    stored = store_markers(
        task.conn,
        [
            _facts(row, cards.get(row.known) if row.known else None, own.get(row.known, {}))
            if row.known
            else _facts(row, None, {})
            for row in rows
        ],
        valid_from=day,
        source=source,
        actor=task.viewer.actor,
    )
    return {
        "added": stored.added,
        "changed": stored.changed,
        "corrected": stored.corrected,
        "unchanged": stored.unchanged,
    }


def _read_cards(conn: Connection, ids: Sequence[UUID], day: date) -> dict[UUID, Mapping[str, Any]]:
    """Return what the register says of markers on the day, or first after it."""
    rows = conn.execute(
        select(
            version.marker_id, *(version[name] for name in (*KEPT, *PLACE)),
            func.ST_X(version.geom).label("lon"), func.ST_Y(version.geom).label("lat"),
        )
        .where(version.marker_id == any_uuid(ids), version.valid.overlaps(Range(day, None)))
        .order_by(func.lower(version.valid).desc().nulls_last())
    ).mappings()  # fmt: skip
    return {row["marker_id"]: dict(row) for row in rows}


def _facts(row: Row, card: Mapping[str, Any] | None, own: Mapping[UUID, SideFacts]) -> MarkerFacts:
    """Return what the register is to say: the row, and what is known where it is silent."""
    said = {
        "material": row.values["material"],
        "grade": row.values["grade"],
        "managing_id": row.managing,
        "height_m": row.values["height"],
        "height_datum": row.values["height_datum"],
        "set_on": row.values["set_on"],
        "surveyed_on": row.values["surveyed_on"],
        "note": row.values["note"],
    }
    if card is not None:
        said = {name: card[name] if value is None else value for name, value in said.items()}
    return MarkerFacts(
        number=row.number,
        member=row.member or "",
        set_up=row.set_up or "single",
        faces=row.faces or 2,
        lines=row.lines,
        sides=row.sides,
        known=row.known,
        position=row.position or _known_position(card),
        state=row.values["state"] or "in_place",
        own=_own(row, own),
        objects=row.objects,
        position_text=row.values["position_text"],
        **said,
    )


def _own(row: Row, known: Mapping[UUID, SideFacts]) -> dict[UUID, SideFacts]:
    """Return each side's site; who looks after the marker there stays as it is known."""
    found = {}
    for side, site in row.own_sites.items():
        before = known.get(side, SideFacts())
        found[side] = SideFacts(site=site, custodian=before.custodian, phone=before.phone)
    return found


def _known_position(card: Mapping[str, Any] | None) -> Position | None:
    if card is None or card["lon"] is None:
        return None
    return Position(lon=card["lon"], lat=card["lat"], **{name: card[name] for name in PLACE})
