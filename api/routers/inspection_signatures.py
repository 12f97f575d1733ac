"""Signatures and seals of a joint inspection over HTTP, and the content they are bound to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response, status
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Asker, AskerLang, DbEngine, Now, ReadConn, Today, Turn, WriteConn
from api.signer import Keys
from api.uploads import BODY, Upload, read_form
from geo.access.users import PASSWORD_MOST
from geo.db.engine import transaction
from geo.inspections.read import read_inspection
from geo.inspections.signing.canonical import canonical
from geo.inspections.signing.content import build_content, content_sha256, require_whole
from geo.inspections.signing.drawn import LONGEST
from geo.inspections.signing.seals import SealFacts, enter_seal
from geo.inspections.signing.sign import SignatureFacts, sign_content
from geo.inspections.signing.signatures import Signature, list_signatures
from geo.settings import settings
from geo.texts import Lang, say, text

router = APIRouter(prefix="/api/v1/inspections", tags=["inspections"])


class SignatureBody(BaseModel):
    """Who signs: for which side, as what; ``password`` where the token cannot sign.

    ``content_sha256`` is that of the content the signer was shown: other content is not signed.
    """

    model_config = ConfigDict(extra="forbid")

    party: str | None = Field(None, max_length=100)
    role: str = Field(max_length=200)
    drawn: str | None = Field(None, max_length=LONGEST + 1)
    password: str | None = Field(None, max_length=PASSWORD_MOST, repr=False)
    content_sha256: str | None = Field(None, max_length=100)


class SealForm(BaseModel):
    """A sealed page: of which side, the hash printed on it, who signed beside the seal."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    party: str = Field(min_length=1, max_length=100)
    content_sha256: str = Field(max_length=200)
    signer: str | None = Field(None, max_length=200)
    role: str | None = Field(None, max_length=200)


@router.post("/{inspection_id}/signatures", status_code=status.HTTP_201_CREATED)
def post_signature(  # noqa: PLR0913 - who signs what, when, with which key
    inspection_id: UUID,
    body: SignatureBody,
    keys: Keys,
    engine: DbEngine,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    now: Now,
    _turn: Turn,
) -> dict[str, Any]:
    """Sign the content as it is now for a side, with the account's own key (Ed25519)."""
    # No connection is held while the key is opened.
    key = keys.open(body.password)
    facts = SignatureFacts(
        party=body.party, role=body.role, drawn=body.drawn, seen=body.content_sha256
    )
    with transaction(engine, asker.actor) as conn:
        found = read_inspection(conn, inspection_id, asker, today)
        return show_signature(
            sign_content(conn, asker, found, facts, key, today=today, now=now), lang
        )


@router.get("/{inspection_id}/signatures")
def get_signatures(
    inspection_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, today: Today
) -> dict[str, Any]:
    """List all signatures and seals ever given, whether each stands, and why not."""
    found = read_inspection(conn, inspection_id, asker, today)
    require_whole(found)
    present = content_sha256(build_content(conn, found))
    items = [show_signature(one, lang) for one in list_signatures(conn, found, present=present)]
    return {"items": items, "total": len(items), "next": None, "content_sha256": present}


@router.post("/{inspection_id}/seals", status_code=status.HTTP_201_CREATED, openapi_extra=BODY)
def post_seal(
    inspection_id: UUID,
    upload: Upload,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Enter the scan of a sealed page: the part ``file``, and the fields of ``SealForm``.

    Of ``content_sha256`` as it is printed on the page the first 16 digits are enough.
    """
    form = read_form(SealForm, upload.fields)
    found = read_inspection(conn, inspection_id, asker, today)
    facts = SealFacts(
        party=form.party, printed=form.content_sha256, signer=form.signer, role=form.role
    )
    scan = (upload.path, upload.name)
    made = enter_seal(conn, asker, found, scan, facts, files=settings().files, today=today)
    return show_signature(made, lang)


@router.get("/{inspection_id}/content")
def get_content(inspection_id: UUID, conn: ReadConn, asker: Asker, today: Today) -> Response:
    """Give the whole of what is signed, in its canonical form (RFC 8785); its hash is the ETag."""
    found = read_inspection(conn, inspection_id, asker, today)
    require_whole(found)
    content = build_content(conn, found)
    headers = {"ETag": f'"{content_sha256(content)}"', "Cache-Control": "private, no-cache"}
    return Response(canonical(content), media_type="application/json", headers=headers)


def show_signature(one: Signature, lang: Lang) -> dict[str, Any]:
    """Return a signature as JSON; bytes are in hex."""
    return {
        "id": str(one.id),
        "kind": one.kind,
        "kind_name": text(f"signature_kind.{one.kind}", lang),
        "party": {"id": str(one.party_id), "code": one.party_code, "name": one.party_name},
        "role": one.role,
        "signer": one.signer,
        "valid": one.valid,
        "content_sha256": one.content_sha256,
        "why_void": None if one.why_void is None else say(one.why_void, lang),
        "voided_at": one.voided_at,
        "at": one.at,
        "algorithm": one.algorithm,
        "public_key": one.public_key,
        "signature": one.signature,
        "signed": one.signed,
        "drawn": one.drawn,
        "scan_id": one.scan_id,
        "entered_by": one.entered_by,
    }
