"""The page of a paper that is being printed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.clock import china_day
from maps import to_pdf
from tests.api.country import work_off
from tests.api.register import Register, build_register, field_of, logged_in
from tests.conftest import Database


@pytest.fixture
def register(database: Database) -> Register:
    return build_register(database)


@pytest.fixture
def a(client: TestClient, database: Database, register: Register) -> Iterator[TestClient]:
    assert register.marker
    with logged_in(client, database, "a") as page:
        yield page


def ask(page: TestClient, register: Register) -> str:
    """Press the button of the PDF; return the job it opened."""
    form = {
        "paper": "marker_register",
        "object_id": str(register.marker),
        "at": china_day().isoformat(),
        **field_of(page),
    }
    answer = page.post("/papers", data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).rsplit("/", 1)[1]


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_a_pdf_is_asked_for_waited_for_and_opened(
    a: TestClient, register: Register, database: Database
) -> None:
    job = ask(a, register)
    waiting = a.get(f"/papers/{job}").text
    assert '<meta http-equiv="refresh"' in waiting
    assert "界桩登记表-37092301.pdf" in waiting
    work_off(database, job)
    html = a.get(f"/papers/{job}").text
    assert '<meta http-equiv="refresh"' not in html
    assert f'href="/api/v1/papers/files/{job}"' in html
    assert a.get(f"/api/v1/papers/files/{job}").content.startswith(b"%PDF-")


def test_a_pdf_that_cannot_be_made_says_why_and_what_to_do(
    a: TestClient, register: Register, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(to_pdf, "find_office", lambda: None)
    job = ask(a, register)
    work_off(database, job)
    html = a.get(f"/papers/{job}").text
    assert "本机没有 LibreOffice" in html
    assert "apt-get install" in html
    assert "office_missing" not in html
    assert f"/api/v1/papers/files/{job}" not in html
