from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import update

from geo.db.engine import transaction
from geo.inspections.tables import inspection_party
from tests.api.inspected import Inspected, open_inspected
from tests.api.offices import take_photo
from tests.api.routers.test_inspection_guests import FIRM, enter, invite
from tests.conftest import Database

B = "370923"


@pytest.fixture
def work(client: TestClient, database: Database) -> Inspected:
    made = open_inspected(client, database)
    with transaction(database.engine, "system:test") as conn:
        of_b = inspection_party.c.division_id == made.register.border.sides["B"]
        conn.execute(update(inspection_party).where(of_b).values(takes_part="paper"))
    return made


def form(work: Inspected, side: str = B, by: str = "a") -> Any:
    return work.call("GET", "/return-form", by, params={"side": side})


def fill(content: bytes, change: Callable[[Any], None]) -> bytes:
    book = load_workbook(BytesIO(content))
    change(book)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def put(book: Any, sheet: str, row: int, **cells: Any) -> None:
    page = book[sheet]
    heads = {cell.value: cell.column for cell in page[1]}
    for head, value in cells.items():
        page.cell(row, heads[head]).value = value


def sound(book: Any) -> None:
    put(book, "界桩", 2, 检查日期="2026年5月6日", 检查结果="完好", 界桩及方位物="方位物齐全")
    put(book, "界桩", 3, 检查日期="2026-05-06", 检查结果="字迹不清", 经度=117.2, 纬度="36.120000",
        测量方法="GNSS RTK")  # fmt: skip
    put(book, "界线段", 2, 检查日期="2026.5.7", 检查结果="无变化", 备注="沿河")


def give(
    work: Inspected, content: bytes, by: str = "a", name: str = "回传.xlsx", **said: str
) -> Any:
    files = {"file": (name, content, "application/octet-stream")}
    return work.call("POST", "/returns", by, files=files, data=said)


def records(work: Inspected) -> list[Any]:
    items: list[Any] = work.call("GET", "/records").json()["items"]
    return items


def test_the_records_of_a_neighbour_without_accounts_come_in_by_its_form(work: Inspected) -> None:
    answer = form(work)
    assert answer.status_code == 200, answer.text
    content = fill(answer.content, sound)
    done = give(work, content, side=B)
    assert done.status_code == 201, done.text
    assert (done.json()["side"], done.json()["records"]) == (B, 3)
    kept = records(work)
    assert {(one["side"], one["via"]) for one in kept} == {(B, "return_file")}
    assert sorted(one["state"] for one in kept) == ["in_place", "unchanged", "worn"]
    worn = next(one for one in kept if one["state"] == "worn")
    assert (worn["position"]["lat"], worn["position"]["method"]) == ("36.12", "gnss_rtk")
    again = give(work, content, side=B)
    assert (again.status_code, again.json()["already"]) == (200, True)
    assert records(work) == kept
    listed = work.call("GET", "/returns").json()["items"]
    assert [one["id"] for one in listed] == [done.json()["id"]]


def test_a_corrected_file_gives_new_versions_of_the_same_records(work: Inspected) -> None:
    content = form(work).content
    give(work, fill(content, sound))

    def corrected(book: Any) -> None:
        sound(book)
        put(book, "界桩", 2, 检查结果="倾斜")

    assert give(work, fill(content, corrected)).status_code == 201
    kept = records(work)
    assert sorted((one["state"], one["version"]) for one in kept) == [
        ("leaning", 2), ("unchanged", 1), ("worn", 1),
    ]  # fmt: skip


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"检查结果": "好"}, "界桩：检查结果"),
    ({"检查结果": None}, "界桩：检查结果"),
    ({"检查日期": "昨天"}, "界桩：检查日期"),
    ({"检查日期": "2126-01-01"}, "界桩：检查日期"),
    ({"检查日期": None}, "界桩：检查日期"),
    ({"经度": "东经", "纬度": 36.1}, "界桩：经度"),
    ({"经度": 36.12, "纬度": 117.2}, "界桩：经度"),
    ({"经度": 117.2, "纬度": None}, "界桩：纬度"),
    ({"测量方法": "目测"}, "界桩：测量方法"),
    ({"点位精度（米）": "很好"}, "界桩：点位精度（米）"),
    ({"检查结果": "无法到达"}, "界桩：备注"),
    ({"编号": str(uuid4())}, "界桩：界桩号"),
    ({"界桩号": "99999999"}, "界桩：界桩号"),
)


@pytest.mark.parametrize(("cells", "column"), WRONG)
def test_a_wrong_cell_is_named_and_nothing_of_the_file_is_taken(
    work: Inspected, cells: dict[str, Any], column: str
) -> None:
    def spoil(book: Any) -> None:
        sound(book)
        put(book, "界桩", 3, **cells)

    answer = give(work, fill(form(work).content, spoil))
    assert (answer.status_code, answer.json()["code"]) == (422, "return_has_errors"), answer.text
    [error] = answer.json()["errors"]
    assert (error["row"], error["column"]) == (3, column)
    assert error["allowed"]
    assert records(work) == []
    assert work.call("GET", "/returns").json()["items"] == []


def test_a_row_given_twice_is_named(work: Inspected) -> None:
    def copied(book: Any) -> None:
        sound(book)
        page = book["界桩"]
        page.append([cell.value for cell in page[2]])

    [error] = give(work, fill(form(work).content, copied)).json()["errors"]
    assert (error["row"], error["column"]) == (4, "界桩：界桩号")


def test_a_file_of_another_inspection_side_or_kind_is_refused(work: Inspected) -> None:
    content = fill(form(work).content, sound)

    def other(book: Any) -> None:
        book["_yutu"]["B2"] = str(uuid4())

    def of_a(book: Any) -> None:
        book["_yutu"]["B3"] = "370921"

    def headless(book: Any) -> None:
        book["界桩"]["E1"] = "日子"

    plain = BytesIO()
    Workbook().save(plain)
    for spoiled, said in (
        (fill(content, other), {}),
        (fill(content, of_a), {"side": B}),
        (content, {"side": "370921"}),
        (fill(content, headless), {}),
        (form(work).content, {}),
        (plain.getvalue(), {}),
    ):
        answer = give(work, spoiled, **said)
        assert (answer.status_code, answer.json()["code"]) == (422, "return_refused"), answer.text
    for broken in (b"", b"no workbook", content[:-300], take_photo()):
        answer = give(work, broken)
        assert answer.status_code == 422, answer.text
    assert records(work) == []


def test_only_who_acts_for_a_side_or_enters_for_it_uses_its_form(work: Inspected) -> None:
    content = fill(form(work).content, sound)
    for by, status in (("c", 403), ("city", 403), ("public", 401)):
        assert form(work, by=by).status_code == status
        assert give(work, content, by).status_code == status
    # A takes part by accounts: nobody of B fills in for it.
    assert form(work, "370921", "b").json()["code"] == "not_party"
    enter(work, invite(work, **FIRM, subjects=[str(work.markers[0])]).json(), "firm")
    assert form(work, by="firm").status_code == 403
    assert give(work, content, "firm").status_code == 403
    assert give(work, content, "b").status_code == 201


def test_a_closed_inspection_takes_no_file_but_knows_one_it_has(work: Inspected) -> None:
    content = fill(form(work).content, sound)
    give(work, content)
    work.set_state("accepted")
    assert give(work, content).json()["already"] is True
    answer = give(work, fill(content, lambda book: put(book, "界桩", 2, 备注="再填")))
    assert (answer.status_code, answer.json()["code"]) == (409, "records_closed")


def test_signed_paper_is_entered_by_the_other_side_with_its_scan(work: Inspected) -> None:
    body = {
        "subject": {"marker_id": str(work.markers[0])},
        "at": "2026-05-06",
        "side": B,
        "state": "in_place",
    }
    lacking = work.call("PUT", f"/records/{uuid4()}", json=body)
    assert (lacking.status_code, lacking.json()["code"]) == (422, "record_refused")
    scan = work.call(
        "POST",
        "/documents",
        files={"file": ("记录表.jpg", take_photo(), "image/jpeg")},
        data={"kind": "record", "side": B},
    ).json()
    done = work.call("PUT", f"/records/{uuid4()}", json=body | {"scan": scan["id"]})
    assert (done.status_code, done.json()["via"]) == (201, "paper"), done.text
    enter(work, invite(work, **FIRM, subjects=[str(work.markers[0])]).json(), "firm")
    refused = work.call("PUT", f"/records/{uuid4()}", "firm", json=body | {"scan": scan["id"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_party")
