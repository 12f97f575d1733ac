from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import shapely
from sqlalchemy import Connection, func, select, update

from geo.boundaries.tables import boundary_line_version
from geo.db.ids import new_id
from geo.errors import (
    ChangedMeanwhileError,
    OutsideJurisdictionError,
    RevisionMissingError,
    SectionInvalidError,
    SectionUnknownError,
)
from geo.markers.facts import Position
from geo.markers.tables import marker_version
from geo.revisions.changes import list_changes
from geo.sections.propose import generate_sections
from geo.sections.register import (
    Section,
    SectionFacts,
    find_section,
    list_sections,
    put_sections,
    shape_sections,
)
from tests.border import Border, card, draw_border, set_marker
from tests.geo.divisions.given import FROM, TODAY

LATER = date(2024, 5, 1)


@pytest.fixture
def border(conn: Connection) -> Border:
    """Three markers on the line of A and B, numbered from north to south."""
    drawn = draw_border(conn)
    set_marker(
        conn,
        drawn,
        *(
            card(drawn, number, position=Position(lon=117.2, lat=lat))
            for number, lat in (("001", 36.28), ("002", 36.2), ("003", 36.12))
        ),
    )
    return drawn


def _put(
    conn: Connection,
    border: Border,
    sections: list[SectionFacts],
    *,
    day: date = FROM,
    seen: int = 0,
    who: str = "city",
) -> int:
    return put_sections(
        conn,
        border.viewer(who),
        border.lines["AB"],
        sections,
        valid_from=day,
        source="界线协议书",
        seen=seen,
    )


def _ends(sections: list[Section]) -> list[tuple[str, str]]:
    return [(one.begin, one.end) for one in sections]


def test_sections_are_proposed_between_markers_in_the_order_of_their_numbers(
    conn: Connection, border: Border
) -> None:
    proposed = generate_sections(conn, border.lines["AB"], TODAY, begins_at="三县交会处西侧")
    assert list_sections(conn, border.lines["AB"], TODAY) == []
    _put(conn, border, proposed)
    found = list_sections(conn, border.lines["AB"], TODAY)
    assert _ends(found) == [
        ("三县交会处西侧", "001"),
        ("001", "002"),
        ("002", "003"),
        ("003", "界线止点"),
    ]
    assert [one.ordinal for one in found] == [1, 2, 3, 4]
    assert {one.basis for one in found} == {"marker_to_marker"}


def test_the_parts_of_the_line_make_up_the_whole_line(conn: Connection, border: Border) -> None:
    _put(conn, border, generate_sections(conn, border.lines["AB"], TODAY))
    sections = list_sections(conn, border.lines["AB"], TODAY)
    whole = conn.execute(
        select(boundary_line_version.c.length_km).where(
            boundary_line_version.c.line_id == border.lines["AB"]
        )
    ).scalar_one()
    assert sum(one.measured_km or 0 for one in sections) == pytest.approx(whole, abs=1e-6)
    shapes = shape_sections(conn, border.lines["AB"], TODAY)
    first = shapely.get_coordinates(shapes[sections[1].section_id])
    # From north to south, whichever way the line itself is stored.
    assert first[0] == pytest.approx([117.2, 36.28])
    assert first[-1] == pytest.approx([117.2, 36.2])


def test_proposing_again_keeps_what_an_office_said_of_a_section(
    conn: Connection, border: Border
) -> None:
    proposed = generate_sections(conn, border.lines["AB"], TODAY)
    proposed[1] = replace(proposed[1], basis="river", basis_name="柳河", length_km=8.9)
    _put(conn, border, proposed)
    known = list_sections(conn, border.lines["AB"], TODAY)[1]
    again = generate_sections(conn, border.lines["AB"], TODAY)[1]
    assert (again.section_id, again.basis, again.basis_name, again.length_km) == (
        known.section_id,
        "river",
        "柳河",
        8.9,
    )
    assert known.length_km == 8.9
    assert known.measured_km == pytest.approx(8.877, abs=0.01)


def test_a_line_without_markers_is_one_section(conn: Connection, border: Border) -> None:
    (only,) = generate_sections(conn, border.lines["AC"], TODAY)
    assert (only.from_text, only.to_text) == ("界线起点", "界线止点")
    put_sections(
        conn,
        border.viewer("province"),
        border.lines["AC"],
        [only],
        valid_from=FROM,
        source="协议书",
        seen=0,
    )
    (found,) = list_sections(conn, border.lines["AC"], TODAY)
    (shape,) = shape_sections(conn, border.lines["AC"], TODAY).values()
    west, east = shapely.get_coordinates(shape)[[0, -1], 0]
    assert west < east
    assert found.measured_km == pytest.approx(18.02, abs=0.02)


def test_a_change_makes_versions_and_what_stays_is_left_alone(
    conn: Connection, border: Border
) -> None:
    _put(conn, border, generate_sections(conn, border.lines["AB"], TODAY))
    before = list_sections(conn, border.lines["AB"], TODAY)
    changed = generate_sections(conn, border.lines["AB"], TODAY)
    changed[2] = replace(changed[2], basis="road", basis_name="省道102")
    assert _put(conn, border, changed, day=LATER, seen=1) == 2
    after = list_sections(conn, border.lines["AB"], TODAY)
    assert [one.section_id for one in after] == [one.section_id for one in before]
    assert [one.valid_from for one in after] == [FROM, FROM, LATER, FROM]
    assert list_sections(conn, border.lines["AB"], FROM)[2].basis == "marker_to_marker"
    (last, _) = list_changes(conn, border.lines["AB"])
    assert (last.what, last.facts) == ("line_sections", {"count": 4})


def test_sections_may_change_places_on_the_day_they_began(conn: Connection, border: Border) -> None:
    _put(conn, border, generate_sections(conn, border.lines["AB"], TODAY))
    turned = generate_sections(conn, border.lines["AB"], TODAY)[::-1]
    _put(conn, border, turned, seen=1)
    assert [one.begin for one in list_sections(conn, border.lines["AB"], TODAY)] == [
        "003",
        "002",
        "001",
        "界线起点",
    ]


def test_a_section_that_is_not_given_any_more_ends(conn: Connection, border: Border) -> None:
    _put(conn, border, generate_sections(conn, border.lines["AB"], TODAY))
    gone = list_sections(conn, border.lines["AB"], TODAY)[0]
    _put(
        conn,
        border,
        generate_sections(conn, border.lines["AB"], TODAY)[1:],
        day=LATER,
        seen=1,
    )
    assert len(list_sections(conn, border.lines["AB"], TODAY)) == 3
    assert find_section(conn, border.lines["AB"], gone.section_id, FROM).valid_to == LATER
    with pytest.raises(SectionUnknownError):
        find_section(conn, border.lines["AB"], gone.section_id, TODAY)


def test_one_side_alone_cannot_say_what_the_sections_are(conn: Connection, border: Border) -> None:
    proposed = generate_sections(conn, border.lines["AB"], TODAY)
    with pytest.raises(OutsideJurisdictionError):
        _put(conn, border, proposed, who="A")


def test_a_writer_who_has_not_seen_the_newest_sections_is_refused(
    conn: Connection, border: Border
) -> None:
    proposed = generate_sections(conn, border.lines["AB"], TODAY)
    _put(conn, border, proposed)
    with pytest.raises(ChangedMeanwhileError):
        _put(conn, border, proposed, seen=0)
    with pytest.raises(RevisionMissingError):
        _put(conn, border, proposed, seen=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"basis": "coast"}, "section_basis"),
        ({"from_marker_id": None}, "section_open"),
        ({"from_marker_id": new_id()}, "section_marker_elsewhere"),
        ({"length_km": -1.0}, "section_length"),
        ({"length_km": float("nan")}, "section_length"),
    ],
)
def test_a_section_that_cannot_stand_is_refused_and_nothing_is_written(
    conn: Connection, border: Border, wrong: dict[str, object], reason: str
) -> None:
    proposed = generate_sections(conn, border.lines["AB"], TODAY)
    proposed[1] = replace(proposed[1], **wrong)  # type: ignore[arg-type]
    with pytest.raises(SectionInvalidError) as refused, conn.begin_nested():
        _put(conn, border, proposed)
    assert refused.value.facts["section"] == 2
    assert refused.value.facts["reason"].key == f"reason.{reason}"
    assert list_sections(conn, border.lines["AB"], TODAY) == []


def test_a_river_that_moved_does_not_move_the_line(conn: Connection, border: Border) -> None:
    before = conn.execute(
        select(func.ST_AsText(boundary_line_version.c.geom)).order_by(boundary_line_version.c.id)
    ).all()
    proposed = generate_sections(conn, border.lines["AB"], TODAY)
    _put(conn, border, [replace(one, basis="river", basis_name="柳河") for one in proposed])
    after = conn.execute(
        select(func.ST_AsText(boundary_line_version.c.geom)).order_by(boundary_line_version.c.id)
    ).all()
    assert before == after


def test_a_section_whose_marker_lost_its_position_has_no_length(
    conn: Connection, border: Border
) -> None:
    _put(conn, border, generate_sections(conn, border.lines["AB"], TODAY))
    conn.execute(update(marker_version).where(marker_version.c.number == "002").values(geom=None))
    lengths = [one.measured_km for one in list_sections(conn, border.lines["AB"], TODAY)]
    assert [one is None for one in lengths] == [False, True, True, False]
