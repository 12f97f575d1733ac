"""An inspection of the line of A and B (``tests.border``) that was walked: everything recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from PIL import Image
from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer
from geo.access.keys import OpenKey, open_key
from geo.inspections.facts import Inspection
from geo.inspections.field.photos import PhotoFacts, put_photo
from geo.inspections.field.record_checks import RecordFacts
from geo.inspections.field.records import put_record
from geo.inspections.opening import InspectionFacts, open_inspection
from geo.inspections.read import read_inspection
from geo.inspections.signing.sign import SignatureFacts, sign_content
from geo.inspections.signing.signatures import Signature
from geo.inspections.workflow import Asked, take_step
from geo.sections.register import SectionFacts, store_sections
from tests.border import Border, card, draw_border, set_marker
from tests.geo.divisions.given import FROM

TODAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
TO_FIELD = (("agree_scheme", "A"), ("agree_scheme", "B"), ("start_desk", "A"), ("start_field", "A"))


@dataclass
class Walk:
    """An inspection of one marker and one section; A leads, B cooperates."""

    conn: Connection
    files: Path
    border: Border
    id: UUID

    @property
    def found(self) -> Inspection:
        """Return the inspection as it is now."""
        return read_inspection(self.conn, self.id, self.viewer("A"), TODAY)

    def viewer(self, *letters: str) -> Viewer:
        """Return an editor of counties."""
        return self.border.viewer(*letters)

    def viewer_of(self, who: str) -> Viewer:
        """Return an editor of a county, or who approves for the city above A and B."""
        return self.border.viewer(who, role="approver" if who == "city" else "editor")

    def step(self, action: str, by: str = "A", **more: Any) -> Inspection:
        """Do an action of the workflow."""
        asked = Asked(action=action, **more)
        return take_step(self.conn, self.viewer(by), self.found, asked, today=TODAY)

    def record(self, by: str, kind: str, state: str, record_id: UUID | None = None) -> UUID:
        """Record the marker or the section for a side; return the record's id."""
        subject = next(one for one in self.found.subjects if one.kind == kind)
        said = RecordFacts(
            kind=kind,
            subject_id=subject.id,
            side=str(self.border.sides[by]),
            at=date(2026, 5, 20),
            state=state,
            position={"lon": 117.2, "lat": 36.15, "accuracy_m": 0.5, "method": "gnss_phone"}
            if kind == "marker"
            else None,
            contents={"depth_m": 0.25, "seen": True, "inscription": "清楚"},
            note="碑面清洁",
        )
        made = record_id or uuid4()
        put_record(self.conn, self.viewer(by), self.found, made, said, today=TODAY, now=NOW)
        return made

    def photo(self, by: str, record_id: UUID, shows: str = "near", shade: int = 128) -> str:
        """Give a photo to a record; return its SHA-256."""
        picture = BytesIO()
        Image.new("RGB", (40, 30), (shade, shade, shade)).save(picture, "JPEG")
        path = self.files.parent / f"{shade}.jpg"
        path.write_bytes(picture.getvalue())
        digest = sha256(picture.getvalue()).hexdigest()
        put_photo(
            self.conn, self.viewer(by), self.found, record_id, path, PhotoFacts(shows=shows),
            sha256=digest, files=self.files, now=NOW, today=TODAY,
        )  # fmt: skip
        return digest

    def sign(self, by: str, key: OpenKey | None = None, **facts: Any) -> Signature:
        """Sign for a county with a key, by default a new one."""
        said = SignatureFacts(**{"party": None, "role": "负责人", **facts})
        own = key or open_key(None, f"password of {by}")
        viewer = self.viewer(by)
        return sign_content(self.conn, viewer, self.found, said, own, today=TODAY, now=NOW)


def open_walk(conn: Connection, files: Path, *, begun: bool = True) -> Walk:
    """Open the inspection, nothing recorded yet; it is in the field, or only planned."""
    files.mkdir(parents=True, exist_ok=True)
    border = draw_border(conn)
    set_marker(conn, border, card(border, "37092301I"))
    section = SectionFacts(from_text="37092301I号界桩", to_text="三面桩", basis="ridge")
    store_sections(conn, border.lines["AB"], [section], valid_from=FROM, source="协议书")
    facts = InspectionFacts(
        line_id=border.lines["AB"],
        kind="regular",
        round=5,
        year=2026,
        lead_id=border.sides["A"],
        cooperating_id=border.sides["B"],
    )
    made = open_inspection(conn, border.viewer("A"), facts, today=TODAY)
    walk = Walk(conn, files, border, made)
    for action, by in TO_FIELD if begun else ():
        walk.step(action, by)
    return walk


def walk_all(conn: Connection, files: Path) -> Walk:
    """Open the inspection and record everything with a photo each: it can be signed."""
    walk = open_walk(conn, files)
    for shade, by in enumerate("AB", start=100):
        walk.photo(by, walk.record(by, "marker", "in_place"), shade=shade)
        walk.record(by, "section", "unchanged")
    walk.step("start_disposal")
    return walk
