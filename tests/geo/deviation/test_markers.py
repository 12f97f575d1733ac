from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import numpy as np
import pytest
from pyproj import Transformer
from sqlalchemy import Connection

from geo.access.jurisdiction import system_viewer
from geo.deviation.bearings import FieldReading
from geo.deviation.markers import Deviation, judge_many, judge_one
from geo.deviation.registered import find_by_number
from geo.deviation.survey import Survey
from geo.errors import (
    CrsRefusedError,
    FitUnknownError,
    MarkerUnknownError,
    NotPublishedError,
    OutsideJurisdictionError,
    UnauthenticatedError,
)
from geo.fits.store import make_fit
from geo.markers.facts import ObjectFacts, Position
from geo.office import set_office
from tests.border import PUBLIC, Border, card, draw_border, set_marker
from tests.geo.crs.old_datum import as_xian80, common_points
from tests.geo.divisions.given import TODAY

SYSTEM = system_viewer("test")
PLACE = (117.2, 36.15)


@pytest.fixture
def border(conn: Connection) -> Border:
    return draw_border(conn)


@pytest.fixture
def marker(conn: Connection, border: Border) -> UUID:
    return set_marker(conn, border)


def grid(epsg: int, lon: float = PLACE[0], lat: float = PLACE[1]) -> tuple[float, float]:
    return Transformer.from_crs(4490, epsg, always_xy=True).transform(lon, lat)


def survey(marker: UUID, x: float, y: float, crs: str = "EPSG:4490", **facts: object) -> Survey:
    given = {"method": "gnss_rtk", "accuracy_m": 0.05, **facts}
    return Survey(marker_id=marker, x=x, y=y, crs=crs, **given)  # type: ignore[arg-type]


def ask(conn: Connection, one: Survey) -> Deviation:
    return judge_one(conn, SYSTEM, one, TODAY)


def rules(found: Deviation) -> list[str]:
    return [one.rule for one in found.findings]


@pytest.mark.parametrize("epsg", [4490, 4548, 4527, 4508, 4497, 3857, 32650])
def test_a_stone_in_its_place_is_within_whatever_system_says_so(
    conn: Connection, marker: UUID, epsg: int
) -> None:
    found = ask(conn, survey(marker, *grid(epsg), f"EPSG:{epsg}"))
    assert found.distance_m == pytest.approx(0, abs=0.002)
    assert (found.verdict, found.limit_m, found.zone) == ("within", 0.5, 39)
    assert rules(found) == []


def test_a_stone_two_metres_away_is_proposed_as_moved_with_its_way(
    conn: Connection, marker: UUID
) -> None:
    x, y = grid(4548)
    found = ask(conn, survey(marker, x + 1.2, y - 1.6, "EPSG:4548"))
    assert found.distance_m == pytest.approx(2.0, abs=0.002)
    assert (found.east_m, found.north_m) == pytest.approx((1.2, -1.6), abs=0.002)
    assert found.verdict == "moved"


def test_the_line_the_side_and_its_name_are_told(
    conn: Connection, border: Border, marker: UUID
) -> None:
    for lon, letter, name in ((117.1995, "A", "东岭县"), (117.2005, "B", "西川县")):
        found = ask(conn, survey(marker, lon, 36.15))
        assert found.line is not None
        assert found.line.side is not None
        assert found.line.line_id == border.lines["AB"]
        assert (found.line.side.id, found.line.side.name) == (border.sides[letter], name)
        assert found.line.distance_m == pytest.approx(45, abs=1)


@pytest.mark.parametrize("epsg", [4490, 4548, 4527])
def test_swapped_axes_are_named_and_never_corrected(
    conn: Connection, marker: UUID, epsg: int
) -> None:
    x, y = grid(epsg)
    found = ask(conn, survey(marker, y, x, f"EPSG:{epsg}"))
    assert found.verdict == "undecidable"
    assert rules(found)[0] == "axes_swapped"
    assert found.otherwise is not None
    assert found.otherwise.distance_m == pytest.approx(0, abs=0.01)
    assert (found.otherwise.lon, found.otherwise.lat) == pytest.approx(PLACE, abs=1e-7)
    assert found.line is None
    assert found.distance_m is None or found.distance_m > 5000


@pytest.mark.parametrize(
    ("measured", "declared", "likely"),
    [
        (4548, 4547, "EPSG:4548 / EPSG:4527"),
        (4527, 4526, "EPSG:4548 / EPSG:4527"),
        (4527, 4548, "EPSG:4548 / EPSG:4527"),
        (4548, 4527, "EPSG:4548 / EPSG:4527"),
        (4549, 4548, "EPSG:4549 / EPSG:4528"),
        (4490, 4548, "EPSG:4490"),
        (4548, 4490, "EPSG:4548 / EPSG:4527"),
    ],
)
def test_a_wrong_zone_or_number_is_named_with_the_one_that_fits(
    conn: Connection, marker: UUID, measured: int, declared: int, likely: str
) -> None:
    found = ask(conn, survey(marker, *grid(measured), f"EPSG:{declared}"))
    assert found.verdict == "undecidable"
    assert rules(found)[:2] == ["zone_differs", "read_otherwise"]
    assert found.otherwise is not None
    assert found.otherwise.crs == likely
    assert found.otherwise.distance_m < 0.01
    assert likely in found.findings[1].message("zh")


def test_packed_degrees_read_as_decimal_are_named(conn: Connection, marker: UUID) -> None:
    # 117°12′00″, 36°09′00″ written as DDD.MMSS.
    found = ask(conn, survey(marker, 117.12, 36.09))
    assert rules(found)[0] == "degrees_packed"
    assert found.verdict == "undecidable"


def test_far_off_the_line_in_another_county_is_found(conn: Connection, marker: UUID) -> None:
    found = ask(conn, survey(marker, 117.196, 36.15))
    assert rules(found) == ["far_off_line"]
    assert found.verdict == "moved"
    south = ask(conn, survey(marker, 117.2, 36.05))
    assert rules(south) == ["far_off_line", "in_other_division"]
    assert "南河县" in south.findings[1].message("zh")


def test_an_old_datum_declared_as_the_new_one_is_suspected(conn: Connection, marker: UUID) -> None:
    lon, lat = as_xian80(np.array([PLACE]))[0]
    found = ask(conn, survey(marker, lon, lat))
    assert "datum_looks_old" in rules(found)


def test_old_coordinates_need_a_fit_and_are_judged_through_it(
    conn: Connection, marker: UUID
) -> None:
    county = np.array([[117.0, 36.0], [117.4, 36.05], [117.3, 36.3], [117.05, 36.25]])
    x, y = as_xian80(np.array([PLACE]), 2363)[0]
    with pytest.raises(CrsRefusedError):
        ask(conn, survey(marker, x, y, "EPSG:2363"))
    with pytest.raises(FitUnknownError):
        ask(conn, survey(marker, x, y, "EPSG:2363", fit="泰安"))
    make_fit(
        conn, SYSTEM, name="泰安", kind="seven", source_crs="EPSG:2363",
        points=common_points(county, 2363), accuracy_m=0.2,
    )  # fmt: skip
    found = ask(conn, survey(marker, x, y, "EPSG:2363", fit="泰安"))
    assert found.verdict == "within"
    assert found.distance_m < 0.05
    assert found.accuracy_m == pytest.approx(np.hypot(0.05, 0.2), abs=1e-3)
    with pytest.raises(CrsRefusedError):
        ask(conn, survey(marker, *PLACE, fit="泰安"))


def test_an_accuracy_too_low_or_unknown_is_undecidable_in_words(
    conn: Connection, border: Border, marker: UUID
) -> None:
    rough = ask(conn, survey(marker, *PLACE, accuracy_m=30.0))
    assert (rough.verdict, rules(rough)) == ("undecidable", ["accuracy_too_low"])
    unknown = ask(conn, survey(marker, *PLACE, accuracy_m=None, method="unknown"))
    assert (unknown.verdict, rules(unknown)) == ("undecidable", ["accuracy_unknown"])
    bare = set_marker(conn, border, card(border, "9", position=Position(lon=117.2, lat=36.16)))
    found = ask(conn, survey(bare, 117.2, 36.16))
    assert (found.verdict, rules(found)) == ("undecidable", ["registered_accuracy_unknown"])


def test_a_marker_without_a_position_cannot_be_judged(conn: Connection, border: Border) -> None:
    bare = set_marker(conn, border, card(border, "9", position=None))
    found = ask(conn, survey(bare, *PLACE))
    assert (found.verdict, rules(found)) == ("undecidable", ["position_missing"])
    assert found.distance_m is None


def test_the_offices_settings_decide(conn: Connection, marker: UUID) -> None:
    x, y = grid(4548)
    near = survey(marker, x + 2, y, "EPSG:4548")
    set_office(conn, SYSTEM, "deviation.floor_m", 3.0)
    assert ask(conn, near).verdict == "within"
    set_office(conn, SYSTEM, "deviation.floor_m", 1.0)
    assert ask(conn, near).verdict == "suspicious"


def test_readings_alone_hold_a_stone_in_its_place(conn: Connection, border: Border) -> None:
    objects = tuple(
        ObjectFacts(ordinal=number, name=f"物{number}", grid_bearing_deg=number * 90.0,
                    distance_m=50.0 + number)
        for number in (1, 2, 3)
    )  # fmt: skip
    stone = set_marker(conn, border, card(border, objects=objects))
    read = tuple(FieldReading(ordinal=one, distance_m=50.2 + one) for one in (1, 2, 3))
    found = ask(conn, Survey(marker_id=stone, readings=read))
    assert (found.verdict, found.distance_m, rules(found)) == ("within", None, [])
    assert ask(conn, Survey(marker_id=stone, readings=read[:2])).verdict == "undecidable"
    off = (*read[:2], FieldReading(ordinal=3, distance_m=60.0))
    assert ask(conn, Survey(marker_id=stone, readings=off)).verdict == "suspicious"
    both = ask(conn, survey(stone, *PLACE, readings=read))
    assert [one.how for one in both.objects] == ["read"] * 3


def test_only_a_side_or_the_authority_above_may_ask(
    conn: Connection, border: Border, marker: UUID
) -> None:
    one = survey(marker, *PLACE)
    for letter in ("A", "B", "city", "province"):
        assert judge_one(conn, border.viewer(letter, role="viewer"), one, TODAY).verdict == "within"
    with pytest.raises(OutsideJurisdictionError):
        judge_one(conn, border.viewer("C"), one, TODAY)
    with pytest.raises(NotPublishedError):
        judge_one(conn, PUBLIC, one, TODAY)
    with pytest.raises(UnauthenticatedError):
        judge_many(conn, PUBLIC, [one], TODAY)
    with pytest.raises(MarkerUnknownError):
        judge_one(conn, SYSTEM, replace(one, marker_id=uuid4()), TODAY)


def test_many_are_judged_in_their_order_and_a_hidden_one_says_nothing(
    conn: Connection, border: Border, marker: UUID
) -> None:
    other = set_marker(
        conn, border, card(border, "7", "BC", position=Position(lon=117.25, lat=36.1))
    )
    surveys = [
        survey(other, 117.25, 36.1),
        survey(marker, *grid(4548), "EPSG:4548"),
        survey(marker, *grid(4548)[::-1], "EPSG:4548"),
        survey(uuid4(), *PLACE),
    ]
    found = judge_many(conn, border.viewer("A"), surveys, TODAY)
    assert [one.verdict for one in found] == ["undecidable", "within", "undecidable", "undecidable"]
    assert rules(found[0]) == rules(found[3]) == ["marker_unknown"]
    assert found[0].number is found[0].registered_accuracy_m is found[0].line is None
    assert rules(found[2])[0] == "axes_swapped"


def test_markers_are_found_by_number_and_line(
    conn: Connection, border: Border, marker: UUID
) -> None:
    line = str(border.lines["AB"])
    wanted = [("37092301", line), ("37092301", None), ("37092301", "3799"), ("404", None)]
    found = find_by_number(conn, border.viewer("A"), wanted, TODAY)
    assert [found[one] for one in wanted] == [[marker], [marker], [], []]
    assert find_by_number(conn, border.viewer("C"), wanted, TODAY)[wanted[1]] == []
