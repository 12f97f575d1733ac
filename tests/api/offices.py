"""A service with a border and one marker in it, and accounts of both sides and of those above."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

from fastapi.testclient import TestClient
from PIL import Image

from geo.db.engine import transaction
from geo.markers.facts import MarkerFacts
from tests.api.country import add_account
from tests.border import CODES, Border, card, draw_border, set_marker
from tests.conftest import Database

DAY = "2026-05-01"
OURS, THEIRS = {"name": "王守界", "side": "370921"}, {"name": "李巡边", "side": "370923"}


@dataclass
class Register:
    """The service as accounts see it: ``a``, ``b``, ``c`` edit for a county, ``city`` approves.

    ``public`` is nobody.
    """

    client: TestClient
    border: Border
    marker: UUID
    accounts: dict[str, dict[str, str]]

    def get(self, path: str = "", by: str = "a", **query: Any) -> Any:
        url = f"/api/v1/markers{path}"
        return self.client.get(url, params=query, headers=self.accounts[by])

    def send(self, method: str, path: str, by: str, body: Any, **headers: str) -> Any:
        return self.client.request(
            method, f"/api/v1{path}", json=body, headers={**self.accounts[by], **headers}
        )

    def event(self, kind: str, *present: dict[str, str], by: str = "a", **more: Any) -> Any:
        body = {"kind": kind, "at": DAY, "present": list(present), "note": "巡查", **more}
        return self.send("POST", f"/markers/{self.marker}/events", by, body)

    def voice(self, proposal: str, by: str, said: str, **more: Any) -> Any:
        body = {"said": said, "signer": "某局长", "on_day": DAY, **more}
        return self.send("POST", f"/proposals/{proposal}/voices", by, body)

    def give(self, by: str, content: bytes, name: str = "近照.jpg", **fields: str) -> Any:
        return self.client.post(
            f"/api/v1/markers/{self.marker}/files",
            files={"file": (name, content, "application/octet-stream")},
            data=fields,
            headers=self.accounts[by],
        )


def open_register(client: TestClient, database: Database, **facts: Any) -> Register:
    """Put the border and a marker on the line of A and B into the service."""
    with transaction(database.engine, "system:test") as conn:
        border = draw_border(conn)
        given: MarkerFacts = card(border, "238184I", **facts)
        marker = set_marker(conn, border, given)
    accounts = {
        "a": add_account(database, "east", ("editor", CODES["A"])),
        "b": add_account(database, "west", ("editor", CODES["B"])),
        "c": add_account(database, "south", ("editor", CODES["C"])),
        "city": add_account(database, "city", ("approver", "370900")),
    }
    headers = {name: _log_in(client, given) for name, given in accounts.items()}
    return Register(client, border, marker, headers | {"public": {}})


def take_photo() -> bytes:
    """Return a small photo."""
    picture = BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "JPEG")
    return picture.getvalue()


def _log_in(client: TestClient, account: dict[str, str]) -> dict[str, str]:
    token = client.post("/api/v1/auth/token", data=account).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}
