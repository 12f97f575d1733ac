from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.session import HEADER
from tests.api.offices import take_photo
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


def _give(page: TestClient, register: Register, title: str = "北面") -> str:
    """Give a photo by a plain form, as a browser without scripts does; return its address."""
    folder = f"/markers/{register.marker}/files"
    fields = {**field_of(page), "kind": "photo", "side": "370921", "title": title}
    answer = page.post(folder, data=fields, files={"file": ("a.jpg", take_photo(), "image/jpeg")})
    assert answer.status_code == 200, answer.text
    assert title in answer.text
    found = re.search(rf"{folder}/[0-9a-f-]{{36}}", answer.text)
    assert found
    return found[0]


def test_a_photo_is_given_by_a_plain_form_without_a_script(
    a: TestClient, register: Register
) -> None:
    photo = _give(a, register)
    assert a.get(photo).headers["Content-Type"] == "image/jpeg"


def test_a_form_with_a_file_and_another_pages_token_is_refused(
    a: TestClient, register: Register
) -> None:
    file = {"file": ("a.jpg", take_photo(), "image/jpeg")}
    folder = f"/markers/{register.marker}/files"
    fields = {"csrf_token": "made-up", "kind": "photo", "side": "370921"}
    assert a.post(folder, data=fields, files=file).status_code == 403
    assert "还没有照片" in a.get(f"/markers/{register.marker}").text


@pytest.mark.parametrize("script", [False, True])
def test_a_file_is_taken_off_with_a_reason_and_stays_on_record(
    a: TestClient, register: Register, *, script: bool
) -> None:
    photo = _give(a, register)
    headers = {HEADER: field_of(a)["csrf_token"], "HX-Request": "true"} if script else {}
    form = {"reason": "拍错了桩"} | ({} if script else field_of(a))
    done = a.post(f"{photo}/withdrawal", data=form, headers=headers)
    assert done.status_code == 200
    for part in ("已撤下", "撤下附件“北面”", "还没有照片"):
        assert part in done.text, part
    assert a.get(photo).status_code == 200


def test_a_file_is_not_taken_off_without_a_reason_nor_twice(
    a: TestClient, register: Register
) -> None:
    photo = _give(a, register)
    refused = a.post(f"{photo}/withdrawal", data={"reason": " ", **field_of(a)})
    assert refused.status_code == 422
    assert "撤下的理由" in refused.text
    assert f"{photo}?small=true" in refused.text
    form = {"reason": "重复", **field_of(a)}
    assert a.post(f"{photo}/withdrawal", data=form).status_code == 200
    assert a.post(f"{photo}/withdrawal", data=form).status_code == 404


def test_nobody_takes_off_the_neighbours_file(
    a: TestClient, database: Database, register: Register
) -> None:
    photo = _give(a, register)
    with logged_in(a, database, "b") as b:
        assert f"{photo}/withdrawal" not in b.get(f"/markers/{register.marker}").text
        refused = b.post(f"{photo}/withdrawal", data={"reason": "不要", **field_of(b)})
        assert refused.status_code == 403
        assert f"{photo}?small=true" in refused.text


def test_a_file_of_another_marker_is_not_taken_off_here(a: TestClient, register: Register) -> None:
    photo = _give(a, register).replace(str(register.marker), str(register.tripoint))
    form = {"reason": "不在这里", **field_of(a)}
    assert a.post(f"{photo}/withdrawal", data=form).status_code == 404
