"""Refuse to replace a version of a record that the writer has not seen."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection

from geo.errors import ChangedMeanwhileError
from geo.inspections.facts import Inspection
from geo.inspections.field.recorded import list_record_versions
from geo.inspections.read import lock_inspection
from geo.texts import Text


def require_version_seen(
    conn: Connection, found: Inspection, record_id: UUID, seen: int, kind: str
) -> None:
    """Refuse who has not seen the newest version of a record; others wait until it is written.

    The interface for programs does not ask it: there the instant of each version decides.

    Parameters
    ----------
    seen
        The version the form was opened with, 0 of a record that was not there.
    kind
        ``marker`` or ``section``, of which the results are named.

    Raises
    ------
    ChangedMeanwhileError
    """
    lock_inspection(conn, found.id)
    sent = list_record_versions(conn, record_id)
    now = sent[-1]["version"] if sent else 0
    if now == seen:
        return
    since = [one for one in reversed(sent) if one["version"] > seen]
    changes = [
        {
            "revision": one["version"],
            "what": Text(f"result.{kind}.{one['body']['state']}"),
            "actor": one["actor_name"],
            "at": one["at"].isoformat(),
        }
        for one in since
    ]
    told = [
        Text("change.told", {"what": one["what"], "who": one["actor"], "when": one["at"][:10]})
        for one in changes
    ]
    raise ChangedMeanwhileError(given=seen, revision=now, told=told, changes=changes)
