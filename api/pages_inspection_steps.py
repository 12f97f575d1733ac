"""The forms of an inspection as a whole: its steps, its sides, common findings, confirmations."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Response
from sqlalchemy import Connection

from api.deps import Now
from api.forms import read_day
from api.inspection_visit import InspectionVisited, do_form
from api.pages_inspection import refuse_inspection
from api.register import RegisterRoute
from geo.errors import OptionInvalidError
from geo.inspections.facts import Document, Inspection
from geo.inspections.field.statements import confirm_records, state_finding
from geo.inspections.field.taking_part import PartyFacts, set_party
from geo.inspections.workflow import Asked, take_step
from geo.texts import Text

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

Line = Annotated[str, Form(max_length=500)]
Note = Annotated[str, Form(max_length=5000)]
Seen = Annotated[int | None, Form()]


@dataclass(frozen=True, slots=True)
class StepForm:
    """An action of the workflow as it was typed."""

    action: Line = ""
    side: Line = ""
    note: Note = ""
    document_file: Line = ""
    document_number: Line = ""
    document_dated: Line = ""

    def as_asked(self) -> Asked:
        """Return what is asked.

        Raises
        ------
        OptionInvalidError
        """
        return Asked(
            action=self.action,
            side=self.side or None,
            note=self.note.strip() or None,
            document=self._document(),
        )

    def _document(self) -> Document | None:
        if not (self.document_file or self.document_number.strip() or self.document_dated):
            return None
        if not self.document_number.strip():
            raise _lacks("page.paper_number")
        return Document(
            number=self.document_number.strip(),
            dated=read_day(self.document_dated, "dated"),
            file=read_id(self.document_file, "page.insp.document_file"),
        )


@dataclass(frozen=True, slots=True)
class FindingForm:
    """What a side says of a subject as it was typed."""

    subject_kind: Line = ""
    subject: Line = ""
    said: Line = ""
    side: Line = ""
    state: Line = ""
    words: Note = ""

    @property
    def id(self) -> str:
        """Return the id of the form on the page."""
        return f"{'agree' if self.said == 'agreed' else 'differ'}-{self.subject}"

    def state_it(self, conn: Connection, found: Inspection, visit: InspectionVisited) -> None:
        """Say it for the side."""
        state_finding(
            conn, visit.asker, found, self.subject_kind, read_id(self.subject, "page.insp.subject"),
            side=self.side or None, said="agreed" if self.said == "agreed" else "disagreed",
            state=self.state or None, words=self.words.strip() or None, today=visit.today,
        )  # fmt: skip


def read_id(typed: str, label: str) -> UUID:
    """Read an id that a form chose; ``label`` is what the field is called in the catalogue.

    Raises
    ------
    OptionInvalidError
    """
    try:
        return UUID(typed)
    except ValueError:
        raise _lacks(label, typed) from None


def _lacks(label: str, typed: str = "") -> OptionInvalidError:
    given = typed or Text("reason.not_given")
    return OptionInvalidError(option=Text(label), value=given, allowed=Text("page.insp.one_needed"))


@router.post("/inspections/{inspection_id}/steps")
def post_step(
    inspection_id: UUID,
    visit: InspectionVisited,
    form: Annotated[StepForm, Depends()],
    seen: Seen = None,
) -> Response:
    """Do an action of the workflow; one that a guard holds back comes again with all that lacks."""

    def act(conn: Connection, found: Inspection) -> None:
        take_step(conn, visit.asker, found, form.as_asked(), today=visit.today, seen=seen)

    return do_form(
        visit, inspection_id, f"step-{form.action}", asdict(form), act,
        to=f"/inspections/{inspection_id}", again=partial(refuse_inspection, visit, inspection_id),
    )  # fmt: skip


@router.post("/inspections/{inspection_id}/parties")
def post_party(
    inspection_id: UUID,
    visit: InspectionVisited,
    side: Line = "",
    takes_part: Line = "",
    clerk: Line = "",
    contact: Line = "",
    seen: Seen = None,
) -> Response:
    """Say how a side takes part, who looks after it and whom to write to."""
    facts = PartyFacts(
        takes_part=takes_part, contact=contact.strip() or None, clerk=clerk.strip() or None
    )

    def act(conn: Connection, found: Inspection) -> None:
        set_party(conn, visit.asker, found, side, facts, today=visit.today, seen=seen)

    typed = {"side": side, "takes_part": takes_part, "clerk": clerk, "contact": contact}
    return do_form(
        visit, inspection_id, f"party-{side}", typed, act,
        to=f"/inspections/{inspection_id}", again=partial(refuse_inspection, visit, inspection_id),
    )  # fmt: skip


@router.post("/inspections/{inspection_id}/findings")
def post_finding(
    inspection_id: UUID, visit: InspectionVisited, form: Annotated[FindingForm, Depends()]
) -> Response:
    """Say for a side what the common finding of a subject is, or put a disagreement on record."""

    def act(conn: Connection, found: Inspection) -> None:
        form.state_it(conn, found, visit)

    return do_form(
        visit, inspection_id, form.id, asdict(form), act,
        to=f"/inspections/{inspection_id}", again=partial(refuse_inspection, visit, inspection_id),
    )  # fmt: skip


@router.post("/inspections/{inspection_id}/confirmations")
def post_confirmation(
    inspection_id: UUID, visit: InspectionVisited, now: Now, side: Line = ""
) -> Response:
    """Take over all the other side's records that wait for this side."""

    def act(conn: Connection, found: Inspection) -> None:
        confirm_records(
            conn, visit.asker, found, side=side or None, subjects=None, today=visit.today, now=now
        )

    return do_form(
        visit, inspection_id, f"confirm-{side}", {"side": side}, act,
        to=f"/inspections/{inspection_id}", again=partial(refuse_inspection, visit, inspection_id),
    )  # fmt: skip
