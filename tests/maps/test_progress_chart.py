from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast
from uuid import UUID

import pytest

from geo.boundaries.sides import Side
from geo.inspections.planning.year_progress import LineProgress, SideProgress, YearProgress
from geo.inspections.read import Listed
from maps.progress_chart import line_bars, side_bars

LISTED = cast("Listed", SimpleNamespace(id=UUID(int=1), line_name="东西线", state="field"))
LINE = LineProgress(listed=LISTED, subjects=8, settled=3, conflicts=1, step=3, steps=9)
SIDE = SideProgress(
    side=Side(id=UUID(int=2), code="370921", name="东岭县"),
    inspections=2,
    to_record=10,
    records=7,
    signed=1,
    accepted=0,
)


def year_of(line: LineProgress = LINE, side: SideProgress = SIDE) -> YearProgress:
    return YearProgress(year=2026, lines=[line], sides=[side], by_state={"field": 1})


def test_a_bar_says_in_words_what_its_colours_show() -> None:
    (bar,) = line_bars(year_of(), "zh")
    assert (bar.label, bar.figures) == ("东西线", "3/8 有结论 · 外业 · 不一致 1")
    assert (bar.done, bar.conflict) == (37.5, 12.5)
    (side,) = side_bars(year_of(), "zh")
    assert (side.label, side.figures, side.done) == ("东岭县", "记录 7/10 · 签字 1/2", 70.0)


def test_a_line_without_anything_to_inspect_has_an_empty_bar() -> None:
    empty = replace(LINE, subjects=0, settled=0, conflicts=0)
    (bar,) = line_bars(year_of(line=empty), "en")
    assert (bar.done, bar.conflict) == (0.0, 0.0)
    assert "conflict" not in bar.figures


@pytest.mark.parametrize(("settled", "conflicts"), [(8, 0), (0, 8), (7, 1)])
def test_a_bar_is_never_longer_than_its_track(settled: int, conflicts: int) -> None:
    (bar,) = line_bars(year_of(line=replace(LINE, settled=settled, conflicts=conflicts)), "zh")
    assert bar.done + bar.conflict == pytest.approx(100.0)
