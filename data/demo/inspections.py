"""The demo's joint inspections: rounds of the past, a plan, one in the field, one in the archive.

Everything is made up from one fixed seed and says so (示例); what was drawn by code is no photo and
no seal. Accounts are not made: each side is the demo itself, acting as an editor of that county.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection

from data.demo.border import MARK as MARK_OF_MARKERS
from data.demo.pictures import draw_marker, draw_page
from data.demo.stones import SEED
from geo.access.jurisdiction import Grant, Role, Viewer
from geo.divisions.read import find_division
from geo.inspections.facts import Document, Inspection, Subject
from geo.inspections.field.papers import give_paper
from geo.inspections.field.photos import PhotoFacts, put_photo
from geo.inspections.field.record_checks import RecordFacts
from geo.inspections.field.records import put_record
from geo.inspections.field.tasks import open_task
from geo.inspections.opening import InspectionFacts, open_inspection
from geo.inspections.planning.clock import Clock, list_clocks
from geo.inspections.planning.plan import PlanLine, consent_plan, make_plan
from geo.inspections.read import read_inspection
from geo.inspections.signing.content import build_content, content_sha256
from geo.inspections.signing.seals import SealFacts, enter_seal
from geo.inspections.workflow import Asked, take_step
from geo.upkeep.facts import OrderFacts

CHINA = ZoneInfo("Asia/Shanghai")
MARK = MARK_OF_MARKERS.replace("界桩", "联检")
CITY, COUNTY = "370900", "371322"
"""Codes of 泰安, whose lines have a past and a plan, and of 郯城, whose lines have a past."""
ARCHIVED = ("370902", "370911")
"""Sides of the line whose round of 2025 is in the archive, the lead first."""
IN_FIELD = ("370911", "370921")
"""Sides of the line that is in the field, the lead first."""
PLANNED, CLOSED = 2026, 2025
LAST_ROUND = 4
YEARS = 5
RECORDED, WORN, DISPUTED = 3, 1, 2
"""In the field: how many markers have records, which both found worn, of which they differ."""
UNKNOWN = 0.12
"""Share of the lines of which no round is known."""
ROUND_HEADS = (
    "界线代码", "轮次", "开始日期", "完成日期", "牵头方", "完好", "字迹不清", "联检报告", "备注",
)  # fmt: skip
NAMESPACE = UUID(int=SEED)
CONTENTS: Mapping[str, str] = {
    "line": "示例：实地走向与协议书一致", "markers": "示例：逐桩核查", "features": "示例：无变化",
    "crossing": "示例：未见跨界生产建设", "other": "示例",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What the demo's hand needs: the inspection, the day it acts on, and where files are kept."""

    conn: Connection
    found: Inspection
    day: date
    today: date
    files: Path
    folder: Path
    rng: np.random.Generator

    @property
    def now(self) -> datetime:
        """Return noon of the day."""
        return datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=CHINA)


def write_rounds(conn: Connection, viewer: Viewer, today: date, folder: Path) -> Path:
    """Write the completed rounds of the lines of 泰安 and 郯城 as an office's list; all made up."""
    clocks = _clocks(conn, viewer, today)
    path = folder / f"{MARK} 历轮联检.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(ROUND_HEADS)
        for clock in clocks:
            # Drawn for each line, so that another line more changes no round.
            rng = np.random.default_rng([SEED, int(clock.line.code or 0)])
            if _is_planned(clock) or rng.random() >= UNKNOWN:
                writer.writerows(_rounds(clock, rng, today))
    return path


def _clocks(conn: Connection, viewer: Viewer, today: date) -> list[Clock]:
    found = {
        clock.line.code: clock
        for code in (CITY, COUNTY)
        for clock in list_clocks(conn, viewer, today, within=find_division(conn, code))
        if clock.line.code
    }
    return [found[code] for code in sorted(found)]


def _is_planned(clock: Clock) -> bool:
    """Return whether both sides are counties of the city whose year is planned."""
    return all(side.code.startswith(CITY[:4]) for side in clock.line.sides)


def _rounds(clock: Clock, rng: np.random.Generator, today: date) -> Iterator[Sequence[object]]:
    last = int(rng.integers(2019, 2023))
    if _is_planned(clock):
        last = (CLOSED if _codes(clock) == set(ARCHIVED) else PLANNED) - YEARS
    sides = clock.line.sides
    for number in range(1, LAST_ROUND + 1):
        finished = date(last - YEARS * (LAST_ROUND - number), 9, 1)
        finished += timedelta(days=int(rng.integers(0, 75)))
        begun = finished - timedelta(days=int(rng.integers(40, 130)))
        worn = int(rng.integers(0, 2)) if clock.markers else 0
        if finished <= today:
            yield (
                clock.line.code, f"第{'一二三四'[number - 1]}轮", begun, finished,
                sides[number % 2].code, clock.markers - worn, worn,
                f"{MARK} 联检报告〔{finished.year}〕{clock.line.code}号", "示例，非真实联检",
            )  # fmt: skip


def _codes(clock: Clock) -> set[str]:
    return {side.code for side in clock.line.sides}


def inspect_lines(
    conn: Connection, viewer: Viewer, today: date, files: Path, folder: Path
) -> tuple[UUID, UUID]:
    """Plan 泰安's year, take one inspection to the field and an earlier one to the archive.

    Parameters
    ----------
    files
        Folder of kept files.
    folder
        For drawn pictures, on their way to the kept ones.

    Returns
    -------
    tuple of UUID
        The inspection in the field, the one in the archive.
    """
    clocks = [one for one in list_clocks(conn, viewer, today) if _is_planned(one)]
    by_sides = {frozenset(_codes(one)): one for one in clocks}
    closed = by_sides.pop(frozenset(ARCHIVED))
    archived = open_inspection(conn, viewer, _closed_facts(closed), today=today)
    planned = list(by_sides.values())
    ids = make_plan(
        conn, viewer, PLANNED, [_plan_line(one) for one in planned], today=today,
        publication="demo",
    )  # fmt: skip
    in_field = dict(zip(by_sides, ids, strict=True))[frozenset(IN_FIELD)]
    _consent(conn, planned, ids, today)

    def visit(inspection_id: UUID, day: date) -> Visit:
        found = read_inspection(conn, inspection_id, viewer, today)
        rng = np.random.default_rng([SEED, found.year])
        return Visit(
            conn=conn, found=found, day=min(day, today), today=today, files=files, folder=folder,
            rng=rng,
        )  # fmt: skip

    _walk(lambda: visit(in_field, date(PLANNED, 5, 12)))
    _close(lambda: visit(archived, date(CLOSED, 6, 18)))
    return in_field, archived


def _closed_facts(clock: Clock) -> InspectionFacts:
    lead, other = _in_order(clock, ARCHIVED)
    return InspectionFacts(
        line_id=clock.line.id, kind="regular", round=clock.next_round, year=CLOSED, lead_id=lead,
        cooperating_id=other, field_from=date(CLOSED, 6, 10), field_to=date(CLOSED, 6, 30),
        publication="demo",
    )  # fmt: skip


def _plan_line(clock: Clock) -> PlanLine:
    lead, other = clock.suggested_lead.id, clock.other_side.id
    if _codes(clock) == set(IN_FIELD):
        lead, other = _in_order(clock, IN_FIELD)
    return PlanLine(
        line_id=clock.line.id, round=clock.next_round, lead_id=lead, cooperating_id=other,
        field_from=date(PLANNED, 5, 10), field_to=date(PLANNED, 10, 31),
    )  # fmt: skip


def _in_order(clock: Clock, codes: tuple[str, str]) -> tuple[UUID, UUID]:
    ids = {side.code: side.id for side in clock.line.sides}
    return ids[codes[0]], ids[codes[1]]


def _consent(conn: Connection, planned: Sequence[Clock], ids: Sequence[UUID], today: date) -> None:
    """Let both sides consent; for the last line one side's word is still awaited."""
    spoken: dict[Viewer, list[UUID]] = {}
    for place, (clock, id_) in enumerate(zip(planned, ids, strict=True), 1):
        for side in clock.line.sides if place < len(planned) else clock.line.sides[:1]:
            spoken.setdefault(_hand(side.id, side.code, side.name), []).append(id_)
    for viewer, some in spoken.items():
        consent_plan(conn, viewer, some, today=today)


def _hand(division_id: UUID, code: str, name: str, role: Role = "editor") -> Viewer:
    """Return the demo acting for one county; there is no account behind it."""
    grant = Grant(role=role, division_id=division_id, division=f"{name} {code}")
    actor = f"system:demo {code}"
    return Viewer(user_id=None, name=f"示例{name}", grants=(grant,), demo_open=True, actor=actor)


def _hands(found: Inspection) -> dict[UUID, Viewer]:
    return {one.id: _hand(one.id, one.code, one.name) for one in found.parties}


def _step(at: Visit, action: str, *parties: UUID, **more: Any) -> None:
    hands = _hands(at.found)
    for one in parties or (at.found.lead.id,):
        now = read_inspection(at.conn, at.found.id, hands[one], at.today)
        take_step(at.conn, hands[one], now, Asked(action=action, **more), today=at.today)


def _begin_field(at: Visit) -> None:
    two = [one.id for one in at.found.parties if one.role != "third"]
    _step(at, "agree_scheme", *two)
    _step(at, "start_desk")
    _step(at, "start_field")


def _walk(visit: Callable[[], Visit]) -> None:
    """Let both teams record the first markers; at one of them they see different things."""
    _begin_field(visit())
    at = visit()
    markers = [one for one in at.found.subjects if one.kind == "marker" and len(one.sides) == 2]  # noqa: PLR2004 - no tripoint
    lead = at.found.lead.id
    for place, subject in enumerate(markers[:RECORDED]):
        for side in subject.sides:
            is_worn = place == WORN or (place == DISPUTED and side == lead)
            shows = ("near", "far") if side == lead else ()
            _record(at, subject, side, "worn" if is_worn else "in_place", shows)
    section = next((one for one in at.found.subjects if one.kind == "section"), None)
    if section is not None:
        _record(at, section, lead, "unchanged", ())
    worn = markers[WORN]
    facts = OrderFacts(
        task="repaint", due_on=at.today + timedelta(days=60), note="示例：字迹不清，双方到场描红",
        cause_id=at.found.id,
    )  # fmt: skip
    order_id = uuid5(NAMESPACE, f"{worn.label} repaint")
    open_task(at.conn, _hands(at.found)[lead], order_id, worn.key, facts, today=at.today)


def _close(visit: Callable[[], Visit]) -> None:
    """Take an inspection from the scheme to the archive, sealed by every side."""
    _begin_field(visit())
    at = visit()
    for subject in at.found.subjects:
        for side in subject.sides:
            is_marker = subject.kind == "marker"
            shows = ("near", "together") if is_marker and side == subject.lead_id else ()
            _record(at, subject, side, "in_place" if is_marker else "unchanged", shows)
    _step(at, "start_disposal")
    printed = content_sha256(build_content(at.conn, visit().found))
    for party in at.found.parties:
        scan = at.folder / f"seal {party.code}.jpg"
        scan.write_bytes(draw_page(printed[:32], f"SEALED BY {party.code}"))
        said = SealFacts(party=party.code, printed=printed, signer=f"示例{party.name}")
        page = (scan, f"示例盖章页 {party.name}.jpg")
        enter_seal(
            at.conn, _hands(at.found)[party.id], visit().found, page, said, files=at.files,
            today=at.today,
        )  # fmt: skip
    for action in ("sign_records", "draft_report", "submit"):
        _step(at, action)
    _accept(at)
    _step(at, "archive")


def _accept(at: Visit) -> None:
    """Enter what the authority above decided by its paper; the other side confirms it."""
    lead, other = at.found.parties[0], at.found.parties[1]
    number, dated = f"示例政字〔{CLOSED}〕28号", date(CLOSED, 9, 20)
    scan = at.folder / "approval.jpg"
    scan.write_bytes(draw_page(str(dated), "APPROVAL"))
    paper = give_paper(
        at.conn, _hands(at.found)[lead.id], at.found, scan, files=at.files, name="示例批复.jpg",
        side=lead.code, today=at.today, kind="approval", title="示例联检成果批复", number=number,
        dated=dated, issuer="示例批准机关",
    )  # fmt: skip
    document = Document(number=number, dated=dated, file=paper.id)
    _step(at, "accept", lead.id, document=document)
    _step(at, "confirm_acceptance", other.id)


def _record(at: Visit, subject: Subject, side: UUID, state: str, shows: Sequence[str]) -> None:
    """Put a side's record of a subject, with its drawn photos."""
    viewer = _hands(at.found)[side]
    id_ = uuid5(NAMESPACE, f"{at.found.line_code} {at.found.year} {subject.label} {viewer.actor}")
    facts = RecordFacts(
        kind=subject.kind, subject_id=subject.id, side=str(side), at=at.day, state=state,
        position=_near(at.rng, subject), contents=dict(CONTENTS), note="示例记录，非真实联检",
    )  # fmt: skip
    put_record(at.conn, viewer, at.found, id_, facts, today=at.today, now=at.now)
    for one in shows:
        content = draw_marker(at.rng, subject.label, one)
        path = at.folder / "photo.jpg"
        path.write_bytes(content)
        given = PhotoFacts(shows=one, taken_at=at.now, note="示例，程序绘制")
        put_photo(
            at.conn, viewer, at.found, id_, path, given, sha256=sha256(content).hexdigest(),
            files=at.files, now=at.now, today=at.today,
        )  # fmt: skip


def _near(rng: np.random.Generator, subject: Subject) -> dict[str, Any] | None:
    """Return a position some metres from the registered one, as a phone gives it."""
    registered = subject.register.get("position")
    if subject.kind != "marker" or not registered:
        return None
    off = rng.normal(0, 1e-5, 2)
    return {
        "lon": round(float(registered["lon"]) + float(off[0]), 7),
        "lat": round(float(registered["lat"]) + float(off[1]), 7),
        "method": "gnss_phone",
        "accuracy_m": 3.5,
    }
