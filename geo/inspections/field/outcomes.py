"""What the sides together found at each subject: one common finding, or a disagreement on record.

Each side records by itself. Where all found the same, that is the common finding; where they found
different things they say what holds (all of them the same), or put on record that they disagree.
What was said counts only for the records it was said of: one that changes later undoes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on

from geo.db.sql import any_uuid
from geo.inspections.facts import Inspection, Outcome, OutcomeStatus, Record, Subject
from geo.inspections.tables import inspection_finding, inspection_record, inspection_subject

record = inspection_record.c
subject = inspection_subject.c
said = inspection_finding.c
Key = tuple[str, UUID]


class View(NamedTuple):
    """What one side holds of a subject: the state it found, in which record."""

    record_id: UUID
    state: str
    sha256: str


class Judged(NamedTuple):
    """What views and statements come to; ``proposed`` is what each side said last."""

    status: OutcomeStatus
    state: str | None
    words: str | None
    lacks: tuple[UUID, ...]
    proposed: Mapping[UUID, tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an inspection is: its subjects, and how many have which outcome."""

    markers: int = 0
    sections: int = 0
    agreed: int = 0
    disagreed: int = 0
    conflict: int = 0
    open: int = 0

    @property
    def settled(self) -> int:
        """Return how many subjects have a result."""
        return self.agreed + self.disagreed


def list_outcomes(
    conn: Connection, inspection: Inspection, records: Sequence[Record]
) -> list[Outcome]:
    """Return the outcome of each subject, in the order of the subjects.

    Parameters
    ----------
    records
        Those of the inspection; of each side's the latest that counts is its view.
    """
    views: dict[Key, dict[UUID, Record]] = {}
    for one in sorted(records, key=_newness):
        if one.counts:
            views.setdefault((one.subject_kind, one.subject_id), {})[one.division_id] = one
    statements = _statements(conn, [inspection.id]).get(inspection.id, {})
    return [
        _outcome(one, views.get(one.key, {}), statements.get(one.key, ()))
        for one in inspection.subjects
    ]


def count_outcomes(conn: Connection, ids: Collection[UUID]) -> dict[UUID, Progress]:
    """Count the outcomes of many inspections at once, without reading what was recorded."""
    counts: dict[UUID, dict[str, int]] = {one: {} for one in ids}
    for row in conn.execute(_unsaid(ids)):
        _count(counts[row.inspection_id], row.kind, row.status, row.subjects)
    for inspection_id, kind, _sides, judged in judge_all(conn, ids, said_of=True):
        _count(counts[inspection_id], kind, judged.status, 1)
    return {one: Progress(**count) for one, count in counts.items()}


def _count(counts: dict[str, int], kind: str, status: str, subjects: int) -> None:
    for name in (f"{kind}s", status):
        counts[name] = counts.get(name, 0) + subjects


def _unsaid(ids: Collection[UUID]) -> Select[Any]:
    """Count the subjects nothing was said of, whose views alone tell; a year has thousands."""
    found = _agreement(ids)
    of = found.c
    status = case(
        (func.coalesce(of.sides, 0) < func.cardinality(subject.sides), "open"),
        (of.states == 1, "agreed"),
        else_="conflict",
    ).label("status")
    same = and_(
        of.inspection_id == subject.inspection_id,
        of.subject_kind == subject.kind,
        of.subject_id == subject.object_id,
    )
    return (
        select(subject.inspection_id, subject.kind, status, func.count().label("subjects"))
        .select_from(inspection_subject)
        .outerjoin(found, same)
        .where(subject.inspection_id == any_uuid(ids), ~_said_of())
        .group_by(subject.inspection_id, subject.kind, status)
    )


def _agreement(ids: Collection[UUID]) -> Subquery:
    """Select of each subject how many sides have a view, and how many different ones."""
    view = _counting(ids).subquery().c
    key = (view.inspection_id, view.subject_kind, view.subject_id)
    latest = (
        select(*key, view.state)
        .ext(distinct_on(*key, view.division_id))
        .order_by(
            *key,
            view.division_id,
            view.on_day.desc(),
            view.edited_at.desc(),
            view.recorded_at.desc(),
        )
        .subquery()
        .c
    )
    of = (latest.inspection_id, latest.subject_kind, latest.subject_id)
    return (
        select(
            *of,
            func.count().label("sides"),
            func.count(latest.state.distinct()).label("states"),
        )
        .group_by(*of)
        .subquery()
    )


def _said_of() -> ColumnElement[bool]:
    return exists().where(
        said.inspection_id == subject.inspection_id,
        said.subject_kind == subject.kind,
        said.subject_id == subject.object_id,
    )


def judge_all(
    conn: Connection, ids: Collection[UUID], *, said_of: bool = False
) -> Iterator[tuple[UUID, str, Sequence[UUID], Judged]]:
    """Yield inspection, kind of subject, its sides, and what is found of it, for many at once.

    Parameters
    ----------
    said_of
        Only those somebody said something of.
    """
    chosen = select(subject.inspection_id, subject.kind, subject.object_id, subject.sides).where(
        subject.inspection_id == any_uuid(ids)
    )
    rows = conn.execute(chosen.where(_said_of()) if said_of else chosen).all()
    views = _views(conn, ids) if rows else {}
    statements = _statements(conn, ids) if rows else {}
    for row in rows:
        key = (row.kind, row.object_id)
        judged = judge(
            row.sides,
            views.get(row.inspection_id, {}).get(key, {}),
            statements.get(row.inspection_id, {}).get(key, ()),
        )
        yield row.inspection_id, row.kind, row.sides, judged


def _newness(one: Record) -> tuple[date, datetime, datetime]:
    """Return by what a side's records of a subject follow each other."""
    return one.on_day, one.edited_at, one.recorded_at


def digest_views(views: Iterable[tuple[UUID, View]]) -> str:
    """Return what a statement is bound to: the digest of the records it was said of."""
    spelled = sorted(f"{division} {view.record_id} {view.sha256}" for division, view in views)
    return sha256("\n".join(spelled).encode()).hexdigest()


def judge(
    sides: Sequence[UUID], views: Mapping[UUID, View], statements: Sequence[Row[Any]]
) -> Judged:
    """Return what the sides' views and statements of one subject come to.

    Parameters
    ----------
    sides
        The sides that have to record it.
    statements
        What was said of it, the oldest first.
    """
    lacks = tuple(one for one in sides if one not in views)
    if lacks:
        return Judged("open", None, None, lacks, {})
    bound = digest_views(views.items())
    last = {row.division_id: row for row in statements if row.records_sha256 == bound}
    proposed = {side: (row.state, row.words) for side, row in last.items()}
    if any(row.said == "disagreed" for row in last.values()):
        words = next(row.words for row in last.values() if row.said == "disagreed")
        return Judged("disagreed", None, words, (), proposed)
    if len(proposed) == len(sides) and len({state for state, _words in proposed.values()}) == 1:
        state, words = proposed[sides[0]]
        return Judged("agreed", state, words, (), proposed)
    states = {view.state for view in views.values()}
    if len(states) == 1 and not proposed:
        return Judged("agreed", next(iter(states)), None, (), proposed)
    return Judged("conflict", None, None, (), proposed)


def _outcome(one: Subject, views: Mapping[UUID, Record], statements: Sequence[Row[Any]]) -> Outcome:
    light = {side: View(record.id, record.state, record.sha256) for side, record in views.items()}
    judged = judge(one.sides, light, statements)
    return Outcome(
        subject=one,
        status=judged.status,
        state=judged.state,
        words=judged.words,
        views=views,
        lacks=judged.lacks,
        proposed=judged.proposed,
    )


def _views(conn: Connection, ids: Collection[UUID]) -> dict[UUID, dict[Key, dict[UUID, View]]]:
    found: dict[UUID, dict[Key, dict[UUID, View]]] = {}
    for row in conn.execute(_counting(ids)):
        of_one = found.setdefault(row.inspection_id, {})
        views = of_one.setdefault((row.subject_kind, row.subject_id), {})
        views[row.division_id] = View(row.id, row.state, row.sha256)
    return found


def _counting(ids: Collection[UUID]) -> Select[Any]:
    """Select the records that count, each side's latest last."""
    return (
        select(
            record.inspection_id, record.subject_kind, record.subject_id, record.division_id,
            record.id, record.state, record.sha256, record.on_day, record.edited_at,
            record.recorded_at,
        )
        .where(
            record.inspection_id == any_uuid(ids),
            record.withdrawn_at.is_(None),
            or_(record.via != "contractor", record.accepted_at.is_not(None)),
        )
        .order_by(record.on_day, record.edited_at, record.recorded_at)
    )  # fmt: skip


def _statements(conn: Connection, ids: Collection[UUID]) -> dict[UUID, dict[Key, list[Row[Any]]]]:
    found: dict[UUID, dict[Key, list[Row[Any]]]] = {}
    rows = conn.execute(
        select(inspection_finding)
        .where(said.inspection_id == any_uuid(ids))
        .order_by(said.at, said.id)
    )
    for row in rows:
        of_one = found.setdefault(row.inspection_id, {})
        of_one.setdefault((row.subject_kind, row.subject_id), []).append(row)
    return found
