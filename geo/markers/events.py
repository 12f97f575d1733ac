"""Record what happened to a marker; what is recorded is never changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Text, cast, func, insert, select

from geo.access.jurisdiction import Viewer, require_role, require_some_role, roles_at
from geo.access.tables import app_user
from geo.db.ids import new_id
from geo.db.sql import any_uuid
from geo.errors import (
    NeighbourAbsentError,
    OptionInvalidError,
    ProposalNeededError,
    StepRefusedError,
)
from geo.files.attach import list_attachments
from geo.markers.life import RECORDED, STEPS, Step, next_steps, state_after
from geo.markers.read import DivisionRef, Marker
from geo.markers.tables import marker_event
from geo.revisions.changes import change_object
from geo.texts import Text as Words

event = marker_event.c
GOALS = ("position_right", "firmly_set", "easily_seen", "inscription_clear")
"""The goals of Order 36 that are judged at the marker; the fifth, a complete file, is computed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Somebody who was there, and of which side; ``side`` is its code, name or id as given."""

    name: str
    side: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFacts:
    """What is to be recorded: ``files`` are attachments of the marker by id or SHA-256."""

    kind: str
    at: date
    present: Sequence[Present] = ()
    note: str | None = None
    files: Sequence[str] = ()
    goals: Mapping[str, bool] | None = None
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A step in a marker's life; ``present`` has name, division (id), code and side's name.

    ``files`` are ids of attachments, ``missing`` the papers of the step that are not among them.
    """

    id: UUID
    marker_id: UUID
    kind: str
    at: date
    state: str
    present: tuple[Mapping[str, str], ...]
    goals: Mapping[str, bool] | None
    facts: Mapping[str, Any]
    files: tuple[UUID, ...]
    missing: tuple[str, ...]
    proposal_id: UUID | None
    note: str | None
    actor_name: str
    recorded_at: datetime


def record_event(
    conn: Connection,
    viewer: Viewer,
    marker: Marker,
    given: EventFacts,
    *,
    today: date,
    seen: int | None = None,
) -> Event:
    """Record an event of a marker that a side may record by itself.

    Raises
    ------
    OptionInvalidError
        If the kind is none, the day lies ahead or before the last event, a side is none of the
        marker's, or a file is none of its files.
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer is an editor of one of the sides.
    NeighbourAbsentError
        If the step needs the neighbour and nobody of a side was there (Order 353 art. 6, 16).
    StepRefusedError, ProposalNeededError
        If the state does not allow it, or it needs a proposal.
    ChangedMeanwhileError
        If ``seen`` is not the newest revision.
    """
    acting = _acting_side(conn, viewer, marker)
    step = _step(given.kind)
    present = [_present(one, marker) for one in given.present]
    if step.presence:
        _require_neighbours(marker, acting, present, given.kind)
    step_name = Words(f"marker_event.{given.kind}")
    change_object(
        conn,
        viewer,
        "marker",
        marker.id,
        "marker_event",
        seen=seen,
        needs_seen=False,
        step=step_name,
    )
    state = _check_day(conn, marker, given.at, today)
    if state not in step.starts:
        raise StepRefusedError(
            kind=step_name,
            state=Words(f"marker_state.{state}"),
            allowed=[Words(f"marker_event.{kind}") for kind in next_steps(state)],
        )
    return write_event(conn, viewer, marker, given, present=present, state=state)


def write_event(
    conn: Connection,
    viewer: Viewer,
    marker: Marker,
    given: EventFacts,
    *,
    present: Sequence[Mapping[str, str]] = (),
    state: str,
    proposal_id: UUID | None = None,
) -> Event:
    """Write an event that follows ``state``; whether it may was asked before."""
    files = _files(conn, marker, given.files)
    made = new_id()
    conn.execute(
        insert(marker_event).values(
            id=made,
            marker_id=marker.id,
            kind=given.kind,
            at=given.at,
            state=state_after(given.kind, state),
            present=list(present),
            goals=_goals(given.goals),
            facts={**(given.facts or {}), "files": [str(one) for one in files]},
            proposal_id=proposal_id,
            note=given.note,
            actor=viewer.actor,
        )
    )
    return next(one for one in list_events(conn, [marker.id])[marker.id] if one.id == made)


def list_events(conn: Connection, marker_ids: Collection[UUID]) -> dict[UUID, list[Event]]:
    """List the events of markers, the newest first, by marker; each marker is a key."""
    rows = conn.execute(
        select(
            *marker_event.c,
            func.coalesce(app_user.c.name, event.actor).label("actor_name"),
        )
        .outerjoin(app_user, cast(app_user.c.id, Text) == event.actor)
        .where(event.marker_id == any_uuid(marker_ids))
        .order_by(event.marker_id, event.at.desc(), event.recorded_at.desc())
    ).all()
    papers = {
        one.id: one.kind for listed in list_attachments(conn, marker_ids).values() for one in listed
    }
    found: dict[UUID, list[Event]] = {one: [] for one in marker_ids}
    for row in rows:
        found[row.marker_id].append(_event(row, papers))
    return found


def last_state(conn: Connection, marker_id: UUID) -> tuple[str, date | None]:
    """Return the state the last event left, and its day."""
    row = conn.execute(
        select(event.state, event.at)
        .where(event.marker_id == marker_id)
        .order_by(event.at.desc(), event.recorded_at.desc())
        .limit(1)
    ).one_or_none()
    return (row.state, row.at) if row else ("in_place", None)


def find_side(marker: Marker, side: str) -> DivisionRef:
    """Return the side of a marker that a code, a name or an id names.

    Raises
    ------
    OptionInvalidError
    """
    wanted = side.strip()
    for one in marker.sides:
        if wanted in (one.code, one.name, str(one.id)):
            return one
    allowed = [f"{one.code} {one.name}" for one in marker.sides]
    raise OptionInvalidError(option="side", value=side, allowed=allowed)


def _event(row: Any, papers: Mapping[UUID, str]) -> Event:
    files = tuple(UUID(one) for one in row.facts.get("files", ()))
    kinds = {papers.get(one) for one in files}
    return Event(
        id=row.id,
        marker_id=row.marker_id,
        kind=row.kind,
        at=row.at,
        state=row.state,
        present=tuple(row.present),
        goals=row.goals,
        facts={key: value for key, value in row.facts.items() if key != "files"},
        files=files,
        missing=tuple(kind for kind in STEPS[row.kind].papers if kind not in kinds),
        proposal_id=row.proposal_id,
        note=row.note,
        actor_name=row.actor_name,
        recorded_at=row.recorded_at,
    )


def _step(kind: str) -> Step:
    step = STEPS.get(kind)
    if step is not None and step.agreed:
        raise ProposalNeededError(kind=Words(f"marker_event.{kind}"))
    if step is None or kind not in RECORDED:
        raise OptionInvalidError(option="kind", value=kind, allowed=list(RECORDED))
    return step


def _acting_side(conn: Connection, viewer: Viewer, marker: Marker) -> UUID | None:
    """Return for which side the viewer acts; for the managing one where all are in reach.

    None where that cannot be told: then somebody of every side must have been there.
    """
    require_some_role(viewer, "editor")
    mine = roles_at(conn, viewer, "editor", [one.id for one in marker.sides])
    if not mine:
        number = f"{marker.number}{marker.member}"
        require_role(conn, viewer, "editor", [one.id for one in marker.sides], what=number)
    if marker.managing is not None and marker.managing.id in mine:
        return marker.managing.id
    return next(iter(mine)) if len(mine) == 1 else None


def _present(one: Present, marker: Marker) -> dict[str, str]:
    side = find_side(marker, one.side)
    name = " ".join(one.name.split())
    if not name:
        raise OptionInvalidError(
            option="present.name", value=one.name, allowed=Words("allowed.person_name")
        )
    return {"name": name, "division": str(side.id), "code": side.code, "side": side.name}


def _require_neighbours(
    marker: Marker, acting: UUID | None, present: Sequence[Mapping[str, str]], kind: str
) -> None:
    there = {one["division"] for one in present}
    absent = [one.name for one in marker.sides if one.id != acting and str(one.id) not in there]
    if absent:
        raise NeighbourAbsentError(kind=Words(f"marker_event.{kind}"), absent=absent)


def _check_day(conn: Connection, marker: Marker, at: date, today: date) -> str:
    """Return the state a new event follows; its day lies between the last event and today."""
    state, last = last_state(conn, marker.id)
    if at > today or (last is not None and at < last):
        facts = {"first": last or "…", "last": today}
        raise OptionInvalidError(option="at", value=at, allowed=Words("allowed.days", facts))
    return state


def _goals(goals: Mapping[str, bool] | None) -> dict[str, bool] | None:
    for name in goals or ():
        if name not in GOALS:
            raise OptionInvalidError(option="goals", value=name, allowed=list(GOALS))
    return dict(goals) if goals else None


def _files(conn: Connection, marker: Marker, wanted: Sequence[str]) -> list[UUID]:
    if not wanted:
        return []
    known = list_attachments(conn, [marker.id])[marker.id]
    by_name = {one.sha256: one.id for one in known} | {str(one.id): one.id for one in known}
    for one in wanted:
        if one not in by_name:
            allowed = [f"{kept.id} {kept.name}" for kept in known] or Words("allowed.files_first")
            raise OptionInvalidError(option="files", value=one, allowed=allowed)
    return [by_name[one] for one in wanted]
