"""What requests about inspections hold."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import AliasChoices, AwareDatetime, Field, model_validator

from api.bodies import PositionBody, Strict


class InspectionBody(Strict):
    """An inspection to be opened; sides by their code, name or id.

    ``subjects`` limits it to some markers and sections of the line, by id.
    """

    line_id: UUID
    kind: Literal["regular", "special"] = "regular"
    round: int | None = Field(None, ge=1, le=200)
    year: int = Field(ge=1996, le=2200)
    lead_code: str = Field(min_length=1, max_length=100)
    cooperating_code: str = Field(min_length=1, max_length=100)
    parent_id: UUID | None = None
    reason: str | None = Field(None, max_length=500)
    field_from: date | None = None
    field_to: date | None = None
    subjects: list[UUID] | None = Field(None, min_length=1, max_length=5000)


class DocumentBody(Strict):
    """A paper that speaks for whoever has no account; ``file`` is an attachment of it."""

    number: str = Field(min_length=1, max_length=100)
    dated: date = Field(validation_alias=AliasChoices("dated", "date"))
    file: UUID


class StepBody(Strict):
    """An action of the workflow; ``side`` where the asker could act for several."""

    action: str = Field(min_length=1, max_length=40)
    side: str | None = Field(None, max_length=100)
    note: str | None = Field(None, max_length=2000)
    document: DocumentBody | None = None


class SubjectBody(Strict):
    """The marker or the section a record is of."""

    marker_id: UUID | None = None
    section_id: UUID | None = None

    @model_validator(mode="after")
    def _is_one(self) -> SubjectBody:
        if (self.marker_id is None) == (self.section_id is None):
            message = "marker_id / section_id"
            raise ValueError(message)
        return self

    @property
    def kind(self) -> Literal["marker", "section"]:
        """Return which of the two it is."""
        return "section" if self.marker_id is None else "marker"

    @property
    def id(self) -> UUID:
        """Return its id."""
        found = self.marker_id or self.section_id
        assert found is not None  # noqa: S101 - _is_one has asked
        return found


class RecordBody(Strict):
    """What a side found; ``edited_at`` is when the client wrote this version.

    ``contents`` holds what the office's form asks: the five contents of Order 28 (``line``,
    ``markers``, ``features``, ``crossing``, ``other``), ``goals``, ``objects``, ``present``, …
    """

    subject: SubjectBody
    at: date | datetime = Field(union_mode="left_to_right")
    side: str | None = Field(None, max_length=100)
    state: str = Field(min_length=1, max_length=40)
    position: PositionBody | None = None
    contents: dict[str, Any] = Field(default_factory=dict)
    note: str | None = Field(None, max_length=5000)
    edited_at: AwareDatetime | None = None
    scan: UUID | None = Field(None, description="The signed paper it was entered from.")


class FindingBody(Strict):
    """What a side says the common finding is, or that it sees it otherwise."""

    subject: SubjectBody
    said: Literal["agreed", "disagreed"]
    side: str | None = Field(None, max_length=100)
    state: str | None = Field(None, max_length=40)
    words: str | None = Field(None, max_length=5000)


class ConfirmBody(Strict):
    """Which of the other side's records are taken over; none named: all that wait."""

    side: str | None = Field(None, max_length=100)
    subjects: list[UUID] | None = Field(None, max_length=5000)


class SplitBody(Strict):
    """Which side leads where (分段牵头): the subjects, and the side by code, name, id or role."""

    class Part(Strict):
        """Subjects that one side leads at."""

        lead: str = Field(min_length=1, max_length=100)
        subjects: list[SubjectBody] = Field(min_length=1, max_length=5000)

    parts: list[Part] = Field(min_length=1, max_length=200)


class ReasonBody(Strict):
    """Why something is taken back."""

    reason: str = Field(min_length=1, max_length=1000)
