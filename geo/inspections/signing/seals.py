"""Red seals: the scan of a sealed page, bound to the content by the hash that is printed on it.

A side that takes part by paper seals what was printed for it; the other side enters the scan. The
same guards apply as to a signature by key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select

from geo.access.jurisdiction import Viewer
from geo.db.ids import new_id
from geo.errors import SealDiffersError, SignatureRefusedError
from geo.files.attach import attach_file
from geo.inspections.facts import Inspection
from geo.inspections.feed import tell
from geo.inspections.parties import require_party
from geo.inspections.signing.canonical import canonical
from geo.inspections.signing.compared import compare_contents
from geo.inspections.signing.content import build_content, content_sha256
from geo.inspections.signing.sign import check_role, require_signable
from geo.inspections.signing.signatures import Signature, keep_content, list_signatures
from geo.inspections.tables import inspection_record, inspection_signature, signed_content
from geo.texts import Text

LEAST_TYPED = 16
"""Hexadecimal digits: 64 bits, so that no other content has them by chance."""
MOST_NAMED = 20
LONGEST_SIGNER = 80
TYPED = re.compile(rf"[0-9a-f]{{{LEAST_TYPED},64}}")
SEPARATORS = re.compile(r"[\s\-:·…]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealFacts:
    """What is said of a sealed page.

    ``printed`` is the hash as it stands on the page, or its first 16 digits or more; ``signer`` who
    signed beside the seal, ``role`` as what.
    """

    party: str
    printed: str
    signer: str | None = None
    role: str | None = None


def enter_seal(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    scan: tuple[Path, str],
    facts: SealFacts,
    *,
    files: Path,
    today: date,
) -> Signature:
    """Keep the scan of a sealed page and bind it to the content as it is now.

    Parameters
    ----------
    scan
        The file, and its sender's name of it.
    files
        Folder of kept files.

    Raises
    ------
    NotPartyError, GuestRefusedError, OptionInvalidError
    GuardBlockedError, ActionNotNowError
        As for a signature by key.
    SealDiffersError
        If the page was printed of other content than there is now, naming what differs.
    SignatureRefusedError
        If the hash is too short or none, or the signer's name or role cannot be.
    FileRefusedError
        If the scan is no document or photo.
    """
    what = Text("doing.seal")
    acting = require_party(conn, viewer, found, facts.party, what=what, today=today, concludes=True)
    signer, role = _check_people(facts, acting.party.name)
    typed = _check_typed(facts.printed)
    require_signable(conn, found)
    content = build_content(conn, found)
    digest = content_sha256(content)
    if not digest.startswith(typed):
        raise SealDiffersError(
            printed=typed,
            present=digest,
            differs=_name_changes(conn, found, typed, content),
        )
    keep_content(conn, found.id, digest, canonical(content))
    path, name = scan
    title = Text("paper_title.sealed", {"line": found.line_name, "year": found.year})
    kept = attach_file(
        conn, viewer, path, files=files, object_kind="inspection", object_id=found.id,
        kind="record", name=name, division_id=acting.party.id, title=str(title),
    )  # fmt: skip
    made = _standing(conn, found.id, kept.id, digest)
    if made is None:
        made = _store(conn, viewer, found.id, acting.party.id, (signer, role), digest, kept.id)
        tell(conn, viewer, found.id, "sealed", acting.party.id, signer=signer, role=role)
    return next(one for one in list_signatures(conn, found, present=digest) if one.id == made)


def _check_people(facts: SealFacts, party: str) -> tuple[str, str]:
    signer = " ".join((facts.signer or party).split())
    if not 0 < len(signer) <= LONGEST_SIGNER or not signer.isprintable():
        reason = Text("reason.signer_name", {"most": LONGEST_SIGNER})
        raise SignatureRefusedError(field="signer", value=signer[:LONGEST_SIGNER], reason=reason)
    return signer, check_role(facts.role or str(Text("signature_kind.seal")))


def _check_typed(printed: str) -> str:
    typed = SEPARATORS.sub("", printed).lower()
    if not TYPED.fullmatch(typed):
        reason = Text("reason.hash_typed", {"least": LEAST_TYPED})
        raise SignatureRefusedError(field="content_sha256", value=printed[:80], reason=reason)
    return typed


def _standing(conn: Connection, inspection_id: UUID, scan_id: UUID, digest: str) -> UUID | None:
    """Return the same seal where it was entered before, so that it can be sent again."""
    seal = inspection_signature.c
    return conn.execute(
        select(seal.id)
        .where(seal.inspection_id == inspection_id, seal.scan_id == scan_id)
        .where(seal.content_sha256 == digest, seal.voided_at.is_(None))
        .limit(1)
    ).scalar_one_or_none()


def _store(
    conn: Connection,
    viewer: Viewer,
    inspection_id: UUID,
    party_id: UUID,
    who: tuple[str, str],
    digest: str,
    scan_id: UUID,
) -> UUID:
    made = new_id()
    signer, role = who
    conn.execute(
        insert(inspection_signature).values(
            id=made,
            inspection_id=inspection_id,
            division_id=party_id,
            role=role,
            signer=signer,
            kind="seal",
            content_sha256=digest,
            scan_id=scan_id,
            actor=viewer.actor,
        )
    )
    return made


def _name_changes(
    conn: Connection, found: Inspection, typed: str, present: Mapping[str, Any]
) -> list[Text]:
    """Say what changed since the page was printed, as far as the content of then is known."""
    kept = signed_content.c
    then = conn.execute(
        select(kept.content).where(
            kept.inspection_id == found.id, kept.sha256.startswith(typed, autoescape=True)
        )
    ).scalars()
    before = next(then, None)
    if before is not None:
        return compare_contents(json.loads(before), present)[:MOST_NAMED]
    record = inspection_record.c
    row = conn.execute(
        select(record.subject_kind, record.subject_id, record.recorded_at)
        .where(record.inspection_id == found.id)
        .order_by(record.recorded_at.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return [Text("differs.unknown")]
    subject = found.subject(row.subject_kind, row.subject_id)
    label = subject.label if subject else str(row.subject_id)
    return [Text("differs.newest_record", {"label": label, "at": f"{row.recorded_at:%Y-%m-%d}"})]
