"""Take a shared object for a change: refuse a writer who has not seen the newest state of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Text, cast, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from geo.access.jurisdiction import Viewer
from geo.access.tables import app_user
from geo.db.sql import any_uuid
from geo.errors import ChangedMeanwhileError, RevisionMissingError
from geo.revisions.tables import object_change, shared_object
from geo.texts import Text as Words

MOST_TOLD = 20
"""Changes that a refusal lists; the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One revision of a shared object; ``what`` is ``change.<what>`` in the catalogue."""

    revision: int
    what: str
    facts: Mapping[str, Any]
    actor: str
    actor_name: str
    at: datetime

    def in_words(self) -> Words:
        """Return what was changed, to be put into words."""
        return Words(f"change.{self.what}", self.facts)

    def told(self) -> Words:
        """Return what was changed, by whom and when, to be put into words."""
        facts = {"what": self.in_words(), "who": self.actor_name, "when": self.at.date()}
        return Words("change.told", facts)


def change_object(
    conn: Connection,
    viewer: Viewer,
    kind: str,
    object_id: UUID,
    what: str,
    *,
    seen: int | None,
    needs_seen: bool = True,
    **facts: Any,
) -> int:
    """Lock a shared object until the transaction ends, write down the change, count its revision.

    To be called before anything of the object is written; what is written after it happens once,
    for two writers wait for each other here.

    Parameters
    ----------
    kind
        ``marker`` or ``line``.
    what
        What is changed, ``change.<what>`` in the catalogue; ``facts`` are its facts: text, numbers,
        texts of the catalogue, or lists of them.
    seen
        The revision the writer saw (``If-Match``).
    needs_seen
        False for what only adds, such as an event, and for an import.

    Returns
    -------
    int
        The new revision.

    Raises
    ------
    RevisionMissingError
        If nobody says which revision was seen.
    ChangedMeanwhileError
        If it is not the newest; names what was changed since, by whom and when.
    """
    conn.execute(
        upsert(shared_object)
        .values(id=object_id, kind=kind, revision=0)
        .on_conflict_do_nothing(index_elements=["id"])
    )
    now = conn.execute(
        select(shared_object.c.revision).where(shared_object.c.id == object_id).with_for_update()
    ).scalar_one()
    if seen is None and needs_seen:
        raise RevisionMissingError(revision=now)
    if seen is not None and seen != now:
        raise _changed(conn, object_id, seen, now)
    conn.execute(
        update(shared_object).where(shared_object.c.id == object_id).values(revision=now + 1)
    )
    conn.execute(
        insert(object_change).values(
            object_id=object_id,
            revision=now + 1,
            what=what,
            facts={name: _keep(fact) for name, fact in facts.items()},
            actor=viewer.actor,
        )
    )
    return int(now + 1)


def require_seen(conn: Connection, object_id: UUID, seen: int | None) -> None:
    """Refuse who has not seen the newest state of a shared object; nothing is locked or changed.

    Raises
    ------
    RevisionMissingError, ChangedMeanwhileError
    """
    now = read_revision(conn, object_id)
    if seen is None:
        raise RevisionMissingError(revision=now)
    if seen != now:
        raise _changed(conn, object_id, seen, now)


def _changed(conn: Connection, object_id: UUID, seen: int, now: int) -> ChangedMeanwhileError:
    changes = list_changes(conn, object_id, since=seen)
    return ChangedMeanwhileError(
        given=seen,
        revision=now,
        told=[one.told() for one in changes],
        changes=[
            {
                "revision": one.revision,
                "what": one.in_words(),
                "actor": one.actor_name,
                "at": one.at.isoformat(),
            }
            for one in changes
        ],
    )


def note_changes(
    conn: Connection, actor: str, kind: str, object_ids: Collection[UUID], what: str, **facts: Any
) -> None:
    """Count a revision of many shared objects, such as those an import changed."""
    if not object_ids:
        return
    first = upsert(shared_object).values(
        [{"id": one, "kind": kind, "revision": 1} for one in object_ids]
    )
    counted = conn.execute(
        first.on_conflict_do_update(
            index_elements=["id"], set_={"revision": shared_object.c.revision + 1}
        ).returning(shared_object.c.id, shared_object.c.revision)
    ).all()
    same = {"what": what, "facts": facts, "actor": actor}
    rows = [{"object_id": one.id, "revision": one.revision, **same} for one in counted]
    conn.execute(insert(object_change), rows)


def read_revision(conn: Connection, object_id: UUID) -> int:
    """Return the newest revision of a shared object; 0 where it was never changed."""
    return read_revisions(conn, [object_id])[object_id]


def read_revisions(conn: Connection, object_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the newest revision of each of these objects."""
    rows = conn.execute(
        select(shared_object.c.id, shared_object.c.revision).where(
            shared_object.c.id == any_uuid(object_ids)
        )
    )
    known = {row.id: row.revision for row in rows}
    return {one: known.get(one, 0) for one in object_ids}


def list_changes(conn: Connection, object_id: UUID, *, since: int = 0) -> list[Change]:
    """Return the changes after a revision, the newest first; at most 20."""
    rows = conn.execute(
        select(
            object_change.c.revision,
            object_change.c.what,
            object_change.c.facts,
            object_change.c.actor,
            func.coalesce(app_user.c.name, object_change.c.actor).label("actor_name"),
            object_change.c.at,
        )
        .outerjoin(app_user, cast(app_user.c.id, Text) == object_change.c.actor)
        .where(object_change.c.object_id == object_id, object_change.c.revision > since)
        .order_by(object_change.c.revision.desc())
        .limit(MOST_TOLD)
    ).mappings()
    return [
        Change(**{**row, "facts": {name: _recall(fact) for name, fact in row["facts"].items()}})
        for row in rows
    ]


def _keep(fact: Any) -> Any:
    """Return a fact as JSON; a text of the catalogue by its key, to be said in either language."""
    if isinstance(fact, Words):
        return {"text": fact.key}
    return [_keep(one) for one in fact] if isinstance(fact, list | tuple) else fact


def _recall(fact: Any) -> Any:
    if isinstance(fact, dict):
        return Words(fact["text"])
    return [_recall(one) for one in fact] if isinstance(fact, list) else fact
