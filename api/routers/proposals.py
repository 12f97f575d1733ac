"""Proposals over HTTP: open one, read what was said, consent, approve, return, withdraw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response, status
from pydantic import Field
from sqlalchemy import Connection

from api.attachments import send_attachment, show_attachment
from api.bodies import FileForm, Strict
from api.deps import Asker, AskerLang, ReadConn, Today, WriteConn
from api.errors import as_json
from api.paging import Page
from api.uploads import BODY, Upload, read_form
from geo.agreements.agreed import KINDS, answer_proposal, propose
from geo.agreements.papers import give_paper, read_paper
from geo.errors import OptionInvalidError
from geo.files.attach import find_content
from geo.markers.read import name_sides
from geo.proposals import proposals
from geo.proposals.proposals import Document, Proposal, Said, State, Statement
from geo.settings import settings
from geo.texts import Lang, text

router = APIRouter(prefix="/api/v1/proposals", tags=["proposals"])


class ProposalBody(Strict):
    """What is proposed: its kind, to which marker or line, and what would be."""

    kind: str = Field(max_length=40, description=f"One of {', '.join(KINDS)}.")
    object_id: UUID | None = Field(None, description="The marker or line; none for a new marker.")
    body: dict[str, Any] = Field(default_factory=dict)
    note: str | None = Field(None, max_length=2000)


class DocumentBody(Strict):
    """A paper that speaks for whoever has no account; ``file`` is the id of its attachment."""

    number: str = Field(min_length=1, max_length=100)
    dated: date
    file: UUID


class VoiceBody(Strict):
    """What is said; a consent names the ``side`` (code, name or id) it is of."""

    said: Literal["consent", "approval", "return", "withdrawal"]
    signer: str = Field(min_length=1, max_length=100)
    on_day: date
    side: str | None = Field(None, max_length=100)
    document: DocumentBody | None = None
    note: str | None = Field(None, max_length=2000)


@router.get("")
def list_proposals(
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    state: Annotated[State | Literal["all"], Query()] = "proposed",
    object_id: Annotated[UUID | None, Query(description="Of this marker or line.")] = None,
) -> Page[dict[str, Any]]:
    """List the proposals of the asker's jurisdiction, the newest first."""
    found = proposals.list_proposals(
        conn, asker, state=None if state == "all" else state, object_id=object_id
    )
    return Page(show_proposals(conn, found, lang, today), len(found), None)


@router.post("", status_code=status.HTTP_201_CREATED)
def post_proposal(
    body: ProposalBody, conn: WriteConn, asker: Asker, lang: AskerLang, today: Today
) -> dict[str, Any]:
    """Open a proposal; it is tried first, and what cannot be done is refused at once."""
    made = propose(conn, asker, body.kind, body.object_id, body.body, today=today, note=body.note)
    return show_proposals(conn, [made], lang, today)[0]


@router.get("/{proposal_id}")
def read_proposal(
    proposal_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, today: Today
) -> dict[str, Any]:
    """Give a proposal with all that was said to it."""
    found = proposals.read_proposal(conn, proposal_id, asker)
    return show_proposals(conn, [found], lang, today)[0]


@router.post("/{proposal_id}/voices", status_code=status.HTTP_201_CREATED)
def post_voice(
    proposal_id: UUID,
    body: VoiceBody,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Say something to a proposal; with the last consent or approval it takes effect.

    ``findings`` are what no longer fits after a line was changed: polygons, neighbours, markers.
    """
    found = proposals.read_proposal(conn, proposal_id, asker)
    document = None
    if body.document is not None:
        document = Document(**body.document.model_dump())
    statement = Statement(
        said=body.said,
        signer=body.signer,
        on_day=body.on_day,
        division_id=read_side(conn, found, body.side, today) if body.side else None,
        document=document,
        note=body.note,
    )
    answered = answer_proposal(conn, asker, proposal_id, statement, today=today)
    findings = [one.as_dict(lang) for one in answered.findings]
    return show_proposals(conn, [answered.proposal], lang, today)[0] | {"findings": findings}


@router.post("/{proposal_id}/files", status_code=status.HTTP_201_CREATED, openapi_extra=BODY)
def post_file(
    proposal_id: UUID, upload: Upload, conn: WriteConn, asker: Asker, lang: AskerLang
) -> dict[str, Any]:
    """Give a paper to an open proposal: a consent, an approval, for a voice by document.

    Fields beside ``file``: ``kind`` (consent, approval, agreement …), ``title``, ``number``,
    ``dated``, ``issuer``, ``note``.
    """
    form = read_form(FileForm, upload.fields).model_dump(exclude={"side"})
    kept = settings().files
    given = give_paper(conn, asker, proposal_id, upload.path, files=kept, name=upload.name, **form)
    return show_attachment(given, lang)


@router.get("/{proposal_id}/files/{attachment_id}", response_class=Response)
def get_file(proposal_id: UUID, attachment_id: UUID, conn: ReadConn, asker: Asker) -> Response:
    """Send a paper of a proposal as it came."""
    found = proposals.read_proposal(conn, proposal_id, asker)
    given = read_paper(conn, found, attachment_id)
    return send_attachment(given, find_content(conn, given, settings().files))


def read_side(conn: Connection, found: Proposal, said: str, today: date) -> UUID:
    """Return the side of a proposal that a code, a name or an id names.

    Raises
    ------
    OptionInvalidError
    """
    named = name_sides(conn, found.sides, today)
    for one in named.values():
        if said in (one.code, one.name, str(one.id)):
            return one.id
    allowed = [f"{one.code} {one.name}" for one in named.values()]
    raise OptionInvalidError(option="side", value=said, allowed=allowed)


def show_proposals(
    conn: Connection, found: Sequence[Proposal], lang: Lang, today: date
) -> list[dict[str, Any]]:
    """Return proposals for JSON, sides and words named."""
    named = name_sides(conn, {side for one in found for side in one.sides}, today)
    return [_show(one, named, lang) for one in found]


def _show(one: Proposal, named: dict[UUID, Any], lang: Lang) -> dict[str, Any]:
    shown: dict[str, Any] = as_json(one, lang)
    for voice in shown["voices"]:
        said: Said = voice["said"]
        voice["said_name"] = text(f"voice.{said}", lang)
    return shown | {
        "kind_name": text(f"proposal_kind.{one.kind}", lang),
        "state_name": text(f"proposal_state.{one.state}", lang),
        "sides": [as_json(named[side], lang) for side in one.sides],
        "waits_for": [as_json(named[side], lang) for side in one.waits_for],
        "is_agreed": one.is_agreed,
    }
