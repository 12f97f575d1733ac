from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, update

from geo.divisions.read import find_division
from geo.errors import InspectionInvalidError, NotPartyError
from geo.inspections.facts import Inspection
from geo.inspections.field.record_checks import RecordFacts
from geo.inspections.field.records import put_record
from geo.inspections.missing import list_missing
from geo.inspections.planning.clock import list_clocks
from geo.inspections.planning.pairs import Pair, find_pairs
from geo.inspections.planning.parts import PartFacts, list_parts, open_parts, roll_up
from geo.inspections.planning.planned import read_plan
from geo.inspections.read import read_inspection
from geo.inspections.tables import inspection
from tests.geo.divisions.given import TODAY
from tests.geo.inspections.provincial import (
    HEBEI,
    LENGTH_KM,
    MARKERS,
    SHANDONG,
    SYSTEM,
    Long,
    draw_long,
)

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def long(conn: Connection) -> Long:
    return draw_long(conn)


def whole(conn: Connection, long: Long) -> Inspection:
    return read_inspection(conn, long.inspection, SYSTEM, TODAY)


def pairs_of(conn: Connection, long: Long) -> list[Pair]:
    return find_pairs(conn, whole(conn, long), TODAY)


def divide(conn: Connection, long: Long, pairs: list[PartFacts] | None = None) -> list[UUID]:
    given = pairs or [pair.as_part() for pair in pairs_of(conn, long)]
    viewer = long.viewer(long.shandong)
    return open_parts(conn, viewer, whole(conn, long), given, today=TODAY)


def refused(conn: Connection, long: Long, pairs: list[PartFacts]) -> Any:
    with pytest.raises(InspectionInvalidError) as caught:
        divide(conn, long, pairs)
    return caught.value.facts["reason"].key  # type: ignore[attr-defined]


def record(conn: Connection, long: Long, part: Inspection, side: UUID, state: str) -> None:
    about = next(one for one in part.subjects if one.kind == "marker")
    said = RecordFacts(
        kind="marker", subject_id=about.id, side=str(side), at=date(2026, 11, 1), state=state
    )
    put_record(conn, long.viewer(side), part, uuid4(), said, today=TODAY, now=NOW)


def test_the_pairs_of_counties_along_the_line_are_found_and_share_all_that_stands_on_it(
    conn: Connection, long: Long
) -> None:
    pairs = pairs_of(conn, long)
    assert len(pairs) == len(HEBEI) + len(SHANDONG) - 1
    assert {pair.lead.code for pair in pairs} == {code for code, _ in SHANDONG}
    assert {pair.cooperating.code for pair in pairs} == {code for code, _ in HEBEI}
    shared = Counter(id_ for pair in pairs for id_ in pair.subjects)
    assert set(shared.values()) == {1}
    assert set(shared) == {one.id for one in whole(conn, long).subjects}
    assert sum(pair.markers for pair in pairs) == MARKERS
    assert sum(pair.sections for pair in pairs) == MARKERS - 1


def test_a_marker_goes_to_the_pair_it_stands_between(conn: Connection, long: Long) -> None:
    # The first marker is at 116.043 E: the first county of each side begins at 116 E.
    pair = next(one for one in pairs_of(conn, long) if long.markers[0] in one.subjects)
    assert (pair.lead.code, pair.cooperating.code) == (SHANDONG[0][0], HEBEI[0][0])


def test_each_part_has_its_own_two_counties_and_the_whole_keeps_nothing(
    conn: Connection, long: Long
) -> None:
    made = divide(conn, long)
    after = whole(conn, long)
    assert (set(after.parts), after.subjects) == (set(made), ())
    listed = list_parts(conn, SYSTEM, after, TODAY)
    assert sum(one.progress.markers for one in listed) == MARKERS
    for id_ in made:
        part = read_inspection(conn, id_, SYSTEM, TODAY)
        assert [party.role for party in part.parties] == ["lead", "cooperating"]
        assert {side for about in part.subjects for side in about.sides} <= set(part.party_ids)
        assert part.parent_id == long.inspection
        assert part.round == 5


def test_the_parts_are_in_the_plan_as_one_line_and_wind_no_clock_of_their_own(
    conn: Connection, long: Long
) -> None:
    divide(conn, long)
    (item,) = read_plan(conn, SYSTEM, 2026, TODAY).items
    assert (item.listed.id, item.parts) == (long.inspection, 20)
    conn.execute(update(inspection).values(state="accepted", accepted_on=date(2026, 10, 1)))
    clocks = [one for one in list_clocks(conn, SYSTEM, TODAY) if one.line.level == "province"]
    assert [(one.line.id, one.last_round) for one in clocks] == [(long.line, 5)]


def test_what_is_of_no_part_of_two_or_of_another_line_is_refused(
    conn: Connection, long: Long
) -> None:
    parts = [pair.as_part() for pair in pairs_of(conn, long)]
    some = max(parts, key=lambda one: len(one.subjects))
    others = [one for one in parts if one is not some]
    less = replace(some, subjects=frozenset())
    assert refused(conn, long, [less, *others]) == "reason.subject_of_no_part"
    assert refused(conn, long, [some, some, *others]) == "reason.subject_of_two_parts"
    more = replace(some, subjects=some.subjects | {uuid4()})
    assert refused(conn, long, [more, *others]) == "reason.subject_of_no_line"
    both = replace(some, cooperating_id=others[0].lead_id)
    assert refused(conn, long, [both, *others]) == "reason.no_side_of_line"
    assert whole(conn, long).parts == ()


def test_only_a_side_of_the_whole_or_the_authority_above_divides_it(
    conn: Connection, long: Long
) -> None:
    parts = [pair.as_part() for pair in pairs_of(conn, long)]
    county = long.viewer(find_division(conn, SHANDONG[0][0]))
    found = whole(conn, long)
    with pytest.raises(NotPartyError):
        open_parts(conn, county, found, parts, today=TODAY)
    assert len(open_parts(conn, SYSTEM, found, parts, today=TODAY)) == 20


def test_an_inspection_in_the_field_and_a_part_are_not_divided(
    conn: Connection, long: Long
) -> None:
    parts = [pair.as_part() for pair in pairs_of(conn, long)]
    conn.execute(update(inspection).values(state="field"))
    assert refused(conn, long, parts) == "reason.parts_too_late"
    conn.execute(update(inspection).values(state="planned"))
    (first, *_) = divide(conn, long)
    part = read_inspection(conn, first, SYSTEM, TODAY)
    with pytest.raises(InspectionInvalidError):
        open_parts(conn, SYSTEM, part, parts[:1], today=TODAY)


def test_the_parts_add_up_and_the_whole_waits_until_each_is_signed(
    conn: Connection, long: Long
) -> None:
    made = divide(conn, long)
    conn.execute(
        update(inspection).where(inspection.c.parent_id.is_not(None)).values(state="field")
    )
    done = 0
    for id_ in made:
        part = read_inspection(conn, id_, SYSTEM, TODAY)
        if not any(one.kind == "marker" for one in part.subjects):
            continue
        done += 1
        lead, other = part.party_ids
        record(conn, long, part, lead, "lost" if done == 1 else "in_place")
        record(conn, long, part, other, "lost" if done == 1 else "in_place" if done > 2 else "worn")
    total = roll_up(conn, whole(conn, long), TODAY)
    assert total.results == {("marker", "lost"): 1, ("marker", "in_place"): done - 2}
    assert (total.conflicts, total.disagreed) == (1, 0)
    assert total.open == 2 * MARKERS - 1 - done
    assert (total.markers, total.sections, total.length_km) == (MARKERS, MARKERS - 1, LENGTH_KM)
    assert len(total.unsigned) == 20
    lacks = [one for one in list_missing(conn, whole(conn, long)) if one.what == "part"]
    assert len(lacks) == 20
    conn.execute(update(inspection).where(inspection.c.id.in_(made[1:])).values(state="signed"))
    assert [one.listed.id for one in roll_up(conn, whole(conn, long), TODAY).unsigned] == made[:1]


def test_a_pair_whose_part_was_withdrawn_is_opened_again(conn: Connection, long: Long) -> None:
    parts = [pair.as_part() for pair in pairs_of(conn, long)]
    made = divide(conn, long, parts)
    conn.execute(update(inspection).where(inspection.c.id == made[3]).values(state="withdrawn"))
    (again,) = divide(conn, long, [parts[3]])
    assert set(whole(conn, long).parts) == {*made[:3], *made[4:], again}


def test_a_line_without_pieces_is_divided_by_its_own_sections_and_markers(
    conn: Connection, long: Long
) -> None:
    cut = len(long.markers) // 2
    about = whole(conn, long).subjects
    sections = [one.id for one in about if one.kind == "section"]
    west = frozenset(long.markers[:cut] + sections[:cut])
    east = frozenset(one.id for one in about) - west
    parts = [
        PartFacts(
            lead_id=find_division(conn, SHANDONG[number][0]),
            cooperating_id=find_division(conn, HEBEI[number][0]),
            line_id=None,
            subjects=subjects,
        )
        for number, subjects in enumerate((west, east))
    ]
    first, second = divide(conn, long, parts)
    assert len(read_inspection(conn, first, SYSTEM, TODAY).subjects) == len(west)
    assert len(read_inspection(conn, second, SYSTEM, TODAY).subjects) == len(east)
