from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from geo.sections.course import CourseLeg, Crossing
from geo.sections.register import Section
from geo.sections.wording import EndPoint, compare_clauses, word_course

END = (117.0, 36.0)
NORTH, SOUTH = EndPoint(words="柳河口"), EndPoint(words="鹰嘴山")
clauses = st.lists(st.sampled_from(["自甲起，", "向北行5米，", "至乙止。", "长9米。"]), max_size=6)


def leg(word: str, metres: float, at: str | None = None, *crossed: Crossing) -> CourseLeg:
    return CourseLeg(word=word, length_m=metres, end=END, at=at, crossings=crossed)


def section(**facts: object) -> Section:
    given = {
        "section_id": None, "ordinal": 1, "from_marker": None, "to_marker": None, "from_text": None,
        "to_text": None, "basis": "marker_to_marker", "basis_name": None, "length_km": None,
        "measured_km": None, "note": None, "source": "", "valid_from": None, "valid_to": None,
    }  # fmt: skip
    return Section(**(given | facts))  # type: ignore[arg-type]


def told(one: Section, *legs: CourseLeg, followed: str | None = None) -> str:
    return word_course(one, NORTH, SOUTH, legs, followed=followed)


def test_a_straight_section_between_markers_says_so() -> None:
    words = told(section(measured_km=1.2344), leg("东北", 1234.4))
    assert words == "自柳河口起，以直线向东北行1234米，至鹰嘴山止，长1234米。"


def test_turns_places_and_crossings_are_told_in_their_order() -> None:
    road = Crossing(layer="roads", name="省道102", at_m=300.2)
    river = Crossing(layer="water", name="小清河", at_m=410.0)
    words = told(
        section(basis="ridge", basis_name="云台山山脊", length_km=8.9, measured_km=8.87),
        leg("东", 1000.0, "鹰嘴山"),
        leg("东", 500.0),
        leg("南", 7370.0, "终点村", road, river),
    )
    assert words == (
        "自柳河口起，沿云台山山脊向东行1000米至鹰嘴山，继续向东行500米，"
        "折向南行7370米（行300米穿省道102，行410米跨小清河），至鹰嘴山止，长8.9公里。"
    )


def test_a_field_that_is_empty_leaves_its_clause_out() -> None:
    assert told(section()) == "自柳河口起，至鹰嘴山止。"
    assert told(section(basis="river")) == "自柳河口起，沿河流延伸，至鹰嘴山止。"
    assert told(section(basis="other")) == "自柳河口起，至鹰嘴山止。"
    assert told(section(basis="river"), leg("北", 5.0), followed="柳河").startswith(
        "自柳河口起，沿柳河向北行5米"
    )


@given(st.floats(0.5, 99_999.0), st.floats(0.01, 100.0))
def test_a_measured_value_never_stands_with_about(metres: float, km: float) -> None:
    words = told(section(measured_km=km), leg("东", metres), leg("南", metres))
    assert "约" not in words
    assert "None" not in words


def test_a_difference_is_told_clause_by_clause() -> None:
    old = "自甲起，沿柳河向北行500米，至乙止，长500米。"
    new = "自甲起，沿新柳河向北行520米，至乙止，长520米。"
    assert compare_clauses(old, new) == [
        ("same", "自甲起，"),
        ("removed", "沿柳河向北行500米，"),
        ("added", "沿新柳河向北行520米，"),
        ("same", "至乙止，"),
        ("removed", "长500米。"),
        ("added", "长520米。"),
    ]


@given(clauses, clauses)
def test_a_difference_gives_both_texts_back(old: list[str], new: list[str]) -> None:
    found = compare_clauses("".join(old), "".join(new))
    for without, whole in (("added", old), ("removed", new)):
        assert "".join(words for change, words in found if change != without) == "".join(whole)
