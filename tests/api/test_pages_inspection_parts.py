"""A long line divided between pairs of counties, and what its parts add up to, as a page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from geo.access.grants import give_grant
from geo.access.users import add_user
from geo.db.engine import transaction
from geo.divisions.read import find_division
from tests.api.register import PASSWORD, SYSTEM, field_of, logged_in
from tests.conftest import Database
from tests.geo.inspections.provincial import HEBEI, MARKERS, Long, draw_long

PAIRS = 20


@pytest.fixture
def long(database: Database) -> Long:
    with transaction(database.engine, SYSTEM.actor) as conn:
        made = draw_long(conn)
        for name, place in (("lu", made.shandong), ("county", find_division(conn, HEBEI[0][0]))):
            add_user(conn, SYSTEM, name, PASSWORD)
            give_grant(conn, SYSTEM, name, "editor", place)
    return made


@pytest.fixture
def lu(client: TestClient, database: Database, long: Long) -> Iterator[TestClient]:
    assert long.line
    with logged_in(client, database, "lu") as page:
        yield page


def test_the_pairs_are_shown_and_opened_with_one_button(
    lu: TestClient, database: Database, long: Long
) -> None:
    path = f"/inspections/{long.inspection}/parts"
    html = lu.get(path).text
    assert f"分为 {PAIRS} 部分立项" in html
    done = lu.post(path, data={"unit": "county"} | field_of(lu)).text
    assert "各部分已立项" in done
    assert f"合计 {PAIRS} 部分" in done
    assert f"<dt>界桩</dt><dd>{MARKERS}</dd>" in done
    assert f"{PAIRS} 部分尚未签字" in done
    assert "部分立项" not in done
    again = lu.post(path, data={"unit": "county"} | field_of(lu))
    assert again.status_code in (409, 422)
    with logged_in(lu, database, "county") as page:
        assert page.get(path).status_code == 403


def test_parts_by_pairs_of_cities_are_fewer_and_an_old_form_is_refused(
    lu: TestClient, long: Long
) -> None:
    path = f"/inspections/{long.inspection}/parts"
    assert "不能分" in lu.get(f"{path}?unit=prefecture").text
    assert lu.get(f"{path}?unit=village").status_code == 422
    stale = lu.post(path, data={"unit": "county", "seen": "999"} | field_of(lu))
    assert stale.status_code in (409, 412)
