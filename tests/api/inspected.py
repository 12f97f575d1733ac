"""The service of ``tests.api.offices`` with a joint inspection of A and B in the field."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from fastapi.testclient import TestClient
from sqlalchemy import update

from api.clock import china_day
from geo.access.jurisdiction import system_viewer
from geo.db.engine import transaction
from geo.inspections.field.record_checks import RecordFacts
from geo.inspections.field.records import put_record
from geo.inspections.opening import InspectionFacts, open_inspection
from geo.inspections.read import read_inspection
from geo.inspections.tables import inspection
from geo.markers.facts import ObjectFacts, Position
from geo.sections.propose import generate_sections
from geo.sections.register import store_sections
from tests.api.offices import Register, open_register
from tests.border import card, set_marker
from tests.conftest import Database
from tests.geo.divisions.given import FROM

SYSTEM = system_viewer("test")


@dataclass
class Inspected:
    """A register with an inspection: two markers with their objects, and what lies between."""

    register: Register
    database: Database
    id: UUID
    markers: list[UUID]
    sections: list[UUID]
    records: dict[str, UUID] = field(default_factory=dict)

    @property
    def client(self) -> TestClient:
        return self.register.client

    @property
    def path(self) -> str:
        return f"/api/v1/inspections/{self.id}"

    def call(self, method: str, path: str, by: str = "a", **more: Any) -> Any:
        headers = {**self.register.accounts[by], **more.pop("headers", {})}
        return self.client.request(method, f"{self.path}{path}", headers=headers, **more)

    def record(self, side: str = "A", place: int = 0, **more: Any) -> UUID:
        """Put a record of a county at one of the markers, as its editor does."""
        border, now = self.register.border, datetime.now(UTC)
        record_id = uuid4()
        with transaction(self.database.engine, SYSTEM.actor) as conn:
            viewer = border.viewer(side)
            found = read_inspection(conn, self.id, viewer, china_day(now))
            said: dict[str, Any] = {"side": str(border.sides[side]), "at": date(2026, 5, 6)}
            said |= {"state": "in_place", "kind": "marker", "subject_id": self.markers[place]}
            facts = RecordFacts(**(said | more))
            put_record(conn, viewer, found, record_id, facts, today=china_day(now), now=now)
        return record_id

    def set_state(self, state: str) -> None:
        with transaction(self.database.engine, SYSTEM.actor) as conn:
            conn.execute(update(inspection).where(inspection.c.id == self.id).values(state=state))


def open_inspected(client: TestClient, database: Database) -> Inspected:
    """Open an inspection of the line of A and B, led by A, and take it to the field."""
    register = open_register(client, database, position=Position(lon=117.2, lat=36.28))
    border = register.border
    with transaction(database.engine, SYSTEM.actor) as conn:
        second = set_marker(
            conn,
            border,
            card(
                border,
                "37092302",
                position=Position(lon=117.2, lat=36.12, method="gnss_rtk", accuracy_m=0.05),
                objects=(ObjectFacts(ordinal=1, name="老槐树", distance_m=20.0),),
            ),
        )
        line = border.lines["AB"]
        proposed = generate_sections(conn, line, FROM)
        store_sections(conn, line, proposed, valid_from=FROM, source="test")
        id_ = open_inspection(
            conn,
            SYSTEM,
            InspectionFacts(
                line_id=line,
                kind="regular",
                round=5,
                year=2026,
                lead_id=border.sides["A"],
                cooperating_id=border.sides["B"],
            ),
            today=date(2026, 4, 1),
        )
        found = read_inspection(conn, id_, SYSTEM, date(2026, 4, 1))
    sections = [one.id for one in found.subjects if one.kind == "section"]
    made = Inspected(register, database, id_, [register.marker, second], sections)
    made.set_state("field")
    return made
