"""An inspection and a plan for papers, as two counties and their city would have them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import shapely
from PIL import Image

from geo.inspections.facts import Inspection, Outcome, Party, Photo, Record, Step, Subject
from maps.papers.inspections.facts import (
    Apart,
    Desk,
    InspectionPaper,
    Order,
    Part,
    PlannedLine,
    PlanPaper,
)
from maps.papers.inspections.line_map import LineMap, MapMarker
from tests.maps.papers.given import DAY, OBJECTS, OURS, RECORD, THEIRS, THIRD

AT = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
ON = date(2026, 5, 20)


def make_party(ordinal: int, ref: Any, role: Any) -> Party:
    return Party(
        id=ref.id,
        code=ref.code,
        name=ref.name,
        role=role,
        ordinal=ordinal,
        takes_part="account",
        clerk_id=None,
        clerk_name="王建国" if ordinal == 1 else None,
        contact="0538-1234567" if ordinal == 1 else None,
    )


PARTIES = (make_party(1, OURS, "lead"), make_party(2, THEIRS, "cooperating"))
THIRD_PARTY = make_party(3, THIRD, "third")


def make_subject(ordinal: int, kind: Any = "marker", **facts: Any) -> Subject:
    marker = {
        "number": f"2332{ordinal:03d}1",
        "member": "",
        "set_up": "single",
        "faces": 2,
        "material": "花岗岩",
        "position": {"lon": "116.30215", "lat": "35.90127", "method": "gnss_rtk"},
        "objects": [
            {
                "ordinal": one.ordinal,
                "name": one.name,
                "part": one.part,
                "grid_bearing_deg": str(one.grid_bearing_deg),
                "distance_m": str(one.distance_m),
            }
            for one in OBJECTS
        ],
    }
    section = {"basis": "river", "basis_name": "大汶河", "length_km": "2.134"}
    given = {
        "kind": kind,
        "id": uuid4(),
        "ordinal": ordinal,
        "label": f"2332{ordinal:03d}1" + (f"–2332{ordinal + 1:03d}1" if kind == "section" else ""),
        "sides": (OURS.id, THEIRS.id),
        "lead_id": OURS.id if ordinal % 2 else THEIRS.id,
        "planned_on": None,
        "register": marker if kind == "marker" else section,
    }
    return Subject(**(given | facts))


def make_photo(number: int, shows: str = "near") -> Photo:
    return Photo(
        sha256=f"{number:064x}",
        size=1000,
        media_type="image/jpeg",
        shows=shows,
        object_ordinal=None,
        taken_at=AT,
        note=None,
        actor_name="李检查",
        at=AT,
    )


def make_record(subject: Subject, side: UUID, state: str, **facts: Any) -> Record:
    body = {
        "at": ON.isoformat(),
        "state": state,
        "position": facts.pop("position", None),
        "contents": facts.pop("contents", {}),
        "note": facts.pop("note", None),
    }
    given: dict[str, Any] = {
        "id": uuid4(),
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "division_id": side,
        "version": 1,
        "on_day": ON,
        "edited_at": AT,
        "state": state,
        "body": body,
        "sha256": "ab" * 32,
        "via": "account",
        "scan_id": None,
        "guest_id": None,
        "accepted_at": None,
        "withdrawn_at": None,
        "withdrawn_reason": None,
        "actor_name": "李检查",
        "recorded_at": AT,
        "photos": (),
    }
    return Record(**(given | facts))


def make_outcome(subject: Subject, *states: str, words: str | None = None, **facts: Any) -> Outcome:
    """Return what all sides found: one state they agree on, or one for each; none is still open."""
    said = states * len(subject.sides) if len(states) == 1 else states
    views = {
        side: make_record(subject, side, state, **facts)
        for side, state in zip(subject.sides, said, strict=False)
    }
    status: Any = "open" if not states else "agreed" if len(set(said)) == 1 else "disagreed"
    return Outcome(
        subject=subject,
        status=status,
        state=said[0] if status == "agreed" else None,
        words=words,
        views=views,
        lacks=tuple(side for side in subject.sides if side not in views),
        proposed={},
    )


def make_order(subject: Subject, task: str = "repair", **facts: Any) -> Order:
    given: dict[str, Any] = {
        "kind": subject.kind,
        "object_id": subject.id,
        "task": task,
        "responsible": OURS.name,
        "due_on": None,
        "state": "open",
        "ended_on": None,
        "present": (),
        "note": None,
    }
    return Order(**(given | facts))


def make_inspection(*subjects: Subject, **facts: Any) -> Inspection:
    given: dict[str, Any] = {
        "id": UUID(int=7),
        "revision": 3,
        "line_id": UUID(int=1),
        "line_code": "2332",
        "line_name": "东平梁山线",
        "length_km": 62.1,
        "parent_id": None,
        "parts": (),
        "kind": "regular",
        "round": 5,
        "year": 2026,
        "reason": None,
        "state": "signed",
        "field_from": date(2026, 5, 18),
        "field_to": date(2026, 6, 12),
        "accepted_on": None,
        "note": None,
        "publication": "demo",
        "actor_name": "某人",
        "created_at": AT,
        "parties": PARTIES,
        "subjects": subjects,
        "is_whole": True,
    }
    return Inspection(**(given | facts))


def make_paper(*outcomes: Outcome, **facts: Any) -> InspectionPaper:
    """Return an inspection with these outcomes; by default one that has a bit of everything."""
    orders: list[Order] = []
    if not outcomes:
        outcomes, orders = make_mixed()
    third = any(len(one.subject.sides) > 2 for one in outcomes)
    found = facts.pop("inspection", None) or make_inspection(
        *(one.subject for one in outcomes), parties=(*PARTIES, *([THIRD_PARTY] if third else []))
    )
    records = [view for one in outcomes for view in one.views.values()]
    given: dict[str, Any] = {
        "inspection": found,
        "record": replace(RECORD, settled_on=date(1998, 6, 1)),
        "parts": (Part(inspection=found, outcomes=outcomes, records=records),),
        "orders": orders,
        "steps": (make_step("agree_scheme", date(2026, 4, 3)),),
        "photos": {photo.sha256: small_photo() for view in records for photo in view.photos},
        "map": make_map(outcomes),
        "content_sha256": "5e" * 32,
        "fingerprint": "SHA256:" + "k9" * 20,
        "day": DAY,
    }
    return InspectionPaper(**(given | facts))


def make_mixed() -> tuple[tuple[Outcome, ...], list[Order]]:
    """Return outcomes of every kind, a tripoint, a disagreement, and the orders they led to."""
    markers = [make_subject(number) for number in range(1, 9)]
    markers[7] = replace(markers[7], label="238184I", sides=(OURS.id, THEIRS.id, THIRD.id))
    sections = [make_subject(number, "section") for number in range(1, 4)]
    photos = tuple(make_photo(number, shows) for number, shows in enumerate(("near", "far"), 1))
    place = {"lon": "116.302151", "lat": "35.901272", "method": "gnss_rtk", "accuracy_m": "0.05"}
    outcomes = (
        make_outcome(
            markers[0],
            "in_place",
            position=place,
            photos=photos,
            contents={
                "markers": {
                    "checks": {"position": True, "firm": True, "visible": False},
                    "objects": [{"ordinal": 1, "note": "仍在"}],
                }
            },
        ),
        make_outcome(markers[1], "worn"),
        make_outcome(markers[2], "damaged", words="被农机碰断一角"),
        make_outcome(markers[3], "moved", words="修路时挪动", position=place),
        make_outcome(markers[4], "in_place", "leaning", words="各记各的，待下次复核"),
        make_outcome(markers[5], "unreachable", note="汛期水淹"),
        make_outcome(markers[6], "lost"),
        make_outcome(markers[7], "in_place"),
        make_outcome(sections[0], "unchanged", contents={"crossing": "新修水渠一条，手续齐备"}),
        make_outcome(
            sections[1], "changed", words="河岸坍塌约改道", contents={"features": "河岸坍塌"}
        ),
        make_outcome(sections[2], "unchanged"),
    )
    orders = [
        make_order(markers[1], "repaint", state="done", ended_on=date(2026, 6, 1),
                   present=(THEIRS.name,)),
        make_order(markers[2], due_on=date(2026, 9, 30)),
        make_order(markers[3], "reset"),
    ]  # fmt: skip
    return outcomes, orders


def make_step(action: str, day: date, **facts: Any) -> Step:
    given: dict[str, Any] = {
        "id": uuid4(),
        "action": action,
        "from_state": "planned",
        "to_state": "scheme_agreed",
        "division_id": OURS.id,
        "document": None,
        "note": None,
        "actor": "x",
        "actor_name": "某人",
        "at": datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
    }
    return Step(**(given | facts))


def make_map(outcomes: Any) -> LineMap:
    shape = shapely.LineString([(116.2, 35.9), (116.25, 35.93), (116.31, 35.91), (116.36, 35.96)])
    markers = [one for one in outcomes if one.subject.kind == "marker"]
    places = [
        shape.interpolate(n / max(len(markers) - 1, 1), normalized=True)
        for n in range(len(markers))
    ]
    return LineMap(
        shape,
        [
            MapMarker(one.subject.label, place.x, place.y, one.state == "in_place")
            for one, place in zip(markers, places, strict=True)
        ],
        OURS.name,
        THEIRS.name,
    )


def small_photo() -> bytes:
    target = BytesIO()
    Image.new("RGB", (640, 480), "#778866").save(target, "JPEG")
    return target.getvalue()


def make_apart(paper: InspectionPaper, distance_m: float, verdict: Any) -> InspectionPaper:
    """Return a paper on which every recorded position is so far from the registered one."""
    apart = Apart(distance_m=distance_m, limit_m=0.5, verdict=verdict)
    found = {one.id: apart for one in paper.parts[0].records if one.body["position"]}
    return replace(paper, apart=found)


def make_plan(**facts: Any) -> PlanPaper:
    """Return the plan of a city for a year: one line accepted, one under way, one never opened."""
    lines = [
        make_planned("东平梁山线", state="accepted", settled=12, subjects=12),
        make_planned("东平汶上线", state="field", settled=3, subjects=9, disagreed=1),
        make_planned("宁阳曲阜线", state=None, round=None, last_on=None, due_on=None),
    ]
    given: dict[str, Any] = {"division": "泰安市", "year": 2026, "lines": lines, "day": DAY}
    return PlanPaper(**(given | facts))


def make_planned(name: str, **facts: Any) -> PlannedLine:
    given: dict[str, Any] = {
        "name": name,
        "code": "2332",
        "length_km": 62.1,
        "markers": 12,
        "parties": PARTIES,
        "kind": "regular",
        "round": 5,
        "last_on": date(2021, 11, 3),
        "due_on": date(2026, 11, 3),
        "overdue": False,
        "state": "planned",
        "field_from": None,
        "field_to": None,
        "settled": 0,
        "subjects": 0,
        "disagreed": 0,
        "publication": "demo",
    }
    return PlannedLine(**(given | facts))


DESK = Desk(section_id=UUID(int=3), items=("大汶河主流摆动，看河心滩",), note=None)
