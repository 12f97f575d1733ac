"""Page sessions of people at the border of ``tests.border``, and what the pages are asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from fastapi.testclient import TestClient

from api.session import COOKIE, FIELD, log_in
from geo.access.grants import give_grant
from geo.access.jurisdiction import Role, system_viewer
from geo.access.tokens import csrf_token
from geo.access.users import add_user
from geo.db.engine import transaction
from geo.markers.facts import MarkerFacts, ObjectFacts, Position, SideFacts
from tests.border import Border, card, draw_border, set_marker
from tests.conftest import Database

PASSWORD = "long-enough-1"
SYSTEM = system_viewer("test")
ATTACK = "<script>alert(1)</script>"


@dataclass(frozen=True, slots=True)
class Register:
    """The border with two markers: one of A and B with a hostile name at it, one of all three."""

    border: Border
    marker: UUID
    tripoint: UUID

    @property
    def line(self) -> UUID:
        """Return the line of A and B."""
        return self.border.lines["AB"]


def build_register(database: Database) -> Register:
    """Draw the border, set its markers, and give accounts to ``a``, ``b``, ``c`` and ``city``."""
    with transaction(database.engine, SYSTEM.actor) as conn:
        border = draw_border(conn)
        marker = set_marker(conn, border, _hostile(border))
        tripoint = set_marker(
            conn,
            border,
            card(
                border,
                "212321I",
                "AB,AC,BC",
                faces=3,
                position=Position(lon=117.2, lat=36.1, accuracy_m=1.0),
            ),
        )
        people: tuple[tuple[str, Role, UUID], ...] = (
            ("a", "editor", border.sides["A"]),
            ("b", "editor", border.sides["B"]),
            ("c", "editor", border.sides["C"]),
            ("city", "approver", border.city),
        )
        for name, role, place in people:
            add_user(conn, SYSTEM, name, PASSWORD)
            give_grant(conn, SYSTEM, name, role, place)
    return Register(border, marker, tripoint)


def _hostile(border: Border) -> MarkerFacts:
    names = ("老槐树", ATTACK)
    objects = tuple(
        ObjectFacts(ordinal=place, name=name, grid_bearing_deg=40.0 * place, distance_m=50.0)
        for place, name in enumerate(names, start=1)
    )
    own = {border.sides["A"]: SideFacts(site=ATTACK, custodian="王小明")}
    return card(border, note=ATTACK, objects=objects, own=own)


@contextmanager
def logged_in(client: TestClient, database: Database, name: str) -> Iterator[TestClient]:
    """Let a client be somebody's browser for as long as the block lasts."""
    now = datetime.now(UTC)
    token = log_in(database.engine, name, PASSWORD, kind="session", address="-", now=now)
    client.cookies.set(COOKIE, token.secret)
    yield client
    client.cookies.clear()


def field_of(client: TestClient) -> dict[str, str]:
    """Return the field by which a form shows that it is of our own page."""
    return {FIELD: csrf_token(client.cookies[COOKIE])}
