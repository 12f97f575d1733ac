"""联检实施方案 and 联席会议纪要: what both sides agree before they go out, and when they meet."""

from __future__ import annotations

from collections import Counter
from typing import Any

from maps.papers.inspections.facts import InspectionPaper
from maps.papers.inspections.head import (
    BUREAU,
    METHOD,
    REGULATION,
    fill_head,
    name_inspection,
    order_parties,
    others_of,
    write_field_days,
)
from maps.papers.inspections.shares import list_sections
from maps.papers.inspections.words import (
    DISAGREED,
    join_names,
    read_notes,
    tell_basics,
    tell_order,
    tell_views,
)
from maps.papers.words import DASH, UNKNOWN

CONTENTS = (
    "界线贯彻落实情况。",
    "界桩及其方位物的位置、外形、刻字和管护情况。",
    "其他界线标志物和与界线有关的地物地貌变化及修测。",
    "跨越界线的生产建设和经营活动。",
    "与界线管理有关的其他情况。",
)
"""The five contents of a field check, MCA Order 28 art. 3."""


def fill_scheme(paper: InspectionPaper) -> dict[str, Any]:
    """Return the plan of the work, for both sides to agree."""
    found = paper.inspection
    return {
        **fill_head(paper),
        "title": f"{name_inspection(paper)}工作实施方案",
        "opening": f"为做好{name_inspection(paper)}，依据{REGULATION}和{METHOD}，制定本方案。",
        "basics": tell_basics(paper),
        "grounds": [
            "界线协议书及附图、界桩登记表、界桩成果表、边界线走向说明；",
            "批准机关的批复和上一轮联合检查成果。",
        ],
        "organisation": [
            (f"检查由{found.lead.name}牵头、{join_names(others_of(found))}配合，"
            f"{join_names(found.parties, BUREAU)}组织实施，沿线乡镇、街道配合。"),
            ("界桩由管理方牵头检查，各方共同到点、分别记录；"
            "对同一界桩、同一段，各方商定一致结论，意见不一的如实记录。"),
        ],
        "sections": list_sections(paper),
        "people": _list_people(paper),
        "contents": list(CONTENTS),
        "steps": [
            {"stage": stage, "content": content, "days": days or UNKNOWN, "by": by}
            for stage, content, days, by in _list_steps(write_field_days(found))
        ],
        "results": [
            "成果包括：实施方案、会议纪要、检查记录、修测记录、联检报告、界桩登记表和成果表、照片。",
            "成果由各方各存一套，并按规定报上级民政部门备案；归档目录随成果移交。",
        ],
        "demands": [
            "严格依据协议书和批复检查，不以联合检查变更界线。",
            "界桩的修复、恢复须有各方人员在场，任何一方不得单独移动界桩。",
            "遵守测绘成果和档案保密规定，注意人员安全。",
        ],
    }  # fmt: skip


def _list_steps(field_days: str) -> list[tuple[str, str, str, str]]:
    return [
        ("准备", "商定方案，备齐协议书附图、登记表", "", "各方"),
        ("内业", "走向说明与新近地图、影像逐段核对", "", "各方"),
        ("外业", "到点到段检查、拍照、测量", field_days, "各方共同"),
        ("处置", "描红、扶正、修复、重埋、重选方位物", "", "责任方，另一方到场"),
        ("总结", "记录签字、联检报告、上报、归档", "", "牵头方"),
    ]


def _list_people(paper: InspectionPaper) -> list[dict[str, str]]:
    return [
        {
            "role": "组长" if one.role == "lead" else "副组长",
            "unit": f"{one.name}{BUREAU}",
            "name": one.clerk_name or UNKNOWN,
            "contact": one.contact or DASH,
        }
        for one in order_parties(paper.inspection)
    ]


def fill_minutes(paper: InspectionPaper) -> dict[str, Any]:
    """Return the minutes of a meeting of the sides: what is agreed and what stays open."""
    found = paper.inspection
    days = write_field_days(found)
    led = Counter(part.name_party(one.subject.lead_id) for part, one in paper.outcomes("section"))
    split = "、".join(f"{name}牵头{count}段" for name, count in led.items())
    agreed = [
        f"分工：由{found.lead.name}牵头、{join_names(others_of(found))}配合。",
        f"分段：{split}；界桩由管理方牵头。" if split else "",
        f"外业时间：{days}。" if days else "",
        "记录：各方分别记录，逐桩逐段商定结论；意见不一的，双方看法均写入报告。",
    ]
    return {
        **fill_head(paper),
        "title": f"{name_inspection(paper)}联席会议纪要",
        "present": [
            {"name": f"{one.name}{BUREAU}", "people": one.clerk_name or UNKNOWN}
            for one in order_parties(found)
        ],
        "opening": f"各方就{name_inspection(paper)}召开联席会议，议定事项纪要如下。",
        "agreed": _number(agreed),
        "problems": _number(_problems(paper)) or ["截至目前没有需要会商的问题记录。"],
        "next": _number(
            [
                "责任方按期完成处置，另一方派员到场，处置结果补入记录。",
                "记录经各方签字后，由牵头方起草联检报告，各方同意后上报。",
            ]
        ),
    }


def _problems(paper: InspectionPaper) -> list[str]:
    told = []
    for kind, ending in (("marker", "号桩"), ("section", "段")):
        for part, one in paper.outcomes(kind):
            place = f"{one.subject.label}{ending}"
            if one.status == DISAGREED:
                told.append(f"{place}{tell_views(part, one)}")
            elif orders := paper.orders_of(one.subject.id):
                told.append(f"{place}：{'；'.join(map(tell_order, orders))}。")
            elif one.status == "conflict":
                notes = "；".join(read_notes(one))
                told.append(f"{place}记录不一致，待会商{f'（{notes}）' if notes else ''}。")
    return told


def _number(told: list[str]) -> list[str]:
    """Return sentences numbered 1., 2. …, the empty ones left out."""
    return [f"{number}.{one}" for number, one in enumerate(filter(None, told), 1)]
