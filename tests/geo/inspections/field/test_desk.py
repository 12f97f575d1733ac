from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import Connection, func, insert, select

from geo.access.jurisdiction import load_viewer
from geo.access.users import find_user
from geo.boundaries.course import Course
from geo.boundaries.surveys import store_survey
from geo.db.ids import new_id
from geo.divisions.apply import Source
from geo.errors import GuestRefusedError, NotPartyError, OptionInvalidError
from geo.features.tables import feature, feature_layer
from geo.inspections.feed import list_events
from geo.inspections.field.desk import Desk, OwnPlace, compare_sections, list_desk, put_desk
from geo.inspections.field.guests import GuestFacts, invite_guest
from geo.inspections.tables import inspection_desk
from geo.markers.tables import description
from geo.sections.register import SectionFacts, store_sections
from tests.geo.inspections.walked import TODAY, Walk, open_walk

RIVER = shapely.LineString(
    [(117.2001, 36.05), (117.2001, 36.2), (117.21, 36.25), (117.2001, 36.35)]
)
ROAD = shapely.LineString([(117.1, 36.15), (117.3, 36.15)])
LANE = shapely.LineString([(117.1, 36.12), (117.3, 36.12)])
HOUSES = shapely.box(117.2002, 36.13, 117.2010, 36.131)
WIDE = shapely.box(116.5, 35.5, 118.0, 37.0)


@pytest.fixture
def walk(conn: Connection, tmp_path: Path) -> Walk:
    return open_walk(conn, tmp_path / "files")


def lay(conn: Connection, layer: str, *things: tuple[str | None, shapely.Geometry]) -> None:
    """Put a layer that covers everything into the database."""
    made = new_id()
    conn.execute(
        insert(feature_layer).values(
            id=made, layer=layer, name=layer, source="test", as_of=date(2026, 1, 1),
            extent=func.ST_GeomFromText(WIDE.wkt, 4490),
        )
    )  # fmt: skip
    for name, shape in things:
        conn.execute(
            insert(feature).values(
                id=new_id(), layer_id=made, name=name, geom=func.ST_GeomFromText(shape.wkt, 4490)
            )
        )


def section_of(walk: Walk) -> Any:
    return next(one for one in walk.found.subjects if one.kind == "section")


def compare(walk: Walk) -> Desk:
    return compare_sections(walk.conn, walk.found, [section_of(walk).id], TODAY)[0]


def follow(walk: Walk, basis: str, name: str | None) -> None:
    facts = SectionFacts(
        section_id=section_of(walk).id, from_text="37092301I号界桩", to_text="三面桩", basis=basis,
        basis_name=name,
    )  # fmt: skip
    line = walk.border.lines["AB"]
    store_sections(walk.conn, line, [facts], valid_from=date(2026, 1, 1), source="test")


def test_what_no_layer_knows_is_named_as_no_data_never_as_nothing(walk: Walk) -> None:
    desk = compare(walk)
    assert desk.items == ()
    assert set(desk.lacks) == {
        "description", "surveys", "water", "roads", "railways", "settlements", "built_up",
    }  # fmt: skip
    lay(walk.conn, "roads")
    assert "roads" not in compare(walk).lacks


def test_a_river_that_left_the_line_it_bounds_is_measured_where_it_is_furthest(walk: Walk) -> None:
    lay(walk.conn, "water", ("柳河", RIVER))
    follow(walk, "river", "柳河")
    [item] = [one for one in compare(walk).items if one.kind == "followed_apart"]
    assert item.look
    assert item.unit == "m"
    assert float(item.measure or 0) == pytest.approx(895, abs=10)
    assert float(item.lat or 0) == pytest.approx(36.25, abs=0.005)


def test_a_river_drawn_with_its_banks_holds_the_line_that_runs_in_it(walk: Walk) -> None:
    lay(walk.conn, "water", ("柳河", shapely.box(117.19, 36.0, 117.21, 36.4)))
    follow(walk, "river", "柳河")
    [item] = [one for one in compare(walk).items if one.kind == "followed_apart"]
    assert (item.measure, item.look) == ("0", False)


def test_what_it_follows_is_looked_for_and_said_to_be_gone(walk: Walk) -> None:
    lay(walk.conn, "water", ("别的河", shapely.LineString([(117.0, 36.2), (117.05, 36.2)])))
    follow(walk, "river", "柳河")
    [item] = compare(walk).items
    assert (item.kind, item.facts["name"]) == ("followed_gone", "柳河")


def test_a_new_road_across_the_line_is_to_be_looked_at_and_a_known_one_is_not(walk: Walk) -> None:
    lay(walk.conn, "roads", ("国道", ROAD), (None, LANE))
    walk.conn.execute(
        insert(description).values(
            id=new_id(), object_kind="section", object_id=section_of(walk).id,
            generated="自北起，穿国道，至南止。", actor="test",
        )
    )  # fmt: skip
    desk = compare(walk)
    crossed = {one.facts["name"]: one for one in desk.items if one.kind == "crosses"}
    assert {name: one.look for name, one in crossed.items()} == {"国道": False, "—": True}
    assert crossed["国道"].unit == "km"
    assert float(crossed["国道"].lat or 0) == pytest.approx(36.15)
    [differs] = [one for one in desk.items if one.kind == "description_differs"]
    assert "自北起" in differs.facts["agreed"]
    assert desk.agreed_text != desk.text_now


def test_houses_at_the_line_are_named_with_their_distance(walk: Walk) -> None:
    far = shapely.box(117.21, 36.2, 117.22, 36.21)
    lay(walk.conn, "built_up", (None, HOUSES), (None, far))
    [item] = compare(walk).items
    assert (item.kind, item.unit) == ("built_near", "m")
    assert float(item.measure or 0) == pytest.approx(18, abs=1)


def test_a_surveyed_course_is_held_against_each_section(walk: Walk) -> None:
    course = shapely.MultiLineString([[(117.2, 36.3), (117.2005, 36.2), (117.2, 36.1)]])
    given = Course(shape=course, origin="surveyed", as_of=date(2025, 6, 1))
    store_survey(walk.conn, walk.border.lines["AB"], given, Source(name="测绘院"))
    desk = compare(walk)
    [item] = [one for one in desk.items if one.kind == "survey_apart"]
    assert "surveys" not in desk.lacks
    assert (item.facts["source"], item.facts["as_of"]) == ("测绘院", "2025-06-01")
    assert float(item.measure or 0) == pytest.approx(45, abs=2)


def test_desk_work_is_kept_with_a_note_and_peoples_own_places(walk: Walk) -> None:
    lay(walk.conn, "roads", (None, LANE))
    wanted, mine = [section_of(walk).id], OwnPlace(lon=117.2, lat=36.2, words="问村民")
    viewer = walk.viewer("A")

    def put(note: str) -> Desk:
        return put_desk(
            walk.conn, viewer, walk.found, wanted, side=None, note=note, places=[mine], today=TODAY
        )[0]

    assert list_desk(walk.conn, walk.found)[0].at is None
    desk = put("先看北段")
    assert (desk.note, desk.items[-1].facts["words"]) == ("先看北段", "问村民")
    assert "water" in desk.lacks
    assert put("先看北段") == desk
    put("改看南段")
    kept = walk.conn.execute(select(func.count()).select_from(inspection_desk)).scalar()
    assert kept == 2
    assert list_desk(walk.conn, walk.found)[0].note == "改看南段"
    events = list_events(walk.conn, [walk.id])
    assert [one.kind for one in events].count("desk_done") == 2


def test_only_the_sides_do_desk_work_and_on_their_sections(walk: Walk) -> None:
    def put(viewer: Any, wanted: Any) -> None:
        put_desk(walk.conn, viewer, walk.found, wanted, side=None, note=None, today=TODAY)

    mine = [section_of(walk).id]
    with pytest.raises(NotPartyError):
        put(walk.viewer("C"), mine)
    for wrong in ([], [new_id()]):
        with pytest.raises(OptionInvalidError):
            put(walk.viewer("A"), wrong)
    facts = GuestFacts(
        side=None, role="contractor", valid_from=TODAY, valid_to=date(2026, 9, 1),
        organisation="测绘院", subjects=mine,
    )  # fmt: skip
    invited = invite_guest(walk.conn, walk.viewer("A"), walk.found, facts, today=TODAY)
    user = find_user(walk.conn, invited.guest.user)
    with pytest.raises(GuestRefusedError):
        put(load_viewer(walk.conn, user.id, demo_open=False), mine)
