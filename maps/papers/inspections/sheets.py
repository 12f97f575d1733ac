"""Record sheets: one page for each marker and each section, to be signed by hand by every side.

What nobody recorded yet is a line to write on, never an empty cell.

References
----------
The fields of MCA Order 28 art. 3 and 5; the five goals for a marker of MCA Order 36.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geo.inspections.facts import RESULTS, TASKS, Outcome, Record
from maps.papers.facts import Picture
from maps.papers.inspections.facts import InspectionPaper, Part
from maps.papers.inspections.head import bind, fill_head
from maps.papers.inspections.words import (
    DISAGREED,
    denies,
    find_farthest,
    name_basis,
    name_result,
    name_side,
    name_task,
    put_in_words,
    read_content,
    read_notes,
    tell_apart,
    tell_order,
    tell_views,
)
from maps.papers.words import DASH, UNKNOWN, name_word, say, write_angle, write_day

TO_WRITE = "＿＿＿＿＿"
YES, NO, OPEN = "■", "×", "□"
CHECKS = (
    ("position", "位置准确"),
    ("firm", "埋设牢固"),
    ("visible", "明显易见"),
    ("legible", "注记清晰"),
    ("file", "档案完备"),
)
"""MCA Order 36: what every marker shall be."""
LEAST_OBJECTS = 3
PHOTOS_MM = (60.0, 38.0)
QR_MM = 17.0
NO_PHOTO = "（无照片）"
FIRST_SHOWN = ("before", "near", "after", "far", "together", "object", "other")


def fill_marker_records(paper: InspectionPaper) -> dict[str, Any]:
    """Return the sheets of all markers."""
    return {
        **fill_head(paper),
        **bind(paper, QR_MM),
        "sheets": [
            _marker_sheet(paper, part, one, number)
            for number, (part, one) in enumerate(paper.outcomes("marker"), 1)
        ],
    }


def fill_section_records(paper: InspectionPaper) -> dict[str, Any]:
    """Return the sheets of all sections."""
    return {
        **fill_head(paper),
        **bind(paper, QR_MM),
        "sheets": [
            _section_sheet(paper, part, one, number)
            for number, (part, one) in enumerate(paper.outcomes("section"), 1)
        ],
    }


def _marker_sheet(paper: InspectionPaper, part: Part, one: Outcome, number: int) -> dict[str, Any]:
    register = one.subject.register
    set_up = register.get("set_up")
    return {
        **_head(paper, part, one, number),
        "set_up": name_word("set_up", set_up) if set_up else UNKNOWN,
        "faces": {"2": "双面", "3": "三面"}.get(str(register.get("faces")), UNKNOWN),
        "material": say(register.get("material")),
        "checks": "  ".join(f"{_tick_answer(one, key)}{name}" for key, name in CHECKS),
        "registered": _write_place(register.get("position")),
        "surveys": [_survey(paper, part, one, side) for side in one.subject.sides],
        "verdict": tell_apart("", find_farthest(paper, one)) or _verdict(paper, one),
        "objects": _objects(one),
        "ticks": _tick(RESULTS["marker"], one.state, "marker"),
        "tasks": _tick_tasks(paper, one),
        **_photos(paper, one),
    }


def _section_sheet(paper: InspectionPaper, part: Part, one: Outcome, number: int) -> dict[str, Any]:
    register = one.subject.register
    length = register.get("length_km") or register.get("measured_km")
    return {
        **_head(paper, part, one, number),
        "length": f"{length}公里" if length else UNKNOWN,
        "rows": _items(part, one, name_basis(register)),
        "desk": _desk(paper, one),
        "ticks": _tick(RESULTS["section"], one.state, "section"),
        "tasks": _tick_tasks(paper, one),
        "photo_numbers": "、".join(
            f"{photo.sha256[:8]}" for view in one.views.values() for photo in view.photos
        )
        or DASH,
    }


def _head(paper: InspectionPaper, part: Part, one: Outcome, number: int) -> dict[str, Any]:
    days = sorted({view.on_day for view in one.views.values()})
    found = part.inspection
    return {
        "ordinal": str(number),
        "label": one.subject.label,
        "lead": part.name_party(one.subject.lead_id),
        "days": "、".join(map(write_day, days)) or TO_WRITE,
        "people": [
            {
                "side": name_side(found, side),
                "name": part.name_party(side),
                "people": one.views[side].actor_name if side in one.views else TO_WRITE,
                "state": name_result(one.subject.kind, one.views[side].state)
                if side in one.views
                else TO_WRITE,
            }
            for side in one.subject.sides
        ],
        "conclusion": _conclusion(part, one),
        "orders": "；".join(tell_order(order) for order in paper.orders_of(one.subject.id)) or DASH,
        "note": "；".join(read_notes(one)) or DASH,
    }


def _conclusion(part: Part, one: Outcome) -> str:
    if one.status == DISAGREED:
        return tell_views(part, one)
    return name_result(one.subject.kind, one.state) if one.state else "尚无一致结论"


def _tick_answer(one: Outcome, key: str) -> str:
    """Return a filled box for yes, a cross for no; an empty box where nobody says."""
    said = {
        answer for view in one.views.values() if isinstance(answer := _checks(view).get(key), bool)
    }
    return {frozenset({True}): YES, frozenset({False}): NO}.get(frozenset(said), OPEN)


def _checks(view: Record) -> Mapping[str, Any]:
    told = (view.body.get("contents") or {}).get("markers")
    checks = told.get("checks", told) if isinstance(told, Mapping) else {}
    return checks if isinstance(checks, Mapping) else {}


def _tick(states: Sequence[str], state: str | None, kind: str) -> str:
    return "  ".join(f"{YES if one == state else OPEN}{name_result(kind, one)}" for one in states)


def _tick_tasks(paper: InspectionPaper, one: Outcome) -> str:
    asked = {order.task for order in paper.orders_of(one.subject.id)}
    return "  ".join(f"{YES if task in asked else OPEN}{name_task(task)}" for task in TASKS)


def _survey(paper: InspectionPaper, part: Part, one: Outcome, side: Any) -> dict[str, str]:
    view = one.views.get(side)
    place = view.body.get("position") if view else None
    apart = paper.apart.get(view.id) if view else None
    method = place.get("method") if place else None
    return {
        "side": name_side(part.inspection, side),
        "place": _write_place(place) if place else (DASH if view else TO_WRITE),
        "method": name_word("method", method) if method else DASH if view else TO_WRITE,
        "apart": f"{apart.distance_m:.2f}" if apart else DASH if view else TO_WRITE,
        "limit": f"{apart.limit_m:.2f}" if apart and apart.limit_m is not None else DASH,
    }


def _verdict(paper: InspectionPaper, one: Outcome) -> str:
    far = find_farthest(paper, one)
    if far is None or far.verdict == "undecidable":
        return "未作坐标比较" if one.views else TO_WRITE
    return "差值在参考限内"


def _write_place(place: object) -> str:
    if not isinstance(place, Mapping) or place.get("lat") is None or place.get("lon") is None:
        return UNKNOWN
    return f"{write_angle(float(place['lat']))}，{write_angle(float(place['lon']))}"


def _objects(one: Outcome) -> list[dict[str, str]]:
    """Return the reference objects as registered and as seen, at least three rows."""
    seen = [_seen_objects(view) for view in one.views.values()]
    rows = []
    for given in one.subject.register.get("objects") or ():
        ordinal = str(given.get("ordinal"))
        now = list(dict.fromkeys(words for told in seen if (words := told.get(ordinal))))
        bearing, distance = given.get("grid_bearing_deg"), given.get("distance_m")
        part = given.get("part")
        rows.append(
            {
                "ordinal": ordinal,
                "name": f"{say(given.get('name'))}{f'（{part}）' if part else ''}",
                "registered": f"{write_angle(float(bearing), 0) if bearing else UNKNOWN} / "
                f"{f'{float(distance):.2f}' if distance else UNKNOWN}",
                "now": "；".join(now) or (DASH if one.views else TO_WRITE),
            }
        )
    lacking = LEAST_OBJECTS - len(rows)
    return rows + [
        {"ordinal": str(LEAST_OBJECTS - left + 1), "name": "不足三个，待补选",
         "registered": DASH, "now": DASH if one.views else TO_WRITE}
        for left in range(lacking, 0, -1)
    ]  # fmt: skip


def _seen_objects(view: Record) -> dict[str, str]:
    contents = view.body.get("contents") or {}
    told = contents.get("markers")
    objects = told.get("objects") if isinstance(told, Mapping) else contents.get("objects")
    if not isinstance(objects, list | tuple):
        return {}
    return {
        str(one.get("ordinal")): put_in_words({k: v for k, v in one.items() if k != "ordinal"})
        for one in objects
        if isinstance(one, Mapping)
    }


def _photos(paper: InspectionPaper, one: Outcome) -> dict[str, Any]:
    """Return the two photos that tell most, with what they show."""
    order = {shows: place for place, shows in enumerate(FIRST_SHOWN)}
    given = sorted(
        (photo for view in one.views.values() for photo in view.photos),
        key=lambda photo: order.get(photo.shows, len(order)),
    )
    shown = list({photo.sha256: photo for photo in given if photo.sha256 in paper.photos}.values())
    told: dict[str, Any] = {}
    for place in (1, 2):
        has = len(shown) >= place
        photo = shown[place - 1] if has else None
        told[f"photo{place}"] = (
            Picture(paper.photos[photo.sha256], *PHOTOS_MM) if photo else NO_PHOTO
        )
        told[f"caption{place}"] = name_word("photo_shows", photo.shows) if photo else DASH
    return told


def _items(part: Part, one: Outcome, basis: str) -> list[dict[str, str]]:
    """Return what is checked of a section: result, what changed."""
    changed = {"unchanged": "一致", "changed": "有变化", "unclear": "难以辨认"}
    state = changed.get(one.state or "", TO_WRITE if not one.views else "见结论")
    rows = [
        ("走向与协议书附图是否一致", state, "；".join(read_notes(one)) or DASH),
        (f"界线依托的地物：{basis}", state, DASH),
    ]
    for key, name in (
        ("features", "两侧地物地貌变化、单方标志物"),
        ("markers", "沿线标志和可辨认程度"),
        ("crossing", "跨界工程和生产建设"),
        ("line", "界线贯彻落实、争议隐患"),
        ("other", "其他"),
    ):
        words = read_content(part, one, key)
        none = "无" if denies(one, key) else DASH if one.views else TO_WRITE
        rows.append((name, "有" if words else none, words or DASH))
    return [
        {"ordinal": str(number), "name": name, "result": result, "change": change}
        for number, (name, result, change) in enumerate(rows, 1)
    ]


def _desk(paper: InspectionPaper, one: Outcome) -> str:
    found = next((desk for desk in paper.desk if desk.section_id == one.subject.id), None)
    if found is None:
        return DASH
    return "；".join([*found.items, *([found.note] if found.note else [])]) or DASH
