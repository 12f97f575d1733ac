from __future__ import annotations

from uuid import UUID

import pytest

from api.section_rows import edit_rows, read_rows, write_rows
from geo.errors import OptionInvalidError, SectionInvalidError
from geo.sections.along import MarkerRef
from geo.sections.register import SectionFacts
from maps.page_sections import MOST_ROWS, SectionRow

ONE = MarkerRef(id=UUID(int=1), number="37092301")
HALF = MarkerRef(id=UUID(int=2), number="37092302", member="A")
MARKERS = [ONE, HALF]
SECTIONS = [
    SectionFacts(section_id=UUID(int=7), from_text="双山", to_marker_id=ONE.id, length_km=4.5),
    SectionFacts(
        from_marker_id=ONE.id,
        to_marker_id=HALF.id,
        basis="river",
        basis_name="柳河",
        note="中心线",
    ),
]


def row(name: str) -> SectionRow:
    return SectionRow(begin=name, end=f"{name}止")


def names(rows: list[SectionRow]) -> str:
    return "".join(one.begin for one in rows)


def test_sections_come_back_from_rows_as_they_were() -> None:
    rows = write_rows(SECTIONS, MARKERS)
    assert (rows[0].begin, rows[0].end, rows[0].length_km) == ("双山", "37092301", "4.5")
    assert rows[1].end == "37092302A"
    assert read_rows(rows, MARKERS) == SECTIONS


def test_full_width_digits_mean_the_same_marker() -> None:
    (read,) = read_rows([SectionRow(begin=" ３７０９２３０１ ", end="河口")], MARKERS)
    assert (read.from_marker_id, read.to_text) == (ONE.id, "河口")


@pytest.mark.parametrize(
    ("act", "left"),
    [
        ("add-0", "甲乙丙"),
        ("add-1", "甲甲止乙丙"),
        ("add-3", "甲乙丙丙止"),
        ("add-4", "甲乙丙"),
        ("remove-2", "甲丙"),
        ("remove-0", "甲乙丙"),
        ("up-2", "乙甲丙"),
        ("up-1", "甲乙丙"),
        ("down-1", "乙甲丙"),
        ("down-3", "甲乙丙"),
        ("fly-1", "甲乙丙"),
        ("up-²", "甲乙丙"),
        ("", "甲乙丙"),
    ],
)
def test_a_button_beside_a_row_adds_moves_or_removes_it(act: str, left: str) -> None:
    assert names(edit_rows([row(one) for one in "甲乙丙"], act)) == left


def test_a_form_holds_only_so_many_rows() -> None:
    full = [row("甲")] * MOST_ROWS
    with pytest.raises(OptionInvalidError):
        edit_rows(full, "add-1")
    with pytest.raises(OptionInvalidError):
        write_rows([SECTIONS[0]] * (MOST_ROWS + 1), MARKERS)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ({"begin": "99999999"}, 2),
        ({"end": "37092302"}, 2),
        ({"length_km": "far"}, 2),
        ({"section_id": "first"}, 2),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_row(typed: dict[str, str], number: int) -> None:
    rows = [row("甲"), SectionRow(**{"begin": "甲", "end": "乙"} | typed)]
    with pytest.raises(SectionInvalidError) as told:
        read_rows(rows, MARKERS)
    assert told.value.facts["section"] == number
