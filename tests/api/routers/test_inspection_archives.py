from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.routers import inspection_archives
from api.tasks import TASKS
from geo.access.jurisdiction import system_viewer
from geo.db.engine import transaction
from geo.inspections.archive.verify import verify_archive
from geo.progress import never_stop
from tests.api.offices import open_register, take_photo
from tests.api.signing import Signing
from tests.conftest import Database


@pytest.fixture
def signing(client: TestClient, database: Database) -> Signing:
    signing = Signing(open_register(client, database))
    signing.walk()
    return signing


def accept(signing: Signing, database: Database) -> None:
    for by in ("a", "b"):
        assert signing.sign(by).status_code == 201
    signing.step("sign_records")
    with transaction(database.engine, "system:test") as conn:
        conn.execute(text("UPDATE inspection SET state = 'accepted', accepted_on = '2026-07-01'"))


def save(answer: Any, folder: Path) -> Path:
    path = folder / "archive.zip"
    path.write_bytes(answer.content)
    return path


def test_the_archive_is_sent_and_verifies_with_the_fingerprint_it_names(
    signing: Signing, database: Database, tmp_path: Path
) -> None:
    accept(signing, database)
    answer = signing.get("archive", "city")
    assert answer.status_code == 200, answer.text
    assert answer.headers["X-Archive"] == "final"
    assert answer.headers["content-type"] == "application/zip"
    found = verify_archive(save(answer, tmp_path), expected=answer.headers["X-Fingerprint"])
    assert found.ok, [str(one) for one in found.problems]
    assert found.final
    again = signing.get("archive")
    assert again.headers["ETag"] == answer.headers["ETag"]
    assert again.content == answer.content


def test_before_the_acceptance_it_is_an_interim_one(signing: Signing, tmp_path: Path) -> None:
    answer = signing.get("archive")
    assert answer.headers["X-Archive"] == "interim"
    found = verify_archive(save(answer, tmp_path))
    assert found.ok
    assert not found.final


def test_a_large_one_is_made_by_a_job(
    signing: Signing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection_archives, "LARGE", -1)
    answer = signing.get("archive")
    assert answer.status_code == 202
    assert answer.json()["url"].startswith("/api/v1/jobs/")
    made = TASKS["inspection_archive"](
        database.engine, system_viewer("test"), {"inspection": str(signing.id)}, never_stop
    )
    assert made["url"] == f"/api/v1{signing.path}/archive"
    assert not made["final"]
    assert signing.get("archive").status_code == 200


def test_archives_are_listed_and_read_with_their_photos(
    signing: Signing, database: Database
) -> None:
    photo = take_photo()
    client, accounts = signing.register.client, signing.register.accounts
    (record, *_) = client.get(f"/api/v1{signing.path}/records", headers=accounts["a"]).json()[
        "items"
    ]
    digest = sha256(photo).hexdigest()
    url = f"/api/v1{signing.path}/records/{record['id']}/photos/{digest}?shows=near"
    by = "a" if record["side"] == "370921" else "b"
    given = client.put(url, content=photo, headers=accounts[by])
    assert given.status_code in (200, 201), given.text
    accept(signing, database)
    assert signing.get("archive").status_code == 200
    base = "/api/v1/inspections/archives"
    (listed,) = client.get(base, headers=accounts["b"]).json()["items"]
    assert listed["final"]
    assert not listed["imported"]
    inside = client.get(f"{base}/{listed['id']}", headers=accounts["city"]).json()
    assert inside["photos"] == [digest]
    assert inside["content"]["inspection"]["round"] == 5
    shown = client.get(f"{base}/{listed['id']}/photos/{digest}", headers=accounts["a"])
    assert (shown.content, shown.headers["content-type"]) == (photo, "image/jpeg")
    assert client.get(f"{base}/{listed['id']}/file", headers=accounts["a"]).status_code == 200
    assert client.get(f"{base}/{listed['id']}/photos/x", headers=accounts["a"]).status_code == 404


def test_nobody_else_gets_an_archive(signing: Signing, database: Database) -> None:
    accept(signing, database)
    assert signing.get("archive", "c").status_code == 403
    assert signing.get("archive", "public").status_code == 401
    assert signing.get("archive").status_code == 200
    client, accounts = signing.register.client, signing.register.accounts
    base = "/api/v1/inspections/archives"
    (listed,) = client.get(base, headers=accounts["a"]).json()["items"]
    assert client.get(base, headers=accounts["c"]).json()["items"] == []
    for what in ("", "/file", "/photos/x"):
        url = f"{base}/{listed['id']}{what}"
        assert client.get(url, headers=accounts["c"]).status_code == 403
        assert client.get(url).status_code == 401
    assert client.get(f"{base}/{signing.id}", headers=accounts["a"]).status_code == 404
