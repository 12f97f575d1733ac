"""Count what each side has recorded and has not, of many inspections at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, Uuid, and_, func, or_, select

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
    recorded = (
        select(record.inspection_id, record.subject_kind, record.subject_id, record.division_id)
        .where(
            record.inspection_id == any_uuid(ids),
            record.withdrawn_at.is_(None),
            or_(record.via != "contractor", record.accepted_at.is_not(None)),
        )
        .distinct()
        .cte("recorded")
    )
    owed = (
        select(
            subject.inspection_id,
            subject.kind,
            subject.object_id,
            func.unnest(subject.sides, type_=Uuid).label("side"),
        )
        .where(subject.inspection_id == any_uuid(ids))
        .cte("owed")
    )
    own, other = recorded.alias("own"), recorded.alias("other")
    any_other = (
        select(other.c.inspection_id, other.c.subject_kind, other.c.subject_id)
        .distinct()
        .subquery()
    )
    lacks = own.c.division_id.is_(None)
    return (
        select(
            owed.c.inspection_id,
            owed.c.side,
            func.count().label("subjects"),
            func.count().filter(lacks).label("missing"),
            func.count().filter(lacks, any_other.c.subject_id.is_not(None)).label("alone"),
        )
        .select_from(owed)
        .outerjoin(
            own,
            and_(
                own.c.inspection_id == owed.c.inspection_id,
                own.c.subject_kind == owed.c.kind,
                own.c.subject_id == owed.c.object_id,
                own.c.division_id == owed.c.side,
            ),
        )
        .outerjoin(
            any_other,
            and_(
                any_other.c.inspection_id == owed.c.inspection_id,
                any_other.c.subject_kind == owed.c.kind,
                any_other.c.subject_id == owed.c.object_id,
            ),
        )
        .group_by(owed.c.inspection_id, owed.c.side)
    )
