"""Browsers of both sides and of the city at the inspection of ``tests.api.inspected``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from fastapi.testclient import TestClient

from api.clock import china_day
from api.session import COOKIE, log_in
from tests.api.country import PASSWORD
from tests.api.inspected import Inspected
from tests.api.register import field_of

NAMES = {"a": "east", "b": "west", "c": "south", "city": "city"}


@dataclass
class Pages:
    """The pages of an inspection as people of an office open them."""

    inspected: Inspected
    password: str = PASSWORD

    @property
    def path(self) -> str:
        return f"/inspections/{self.inspected.id}"

    @property
    def marker(self) -> str:
        return f"{self.path}/subjects/marker/{self.inspected.markers[0]}"

    @property
    def section(self) -> str:
        return f"{self.path}/subjects/section/{self.inspected.sections[0]}"

    @property
    def today(self) -> date:
        return china_day()

    @contextmanager
    def browser(self, by: str) -> Iterator[TestClient]:
        client, engine = self.inspected.client, self.inspected.database.engine
        now = datetime.now(UTC)
        name = NAMES.get(by, by)
        token = log_in(engine, name, self.password, kind="session", address="-", now=now)
        client.cookies.set(COOKIE, token.secret)
        try:
            yield client
        finally:
            client.cookies.clear()

    def get(self, path: str = "", by: str = "a", **more: Any) -> Any:
        with self.browser(by) as client:
            return client.get(path or self.path, **more)

    def post(self, path: str, by: str = "a", files: Any = None, **typed: Any) -> Any:
        """Send a plain form as a browser without scripts does, and follow where it leads."""
        with self.browser(by) as client:
            address = path if path.startswith("/inspections") else f"{self.path}/{path}"
            return client.post(address, data={**field_of(client), **typed}, files=files)
