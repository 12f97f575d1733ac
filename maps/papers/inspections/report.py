"""联检报告: what both governments report of an inspection, with lists, a map and photos.

Nothing is printed of an inspection whose numbers do not add up.

References
----------
The five contents of a check: MCA Order 28 art. 3. GB/T 9704-2012 for the layout.
"""

from __future__ import annotations

from typing import Any

from geo.errors import FontMissingError
from geo.inspections.facts import RESULTS, Outcome, Photo
from maps.fonts import INSTALL, find_sketch_font, list_fonts, missing_signs, name_sign
from maps.papers.facts import Picture
from maps.papers.inspections.facts import InspectionPaper
from maps.papers.inspections.head import (
    GOVERNMENT,
    METHOD,
    REGULATION,
    bind,
    fill_head,
    list_sides,
    name_inspection,
    order_parties,
)
from maps.papers.inspections.line_map import HEIGHT, WIDTH, draw_line_map
from maps.papers.inspections.words import (
    DISAGREED,
    UNREACHED,
    Counts,
    count_results,
    denies,
    find_farthest,
    join_names,
    name_result,
    name_task,
    read_notes,
    tell_apart,
    tell_basics,
    tell_contents,
    tell_marker,
    tell_marker_counts,
    tell_organisation,
    tell_section_counts,
    tell_sections,
)
from maps.papers.words import DASH, NONE, name_word, write_day
from maps.scene import draw_png

PHOTO_MM = (72.0, 54.0)
MAP_DPI = 250
"""A map of half a page; at 400 as for a sketch it would take a second."""
MOST_NAMED = 40
"""So many numbers of markers stand in a cell; of more their count is told."""
ANNEXES = (
    "实施方案",
    "联席会议纪要",
    "联检记录表",
    "界桩成果表、界桩登记表",
    "修测记录",
    "界线示意图",
    "照片",
)


def fill_report(paper: InspectionPaper) -> dict[str, Any]:
    """Return the joint report.

    Raises
    ------
    CountsDisagreeError
        If a marker or section has no result: both sides' numbers would not add up.
    """
    found, name = paper.inspection, name_inspection(paper)
    markers, sections = count_results(paper, "marker"), count_results(paper, "section")
    problems = list_problems(paper)
    return {
        **fill_head(paper),
        **bind(paper),
        "issuers": [f"{one.name}{GOVERNMENT}" for one in order_parties(found)],
        "title": f"{join_names(found.parties, GOVERNMENT)}关于{name}工作情况的报告",
        "to": "　　　　　　人民政府：",
        "opening": f"依据{REGULATION}第十二条和{METHOD}，现将{name}工作情况报告如下。",
        "basics": [tell_basics(paper)],
        "organisation": [tell_organisation(paper)],
        "walked": _tell_walked(paper, sections),
        "stones": _tell_stones(paper, markers),
        "states": _list_states(paper, markers),
        "features": _tell(paper, "features", "检查记录未登记单方标志物和其他地物地貌变化。"),
        "crossing": _tell(paper, "crossing", "检查记录未登记跨界生产建设活动。"),
        "carried_out": _tell(paper, "line", "检查记录未登记界线贯彻落实方面的问题。"),
        "problem_words": _count_problems(problems),
        "problems": problems or [_no_problem()],
        "conclusion": conclude(paper, markers, sections, len(problems)),
        "closing": "以上情况，特作报告。",
        "annexes": [f"{number}.{name}" for number, name in enumerate(ANNEXES, 1)],
        "signed": [one["government"] for one in list_sides(found)],
        "marker_list": list_findings(paper, "marker"),
        "section_list": list_findings(paper, "section") or [_no_finding()],
        "map": _draw_map(paper),
        "photo_rows": _list_photos(paper),
    }


def conclude(paper: InspectionPaper, markers: Counts, sections: Counts, problems: int) -> str:
    """Return the conclusion: clean only where every marker and section is as it should be."""
    line = paper.inspection.line_name
    if not problems and markers.is_clean and sections.is_clean:
        return (
            f"本轮检查认为，{line}法定位置清楚、标志完整，"
            "各方按协议书行使管辖，可作为今后管理依据。"
        )
    return (
        f"本轮检查认为，除第四部分所列{problems}项外，{line}法定位置清楚，各方按协议书行使管辖；"
        f"未结事项由{paper.inspection.lead.name}跟踪并另行报告。"
    )


def list_problems(paper: InspectionPaper) -> list[dict[str, str]]:
    """Return what is open or was found otherwise than it should be, a row each."""
    rows: list[dict[str, str]] = []
    for kind, ending in (("marker", "号桩"), ("section", "段")):
        for _part, one in paper.outcomes(kind):
            told = _problem(paper, one)
            if told is not None:
                place = f"{one.subject.label}{ending}"
                rows.append({"ordinal": str(len(rows) + 1), "place": place, **told})
    return rows


def _problem(paper: InspectionPaper, one: Outcome) -> dict[str, str] | None:
    orders = paper.orders_of(one.subject.id)
    settled = [order for order in orders if order.state == "done"]
    asked = tell_apart("", find_farthest(paper, one)) if one.state != "moved" else None
    good = one.state in ("in_place", "unchanged")
    if good and not asked and len(settled) == len(orders):
        return None
    if orders and len(settled) == len(orders) and not asked and one.status != DISAGREED:
        return None
    words = "意见不一" if one.status == DISAGREED else name_result(one.subject.kind, one.state)
    if good and asked:
        words = asked.rstrip("。")
    notes = "；".join(read_notes(one))
    return {
        "problem": f"{words}（{notes}）" if notes else words,
        "responsible": "、".join(dict.fromkeys(order.responsible for order in orders)) or "待商定",
        "measure": "、".join(name_task(order.task) for order in orders) or "待商定",
        "due": "、".join(
            write_day(order.due_on) if order.due_on else "尚未确定" for order in orders
        )
        or "尚未确定",
        "state": "处置中" if orders else "未结",
    }


def _no_problem() -> dict[str, str]:
    return {"ordinal": DASH, "place": NONE} | dict.fromkeys(
        ("problem", "responsible", "measure", "due", "state"), DASH
    )


def _count_problems(problems: list[dict[str, str]]) -> str:
    if not problems:
        return "检查发现的问题均已处置，没有未结事项。"
    return f"未结事项{len(problems)}项，见下表。"


def _tell_walked(paper: InspectionPaper, sections: Counts) -> list[str]:
    if not sections.expected:
        return ["界线未划分检查段，走向随界桩逐桩检查。"]
    return [tell_section_counts(sections), *tell_sections(paper)]


def _tell_stones(paper: InspectionPaper, markers: Counts) -> list[str]:
    if not markers.expected:
        return ["沿线没有登记界桩。"]
    told = [tell_marker_counts(markers)]
    far = [one for _, one in paper.outcomes("marker") if tell_apart("", find_farthest(paper, one))]
    if markers.is_clean and not far:
        return [*told, f"沿线{markers.expected}颗界桩全部到点，位置、外形和刻字与登记表一致。"]
    each = (tell_marker(paper, part, one) for part, one in paper.outcomes("marker"))
    return [*told, *filter(None, each), *_tell_objects(paper)]


def _tell_objects(paper: InspectionPaper) -> list[str]:
    few = [
        one.subject.label
        for _, one in paper.outcomes("marker")
        if one.state not in (UNREACHED, "lost")
        and len(one.subject.register.get("objects") or ()) < 3  # noqa: PLR2004 - Order 36: three of them
    ]
    return [f"{'、'.join(few[:MOST_NAMED])}号桩登记的方位物不足三个，待补选。"] if few else []


def _list_states(paper: InspectionPaper, markers: Counts) -> list[dict[str, str]]:
    """Return how many markers are how, and which; the last row is the sum."""
    rows = []
    for state in (*RESULTS["marker"], DISAGREED):
        numbers = [
            one.subject.label
            for _, one in paper.outcomes("marker")
            if (DISAGREED if one.status == DISAGREED else one.state) == state
        ]
        if numbers:
            name = "意见不一" if state == DISAGREED else name_result("marker", state)
            more = f" 等{len(numbers)}颗" if len(numbers) > MOST_NAMED else ""
            listed = "、".join(numbers[:MOST_NAMED]) + more
            rows.append({"state": name, "count": str(len(numbers)), "numbers": listed})
    return [*rows, {"state": "合计", "count": str(markers.expected), "numbers": DASH}]


def _tell(paper: InspectionPaper, key: str, nothing: str) -> list[str]:
    """Return what was said of a content; that there is none only where every side said so."""
    told = tell_contents(paper, key)
    if told:
        return told
    everything = [*paper.outcomes("marker"), *paper.outcomes("section")]
    sure = everything and all(denies(one, key) for part, one in everything)
    none = {
        "features": "未发现单方标志物和压线建筑。",
        "crossing": "未发现跨界生产建设活动。",
        "line": "各方按协议书行使管辖，本轮无新争议。",
    }
    return [none[key] if sure else nothing]


def list_findings(paper: InspectionPaper, kind: str) -> list[dict[str, str]]:
    """Return the list of findings: each marker or section with its result and what follows."""
    rows = []
    for number, (_part, one) in enumerate(paper.outcomes(kind), 1):
        orders = paper.orders_of(one.subject.id)
        register = one.subject.register
        days = [view.on_day for view in one.views.values()]
        state = "意见不一" if one.status == DISAGREED else name_result(kind, one.state)
        length = register.get("length_km") or register.get("measured_km")
        rows.append(
            {
                "ordinal": str(number),
                "label": one.subject.label,
                "length": str(length) if length else DASH,
                "state": state,
                "measure": "、".join(name_task(order.task) for order in orders) or DASH,
                "responsible": "、".join(dict.fromkeys(o.responsible for o in orders)) or DASH,
                "done": "、".join(write_day(o.ended_on) if o.ended_on else "未结" for o in orders)
                or DASH,
                "day": write_day(max(days)) if days else DASH,
                "note": "；".join(read_notes(one)) or DASH,
            }
        )
    return rows


def _no_finding() -> dict[str, str]:
    keys = ("length", "state", "measure", "responsible", "done", "day", "note")
    return {"ordinal": DASH, "label": NONE, **dict.fromkeys(keys, DASH)}


def _draw_map(paper: InspectionPaper) -> Picture | str:
    if paper.map is None:
        return "（没有界线图形，未附示意图）"
    scene = draw_line_map(paper.map)
    fonts = list_fonts()
    font = find_sketch_font(fonts)
    if font is None:
        return "（没有中文字体，未附示意图）"
    boxes = missing_signs([font], scene.text)
    if boxes:
        raise FontMissingError(signs=[name_sign(one) for one in boxes], command=INSTALL)
    return Picture(draw_png(scene, font.file, font.face, MAP_DPI), WIDTH, HEIGHT)


def _list_photos(paper: InspectionPaper) -> list[dict[str, Any]]:
    """Return the photos by record, two in a row, each with what it shows."""
    shown: list[tuple[Photo, str]] = []
    seen = set()
    for kind, ending in (("marker", "号桩"), ("section", "段")):
        for part, one in paper.outcomes(kind):
            for side, view in one.views.items():
                for photo in view.photos:
                    if photo.sha256 in paper.photos and photo.sha256 not in seen:
                        seen.add(photo.sha256)
                        place = f"{one.subject.label}{ending}"
                        shown.append((photo, f"{place}　{part.name_party(side)}"))
    cells = [_photo(paper, photo, whose, n) for n, (photo, whose) in enumerate(shown, 1)]
    if not cells:
        return [{"left": "（无照片）", "left_words": DASH, "right": DASH, "right_words": DASH}]
    if len(cells) % 2:
        cells.append((DASH, DASH))
    return [
        {"left": left[0], "left_words": left[1], "right": right[0], "right_words": right[1]}
        for left, right in zip(cells[::2], cells[1::2], strict=True)
    ]


def _photo(
    paper: InspectionPaper, photo: Photo, whose: str, number: int
) -> tuple[Picture | str, str]:
    shows = name_word("photo_shows", photo.shows)
    taken = f"　{write_day(photo.taken_at.date())}" if photo.taken_at else ""
    note = f"　{photo.note}" if photo.note else ""
    words = f"照片{number}　{whose}　{shows}{taken}{note}"
    return Picture(paper.photos[photo.sha256], *PHOTO_MM), words
