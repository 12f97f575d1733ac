"""Sign an inspection by key: once every subject has a result, until the report is handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import Connection, insert, select

from geo.access.jurisdiction import Viewer
from geo.access.keys import ALGORITHM, OpenKey
from geo.db.ids import new_id
from geo.errors import ActionNotNowError, GuardBlockedError, SignatureRefusedError
from geo.inspections.facts import Inspection, Missing
from geo.inspections.feed import tell
from geo.inspections.missing import list_missing
from geo.inspections.parties import Acting, require_party
from geo.inspections.read import lock_inspection, read_inspection
from geo.inspections.signing.canonical import canonical
from geo.inspections.signing.content import READER, build_content, content_sha256, open_day
from geo.inspections.signing.drawn import check_drawn
from geo.inspections.signing.signatures import (
    Signature,
    keep_content,
    read_signature,
    select_signatures,
)
from geo.inspections.tables import inspection_signature
from geo.texts import Text

LONGEST_ROLE = 40
signature = inspection_signature.c
SIGNING = ("disposal", "signed", "reported")
BEFORE = ("planned", "scheme_agreed", "desk", "field", "returned")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFacts:
    """What a signer says.

    ``party`` is the side's code, name, id or role (None where one acts for one side only); ``role``
    what the signer is there (负责人, 经办人). ``seen`` is the hash of the content that was shown.
    """

    party: str | None
    role: str
    drawn: str | None = None
    seen: str | None = None


def require_signable(conn: Connection, found: Inspection) -> None:
    """Refuse to sign while something lacks, and wait for whoever writes records just now.

    Raises
    ------
    GuardBlockedError
        With all that lacks; before the disposal, that too.
    ActionNotNowError
        After the report was handed in.
    """
    state = lock_inspection(conn, found.id)
    if state not in (*SIGNING, *BEFORE):
        raise ActionNotNowError(
            action=Text("action.sign"),
            state=Text(f"inspection_state.{state}"),
            allowed=Text("reason.nothing"),
            missing=[],
        )
    # All of it: a contractor's view has some subjects only.
    whole = read_inspection(conn, found.id, READER, open_day(found))
    missing = [one for one in list_missing(conn, whole) if one.blocks]
    if state in BEFORE:
        facts = {"state": Text(f"inspection_state.{state}")}
        missing.append(Missing(what="disposal", blocks=True, facts=facts))
    if missing:
        raise GuardBlockedError(
            action=Text("action.sign"),
            count=len(missing),
            missing=[one.told() for one in missing],
        )


def check_role(said: str) -> str:
    """Return what a signer is, with single spaces.

    Raises
    ------
    SignatureRefusedError
        If it is empty, longer than 40 characters, or not printable.
    """
    role = " ".join(said.split())
    if not 0 < len(role) <= LONGEST_ROLE or not role.isprintable():
        raise _refused("role", said[:LONGEST_ROLE], "role_of_signer", most=LONGEST_ROLE)
    return role


def sign_content(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    facts: SignatureFacts,
    key: OpenKey,
    *,
    today: date,
    now: datetime,
) -> Signature:
    """Sign the content as it is now for a side; the same again is the signature that stands.

    Raises
    ------
    NotPartyError, GuestRefusedError, OptionInvalidError
        If the account does not act for the side; invited persons and contractors never sign.
    GuardBlockedError
        If a marker or section lacks a result, or two results differ, with all that lacks.
    ActionNotNowError
        After the report was handed in.
    SignatureRefusedError
        If the role or the drawing cannot be, or other content was shown than there is now.
    """
    what = Text("doing.sign")
    acting = require_party(conn, viewer, found, facts.party, what=what, today=today, concludes=True)
    if acting.via == "paper":
        raise _refused("party", acting.party.name, "paper_signs_by_seal")
    role = check_role(facts.role)
    drawn = check_drawn(facts.drawn)
    require_signable(conn, found)
    content = build_content(conn, found)
    digest = content_sha256(content)
    if facts.seen is not None and facts.seen.strip().lower() != digest:
        raise _refused("content_sha256", facts.seen, "other_content_shown")
    standing = _standing(conn, viewer, found, acting, role, digest)
    if standing is not None:
        return _read_one(conn, found, standing, digest)
    keep_content(conn, found.id, digest, canonical(content))
    signed = canonical(_statement(viewer, found, acting, role, digest, now))
    made = new_id()
    conn.execute(
        insert(inspection_signature).values(
            id=made,
            inspection_id=found.id,
            division_id=acting.party.id,
            role=role,
            signer=viewer.name,
            kind="key",
            algorithm=ALGORITHM,
            public_key=key.public,
            signature=key.sign(signed),
            signed=signed,
            content_sha256=digest,
            drawn=drawn,
            actor=viewer.actor,
            at=now,
        )
    )
    tell(conn, viewer, found.id, "signed", acting.party.id, signer=viewer.name, role=role)
    return _read_one(conn, found, made, digest)


def _standing(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    acting: Acting,
    role: str,
    digest: str,
) -> UUID | None:
    return conn.execute(
        select(signature.id)
        .where(signature.inspection_id == found.id, signature.division_id == acting.party.id)
        .where(signature.actor == viewer.actor, signature.role == role, signature.kind == "key")
        .where(signature.content_sha256 == digest, signature.voided_at.is_(None))
        .limit(1)
    ).scalar_one_or_none()


def _statement(
    viewer: Viewer,
    found: Inspection,
    acting: Acting,
    role: str,
    digest: str,
    now: datetime,
) -> dict[str, str]:
    return {
        "content_sha256": digest,
        "inspection": str(found.id),
        "party": acting.party.code,
        "party_id": str(acting.party.id),
        "role": role,
        "signer": viewer.name,
        "signed_at": now.astimezone(UTC).isoformat(timespec="microseconds"),
        "algorithm": ALGORITHM,
    }


def _read_one(conn: Connection, found: Inspection, made: UUID, present: str) -> Signature:
    row = conn.execute(select_signatures().where(signature.id == made)).one()
    return read_signature(found, row, present)


def _refused(field: str, value: object, reason: str, **facts: object) -> SignatureRefusedError:
    return SignatureRefusedError(field=field, value=value, reason=Text(f"reason.{reason}", facts))
