from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from geo.access.jurisdiction import public_viewer
from geo.coverage.question import Question
from geo.coverage.runs import (
    Run,
    ask,
    list_runs,
    read_run,
    read_run_cells,
    read_run_streets,
    repeat,
)
from geo.errors import (
    AgeUnknownError,
    AreaWithoutPolygonError,
    DivisionUnknownError,
    NetworkMissingError,
    NotFoundError,
    NotPublishedError,
    OptionInvalidError,
    PopulationMissingError,
)
from geo.office import set_office
from tests.geo.coverage.town import (
    HOSPITAL,
    STREETS,
    TODAY,
    VIEWER,
    build_town,
    take,
    to_lonlat,
    write_facilities,
    write_people,
    write_rows,
    write_streets,
)
from tests.geo.divisions.given import put
from tests.grid import draw

QUESTION = Question(kinds=("hospital",), at=TODAY, limit_m=1000.0, ages=("60+", "total"))


@pytest.fixture
def files(conn: Connection, home: Path) -> Path:
    return build_town(conn, home)


def answer(conn: Connection, files: Path, **asked: Any) -> Run:
    return ask(conn, VIEWER, replace(QUESTION, **asked), files)


def test_a_distance_is_two_straight_lines_and_the_way_along_the_streets(
    conn: Connection, files: Path
) -> None:
    cells = read_run_cells(conn, answer(conn, files), files)
    by_people = dict(zip(cells.people.tolist(), cells.distance_m.tolist(), strict=True))
    # 100 m to the street, 2,300 m along it through two crossings, 50 m to the door.
    assert by_people[10] == pytest.approx(2450, abs=0.02)
    # On the street of the hospital itself: along the edge, not round by its ends.
    assert by_people[20] == pytest.approx(80 + 100 + 50, abs=0.02)
    assert by_people[3] == float("inf")
    assert by_people[1] != by_people[1]


def test_people_within_the_limit_are_covered_and_the_others_are_not(
    conn: Connection, files: Path
) -> None:
    told = answer(conn, files).result
    assert (told["people"], told["covered"], told["people_unsnapped"]) == (34.0, 20.0, 1.0)
    assert (told["cells"], told["cells_unsnapped"], told["facilities"]) == (4, 1, 1)
    assert told["share"] == pytest.approx(20 / 34)
    assert told["ages"]["total"]["covered"] == 50.0
    assert told["ages"]["total"]["people_unreachable"] == 7.0
    wider = answer(conn, files, limit_m=2450.5).result
    assert wider["covered"] == 30.0
    assert [one["people"] for one in wider["reach"]] == [30.0]
    assert answer(conn, files, limit_m=2449.5).result["covered"] == 20.0


def test_time_is_distance_by_the_speed_of_who_walks(conn: Connection, files: Path) -> None:
    standard = answer(conn, files, limit_m=None, minutes=15.0)
    assert standard.parameters["limit_m"] == 900.0
    elder = answer(conn, files, limit_m=None, minutes=15.0, profile="elder")
    assert (elder.parameters["limit_m"], elder.parameters["speed_m_per_min"]) == (720.0, 48.0)
    assert standard.result["minutes"]["p25"] == pytest.approx(230 / 60, abs=0.001)
    assert elder.result["minutes"]["p25"] == pytest.approx(230 / 48, abs=0.001)
    assert standard.result["minutes"]["p50"] == pytest.approx(230 / 60, abs=0.001)
    assert standard.result["minutes"]["p75"] == pytest.approx(2450 / 60, abs=0.001)
    # The oldest tenth cannot get there at all.
    assert answer(conn, files, ages=("total",)).result["minutes"]["p90"] == pytest.approx(
        2450 / 60, abs=0.001
    )
    set_office(conn, VIEWER, "coverage.elder_m_per_min", 30)
    assert (
        answer(conn, files, limit_m=None, minutes=15.0, profile="elder").parameters["limit_m"]
        == 450.0
    )


@pytest.mark.parametrize(
    ("asked", "option"),
    [
        ({"limit_m": 0.0}, "limit_m"),
        ({"limit_m": float("nan")}, "limit_m"),
        ({"limit_m": None, "minutes": 600.0}, "minutes"),
        ({"minutes": 15.0}, "minutes"),
        ({"profile": "running"}, "profile"),
        ({"kinds": ("hospitals",)}, "kinds"),
        ({"kinds": ()}, "kinds"),
        ({"kinds": ("hope_cabin",)}, "kinds"),
    ],
)
def test_what_nobody_may_ask_is_refused_with_what_is_allowed(
    conn: Connection, files: Path, asked: dict[str, Any], option: str
) -> None:
    with pytest.raises(OptionInvalidError) as refused:
        answer(conn, files, **asked)
    assert refused.value.facts["option"] == option
    assert refused.value.facts["allowed"]


def test_an_unknown_age_or_division_is_named(conn: Connection, files: Path) -> None:
    with pytest.raises(AgeUnknownError):
        answer(conn, files, ages=("80+",))
    with pytest.raises(DivisionUnknownError):
        answer(conn, files, within="370902")


def test_where_too_many_have_no_streets_coverage_cannot_be_assessed(
    conn: Connection, files: Path
) -> None:
    assert answer(conn, files).result["assessable"]
    set_office(conn, VIEWER, "coverage.most_unsnapped_percent", 2)
    told = answer(conn, files).result
    assert (told["assessable"], told["share"], told["reason"]) == (False, None, "unsnapped")
    assert told["covered"] == 20.0


def test_a_facility_without_a_street_without_a_place_or_roughly_placed_is_listed(
    conn: Connection, files: Path, home: Path
) -> None:
    around = draw("A", size_deg=1.0, west=118.0, south=34.0)
    put(conn, ("371322", "郯城县", around["A"]))
    far = write_facilities(home / "far.csv", [("河心医院", 1500.0, 2000.0)])
    take(conn, "facilities", far, files, kind="hospital")
    rows = [["无坐标医院", "371322", "", "", ""]]
    lon, lat = to_lonlat(2600, 0)
    rows.append(["粗略医院", "371322", str(lon), str(lat), "township"])
    head = ["name", "区划代码", "lon", "lat", "position_quality"]
    take(conn, "facilities", write_rows(home / "more.csv", head, rows), files, kind="hospital")
    told = answer(conn, files).result
    assert told["facilities"] == 4
    assert told["facilities_unsnapped"] == ["河心医院"]
    assert told["facilities_unplaced"] == ["无坐标医院"]
    assert told["facilities_too_rough"] == ["粗略医院"]
    assert told["covered"] == 20.0


def test_without_a_facility_nothing_is_claimed(conn: Connection, files: Path) -> None:
    told = answer(conn, files, kinds=("clinic",)).result
    assert (told["facilities"], told["covered"], told["share"]) == (0, 0.0, None)
    assert told["reason"] == "no_facilities"


def test_the_answer_is_told_apart_by_division(conn: Connection, files: Path) -> None:
    west, south = to_lonlat(-5000, -5000)
    middle, _ = to_lonlat(1500, 0)
    shapes = draw("AB", size_deg=0.25, west=middle - 0.25, south=south)
    put(conn, ("371322", "郯城县", shapes["A"]), ("371321", "沂南县", shapes["B"]))
    assert west > middle - 0.25
    told = {row["code"]: row["ages"]["60+"] for row in answer(conn, files).result["divisions"]}
    assert (told["371321"]["people"], told["371321"]["covered"]) == (20.0, 20.0)
    assert (told["371322"]["people"], told["371322"]["covered"]) == (14.0, 0.0)
    inside = answer(conn, files, within="371322").result
    assert (inside["people"], inside["covered"]) == (14.0, 0.0)
    # The hospital stands across the line: it counts, unless it is told not to.
    assert answer(conn, files, within="371322", limit_m=2451.0).result["covered"] == 10.0
    closed = answer(conn, files, within="371322", limit_m=2451.0, inside_only=True).result
    assert (closed["facilities"], closed["reason"]) == (0, "no_facilities")


def test_a_division_without_a_polygon_cannot_be_asked(conn: Connection, files: Path) -> None:
    put(conn, ("371322", "郯城县"))
    with pytest.raises(AreaWithoutPolygonError):
        answer(conn, files, within="371322")


def test_an_area_without_people_has_an_answer(conn: Connection, files: Path) -> None:
    elsewhere = draw("A", size_deg=0.1, west=110.0, south=30.0)
    put(conn, ("420100", "武汉市", elsewhere["A"]))
    told = answer(conn, files, within="420100").result
    assert (told["people"], told["cells"], told["reason"]) == (0.0, 0, "no_people")
    assert told["minutes"] is None


def test_people_are_scaled_to_official_totals_side_by_side(
    conn: Connection, files: Path, home: Path
) -> None:
    # The polygon lies wholly within the reach of the people that are known.
    west, south = to_lonlat(300, 2000)
    box = draw("A", size_deg=0.015, west=west, south=south)
    put(conn, ("371322", "郯城县", box["A"]))
    totals = write_rows(home / "census.csv", ["区划代码", "60+"], [["371322", 100]])
    take(conn, "population", totals, files)
    told = answer(conn, files).result
    row = told["totals"][0]
    assert (row["code"], row["age"], row["official"]) == ("371322", "60+", 100.0)
    assert (row["raw"], row["factor"], row["scaled"]) == (1.0, 100.0, 100.0)
    assert (told["people"], told["ages"]["60+"]["raw"]) == (133.0, 34.0)
    assert told["people_unsnapped"] == 100.0
    assert answer(conn, files, scaled=False).result["people"] == 34.0
    # Nobody counted those of all ages, so they stay as they are.
    assert told["ages"]["total"]["people"] == 89.0


def test_a_total_of_a_division_that_reaches_beyond_the_people_is_left_out_and_said(
    conn: Connection, files: Path, home: Path
) -> None:
    around = draw("A", size_deg=1.0, west=118.0, south=34.0)
    put(conn, ("371322", "郯城县", around["A"]), ("371322101", "马头镇"))
    rows = [["371322", 100], ["371322101", 50]]
    take(conn, "population", write_rows(home / "census.csv", ["区划代码", "60+"], rows), files)
    done = answer(conn, files)
    assert done.result["people"] == 34.0
    assert done.result["totals"] == []
    assert done.parameters["not_scaled"] == [
        {"division": "郯城县 371322", "reason": "partly_covered"},
        {"division": "马头镇 371322101", "reason": "no_polygon"},
    ]


def test_a_run_repeats_to_the_digit_after_everything_was_changed(
    conn: Connection, files: Path, home: Path
) -> None:
    done = answer(conn, files)
    name, x, y = HOSPITAL
    take(conn, "facilities", write_facilities(home / "b.csv", [(name, x - 2000, y)]), files,
         kind="hospital")  # fmt: skip
    take(conn, "population", write_people(home / "people.csv", [(0, 0, 5, 5)]), files,
         bands="total,60+")  # fmt: skip
    take(conn, "roads", write_streets(home / "town.geojson", STREETS[:2]), files)
    set_office(conn, VIEWER, "coverage.standard_m_per_min", 90)
    again = repeat(conn, VIEWER, done.id, files)
    assert (again.same, again.differences) == (True, ())
    assert answer(conn, files).result["people"] == 5.0


def test_a_run_whose_stored_answer_was_tampered_with_does_not_repeat(
    conn: Connection, files: Path
) -> None:
    done = answer(conn, files)
    forged = json.dumps({**done.result, "covered": 21.0})
    conn.execute(
        text("UPDATE coverage_run SET result = CAST(:it AS jsonb) WHERE id = :id"),
        {"it": forged, "id": done.id},
    )
    again = repeat(conn, VIEWER, done.id, files)
    assert (again.same, again.differences) == (False, ("covered",))


def test_the_same_question_of_the_same_content_gives_the_same_files(
    conn: Connection, files: Path
) -> None:
    one, other = answer(conn, files), answer(conn, files)
    assert one.inputs == other.inputs
    assert one.walk_sha256 == other.walk_sha256
    assert one.result == other.result
    assert {run.id for run in list_runs(conn, VIEWER)} >= {one.id, other.id}


def test_a_run_is_read_by_who_may(conn: Connection, files: Path) -> None:
    done = answer(conn, files)
    assert read_run(conn, done.id, VIEWER) == done
    with pytest.raises(NotPublishedError):
        read_run(conn, done.id, public_viewer(demo_open=True))
    with pytest.raises(NotFoundError):
        read_run(conn, uuid4(), VIEWER)


def test_the_streets_of_a_run_are_those_it_walked(conn: Connection, files: Path) -> None:
    streets = read_run_streets(conn, answer(conn, files), files)
    assert len(streets.starts) == len(STREETS) + 1
    lon, lat = to_lonlat(0, 0)
    nearest = abs(streets.lonlat - [lon, lat]).sum(axis=1).min()
    assert nearest < 1e-8


def test_without_streets_or_people_it_says_what_is_missing(conn: Connection, home: Path) -> None:
    with pytest.raises(NetworkMissingError):
        ask(conn, VIEWER, QUESTION, home / "files")
    take(conn, "roads", write_streets(home / "town.geojson"), home / "files")
    with pytest.raises(PopulationMissingError):
        ask(conn, VIEWER, QUESTION, home / "files")


def test_of_several_networks_the_newest_where_the_people_live_is_walked(
    conn: Connection, files: Path, home: Path
) -> None:
    elsewhere = [[(x + 90_000, y) for x, y in line] for line in STREETS]
    take(conn, "roads", write_streets(home / "elsewhere.geojson", elsewhere), files)
    assert answer(conn, files).parameters["network"]["name"] == "town"
    named = answer(conn, files, network="elsewhere").result
    assert named["people_unsnapped"] == named["people"]
    with pytest.raises(NetworkMissingError):
        answer(conn, files, network="nowhere")


def test_the_demo_and_real_data_never_mix(conn: Connection, files: Path, home: Path) -> None:
    text_of = "UPDATE {} SET publication = 'demo'"
    for table in ("network", "population_set", "facility_version"):
        conn.execute(text(text_of.format(table)))
    demo = answer(conn, files)
    assert (demo.publication, demo.result["covered"]) == ("demo", 20.0)
    # A real hospital in the midst of the demo changes nothing there.
    real = write_facilities(home / "real.csv", [("真医院", 200.0, 100.0)])
    take(conn, "facilities", real, files, kind="hospital")
    assert answer(conn, files).result["facilities"] == 1
    # Real streets make the question one about real data, and there are no real people.
    take(conn, "roads", write_streets(home / "town.geojson"), files, name="real")
    with pytest.raises(PopulationMissingError):
        answer(conn, files)
    take(conn, "population", write_people(home / "people.csv"), files, bands="total,60+")
    told = answer(conn, files)
    assert (told.publication, told.result["covered"]) == ("unpublished", 10.0)
    assert answer(conn, files, network="town").publication == "demo"
