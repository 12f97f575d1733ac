from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from sqlalchemy import Connection

from geo.errors import ChangedMeanwhileError, OutsideJurisdictionError
from geo.markers.facts import ObjectFacts, Position, SideFacts
from geo.markers.read import Marker, read_marker
from geo.office import set_office
from geo.sections.descriptions import (
    generate_course,
    generate_position,
    list_descriptions,
    read_description,
    write_marker_text,
    write_section_text,
)
from geo.sections.propose import generate_sections
from geo.sections.register import Section, SectionFacts, list_sections, store_sections
from tests.border import Border, card, draw_border, set_marker
from tests.geo.divisions.given import FROM, TODAY
from tests.geo.features.test_incoming import SYSTEM, take

OBJECTS = (
    ObjectFacts(ordinal=1, name="石桥", part="东北角", grid_bearing_deg=43.5, distance_m=21.3),
    ObjectFacts(ordinal=2, name="水塔", magnetic_bearing_deg=143.0),
    ObjectFacts(ordinal=3, name="独立树"),
)
COVERED = "116.5,35.5,118.0,37.0"
ROAD = shapely.LineString([(117.15, 36.25), (117.25, 36.25)])
RIVER = shapely.LineString([(117.2001, 36.1), (117.2001, 36.3)])


@pytest.fixture
def border(conn: Connection) -> Border:
    return draw_border(conn)


def _marker(conn: Connection, border: Border, **facts: object) -> Marker:
    given = {"number": "238184I", "material": "花岗岩", "height_m": 125.30} | facts
    marker_id = set_marker(conn, border, card(border, **given))  # type: ignore[arg-type]
    return read_marker(conn, marker_id, TODAY, SYSTEM)


def _section(conn: Connection, border: Border, **facts: object) -> Section:
    cards = (
        card(border, number, position=Position(lon=117.2, lat=lat), height_m=height)
        for number, lat, height in (("001", 36.28, 88.25), ("002", 36.2, None))
    )
    set_marker(conn, border, *cards)
    made = generate_sections(conn, border.lines["AB"], TODAY)
    made[1] = SectionFacts(
        from_marker_id=made[1].from_marker_id, to_marker_id=made[1].to_marker_id, **facts
    )  # type: ignore[arg-type]
    store_sections(conn, border.lines["AB"], made, valid_from=FROM, source="协议书")
    return list_sections(conn, border.lines["AB"], TODAY)[1]


def _course(conn: Connection, border: Border, section: Section) -> str:
    return generate_course(conn, section, border.lines["AB"], TODAY).text


def test_a_position_says_what_stands_where_and_what_is_seen_from_it(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    take(conn, tmp_path, ("柳河", RIVER), extent=COVERED)
    own = {border.sides["A"]: SideFacts(site="柳河镇上庄村")}
    marker = _marker(conn, border, objects=OBJECTS, own=own, height_datum="1985国家高程基准")
    generated = generate_position(conn, marker, TODAY)
    assert generated.text == (
        "238184I号界桩为单立、双面、花岗岩界桩，位于东岭县柳河镇上庄村与西川县交界处，"
        "在柳河西侧9米处，东经117°12′00.00″，北纬36°09′00.00″，高程125.3米（1985国家高程基准）；"
        "坐标方位角43°30′00″、距离21.3米处为石桥（东北角）；磁方位角143°00′00″处为水塔。"
    )
    assert generated.no_data == ("roads", "railways")


def test_a_marker_of_which_little_is_known_gets_a_short_text(
    conn: Connection, border: Border
) -> None:
    marker = _marker(conn, border, material=None, height_m=None, position=None)
    assert generate_position(conn, marker, TODAY).text == (
        "238184I号界桩为单立、双面界桩，位于东岭县与西川县交界处。"
    )


def test_a_course_follows_the_river_it_is_fixed_by_and_names_what_it_crosses(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    take(conn, tmp_path, ("柳河", RIVER), extent=COVERED)
    take(conn, tmp_path, ("省道102", ROAD), kind="roads", name="路", extent=COVERED)
    section = _section(conn, border, basis="river")
    assert _course(conn, border, section) == (
        "自001号界桩（高程88.25米）起，沿柳河向南行8877米（行3329米穿省道102），"
        "至002号界桩止，长8877米。"
    )


def test_without_layers_a_course_says_nothing_of_crossings_and_that_is_told(
    conn: Connection, border: Border
) -> None:
    section = _section(conn, border, basis="river", basis_name="柳河", length_km=8.9)
    generated = generate_course(conn, section, border.lines["AB"], TODAY)
    assert generated.no_data == ("water", "roads", "railways")
    assert generated.text == (
        "自001号界桩（高程88.25米）起，沿柳河向南行8877米，至002号界桩止，长8.9公里。"
    )


def test_the_office_decides_how_near_a_feature_must_be_to_be_named(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    take(conn, tmp_path, ("柳河", RIVER), extent=COVERED)
    marker = _marker(conn, border)
    assert "柳河" in generate_position(conn, marker, TODAY).text
    set_office(conn, SYSTEM, "description.beside_m", 5.0)
    assert "柳河" not in generate_position(conn, marker, TODAY).text


def test_hand_edits_are_kept_and_shown_against_a_new_generation(
    conn: Connection, border: Border
) -> None:
    marker = _marker(conn, border)
    first = generate_position(conn, marker, TODAY).text
    by_hand = first.replace("花岗岩", "青石")
    city = border.viewer("city")
    assert read_description(conn, "marker", marker.id, first).text == first
    write_marker_text(conn, city, marker, generated=first, written=by_hand, seen=0)
    held = read_description(conn, "marker", marker.id, first)
    assert (held.text, held.generated, held.newer) == (by_hand, first, None)
    newer = first.replace("125.3", "126")
    again = read_description(conn, "marker", marker.id, newer)
    assert (again.text, again.newer) == (by_hand, newer)
    assert [change for change, _ in again.difference] == [
        "removed", "added", "same", "removed", "added",
    ]  # fmt: skip
    write_marker_text(conn, city, marker, generated=newer, written=None, seen=1)
    assert read_description(conn, "marker", marker.id, newer).text == newer
    assert [one.text for one in list_descriptions(conn, "marker", marker.id)] == [newer, by_hand]


def test_what_both_sides_share_is_written_by_an_editor_of_both(
    conn: Connection, border: Border
) -> None:
    marker = _marker(conn, border, number="009", position=Position(lon=117.2, lat=36.29))
    section = _section(conn, border)
    line = (border.lines["AB"], (border.sides["A"], border.sides["B"]))
    with pytest.raises(OutsideJurisdictionError):
        write_marker_text(conn, border.viewer("A"), marker, generated="x", written="y", seen=0)
    with pytest.raises(OutsideJurisdictionError):
        write_section_text(
            conn, border.viewer("B"), line, section, generated="x", written="y", seen=0
        )
    both = border.viewer("A", "B")
    revision = write_section_text(conn, both, line, section, generated="x", written="y", seen=0)
    assert revision == 1
    with pytest.raises(ChangedMeanwhileError):
        write_section_text(conn, both, line, section, generated="x", written="z", seen=0)
    assert read_description(conn, "section", section.section_id).text == "y"
