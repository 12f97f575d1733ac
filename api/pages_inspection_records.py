"""The forms on the page of a subject: records, photos, common findings, confirmations."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlalchemy import Connection

from api.deps import Now
from api.forms import read_day, read_number
from api.inspection_visit import Act, InspectionVisited, do_form
from api.pages_inspection_steps import FindingForm, read_id
from api.pages_inspection_subject import Kind, refuse_subject
from api.register import RegisterRoute, Visit
from api.uploads import Upload
from geo.inspections.facts import Inspection
from geo.inspections.field.photos import PhotoFacts, put_photo, withdraw_photo
from geo.inspections.field.record_checks import RecordFacts
from geo.inspections.field.records import put_record, withdraw_record
from geo.inspections.field.seen import require_version_seen
from geo.inspections.field.statements import confirm_records
from geo.settings import settings
from maps.page_inspection import CHECKS
from maps.page_inspection_subject import PLAIN, TEXTS

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

SUBJECT = "/inspections/{inspection_id}/subjects/{kind}/{object_id}"
LONGEST = 5000
MOST_OBJECTS = 99
Line = Annotated[str, Form(max_length=1000)]


async def read_record_form(request: Request) -> dict[str, Any]:
    """Return a record as it was typed: a check, an object and a content has each its own field."""
    sent = {name: str(word)[:LONGEST] for name, word in (await request.form()).items()}
    typed: dict[str, Any] = {name: sent.get(name, "").strip() for name in PLAIN}
    typed |= {name: sent.get(name, "") for name in ("side", "record_id", "version", "words")}
    # Browsers send CRLF; the text has plain line ends.
    typed["note"] = typed["note"].replace("\r\n", "\n")
    typed["checks"] = {key: sent.get(f"check_{key}", "") for key in CHECKS}
    typed["texts"] = {key: sent.get(f"text_{key}", "").strip() for key in TEXTS}
    numbers = [name.removeprefix("object_") for name in sent if name.startswith("object_")]
    typed["objects"] = {
        one: sent[f"object_{one}"].strip() for one in numbers[:MOST_OBJECTS] if one.isdecimal()
    }
    return typed


RecordTyped = Annotated[dict[str, Any], Depends(read_record_form)]


@router.post(f"{SUBJECT}/records")
def post_record(
    inspection_id: UUID,
    kind: Kind,
    object_id: UUID,
    visit: InspectionVisited,
    now: Now,
    typed: RecordTyped,
) -> Response:
    """Put the record of a side; one that somebody replaced meanwhile comes again with theirs."""

    def act(conn: Connection, found: Inspection) -> None:
        record_id = read_id(typed["record_id"], "page.insp.record")
        seen = int(typed["version"]) if typed["version"].isdecimal() else 0
        require_version_seen(conn, found, record_id, seen, kind)
        facts = _read_facts(kind, object_id, typed)
        put_record(conn, visit.asker, found, record_id, facts, today=visit.today, now=now)

    form = f"record-{typed['side']}"
    return _do(visit, inspection_id, (kind, object_id), form, typed, act)


def _read_facts(kind: str, object_id: UUID, typed: Mapping[str, Any]) -> RecordFacts:
    """Return what was typed as a record.

    Raises
    ------
    OptionInvalidError
    """
    return RecordFacts(
        kind=kind,
        subject_id=object_id,
        side=typed["side"] or None,
        at=read_day(typed["at"], "at"),
        state=typed["state"],
        position=_read_position(typed),
        contents=_read_contents(kind, typed),
        note=typed["note"] or None,
        scan_id=read_id(typed["scan"], "page.insp.scan_of_paper") if typed["scan"] else None,
    )


def _read_position(typed: Mapping[str, Any]) -> dict[str, Any] | None:
    if not (typed["lon"] or typed["lat"]):
        return None
    accuracy_m = read_number(typed["accuracy_m"], "accuracy")
    given = {name: typed[name] for name in ("lon", "lat", "method") if typed[name]}
    return given if accuracy_m is None else given | {"accuracy_m": accuracy_m}


def _read_contents(kind: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was said of the five contents; of a marker the goals and objects too."""
    contents: dict[str, Any] = {key: words for key, words in typed["texts"].items() if words}
    words = typed["words"].strip()
    if kind == "section":
        return contents | ({"markers": words} if words else {})
    checks = {key: said == "yes" for key, said in typed["checks"].items() if said}
    objects = [
        {"ordinal": int(one), "words": said} for one, said in typed["objects"].items() if said
    ]
    told = {"checks": checks, "objects": objects, "words": words}
    markers = {name: said for name, said in told.items() if said}
    return contents | ({"markers": markers} if markers else {})


@router.post(f"{SUBJECT}/records/{{record_id}}/withdrawal")
def post_withdrawal(
    inspection_id: UUID,
    kind: Kind,
    object_id: UUID,
    record_id: UUID,
    visit: InspectionVisited,
    reason: Line = "",
) -> Response:
    """Take back a record of one's own side, with a reason."""

    def act(conn: Connection, found: Inspection) -> None:
        withdraw_record(conn, visit.asker, found, record_id, reason.strip(), today=visit.today)

    form = f"unrecord-{record_id}"
    return _do(visit, inspection_id, (kind, object_id), form, {"reason": reason}, act)


@router.post(f"{SUBJECT}/records/{{record_id}}/photos")
def post_photo(
    inspection_id: UUID,
    kind: Kind,
    object_id: UUID,
    record_id: UUID,
    visit: InspectionVisited,
    now: Now,
    upload: Upload,
) -> Response:
    """Give a photo to a record of one's own side."""
    typed = {name: upload.fields.get(name, "").strip() for name in ("shows", "object", "note")}

    def act(conn: Connection, found: Inspection) -> None:
        ordinal = int(typed["object"]) if typed["object"].isdecimal() else None
        given = PhotoFacts(
            shows=typed["shows"],
            object_ordinal=ordinal if typed["shows"] == "object" else None,
            note=typed["note"] or None,
        )
        put_photo(
            conn, visit.asker, found, record_id, upload.path, given, sha256=upload.sha256,
            files=settings().files, now=now, today=visit.today,
        )  # fmt: skip

    return _do(visit, inspection_id, (kind, object_id), f"photo-{record_id}", typed, act)


@router.post(f"{SUBJECT}/records/{{record_id}}/photos/{{sha256}}/withdrawal")
def post_photo_withdrawal(
    inspection_id: UUID,
    kind: Kind,
    object_id: UUID,
    record_id: UUID,
    sha256: str,
    visit: InspectionVisited,
    reason: Line = "",
) -> Response:
    """Take a photo off a record, with a reason."""

    def act(conn: Connection, found: Inspection) -> None:
        withdraw_photo(
            conn, visit.asker, found, record_id, sha256, reason.strip(), today=visit.today
        )

    form = f"unphoto-{sha256[:12]}"
    return _do(visit, inspection_id, (kind, object_id), form, {"reason": reason}, act)


@router.post(f"{SUBJECT}/findings")
def post_finding(
    inspection_id: UUID,
    kind: Kind,
    object_id: UUID,
    visit: InspectionVisited,
    form: Annotated[FindingForm, Depends()],
) -> Response:
    """Say for a side what the common finding is, or put a disagreement on record."""

    def act(conn: Connection, found: Inspection) -> None:
        form.state_it(conn, found, visit)

    typed = {"side": form.side, "state": form.state, "words": form.words}
    return _do(visit, inspection_id, (kind, object_id), form.id, typed, act)


@router.post(f"{SUBJECT}/confirmations")
def post_confirmation(
    inspection_id: UUID,
    kind: Kind,
    object_id: UUID,
    visit: InspectionVisited,
    now: Now,
    side: Line = "",
) -> Response:
    """Take over what the other side recorded of this subject."""

    def act(conn: Connection, found: Inspection) -> None:
        confirm_records(
            conn, visit.asker, found, side=side or None, subjects=[object_id],
            today=visit.today, now=now,
        )  # fmt: skip

    return _do(visit, inspection_id, (kind, object_id), f"confirm-{side}", {"side": side}, act)


def _do(
    visit: Visit,
    inspection_id: UUID,
    key: tuple[str, UUID],
    form: str,
    typed: Mapping[str, Any],
    act: Act,
) -> Response:
    to = f"/inspections/{inspection_id}/subjects/{key[0]}/{key[1]}"
    again = partial(refuse_subject, visit, inspection_id, key)
    return do_form(visit, inspection_id, form, typed, act, to=to, again=again)
