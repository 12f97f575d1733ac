"""The signatures and seals of an inspection, and which of them still stand.

A signature is bound to the content as it is (:mod:`geo.inspections.signing.content`). The key signs
the canonical form of who signs what, for which side, as what and when; any later change of the
content shows, whoever made it and however.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Text, cast, func, select
from sqlalchemy.dialects.postgresql import insert

from geo.access.keys import ALGORITHM, verifies
from geo.access.tables import app_user
from geo.inspections.facts import Inspection
from geo.inspections.signing.content import build_content, content_sha256
from geo.inspections.tables import inspection_signature, signed_content
from geo.texts import Text as Words

LONGEST_ROLE = 40
signature = inspection_signature.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature by key or a sealed scan; ``why_void`` says why it stands no more.

    ``public_key`` and ``signature`` are in hex, ``signed`` is the canonical statement that was
    signed. ``entered_by`` is the account; of a seal it may be the other side's.
    """

    id: UUID
    kind: str
    party_id: UUID
    party_code: str
    party_name: str
    role: str
    signer: str
    algorithm: str | None
    public_key: str | None
    signature: str | None
    signed: str | None
    content_sha256: str
    drawn: str | None
    scan_id: UUID | None
    entered_by: str
    at: datetime
    valid: bool
    why_void: Words | None
    voided_at: datetime | None


def list_signatures(
    conn: Connection, found: Inspection, *, present: str | None = None
) -> list[Signature]:
    """List all signatures and seals ever given, the oldest first, and whether each stands.

    Parameters
    ----------
    present
        The SHA-256 of the present content, where it is known already.
    """
    rows = conn.execute(
        select_signatures()
        .where(signature.inspection_id == found.id)
        .order_by(signature.at, signature.id)
    ).all()
    if present is None and any(row.voided_at is None for row in rows):
        present = content_sha256(build_content(conn, found))
    return [read_signature(found, row, present) for row in rows]


def read_signature(found: Inspection, row: Row[Any], present: str | None) -> Signature:
    """Return a row as the signature it is, judged against the present content."""
    why = _why_void(row, found, present)
    party = next(one for one in found.parties if one.id == row.division_id)
    return Signature(
        id=row.id,
        kind=row.kind,
        party_id=party.id,
        party_code=party.code,
        party_name=party.name,
        role=row.role,
        signer=row.signer,
        algorithm=row.algorithm,
        public_key=row.public_key.hex() if row.public_key else None,
        signature=row.signature.hex() if row.signature else None,
        signed=row.signed.decode() if row.signed else None,
        content_sha256=row.content_sha256,
        drawn=row.drawn,
        scan_id=row.scan_id,
        entered_by=row.entered_by,
        at=row.at,
        valid=why is None,
        why_void=why,
        voided_at=row.voided_at,
    )


def keep_content(conn: Connection, inspection_id: UUID, digest: str, content: bytes) -> None:
    """Keep the canonical content under its SHA-256, once."""
    conn.execute(
        insert(signed_content)
        .values(sha256=digest, inspection_id=inspection_id, content=content)
        .on_conflict_do_nothing(index_elements=["sha256"])
    )


def read_signed_content(conn: Connection, digest: str) -> bytes | None:
    """Return content that was signed or sealed, as it was; None if there is none of the hash."""
    return conn.execute(
        select(signed_content.c.content).where(signed_content.c.sha256 == digest)
    ).scalar_one_or_none()


def statement_holds(signed: bytes, expected: Mapping[str, Any]) -> bool:
    """Return whether what the key signed says this."""
    try:
        said = json.loads(signed)
    except ValueError:
        return False
    return isinstance(said, dict) and all(said.get(name) == expected[name] for name in expected)


def _why_void(row: Row[Any], found: Inspection, present: str | None) -> Words | None:
    if row.voided_at is not None:
        reason = row.void_reason or {}
        return Words(reason.get("text", "void.unsaid"), reason.get("facts", {}))
    if row.content_sha256 != present:
        return Words("void.content_differs")
    if row.kind == "key" and not _key_holds(row, found):
        return Words("void.signature_broken")
    return None


def _key_holds(row: Row[Any], found: Inspection) -> bool:
    expected = {
        "content_sha256": row.content_sha256,
        "inspection": str(found.id),
        "party_id": str(row.division_id),
        "role": row.role,
        "signer": row.signer,
        "algorithm": row.algorithm,
    }
    if row.algorithm != ALGORITHM or not statement_holds(row.signed, expected):
        return False
    return verifies(row.public_key, row.signed, row.signature)


def select_signatures() -> Any:
    """Return the select of signatures that :func:`read_signature` reads."""
    return select(
        *inspection_signature.c,
        func.coalesce(app_user.c.name, signature.actor).label("entered_by"),
    ).outerjoin(app_user, cast(app_user.c.id, Text) == signature.actor)
