"""Put markers into the register: card, lines, sides' own parts, objects, the first state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import Connection, insert, not_, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from geo.db.engine import give_reason
from geo.db.ids import new_id
from geo.db.sql import any_uuid
from geo.db.versions import Put, end_versions, put_versions
from geo.divisions.apply import Source
from geo.errors import NumberTakenError
from geo.markers.facts import MarkerFacts
from geo.markers.objects import put_objects
from geo.markers.own import put_own
from geo.markers.read import name_lines
from geo.markers.tables import description, marker, marker_event, marker_on_line, marker_version
from geo.revisions.changes import note_changes

PARTS = ("added", "changed", "corrected")
NUMBER_ONCE = "marker_on_line_number_once"


@dataclass(slots=True)
class Stored:
    """What was done, and the markers by their place in what was given."""

    ids: list[UUID]
    added: int = 0
    changed: int = 0
    corrected: int = 0
    unchanged: int = 0


def store_markers(
    conn: Connection,
    facts: Sequence[MarkerFacts],
    *,
    valid_from: date,
    source: Source,
    actor: str,
    counts_revision: bool = True,
) -> Stored:
    """Put markers into the register from a day on; a change makes a version, nothing is lost.

    A marker whose card began earlier gets a new version (*changed*), one that begins on that very
    day is amended (*corrected*), one that says the same stays. Objects and sides' own parts have
    versions of their own; where none are given, those known stay. A new marker gets its first
    event, in the state given.

    Parameters
    ----------
    counts_revision
        False where the caller has counted the change of the shared object itself.

    Raises
    ------
    NumberTakenError
        If another marker of the line has the number on that day.
    """
    give_reason(conn, f"markers from {source.name}")
    try:
        with conn.begin_nested():
            stored, changed = _store(conn, facts, valid_from, source, actor)
    except IntegrityError as error:
        if NUMBER_ONCE not in str(error.orig):
            raise
        raise _taken(conn, facts, valid_from) from None
    if counts_revision:
        note_changes(conn, actor, "marker", changed, "marker_import", source=source.name)
    return stored


def _store(
    conn: Connection, facts: Sequence[MarkerFacts], valid_from: date, source: Source, actor: str
) -> tuple[Stored, set[UUID]]:
    """Store markers; return what was done, and the known ones that changed."""
    ids = [one.known or new_id() for one in facts]
    fresh = [id_ for id_, one in zip(ids, facts, strict=True) if one.known is None]
    if fresh:
        conn.execute(insert(marker), [{"id": one} for one in fresh])
    given = dict(zip(ids, facts, strict=True))
    cards = put_versions(
        conn,
        marker_version,
        ["marker_id"],
        [_card(id_, one, source) for id_, one in given.items()],
        valid_from=valid_from,
    )
    parts = [
        _put_lines(conn, given, valid_from),
        put_own(
            conn, {id_: one.own for id_, one in given.items() if one.own}, valid_from=valid_from
        ),
        put_objects(
            conn,
            {id_: one.objects for id_, one in given.items() if one.objects},
            valid_from=valid_from,
        ),
    ]
    _add_events(conn, {id_: given[id_] for id_ in fresh}, valid_from, source, actor)
    _write_texts(conn, given, actor)
    changed = {one[0] for put in (cards, *parts) for one in put.touched} - set(fresh)
    return _count(ids, cards, parts, set(fresh)), changed


def _card(marker_id: UUID, one: MarkerFacts, source: Source) -> dict[str, Any]:
    at = one.position
    return {
        "marker_id": marker_id,
        "number": one.number,
        "member": one.member,
        "set_up": one.set_up,
        "faces": one.faces,
        "material": one.material,
        "grade": one.grade,
        "managing_id": one.managing_id,
        "sides": list(one.sides),
        "geom_wkb": shapely.to_wkb(shapely.Point(at.lon, at.lat)) if at else None,
        "given_x": at.given_x if at else None,
        "given_y": at.given_y if at else None,
        "source_crs": at.source_crs if at else None,
        "fit_id": at.fit_id if at else None,
        "method": at.method if at else None,
        "accuracy_m": at.accuracy_m if at else None,
        "height_m": one.height_m,
        "height_datum": one.height_datum,
        "set_on": one.set_on,
        "surveyed_on": one.surveyed_on,
        "note": one.note,
        "source": source.name,
        "import_id": source.import_id,
        "publication": source.publication,
    }


def _put_lines(conn: Connection, given: dict[UUID, MarkerFacts], valid_from: date) -> Put:
    """Bring the lines of each marker to those given."""
    on = marker_on_line.c
    wanted = {(id_, line): one for id_, one in given.items() for line in one.lines}
    now = conn.execute(
        select(on.marker_id, on.line_id).where(
            on.marker_id == any_uuid(given), on.valid.contains(valid_from)
        )
    )
    left = [
        (row.marker_id, row.line_id) for row in now if (row.marker_id, row.line_id) not in wanted
    ]
    key = ["marker_id", "line_id"]
    end_versions(conn, marker_on_line, key, left, day=valid_from)
    rows = [
        {"marker_id": id_, "line_id": line, "number": one.number, "member": one.member}
        for (id_, line), one in wanted.items()
    ]
    return put_versions(conn, marker_on_line, key, rows, valid_from=valid_from)


def _taken(conn: Connection, facts: Sequence[MarkerFacts], day: date) -> NumberTakenError:
    """Return which number is there already, or stands twice among what was given."""
    on = marker_on_line.c
    found = conn.execute(
        select(on.line_id, on.number, on.member).where(
            on.line_id == any_uuid({line for one in facts for line in one.lines}),
            not_(on.marker_id == any_uuid([one.known for one in facts])),
            on.valid.overlaps(Range(day, None)),
        )
    )
    seen = {tuple(row) for row in found}
    for one in facts:
        places = {(line, one.number, one.member) for line in one.lines}
        if taken := places & seen:
            break
        seen |= places
    named = name_lines(conn, [place[0] for place in taken], day)
    return NumberTakenError(
        number=one.number, member=one.member, line=" ".join(ref.name for ref in named.values())
    )


def _add_events(
    conn: Connection, fresh: dict[UUID, MarkerFacts], day: date, source: Source, actor: str
) -> None:
    rows = [
        {
            "id": new_id(),
            "marker_id": id_,
            "kind": "registered",
            "at": day,
            "state": one.state,
            "note": source.name,
            "actor": actor,
        }
        for id_, one in fresh.items()
    ]
    if rows:
        conn.execute(insert(marker_event), rows)


def _write_texts(conn: Connection, given: dict[UUID, MarkerFacts], actor: str) -> None:
    """Keep a 位置说明 that came with the marker, where it says something new."""
    texts = {id_: one.position_text for id_, one in given.items() if one.position_text}
    if not texts:
        return
    newest = conn.execute(
        select(description.c.object_id, description.c.written)
        .where(description.c.object_id == any_uuid(texts))
        .order_by(description.c.object_id, description.c.at)
    )
    known = {row.object_id: row.written for row in newest}
    rows = [
        {"id": new_id(), "object_kind": "marker", "object_id": id_, "written": text, "actor": actor}
        for id_, text in texts.items()
        if known.get(id_) != text
    ]
    if rows:
        conn.execute(insert(description), rows)


def _count(ids: list[UUID], cards: Put, parts: Sequence[Put], fresh: set[UUID]) -> Stored:
    """Count each marker once, by what happened to its card, else to a part of it."""
    stored = Stored(ids, **{word: cards.counts[word] for word in (*PARTS, "unchanged")})
    touched = {one[0] for put in parts for one in put.touched}
    only_parts = (touched - {one[0] for one in cards.touched} - fresh) & set(ids)
    stored.changed += len(only_parts)
    stored.unchanged -= len(only_parts)
    return stored
