from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.session import HEADER
from tests.api.register import Register, build_register, field_of, logged_in
from tests.conftest import Database

Rows = dict[str, list[str]]


@pytest.fixture
def register(database: Database) -> Register:
    return build_register(database)


@pytest.fixture
def a(client: TestClient, database: Database, register: Register) -> Iterator[TestClient]:
    assert register.marker
    with logged_in(client, database, "a") as page:
        yield page


def _read(first: tuple[str, str, str], second: tuple[str, str, str] = ("", "", "grid")) -> Rows:
    """Return readings to the two objects of the marker: distance, bearing, north of each."""
    columns = zip(first, second, strict=True)
    names = ("distance", "bearing", "north")
    return {"ordinal": ["1", "2"]} | dict(zip(names, map(list, columns), strict=True))


def _check(page: TestClient, register: Register, rows: Rows, **typed: str) -> tuple[int, str]:
    form = {"method": "gnss_rtk", **typed, **rows, **field_of(page)}
    answer = page.post(f"/markers/{register.marker}/deviation", data=form)
    return answer.status_code, answer.text


def test_readings_alone_are_held_against_the_register(a: TestClient, register: Register) -> None:
    status, html = _check(a, register, _read(("50.02", "40°00′", "grid"), ("57.5", "", "grid")))
    assert status == 200
    for part in ("可疑", "到方位物2", "7.5", "实地读数", 'value="50.02"', 'value="40°00′"'):
        assert part in html, part
    assert "到方位物1" not in html


def test_a_magnetic_bearing_is_compared_by_the_declination_of_its_day(
    a: TestClient, register: Register
) -> None:
    # The declination there was some 6 degrees west in 2025: 40 from grid north are 46 by compass.
    row = _read(("", "46.2", "magnetic"))
    assert "方位物1“老槐树”的方位角" not in _check(a, register, row, on="2025-06-01")[1]
    wrong = _read(("", "40", "magnetic"))
    assert "方位物1“老槐树”的方位角" in _check(a, register, wrong, on="2025-06-01")[1]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("", "400", "grid"), "不足 360°"),
        (("五十步", "", "grid"), "数字"),
        (("", "40", "up"), "bearing"),
    ],
)
def test_a_reading_that_cannot_be_is_refused_as_it_was_typed(
    a: TestClient, register: Register, row: tuple[str, str, str], told: str
) -> None:
    status, html = _check(a, register, _read(row))
    assert status == 422
    assert told in html
    for typed in row[:2]:
        assert f'value="{typed}"' in html


def test_neither_position_nor_reading_is_refused(a: TestClient, register: Register) -> None:
    status, html = _check(a, register, _read(("", "", "grid")))
    assert status == 422
    assert "读数" in html


def test_a_script_sends_the_same_form_with_its_header(a: TestClient, register: Register) -> None:
    headers = {HEADER: field_of(a)["csrf_token"], "HX-Request": "true"}
    rows = _read(("50.02", "40", "grid"))
    answer = a.post(f"/markers/{register.marker}/deviation", data=rows, headers=headers)
    assert answer.status_code == 200
    assert "实地读数" in answer.text
