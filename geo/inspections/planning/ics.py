"""Dates as an iCalendar file (RFC 5545), for the calendar of a phone or an office program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from geo.inspections.planning.calendar import Entry
from geo.texts import Lang, say

PRODUCT = "-//Yutu//inspections//ZH"
DOMAIN = "yutu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A whole day or several, ``ends`` included, in words; ``uid`` stays with the thing it is."""

    uid: str
    begins: date
    ends: date
    summary: str
    description: str = ""


def write_ics(days: Iterable[Dated], *, name: str, now: datetime) -> bytes:
    """Write all-day events as an iCalendar file in UTF-8.

    Parameters
    ----------
    name
        Of the calendar, as programs show it.
    now
        When it was written (DTSTAMP), with its time zone.
    """
    # A web process that nobody asks for a calendar need not know time zones.
    from icalendar import Calendar, Event  # noqa: PLC0415 - see above

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", name)
    for one in days:
        event = Event()
        event.add("uid", f"{one.uid}@{DOMAIN}")
        event.add("dtstamp", now)
        event.add("dtstart", one.begins)
        # The end of a day is the day after (RFC 5545, 3.6.1).
        event.add("dtend", one.ends + timedelta(days=1))
        event.add("summary", one.summary)
        event.add("transp", "TRANSPARENT")
        if one.description:
            event.add("description", one.description)
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def as_dated(entries: Iterable[Entry], lang: Lang) -> list[Dated]:
    """Return the entries of a calendar in words."""
    return [
        Dated(
            uid=one.uid,
            begins=one.begins,
            ends=one.ends,
            summary=say(one.title, lang),
        )
        for one in entries
    ]
