"""Desk work (内业): each section held against what is known today, kept with people's own words.

It belongs to what is signed, so desk work written after signing voids the signatures.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import Connection, Text, cast, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from geo.access.jurisdiction import Viewer
from geo.access.tables import app_user
from geo.boundaries.surveys import Survey, list_surveys, read_shape
from geo.db.ids import new_id
from geo.errors import GuestRefusedError, OptionInvalidError, RecordsClosedError
from geo.inspections.facts import Inspection, Subject
from geo.inspections.feed import tell
from geo.inspections.field.desk_items import Beside, Item, Limits, compare_section
from geo.inspections.measures import spell
from geo.inspections.parties import require_party
from geo.inspections.read import lock_inspection
from geo.inspections.tables import inspection_desk
from geo.inspections.voiding import void_signatures
from geo.office import office
from geo.sections.descriptions import generate_courses, read_texts
from geo.sections.register import Section, list_sections, shape_sections
from geo.texts import Text as Words

DESK_STATES = (
    "planned", "scheme_agreed", "desk", "field", "disposal", "signed", "reported", "returned",
)  # fmt: skip
"""States in which desk work is written."""
MOST_AT_ONCE = 50
"""Sections compared in one request; a second or two."""
row_of = inspection_desk.c


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPlace:
    """A place that people want to look at, in their words; EPSG:4490."""

    lon: float
    lat: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Desk work on a section; ``lacks`` is what nobody could say (``desk_lacks.<key>``).

    ``at`` is None where nothing was kept yet.
    """

    subject: Subject
    items: tuple[Item, ...]
    lacks: tuple[str, ...]
    agreed_text: str | None = None
    text_now: str | None = None
    note: str | None = None
    actor_name: str | None = None
    at: datetime | None = None


def compare_sections(
    conn: Connection, found: Inspection, wanted: Collection[UUID], at: date
) -> list[Desk]:
    """Hold sections of an inspection against what is known on a day; nothing is kept.

    Who may see the inspection was asked before.

    Raises
    ------
    OptionInvalidError
        If one is no section of it, or the line has it no more, or they are too many at once.
    """
    subjects = _sections(found, wanted)
    known = {one.section_id: one for one in list_sections(conn, found.line_id, at)}
    sections = [_known(known, one) for one in subjects]
    shapes = shape_sections(conn, found.line_id, at)
    surveys = _surveys(conn, found.line_id)
    agreed = read_texts(conn, "section", [one.id for one in subjects])
    now = generate_courses(conn, sections, found.line_id, at)
    limits = _limits(conn)
    desks = []
    for subject, section, text_now in zip(subjects, sections, now, strict=True):
        told = agreed.get(subject.id)
        beside = Beside(surveys=surveys, agreed_text=told, text_now=text_now.text)
        shape = shapes.get(subject.id)
        items, lacks = compare_section(conn, section, shape, beside, limits, at)
        desks.append(
            Desk(
                subject=subject,
                items=tuple(items),
                lacks=tuple(lacks),
                agreed_text=told,
                text_now=text_now.text,
            )
        )
    return desks


def put_desk(  # noqa: PLR0913 - who compares what for whom, and says what of it
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    wanted: Collection[UUID],
    *,
    side: str | None,
    note: str | None,
    places: Sequence[OwnPlace] = (),
    today: date,
) -> list[Desk]:
    """Compare sections anew and keep what was found, with a note and places of people's own.

    What says the same as before is not written again.

    Raises
    ------
    NotPartyError, GuestRefusedError
        Unless the viewer acts for a side; a contractor does no desk work.
    RecordsClosedError, OptionInvalidError
    """
    what = Words("doing.desk")
    acting = require_party(conn, viewer, found, side, what=what, today=today)
    if acting.via == "contractor":
        raise GuestRefusedError(reason=Words("reason.contractor_papers"))
    state = lock_inspection(conn, found.id)
    if state not in DESK_STATES:
        allowed = [Words(f"inspection_state.{one}") for one in DESK_STATES]
        raise RecordsClosedError(state=Words(f"inspection_state.{state}"), allowed=allowed)
    before = {one.subject.id: one for one in list_desk(conn, found)}
    own = [_own(one) for one in places]
    written = 0
    for desk in compare_sections(conn, found, wanted, today):
        items, kept = (*desk.items, *own), before[desk.subject.id]
        if kept.at and (kept.items, kept.lacks, kept.note) == (items, desk.lacks, note):
            continue
        written += 1
        conn.execute(
            insert(inspection_desk).values(
                id=new_id(),
                inspection_id=found.id,
                section_id=desk.subject.id,
                items=[asdict(one) for one in items] + [_lack(one) for one in desk.lacks],
                note=note,
                actor=viewer.actor,
            )
        )
    if written:
        facts = {"party": acting.party.name, "count": written, "who": viewer.name}
        void_signatures(conn, viewer, found.id, Words("void.desk", facts))
        tell(conn, viewer, found.id, "desk_done", acting.party.id, count=written)
    return [one for one in list_desk(conn, found) if one.subject.id in set(wanted)]


def list_desk(conn: Connection, found: Inspection) -> list[Desk]:
    """List the desk work on each section of an inspection, done or not, in their order."""
    rows = conn.execute(
        select(inspection_desk, func.coalesce(app_user.c.name, row_of.actor).label("actor_name"))
        .outerjoin(app_user, cast(app_user.c.id, Text) == row_of.actor)
        .where(row_of.inspection_id == found.id)
        .ext(distinct_on(row_of.section_id))
        .order_by(row_of.section_id, row_of.at.desc(), row_of.id.desc())
    )
    kept = {row.section_id: row for row in rows}
    return [_desk(one, kept.get(one.id)) for one in found.subjects if one.kind == "section"]


def _desk(subject: Subject, row: Any) -> Desk:
    if row is None:
        return Desk(subject=subject, items=(), lacks=())
    return Desk(
        subject=subject,
        items=tuple(Item(**one) for one in row.items if one["kind"] != "no_data"),
        lacks=tuple(one["facts"]["what"] for one in row.items if one["kind"] == "no_data"),
        note=row.note,
        actor_name=row.actor_name,
        at=row.at,
    )


def _lack(what: str) -> Mapping[str, Any]:
    return asdict(Item(kind="no_data", lon=None, lat=None, facts={"what": what}))


def _own(one: OwnPlace) -> Item:
    lon, lat = spell(round(one.lon, 6)), spell(round(one.lat, 6))
    return Item(kind="own", lon=lon, lat=lat, facts={"words": one.words})


def _sections(found: Inspection, wanted: Collection[UUID]) -> list[Subject]:
    chosen = [one for one in found.subjects if one.kind == "section" and one.id in wanted]
    if len(chosen) != len(set(wanted)) or not 0 < len(chosen) <= MOST_AT_ONCE:
        allowed = Words("allowed.desk_sections", {"most": MOST_AT_ONCE})
        value = len(wanted)
        raise OptionInvalidError(option="sections", value=value, allowed=allowed)
    return chosen


def _known(known: Mapping[UUID, Section], subject: Subject) -> Section:
    section = known.get(subject.id)
    if section is None:
        allowed = Words("allowed.section_now")
        raise OptionInvalidError(option="sections", value=subject.label, allowed=allowed)
    return section


def _surveys(conn: Connection, line_id: UUID) -> list[tuple[Survey, shapely.Geometry]]:
    return [
        (one, shapely.from_geojson(json.dumps(read_shape(conn, one.id))))
        for one in list_surveys(conn, [line_id])[line_id]
    ]


def _limits(conn: Connection) -> Limits:
    decided = office(conn)
    return Limits(
        differs_m=decided.number("lines.difference_m"),
        follow_m=decided.number("description.follow_m"),
    )
