"""Count what each side has recorded and has not, of many inspections at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, FromClause, Select, Uuid, and_, func, or_, select

from geo.db.sql import any_uuid
from geo.inspections.tables import inspection_record, inspection_subject

record = inspection_record.c
subject = inspection_subject.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a side of an inspection has to record: ``subjects``, of which ``missing`` lack.

    ``alone`` counts those of the missing that another side has recorded: one click takes them over.
    """

    subjects: int = 0
    missing: int = 0
    alone: int = 0


def count_recorded(conn: Connection, ids: Collection[UUID]) -> dict[tuple[UUID, UUID], Recorded]:
    """Count by inspection and side."""
    return {
        (row.inspection_id, row.side): Recorded(
            subjects=row.subjects, missing=row.missing, alone=row.alone
        )
        for row in conn.execute(_counts(ids))
    }


def _counts(ids: Collection[UUID]) -> Select[Any]:
    recorded, owed = _recorded(ids).cte("recorded"), _owed(ids).cte("owed")
    own, of = recorded.alias("own"), recorded.c
    anybody = (
        select(of.inspection_id, of.subject_kind, of.subject_id).distinct().subquery("anybody")
    )
    lacks = own.c.division_id.is_(None)
    return (
        select(
            owed.c.inspection_id,
            owed.c.side,
            func.count().label("subjects"),
            func.count().filter(lacks).label("missing"),
            func.count().filter(lacks, anybody.c.subject_id.is_not(None)).label("alone"),
        )
        .select_from(owed)
        .outerjoin(own, and_(_same(own, owed), own.c.division_id == owed.c.side))
        .outerjoin(anybody, _same(anybody, owed))
        .group_by(owed.c.inspection_id, owed.c.side)
    )


def _recorded(ids: Collection[UUID]) -> Select[Any]:
    """Select which side has a record of which subject that counts."""
    return (
        select(record.inspection_id, record.subject_kind, record.subject_id, record.division_id)
        .where(
            record.inspection_id == any_uuid(ids),
            record.withdrawn_at.is_(None),
            or_(record.via != "contractor", record.accepted_at.is_not(None)),
        )
        .distinct()
    )


def _owed(ids: Collection[UUID]) -> Select[Any]:
    """Select which side has to record which subject."""
    side = func.unnest(subject.sides, type_=Uuid).label("side")
    return select(subject.inspection_id, subject.kind, subject.object_id, side).where(
        subject.inspection_id == any_uuid(ids)
    )


def _same(recorded: FromClause, owed: FromClause) -> ColumnElement[bool]:
    """Return that a record is of a subject."""
    return and_(
        recorded.c.inspection_id == owed.c.inspection_id,
        recorded.c.subject_kind == owed.c.kind,
        recorded.c.subject_id == owed.c.object_id,
    )
