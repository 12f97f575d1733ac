"""Bars that say how far a year is, by line and by county: words and numbers above each."""

from __future__ import annotations

from dataclasses import dataclass

from geo.inspections.planning.year_progress import LineProgress, SideProgress, YearProgress
from geo.texts import Lang, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar of the chart; ``done`` and ``conflict`` are shares of its width, percent."""

    label: str
    figures: str
    done: float
    conflict: float
    address: str | None = None


def line_bars(progress: YearProgress, lang: Lang) -> list[Bar]:
    """Return a bar for each line: of its markers and sections, which have a result."""
    return [_line_bar(one, lang) for one in progress.lines]


def side_bars(progress: YearProgress, lang: Lang) -> list[Bar]:
    """Return a bar for each county: of what it is to record, how much it has."""
    return [_side_bar(one, lang) for one in progress.sides]


def _line_bar(one: LineProgress, lang: Lang) -> Bar:
    figures = text(
        "page.chart_line",
        lang,
        settled=one.settled,
        subjects=one.subjects,
        state=text(f"inspection_state.{one.listed.state}", lang),
    )
    if one.conflicts:
        figures = f"{figures} · {text('page.chart_conflicts', lang, count=one.conflicts)}"
    return Bar(
        label=one.listed.line_name,
        figures=figures,
        done=_share(one.settled, one.subjects),
        conflict=_share(one.conflicts, one.subjects),
        address=f"/inspections/{one.listed.id}",
    )


def _side_bar(one: SideProgress, lang: Lang) -> Bar:
    figures = text(
        "page.chart_side",
        lang,
        records=one.records,
        to_record=one.to_record,
        signed=one.signed,
        inspections=one.inspections,
    )
    return Bar(
        label=one.side.name,
        figures=figures,
        done=_share(one.records, one.to_record),
        conflict=0.0,
    )


def _share(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0
