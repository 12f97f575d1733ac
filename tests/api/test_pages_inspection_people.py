from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from tests.api.inspected import open_inspected
from tests.api.inspection_pages import Pages
from tests.api.offices import take_photo
from tests.conftest import Database


@pytest.fixture
def pages(client: TestClient, database: Database) -> Pages:
    return Pages(open_inspected(client, database))


def _settle(pages: Pages) -> str:
    """Let both record everything and come to the disposal; return the content hash of the page."""
    for side in ("A", "B"):
        for place in (0, 1):
            pages.inspected.record(side, place)
        for section in pages.inspected.sections:
            pages.inspected.record(side, kind="section", subject_id=section, state="unchanged")
    pages.inspected.set_state("disposal")
    return _hash(pages)


def _hash(pages: Pages) -> str:
    found = re.search(r'class="id hash">([0-9a-f]{64})<', pages.get().text)
    assert found
    return found[1]


def test_a_session_signs_the_content_it_was_shown_and_a_later_edit_voids_it(pages: Pages) -> None:
    shown = _settle(pages)
    answer = pages.post("signatures", side="370921", role="负责人", content_sha256=shown)
    assert answer.status_code == 200, answer.text
    for part in ("已签字", "有效 1 个", "负责人", shown[:16]):
        assert part in answer.text, part
    pages.inspected.record("A", 0, state="worn")
    html = pages.get().text
    assert "有效 0 个" in html
    assert "作废" in html
    assert "改动了" in html


def test_other_content_than_was_shown_is_not_signed_and_the_password_never_comes_back(
    pages: Pages,
) -> None:
    _settle(pages)
    typed = {"side": "370921", "role": "负责人", "password": "long-enough-1"}
    answer = pages.post("signatures", content_sha256="0" * 64, **typed)
    assert answer.status_code == 422
    assert "long-enough-1" not in answer.text
    assert 'value="负责人"' in answer.text
    wrong = pages.post("signatures", **(typed | {"password": "not-the-one"}))
    assert wrong.status_code in (401, 403)
    assert "not-the-one" not in wrong.text


def test_nobody_signs_for_the_other_side_nor_before_everything_is_there(pages: Pages) -> None:
    shown = _settle(pages)
    typed = {"role": "负责人", "content_sha256": shown}
    assert pages.post("signatures", by="b", side="370921", **typed).status_code == 403
    pages.inspected.set_state("field")
    early = pages.post("signatures", side="370921", **typed)
    assert early.status_code == 409


def test_the_scan_of_a_sealed_page_is_bound_by_the_typed_hash(pages: Pages) -> None:
    shown = _settle(pages)
    scan = {"file": ("盖章页.jpg", take_photo(), "image/jpeg")}
    typed = {"side": "370921", "signer": "东岭县人民政府"}
    wrong = pages.post("seals", files=scan, content_sha256="0" * 16, **typed)
    assert wrong.status_code == 409
    assert 'value="东岭县人民政府"' in wrong.text
    done = pages.post("seals", files=scan, content_sha256=shown[:16].upper(), **typed)
    assert done.status_code == 200, done.text
    for part in ("盖章扫描件已录入", "东岭县人民政府", "有效 1 个"):
        assert part in done.text, part


def test_a_guest_is_invited_told_its_password_once_and_revoked(pages: Pages) -> None:
    until = (pages.today + timedelta(days=30)).isoformat()
    typed = {"side": "370921", "role": "invited", "user": "old-wang", "display_name": "王老"}
    answer = pages.post("guests", **typed, valid_to=until)
    assert answer.status_code == 200, answer.text
    password = re.search(r"<code>([^<]+)</code>", answer.text)
    assert password
    html = pages.get().text
    assert password[1] not in html
    revoke = re.search(rf"{pages.path}/guests/[0-9a-f-]{{36}}/revocation", html)
    assert revoke
    assert pages.post(revoke[0], by="b").status_code == 403
    assert "已撤销邀请" in pages.post(revoke[0]).text
    again = pages.post("guests", **typed, valid_to="不知道")
    assert again.status_code == 422
    assert 'value="old-wang"' in again.text


def _hire(pages: Pages) -> dict[str, str]:
    """Hire a contractor for the first marker; return what its account logs in with."""
    until = (pages.today + timedelta(days=30)).isoformat()
    answer = pages.post(
        "guests", side="370921", role="contractor", user="surveyor", organisation="测绘院",
        subjects=str(pages.inspected.markers[0]), valid_to=until,
    )  # fmt: skip
    password = re.search(r"<code>([^<]+)</code>", answer.text)
    assert password, answer.text
    return {"username": "surveyor", "password": password[1]}


def _record_as_contractor(pages: Pages, account: dict[str, str]) -> None:
    client = pages.inspected.client
    client.post("/login", data={**account, "next_address": "/"})
    client.cookies.clear()
    token = client.post("/api/v1/auth/token", data=account).json()["access_token"]
    pages.inspected.register.accounts["surveyor"] = {"Authorization": f"Bearer {token}"}
    body = {
        "subject": {"marker_id": str(pages.inspected.markers[0])}, "at": "2026-05-06",
        "state": "in_place", "side": "370921",
    }  # fmt: skip
    record = "019f0000-0000-7000-8000-000000000001"
    answer = pages.inspected.call("PUT", f"/records/{record}", by="surveyor", json=body)
    assert answer.status_code == 201, answer.text


def test_a_contractor_delivers_and_its_county_returns_then_accepts(pages: Pages) -> None:
    _record_as_contractor(pages, _hire(pages))
    html = pages.get().text
    assert "测绘院" in html
    assert "待验收" in html
    record = re.search(r'name="records" value="([0-9a-f-]{36})"', html)
    assert record
    typed = {"side": "370921", "records": record[1]}
    assert pages.post("deliveries", said="return", note=" ", **typed).status_code == 422
    assert "已退回" in pages.post("deliveries", said="return", note="补近景", **typed).text
    assert "已验收" in pages.post("deliveries", said="accept", **typed).text


def test_a_contractor_sees_its_own_subjects_and_neither_papers_nor_signatures(
    pages: Pages,
) -> None:
    account = _hire(pages)
    pages.password = account["password"]
    html = pages.get(by="surveyor").text
    assert str(pages.inspected.markers[0]) in html
    assert str(pages.inspected.markers[1]) not in html
    for part in ('id="signatures"', 'id="documents"', 'id="feed"', 'id="sign"', 'id="invite"'):
        assert part not in html, part
    assert pages.get(pages.marker, by="surveyor").status_code == 200
    assert pages.get(pages.section, by="surveyor").status_code == 404
