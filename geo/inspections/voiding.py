"""Void the signatures of an inspection whose content changed after they were given."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from geo.access.jurisdiction import Viewer
from geo.db.ids import new_id
from geo.inspections.feed import tell
from geo.inspections.tables import inspection, inspection_signature, inspection_step
from geo.texts import Text

SIGNED_STATES = ("signed", "reported")
"""States that rest on signatures; a change of what was signed leads back to ``disposal``."""
signature = inspection_signature.c


def void_signatures(conn: Connection, viewer: Viewer, inspection_id: UUID, why: Text) -> int:
    """Void all signatures that stand, say why, and take the inspection back to be signed again.

    To be called by everything that changes what is signed, in the same transaction.

    Parameters
    ----------
    why
        What was changed, from the catalogue, with facts that are text or numbers.

    Returns
    -------
    int
        How many signatures were voided.
    """
    reason = {"text": why.key, "facts": dict(why.facts)}
    voided = conn.execute(
        update(inspection_signature)
        .where(signature.inspection_id == inspection_id, signature.voided_at.is_(None))
        .values(voided_at=func.clock_timestamp(), void_reason=reason)
    ).rowcount
    state = conn.execute(
        select(inspection.c.state).where(inspection.c.id == inspection_id)
    ).scalar_one()
    if state in SIGNED_STATES:
        _reopen(conn, viewer, inspection_id, state, str(why))
    if voided:
        tell(conn, viewer, inspection_id, "signatures_voided", count=voided, why=str(why))
    return voided


def _reopen(conn: Connection, viewer: Viewer, inspection_id: UUID, state: str, why: str) -> None:
    conn.execute(
        update(inspection).where(inspection.c.id == inspection_id).values(state="disposal")
    )
    conn.execute(
        insert(inspection_step).values(
            id=new_id(),
            inspection_id=inspection_id,
            action="reopen",
            from_state=state,
            to_state="disposal",
            note=why,
            actor=viewer.actor,
        )
    )
