"""The page of one marker or section of an inspection: what each side recorded, and its forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from geo.files.attach import Attachment
from geo.inspections.facts import CONTENTS, SHOWS, Inspection, Missing, Outcome, Party, Record
from geo.inspections.field.desk import Desk
from geo.inspections.field.deviations import RecordVerdict
from geo.inspections.field.tasks import ProposedTask
from geo.markers.tables import METHODS
from geo.texts import Lang, text
from geo.upkeep.facts import Order
from maps.page import Frame, frame_facts
from maps.page_inspection import CHECKS, Mine, can_confirm, inspection_facts
from maps.page_inspection_map import Box
from maps.page_inspection_orders import desk_facts, order_facts
from maps.page_register import Refused, register_facts
from maps.rendering import render, write_box

TEXTS = tuple(one for one in CONTENTS if one != "markers")
POSITION = ("lon", "lat", "method", "accuracy_m")
PLAIN = ("at", "state", "note", "scan", *POSITION)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectView:
    """All that the page of a subject shows.

    ``records`` are those of this subject, withdrawn ones too; ``versions`` all that was ever sent
    for each; ``verdicts`` what the position of each says; ``before`` and ``after`` its neighbours
    in the inspection.
    """

    found: Inspection
    mine: Mine
    one: Outcome
    records: Sequence[Record]
    versions: Mapping[UUID, Sequence[Mapping[str, Any]]]
    verdicts: Mapping[UUID, RecordVerdict]
    orders: Sequence[Order]
    proposed: Sequence[ProposedTask]
    desk: Desk | None
    missing: Sequence[Missing]
    scans: Sequence[Attachment]
    box: Box | None
    before: Outcome | None
    after: Outcome | None
    said: str | None = None
    refused: Refused | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordForm:
    """The form of a side's record; ``version`` is that which was seen, 0 of a new one."""

    side: Party
    record_id: UUID
    version: int
    typed: Mapping[str, Any]
    by_paper: bool
    is_open: bool

    @property
    def id(self) -> str:
        """Return its id on the page."""
        return f"record-{self.side.code}"


SHOWN = tuple(
    name for name in SubjectView.__dataclass_fields__ if name not in ("orders", "proposed", "desk")
)


def render_subject(frame: Frame, today: date, view: SubjectView) -> str:
    """Render the page of a marker or section of an inspection."""
    subject, mine = view.one.subject, view.mine
    confirming = [side for side in mine.signs_for if can_confirm(view.one, side.id)]
    return render(
        "inspection_subject.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, today, today),
        **{name: getattr(view, name) for name in SHOWN},
        **inspection_facts(view.found, mine, frame.lang),
        **order_facts(view.orders, view.proposed, {subject.id: subject.label}, today, frame.lang),
        **desk_facts(view.desk, frame.lang),
        s=subject,
        here=f"/inspections/{view.found.id}/subjects/{subject.kind}/{subject.id}",
        bbox=write_box(view.box),
        registered=tell_register(subject.kind, subject.register, frame.lang),
        record_forms=list_record_forms(view, today),
        by_side=[(side, _records_of(view, side)) for side in subject.sides],
        confirming=confirming,
        checks=CHECKS,
        texts=TEXTS,
        methods=METHODS,
        shows=SHOWS,
        objects=subject.register.get("objects") or (),
    )


def tell_register(kind: str, register: Mapping[str, Any], lang: Lang) -> list[tuple[str, str]]:
    """Return what the register said of a subject when the inspection began, in words."""
    names = {
        "marker": (("set_up", "set_up"), ("faces", "faces"), ("material", None)),
        "section": (("basis", "basis"), ("basis_name", None), ("length_km", None)),
    }[kind]
    told = []
    for name, prefix in names:
        value = register.get(name)
        if value is not None:
            words = text(f"{prefix}.{value}", lang) if prefix else str(value)
            told.append((text(f"page.insp.register_{name}", lang), words))
    place = register.get("position") or {}
    if place.get("lon") and place.get("lat"):
        words = text("page.position_lonlat", lang, lon=place["lon"], lat=place["lat"])
        told.append((text("page.position", lang), words))
    return told


def list_record_forms(view: SubjectView, today: date) -> list[RecordForm]:
    """Return the form of each side the viewer enters records for, as it stands or was typed."""
    forms = []
    for side in view.mine.records_for:
        acting = view.mine.acting.get(side.id)
        limit = acting.subjects if acting else None
        if side.id in view.one.subject.sides and (limit is None or view.one.subject.id in limit):
            forms.append(_record_form(view, side, today))
    return forms


def _record_form(view: SubjectView, side: Party, today: date) -> RecordForm:
    by_paper = side.id not in view.mine.acting
    contractor = not by_paper and view.mine.acting[side.id].via == "contractor"
    own = [
        one
        for one in view.records
        if one.division_id == side.id
        and one.withdrawn_at is None
        and (one.via == "contractor") == contractor
    ]
    known = max(own, key=lambda one: (one.on_day, one.edited_at), default=None)
    mine = view.refused and view.refused.form == f"record-{side.code}"
    typed = view.refused.typed if mine and view.refused else write_typed(known, today)
    seen = typed.get("version") if mine else None
    return RecordForm(
        side=side,
        record_id=_typed_id(typed) if mine else known.id if known else uuid4(),
        # After a conflict the form is of what is there now: the same again replaces it knowingly.
        version=known.version if known else int(seen or 0),
        typed=typed,
        by_paper=by_paper,
        is_open=bool(mine) or known is None,
    )


def _typed_id(typed: Mapping[str, Any]) -> UUID:
    """Return the id a form was sent with, a new one where that was none."""
    try:
        return UUID(typed["record_id"])
    except ValueError:
        return uuid4()


def write_typed(known: Record | None, today: date) -> dict[str, Any]:
    """Return a record as its form holds it; nothing but the day for a new one."""
    blank: dict[str, Any] = dict.fromkeys(PLAIN, "") | {"checks": {}, "objects": {}, "texts": {}}
    if known is None:
        return blank | {"at": today.isoformat(), "words": ""}
    body = known.body
    contents = body.get("contents") or {}
    markers = contents.get("markers")
    told: Mapping[str, Any] = markers if isinstance(markers, Mapping) else {"words": markers}
    place = body.get("position") or {}
    return {
        "at": known.on_day.isoformat(),
        "state": known.state,
        "note": body.get("note") or "",
        "scan": str(known.scan_id or ""),
        **{name: place.get(name) or "" for name in POSITION},
        "checks": {key: _answer(one) for key, one in (told.get("checks") or {}).items()},
        "objects": {str(one["ordinal"]): one.get("words") or "" for one in _objects(told)},
        "words": told.get("words") or "",
        "texts": {key: str(contents.get(key) or "") for key in TEXTS},
    }


def _answer(said: object) -> str:
    return "yes" if said is True else "no" if said is False else ""


def _objects(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    given = told.get("objects")
    some = given if isinstance(given, list | tuple) else ()
    return [one for one in some if isinstance(one, Mapping) and "ordinal" in one]


def _records_of(view: SubjectView, side: UUID) -> list[Record]:
    """Return the records of a side, what counts last first."""
    own = [one for one in view.records if one.division_id == side]
    return sorted(own, key=lambda one: (one.counts, one.on_day, one.edited_at), reverse=True)
