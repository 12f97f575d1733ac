"""A table that gives positions twice: the two are compared, and neither is changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection

from geo.exchange.stage import read_mapping
from geo.markers.incoming.schema import MAPPING
from geo.office import set_office
from tests.border import Border
from tests.geo.markers.incoming.test_check import (
    ON_AB,
    SYSTEM,
    border,
    markers,
    metres,
    row,
    rules,
    take,
    told,
)

__all__ = ["border"]
TWICE = ("place_twice_apart", "place_twice_unread")


def doubts(done: object) -> list[str]:
    return [one for one in rules(done) if one in TWICE]  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _border(border: Border) -> None:
    assert border.lines


@pytest.mark.parametrize("crs", ["EPSG:4548", "EPSG:4527", "EPSG:4498", "EPSG:4547", "EPSG:4509"])
def test_metres_of_any_zone_near_agree_with_the_degrees_they_came_from(
    conn: Connection, tmp_path: Path, crs: str
) -> None:
    east, north = metres(*ON_AB, crs)
    done = take(conn, tmp_path, [row(HZB=east, ZZB=north)])
    assert doubts(done) == []
    (said,) = [one for one in done.conclusions if one.rule == "place_twice"]
    assert "HZB" in said.message()


def test_two_positions_apart_are_a_finding_in_metres_and_the_first_stays(
    conn: Connection, tmp_path: Path
) -> None:
    east, north = metres(*ON_AB, "EPSG:4548")
    done = take(conn, tmp_path, [row(HZB=east + 3, ZZB=north - 4)])
    assert doubts(done) == ["place_twice_apart"]
    found = told(done, "place_twice_apart")
    assert (found.severity, found.column) == ("warning", "HZB、ZZB")
    assert float(str(found.facts["apart_m"])) == pytest.approx(5.0, abs=0.01)
    assert "117" in str(found.facts["read_as"])
    (one,) = markers(conn)
    assert (one.lon, one.lat) == pytest.approx(ON_AB, abs=1e-9)


def test_the_degrees_beside_metres_that_the_mapping_takes_are_compared(
    conn: Connection, tmp_path: Path
) -> None:
    given = row()
    del given["经度"], given["纬度"]
    given["HZB"], given["ZZB"] = metres(*ON_AB, "EPSG:4527")
    mapping = read_mapping(MAPPING)
    same = given | {"JD": "117°12′00″", "WD": "36°09′00″"}
    assert doubts(take(conn, tmp_path, [same], crs="EPSG:4527", mapping=mapping)) == []
    away = given | {"JD": ON_AB[0], "WD": ON_AB[1] + 0.001}
    done = take(conn, tmp_path, [away], crs="EPSG:4527", mapping=mapping)
    assert doubts(done) == ["place_twice_apart"]
    assert told(done, "place_twice_apart").facts["apart_m"].startswith("110.9")  # type: ignore[attr-defined]


def test_the_office_decides_how_far_apart_two_positions_may_be(
    conn: Connection, tmp_path: Path
) -> None:
    east, north = metres(*ON_AB, "EPSG:4548")
    set_office(conn, SYSTEM, "markers.two_positions_m", 10.0)
    assert doubts(take(conn, tmp_path, [row(HZB=east + 3, ZZB=north - 4)])) == []


@pytest.mark.parametrize(("x", "y"), [("", ""), (0, 0), ("/", "—"), ("", 4_002_600)])
def test_a_second_pair_that_is_not_filled_in_is_no_finding(
    conn: Connection, tmp_path: Path, x: object, y: object
) -> None:
    assert doubts(take(conn, tmp_path, [row(HZB=x, ZZB=y)])) == []


def test_a_second_pair_that_is_no_place_is_told(conn: Connection, tmp_path: Path) -> None:
    done = take(conn, tmp_path, [row(HZB="待测", ZZB="待测")])
    assert doubts(done) == ["place_twice_unread"]


def test_swapped_columns_of_the_second_pair_are_told_not_turned(
    conn: Connection, tmp_path: Path
) -> None:
    east, north = metres(*ON_AB, "EPSG:4548")
    done = take(conn, tmp_path, [row(HZB=north, ZZB=east)])
    assert len(doubts(done)) == 1
