"""The calendar of a place: field work, the days lines are due, and the office's own deadlines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer
from geo.inspections.planning.clock import Clock, list_clocks
from geo.inspections.read import MOST, Listed, list_inspections
from geo.office import Office, office
from geo.texts import Text

EntryKind = Literal["field", "due", "plan_deadline", "summary_deadline"]
"""``calendar_kind.<key>`` in the catalogue."""
DEADLINES: tuple[Literal["plan_deadline", "summary_deadline"], ...] = (
    "plan_deadline",
    "summary_deadline",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that happens from ``begins`` to ``ends``, both included.

    ``uid`` stays the same while the thing is the same, whatever its days become.
    """

    uid: str
    kind: EntryKind
    begins: date
    ends: date
    title: Text
    line_id: UUID | None = None
    inspection_id: UUID | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month and what happens in it; what lasts longer stands in each of its months."""

    year: int
    month: int
    entries: tuple[Entry, ...]


def read_calendar(
    conn: Connection,
    viewer: Viewer,
    first: date,
    last: date,
    at: date,
    *,
    within: UUID | None = None,
) -> list[Entry]:
    """Read what happens in ``[first, last)`` to the lines the viewer is of a side of, or above.

    Parameters
    ----------
    within
        With a side at or below this division: a city's calendar, a province's.

    Raises
    ------
    UnauthenticatedError, RoleMissingError
    """
    entries = [
        *_field_work(conn, viewer, (first, last), at, within),
        *_due(list_clocks(conn, viewer, at, within=within)),
        *_deadlines(office(conn), first, last),
    ]
    inside = [one for one in entries if one.begins < last and one.ends >= first]
    return sorted(inside, key=lambda one: (one.begins, one.ends, one.uid))


def by_month(entries: Sequence[Entry], first: date, last: date) -> list[Month]:
    """Return all months that ``[first, last)`` touches, each with its entries."""
    months = []
    begin = first.replace(day=1)
    while begin < last:
        end = _next_month(begin)
        found = tuple(one for one in entries if one.begins < end and one.ends >= begin)
        months.append(Month(year=begin.year, month=begin.month, entries=found))
        begin = end
    return months


def deadline(settings: Office, kind: str, year: int) -> date:
    """Return an office's deadline of a year; a 29 February of other years is the 28 February."""
    month, day = str(settings.settings[f"inspections.{kind}"].value).split("-")
    first = date(year, int(month), 1)
    longest = (_next_month(first) - timedelta(days=1)).day
    return first.replace(day=min(int(day), longest))


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _field_work(
    conn: Connection,
    viewer: Viewer,
    days: tuple[date, date],
    at: date,
    within: UUID | None,
) -> Iterator[Entry]:
    # Field work may reach from one year into the next.
    for year in range(days[0].year - 1, days[1].year + 1):
        page = list_inspections(conn, viewer, at, year=year, within=within, limit=MOST)
        for found in page.items:
            begins, ends = found.field_from or found.field_to, found.field_to or found.field_from
            if begins is not None and ends is not None and found.state != "withdrawn":
                yield _field(found, begins, ends)


def _field(found: Listed, begins: date, ends: date) -> Entry:
    facts: dict[str, Any] = {"line": found.line_name, "lead": found.lead.name}
    return Entry(
        uid=f"field-{found.id}",
        kind="field",
        begins=begins,
        ends=ends,
        title=Text("calendar.field", facts),
        line_id=found.line_id,
        inspection_id=found.id,
        state=found.state,
    )


def _due(clocks: Sequence[Clock]) -> Iterator[Entry]:
    for clock in clocks:
        if clock.due_on is None:
            continue
        facts = {"line": clock.line.name, "round": clock.next_round}
        yield Entry(
            uid=f"due-{clock.line.id}-{clock.next_round}",
            kind="due",
            begins=clock.due_on,
            ends=clock.due_on,
            title=Text("calendar.due", facts),
            line_id=clock.line.id,
            inspection_id=clock.under_way.id if clock.under_way else None,
            state=clock.status,
        )


def _deadlines(settings: Office, first: date, last: date) -> Iterator[Entry]:
    for year in range(first.year, last.year + 1):
        for kind in DEADLINES:
            day = deadline(settings, kind, year)
            yield Entry(
                uid=f"{kind}-{year}",
                kind=kind,
                begins=day,
                ends=day,
                title=Text(f"calendar.{kind}", {"year": year}),
            )
