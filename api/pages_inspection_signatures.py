"""The forms by which an inspection is signed, and the scan of a sealed page is entered."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from api.deps import Now, Turn
from api.errors import status_of
from api.inspection_visit import InspectionVisited, do_form
from api.pages_inspection import refuse_inspection
from api.register import SEE_OTHER, RegisterRoute, tell_refused
from api.signer import Keys
from api.uploads import Upload
from geo.access.users import PASSWORD_MOST
from geo.db.engine import transaction
from geo.errors import YutuError
from geo.inspections.facts import Inspection
from geo.inspections.read import read_inspection
from geo.inspections.signing.drawn import LONGEST
from geo.inspections.signing.seals import SealFacts, enter_seal
from geo.inspections.signing.sign import SignatureFacts, sign_content
from geo.settings import settings

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

Line = Annotated[str, Form(max_length=200)]
SEAL_FIELDS = ("side", "content_sha256", "signer", "role")


@router.post("/inspections/{inspection_id}/signatures")
def post_signature(  # noqa: PLR0913 - who signs what, when, with which key
    inspection_id: UUID,
    visit: InspectionVisited,
    keys: Keys,
    now: Now,
    _turn: Turn,
    side: Line = "",
    role: Line = "",
    content_sha256: Line = "",
    password: Annotated[str, Form(max_length=PASSWORD_MOST)] = "",
    drawn: Annotated[str, Form(max_length=LONGEST + 1)] = "",
) -> Response:
    """Sign exactly the content that the page showed; the password is never shown again."""
    try:
        # No connection is held while the key is opened.
        key = keys.open(password or None)
        facts = SignatureFacts(
            party=side or None, role=role, drawn=drawn or None, seen=content_sha256 or None
        )
        with transaction(visit.engine, visit.asker.actor) as conn:
            found = read_inspection(conn, inspection_id, visit.asker, visit.today)
            sign_content(conn, visit.asker, found, facts, key, today=visit.today, now=now)
    except YutuError as error:
        typed = {"side": side, "role": role, "drawn": drawn}
        refused = tell_refused("sign", error, typed, visit.frame.lang)
        return refuse_inspection(visit, inspection_id, refused, status_of(error))
    return RedirectResponse(f"/inspections/{inspection_id}?said=insp_sign", SEE_OTHER)


@router.post("/inspections/{inspection_id}/seals")
def post_seal(inspection_id: UUID, visit: InspectionVisited, upload: Upload) -> Response:
    """Enter the scan of a sealed page, bound to the content by the hash that is printed on it."""
    typed = {name: upload.fields.get(name, "").strip() for name in SEAL_FIELDS}

    def act(conn: Connection, found: Inspection) -> None:
        facts = SealFacts(
            party=typed["side"],
            printed=typed["content_sha256"],
            signer=typed["signer"] or None,
            role=typed["role"] or None,
        )
        scan = (upload.path, upload.name)
        files = settings().files
        enter_seal(conn, visit.asker, found, scan, facts, files=files, today=visit.today)

    return do_form(
        visit, inspection_id, "seal", typed, act,
        to=f"/inspections/{inspection_id}", again=partial(refuse_inspection, visit, inspection_id),
    )  # fmt: skip
