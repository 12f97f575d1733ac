from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from pyproj import Geod
from sqlalchemy import Connection

from geo.access.jurisdiction import Grant, Viewer, public_viewer
from geo.divisions.read import find_division, units_below
from geo.errors import (
    FacilityNotThenError,
    FacilityUnknownError,
    NotPublishedError,
    OptionInvalidError,
    OutsideJurisdictionError,
    RoleMissingError,
)
from geo.facilities.publish import publish_facilities
from geo.facilities.read import (
    count_facilities,
    list_facilities,
    list_versions,
    read_facility,
    read_places,
)
from tests.geo.divisions.given import FROM, TODAY
from tests.geo.facilities.given import (
    IN_A,
    IN_B,
    LATER,
    OUTSIDE,
    SYSTEM,
    only,
    put_divisions,
    take,
    write_list,
)

PUBLIC = public_viewer(demo_open=True)
ROWS = [
    ("甲医院", "医院", "370902001", "K1", "100", *IN_A),
    ("乙敬老院", "敬老院", "370911", "", "60", *IN_B),
    ("丙敬老院", "敬老院", "370902", "", "", "", ""),
    ("丁医院", "医院", "", "", "", *OUTSIDE),
]


@pytest.fixture
def given(conn: Connection, tmp_path: Path) -> Connection:
    put_divisions(conn)
    take(conn, write_list(tmp_path / "a.csv", ROWS))
    return conn


def editor(conn: Connection, code: str) -> Viewer:
    return Viewer(None, "县", (Grant("approver", find_division(conn, code), code),), False, "x:y")


def names(conn: Connection, viewer: Viewer = SYSTEM, **filters: object) -> list[str]:
    return [one.name for one in list_facilities(conn, viewer, TODAY, **filters).items]  # type: ignore[arg-type]


def test_a_list_is_filtered_by_kind_division_place_and_words(given: Connection) -> None:
    assert len(names(given)) == 4
    assert set(names(given, kinds=["hospital"])) == {"甲医院", "丁医院"}
    assert set(names(given, within=find_division(given, "370902"))) == {"甲医院", "丙敬老院"}
    assert len(names(given, within=find_division(given, "370900"))) == 3
    assert names(given, placed=False) == ["丙敬老院"]
    assert len(names(given, placed=True)) == 3
    assert names(given, query="乙敬") == ["乙敬老院"]
    assert names(given, query="K1") == ["甲医院"]
    assert names(given, query="%") == []


def test_pages_give_each_facility_once(given: Connection) -> None:
    for near in (None, IN_A):
        seen: list[str] = []
        after = ""
        while True:
            page = list_facilities(given, SYSTEM, TODAY, near=near, after=after, limit=1)
            seen.extend(one.name for one in page.items)
            if page.next is None:
                break
            after = page.next
        assert len(seen) == page.total == len(set(seen)) == (4 if near is None else 3)


def test_the_nearest_come_first_with_their_metres_on_the_ellipsoid(
    conn: Connection, tmp_path: Path
) -> None:
    places = np.random.default_rng(1).uniform([116.5, 35.5], [117.5, 36.5], (200, 2)).round(6)
    rows = [(f"院{place}", "医院", "", "", "", *lonlat) for place, lonlat in enumerate(places)]
    take(conn, write_list(tmp_path / "a.csv", rows))
    here = (117.0, 36.0)
    *_, metres = Geod(ellps="GRS80").inv(
        np.full(200, here[0]), np.full(200, here[1]), places[:, 0], places[:, 1]
    )
    found = list_facilities(conn, SYSTEM, TODAY, near=here, limit=200).items
    assert [one.name for one in found] == [f"院{place}" for place in np.argsort(metres)]
    assert [one.distance_m for one in found] == pytest.approx(np.sort(metres), abs=0.001)


def test_without_a_place_near_nothing_is_near(conn: Connection) -> None:
    page = list_facilities(conn, SYSTEM, TODAY, near=IN_A)
    assert (page.items, page.total, page.next) == ([], 0, None)


def test_the_public_sees_what_is_published_and_an_office_its_own(given: Connection) -> None:
    assert names(given, PUBLIC) == []
    viewer = editor(given, "370902")
    assert set(names(given, viewer)) == {"甲医院", "丙敬老院"}
    county = find_division(given, "370902")
    changed = publish_facilities(
        given, viewer, "published", kinds=["hospital"], within=county, at=TODAY
    )
    assert changed == 1
    assert names(given, PUBLIC) == ["甲医院"]
    # A facility without a division is the whole country's business.
    assert names(given, query="丁") == ["丁医院"]
    assert names(given, viewer, query="丁") == []


def test_who_may_not_publish_is_refused_and_demo_stays_demo(
    given: Connection, tmp_path: Path
) -> None:
    path = write_list(tmp_path / "demo.csv", [("示例", "医院", "370902", "", "", "", "")])
    take(given, path, publication="demo")
    viewer = editor(given, "370902")
    with pytest.raises((OutsideJurisdictionError, RoleMissingError)):
        publish_facilities(given, viewer, "published", kinds=[], within=None, at=TODAY)
    other = find_division(given, "370911")
    with pytest.raises(OutsideJurisdictionError):
        publish_facilities(given, viewer, "published", kinds=[], within=other, at=TODAY)
    with pytest.raises(OptionInvalidError):
        publish_facilities(given, SYSTEM, "demo", kinds=[], within=None, at=TODAY)  # type: ignore[arg-type]
    assert publish_facilities(given, SYSTEM, "published", kinds=[], within=None, at=TODAY) == 4
    assert only(given, query="示例").publication == "demo"
    assert "示例" in names(given, PUBLIC)
    assert "示例" not in names(given, public_viewer(demo_open=False))


def test_one_facility_is_read_as_of_a_day(given: Connection, tmp_path: Path) -> None:
    row = ("甲医院", "医院", "370902001", "K1", "150", *IN_A)
    take(given, write_list(tmp_path / "b.csv", [row]), valid_from=LATER)
    found = only(given, query="甲")
    assert read_facility(given, found.id, FROM, SYSTEM).beds == 100
    assert read_facility(given, found.id, LATER, SYSTEM).beds == 150
    assert [one.beds for one in list_versions(given, found.id, SYSTEM)] == [100, 150]
    with pytest.raises(FacilityNotThenError) as caught:
        read_facility(given, found.id, FROM.replace(year=2000), SYSTEM)
    assert caught.value.facts["known_from"] == FROM


def test_what_is_not_there_or_not_shown_says_so(given: Connection) -> None:
    found = only(given, query="乙")
    with pytest.raises(FacilityUnknownError):
        read_facility(given, uuid4(), TODAY, SYSTEM)
    with pytest.raises(NotPublishedError):
        read_facility(given, found.id, TODAY, PUBLIC)
    with pytest.raises(OutsideJurisdictionError):
        read_facility(given, found.id, TODAY, editor(given, "370902"))
    with pytest.raises(FacilityUnknownError):
        list_versions(given, found.id, PUBLIC)


def test_places_for_a_computation_are_all_of_a_kind_and_never_mixed(
    given: Connection, tmp_path: Path
) -> None:
    path = write_list(tmp_path / "demo.csv", [("示例", "敬老院", "370902", "", "", *IN_A)])
    take(given, path, publication="demo")
    real = read_places(given, ["rural_care_home"], TODAY, demo=False)
    assert {(one.name, one.lon is None) for one in real} == {
        ("乙敬老院", False),
        ("丙敬老院", True),
    }
    demo = read_places(given, ["rural_care_home", "hospital"], TODAY, demo=True)
    assert [one.name for one in demo] == ["示例"]


def test_rows_without_a_place_are_counted_in_every_list(given: Connection) -> None:
    found = {
        (one.kind, one.division and one.division.code): (one.facilities, one.unplaced, one.beds)
        for one in count_facilities(given, SYSTEM, TODAY)
    }
    assert found == {
        ("hospital", "370902001"): (1, 0, 100),
        ("hospital", None): (1, 0, None),
        ("rural_care_home", "370902"): (1, 1, None),
        ("rural_care_home", "370911"): (1, 0, 60),
    }
    county = units_below(given, find_division(given, "370902"), TODAY)
    assert len(count_facilities(given, SYSTEM, TODAY, within=county)) == 2
    assert count_facilities(given, PUBLIC, TODAY) == []
