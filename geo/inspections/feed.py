"""The feed of an inspection: what happened, for both sides to see; it is only added to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, Text, cast, func, insert, select

from geo.access.jurisdiction import Viewer
from geo.access.tables import app_user
from geo.db.sql import any_uuid
from geo.inspections.tables import inspection_event
from geo.texts import Text as Words

event = inspection_event.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened; ``kind`` is ``inspection_event.<kind>`` in the catalogue."""

    id: int
    inspection_id: UUID
    kind: str
    division_id: UUID | None
    facts: Mapping[str, Any]
    actor_name: str
    at: datetime

    def in_words(self) -> Words:
        """Return what happened, to be put into words."""
        facts: dict[str, object] = dict(self.facts)
        if "action" in facts:
            facts["action"] = Words(f"action.{facts['action']}")
        if "to" in facts:
            facts["to"] = Words(f"inspection_state.{facts['to']}")
        if "subject" in facts and "state" in facts:
            facts["state"] = Words(f"result.{facts['subject']}.{facts['state']}")
        noted = self.kind == "step" and facts.get("note")
        return Words(f"inspection_event.{self.kind}{'_noted' if noted else ''}", facts)


def tell(
    conn: Connection,
    viewer: Viewer,
    inspection_id: UUID,
    kind: str,
    division_id: UUID | None = None,
    **facts: str | int | None,
) -> None:
    """Write into the feed what was done, for which side."""
    conn.execute(
        insert(inspection_event).values(
            inspection_id=inspection_id,
            kind=kind,
            division_id=division_id,
            facts=facts,
            actor=viewer.actor,
        )
    )


def list_events(
    conn: Connection, inspection_ids: Collection[UUID], *, after: int = 0, limit: int = 200
) -> list[Event]:
    """List what happened after an event, the oldest first; who may see it was asked before."""
    rows = conn.execute(
        _select(inspection_ids).where(event.id > after).order_by(event.id).limit(limit)
    ).mappings()
    return [Event(**row) for row in rows]


def list_newest(
    conn: Connection, inspection_ids: Collection[UUID], *, limit: int = 100
) -> list[Event]:
    """List what happened last, the newest first; who may see it was asked before."""
    rows = conn.execute(_select(inspection_ids).order_by(event.id.desc()).limit(limit)).mappings()
    return [Event(**row) for row in rows]


def _select(inspection_ids: Collection[UUID]) -> Select[Any]:
    return (
        select(
            event.id,
            event.inspection_id,
            event.kind,
            event.division_id,
            event.facts,
            func.coalesce(app_user.c.name, event.actor).label("actor_name"),
            event.at,
        )
        .outerjoin(app_user, cast(app_user.c.id, Text) == event.actor)
        .where(event.inspection_id == any_uuid(inspection_ids))
    )
