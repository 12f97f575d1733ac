"""What waits in the field: open work orders, and markers somebody reported lost or damaged."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    cast,
    exists,
    func,
    or_,
    select,
)

from geo.access.jurisdiction import MOST_SIDES, Viewer, in_reach, reach_some
from geo.access.tables import app_user
from geo.boundaries.sides import Side, name_divisions
from geo.db.sql import any_uuid
from geo.divisions.read import units_below
from geo.inspections.planning.proposing import name_ends
from geo.markers.read import LineRef, name_lines
from geo.markers.tables import marker_event, marker_on_line, marker_version
from geo.sections.tables import line_section
from geo.upkeep.tables import work_order

INCIDENTS = ("lost", "damaged", "moved", "leaning")
"""Reports after which somebody has to go there."""
SINCE = timedelta(days=365)
MOST = 500
order = work_order.c
event = marker_event.c
card = marker_version.c


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """A work order that is not ended; ``cause_id`` is the inspection that opened it."""

    id: UUID
    task: str
    due_on: date | None
    responsible: Side
    label: str
    line_id: UUID | None
    line_name: str
    cause_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A marker whose newest report is that it is lost, damaged, moved or leaning.

    ``managing`` is the side that keeps it, which repairs it with the other present (Order 353
    art. 6).
    """

    event_id: UUID
    marker_id: UUID
    label: str
    state: str
    at: date
    actor_name: str
    sides: tuple[Side, ...]
    managing: Side | None
    line_id: UUID | None
    line_name: str


def list_orders(
    conn: Connection, viewer: Viewer, today: date, within: UUID | None = None
) -> list[OpenOrder]:
    """List the open work orders of divisions in the viewer's jurisdiction, by their due day."""
    wanted = [order.state == "open", in_reach(viewer, order.responsible_id)]
    if within is not None:
        wanted.append(order.responsible_id == any_uuid(units_below(conn, within, today)))
    chosen: Select[Any] = (
        select(work_order).where(*wanted).order_by(order.due_on.nulls_last(), order.id).limit(MOST)
    )
    rows = conn.execute(chosen).all()
    sides = name_divisions(conn, {row.responsible_id for row in rows}, today)
    labels = _labels(conn, {row.object_id for row in rows}, today)
    lines = name_lines(conn, {line for _, line in labels.values() if line}, today)
    found = []
    for row in rows:
        label, line = labels.get(row.object_id, (str(row.object_id), None))
        found.append(
            OpenOrder(
                id=row.id,
                task=row.task,
                due_on=row.due_on,
                responsible=sides[row.responsible_id],
                label=label,
                line_id=line,
                line_name=lines[line].name if line else "",
                cause_id=row.cause_id,
            )
        )
    return found


def list_incidents(
    conn: Connection, viewer: Viewer, today: date, within: UUID | None = None
) -> list[Incident]:
    """List what others reported in the last year of markers that the viewer's sides share.

    One with an open work order is left out: somebody has it in hand.
    """
    chosen = _reported(viewer, today)
    if within is not None:
        inside = any_uuid(units_below(conn, within, today))
        chosen = chosen.where(
            or_(*(card.sides[place] == inside for place in range(1, MOST_SIDES + 1)))
        )
    rows = conn.execute(chosen).all()
    lines = _lines_of(conn, {row.marker_id for row in rows}, today)
    sides = name_divisions(
        conn, {one for row in rows for one in (*row.sides, row.managing_id) if one}, today
    )
    return [_incident(row, lines.get(row.marker_id), sides) for row in rows]


def _incident(row: Row[Any], line: LineRef | None, sides: Mapping[UUID, Side]) -> Incident:
    return Incident(
        event_id=row.id,
        marker_id=row.marker_id,
        label=f"{row.number}{row.member}",
        state=row.state,
        at=row.at,
        actor_name=row.actor_name,
        sides=tuple(sides[one] for one in row.sides),
        managing=sides.get(row.managing_id),
        line_id=line.id if line else None,
        line_name=line.name if line else "",
    )


def _reported(viewer: Viewer, today: date) -> Select[Any]:
    later, handled = marker_event.alias("later").c, work_order.alias("handled").c
    newer: ColumnElement[bool] = exists().where(
        later.marker_id == event.marker_id,
        or_(later.at > event.at, and_(later.at == event.at, later.recorded_at > event.recorded_at)),
    )
    in_hand = exists().where(handled.object_id == event.marker_id, handled.state == "open")
    return (
        select(
            event.id,
            event.marker_id,
            event.state,
            event.at,
            card.number,
            card.member,
            card.sides,
            card.managing_id,
            func.coalesce(app_user.c.name, event.actor).label("actor_name"),
        )
        .join_from(
            marker_event,
            marker_version,
            and_(card.marker_id == event.marker_id, card.valid.contains(today)),
        )
        .outerjoin(app_user, cast(app_user.c.id, Text) == event.actor)
        .where(
            event.kind.in_(INCIDENTS),
            event.at > today - SINCE,
            event.actor != viewer.actor,
            reach_some(viewer, card.sides),
            ~newer,
            ~in_hand,
        )
        .order_by(event.at.desc(), event.id)
        .limit(MOST)
    )


def _lines_of(conn: Connection, markers: Collection[UUID], at: date) -> dict[UUID, LineRef]:
    """Return the line a marker stands on; of several the first by code and name."""
    on = marker_on_line.c
    rows = conn.execute(
        select(on.marker_id, on.line_id).where(
            on.marker_id == any_uuid(markers), on.valid.contains(at)
        )
    ).all()
    names = name_lines(conn, {row.line_id for row in rows}, at)
    found: dict[UUID, LineRef] = {}
    for row in sorted(rows, key=lambda row: names[row.line_id].name, reverse=True):
        found[row.marker_id] = names[row.line_id]
    return found


def _labels(
    conn: Connection, objects: Collection[UUID], at: date
) -> dict[UUID, tuple[str, UUID | None]]:
    """Return what markers and sections are called, and the line they are of."""
    lines = _lines_of(conn, objects, at)
    found = {
        id_: (number, lines[id_].id if id_ in lines else None)
        for id_, number in name_ends(conn, objects, at).items()
    }
    section = line_section.c
    chosen: Select[Any] = (
        select(line_section)
        .where(section.section_id == any_uuid(objects))
        .order_by(section.valid.contains(at), func.lower(section.valid).nulls_first())
    )
    rows: Sequence[Row[Any]] = conn.execute(chosen).all()
    ends = name_ends(
        conn, {end for row in rows for end in (row.from_marker_id, row.to_marker_id) if end}, at
    )
    for row in rows:
        begin = ends.get(row.from_marker_id) or row.from_text or ""
        end = ends.get(row.to_marker_id) or row.to_text or ""
        found[row.section_id] = (f"{begin}–{end}", row.line_id)
    return found
