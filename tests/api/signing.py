"""An inspection over HTTP that waits for its signatures."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from tests.api.offices import Register

CODES = {"a": "370921", "b": "370923"}


class Signing:
    """An inspection over HTTP that waits for its signatures."""

    def __init__(self, register: Register) -> None:
        self.register = register
        body = {
            "line_id": str(register.border.lines["AB"]),
            "kind": "regular",
            "round": 5,
            "year": 2026,
            "lead_code": CODES["a"],
            "cooperating_code": CODES["b"],
        }
        made = register.send("POST", "/inspections", "a", body)
        assert made.status_code == 201, made.text
        self.id = UUID(made.json()["id"])
        self.path = f"/inspections/{self.id}"
        for action, by in (("agree_scheme", "a"), ("agree_scheme", "b"), ("start_desk", "a")):
            self.step(action, by)
        self.step("start_field", "a")

    def step(self, action: str, by: str = "a") -> None:
        done = self.register.send("POST", f"{self.path}/transitions", by, {"action": action})
        assert done.status_code == 200, done.text

    def record(self, by: str) -> Any:
        body = {
            "subject": {"marker_id": str(self.register.marker)},
            "at": "2026-05-20",
            "side": CODES[by],
            "state": "in_place",
            "contents": {},
            "note": "",
        }
        return self.register.send("PUT", f"{self.path}/records/{uuid4()}", by, body)

    def walk(self) -> None:
        for by in CODES:
            assert self.record(by).status_code in (200, 201)
        self.step("start_disposal")

    def sign(self, by: str, **body: Any) -> Any:
        return self.register.send("POST", f"{self.path}/signatures", by, {"role": "负责人", **body})

    def get(self, what: str, by: str = "a") -> Any:
        url = f"/api/v1{self.path}/{what}"
        return self.register.client.get(url, headers=self.register.accounts[by])
