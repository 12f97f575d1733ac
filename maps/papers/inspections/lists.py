"""Lists of an inspection: findings by marker, repairs, the index of the archive, the seals.

References
----------
勘界档案 rules: 卷内文件目录 by order, number, who made it, title, day, pages, note.
"""

from __future__ import annotations

from typing import Any

from geo.inspections.facts import Step
from maps.papers.inspections.facts import InspectionPaper
from maps.papers.inspections.head import (
    BUREAU,
    GOVERNMENT,
    bind,
    fill_head,
    name_inspection,
)
from maps.papers.inspections.report import list_findings
from maps.papers.inspections.words import (
    count_results,
    find_farthest,
    join_names,
    name_result,
    name_task,
    read_notes,
    tell_apart,
    tell_marker_counts,
    tell_section_counts,
)
from maps.papers.sheet import Column, Sheet
from maps.papers.words import DASH, UNKNOWN, write_day

FINDINGS = (
    Column("序号", 6),
    Column("界桩号", 16),
    Column("状态", 12),
    Column("处置", 18),
    Column("责任方", 16),
    Column("完成日期", 16),
    Column("检查日期", 16),
    Column("备注", 30),
)
ARCHIVE = (
    Column("顺序号", 8),
    Column("文号", 20),
    Column("责任者", 26),
    Column("题名", 44),
    Column("日期", 16),
    Column("页号", 8),
    Column("备注", 24),
)
SIGNERS = "填表人：        审核人：        负责人：        联系电话："


def fill_findings(paper: InspectionPaper) -> dict[str, Any]:
    """Return the list of markers with their results (界桩检查一览表); those without one say so."""
    return {
        **fill_head(paper),
        **bind(paper),
        "markers": list_findings(paper, "marker"),
        "total": _total(paper),
    }


def list_marker_findings(paper: InspectionPaper) -> Sheet:
    """Return the same as a sheet."""
    told = fill_findings(paper)
    keys = ("label", "state", "measure", "responsible", "done", "day", "note")
    return Sheet(
        title="界桩检查一览表",
        mark=told["mark"],
        above=(f"界线名称：{told['line']}    界线代码：{told['code']}    {told['round']}",),
        day=told["day"],
        unit="单位：颗",
        columns=FINDINGS,
        rows=[
            (number, *(one[key] for key in keys)) for number, one in enumerate(told["markers"], 1)
        ],
        total=("合计", told["total"]),
        below=SIGNERS,
    )


def _total(paper: InspectionPaper) -> str:
    """Return the counts where all have a result, else how many have."""
    found = paper.outcomes("marker")
    settled = sum(one.is_settled for _, one in found)
    if settled == len(found):
        return tell_marker_counts(count_results(paper, "marker"))
    return f"应检界桩{len(found)}颗，已有结论{settled}颗"


def fill_repairs(paper: InspectionPaper) -> dict[str, Any]:
    """Return the record of what was repaired, reset and surveyed again (修测记录)."""
    rows: list[dict[str, str]] = []
    for kind, ending in (("marker", "号桩"), ("section", "段")):
        for _part, one in paper.outcomes(kind):
            for order in paper.orders_of(one.subject.id):
                rows.append(
                    {
                        "ordinal": str(len(rows) + 1),
                        "place": f"{one.subject.label}{ending}",
                        "found": name_result(kind, one.state),
                        "reason": "；".join(read_notes(one)) or DASH,
                        "task": name_task(order.task),
                        "responsible": order.responsible,
                        "ended": write_day(order.ended_on) if order.ended_on else "未完成",
                        "present": "、".join(order.present) or DASH,
                        "note": _note(paper, one, order.note),
                    }
                )
    none = dict.fromkeys(
        ("ordinal", "place", "found", "reason", "task", "responsible", "ended", "present", "note"),
        DASH,
    )
    return {
        **fill_head(paper),
        **bind(paper),
        "title": f"{name_inspection(paper)}修测记录",
        "opening": f"本记录登记{len(rows)}项，界线位置不因修测改变。"
        if rows
        else "截至打印之日没有登记修复、恢复和修测事项。",
        "repairs": rows or [none],
    }


def _note(paper: InspectionPaper, one: Any, note: str | None) -> str:
    asked = tell_apart("", find_farthest(paper, one)) if one.state != "moved" else None
    return "；".join(filter(None, [note, asked])) or DASH


def fill_seal_sheet(paper: InspectionPaper) -> dict[str, Any]:
    """Return the page the offices seal: what it binds to stands on it as text and QR code.

    Raises
    ------
    CountsDisagreeError
    """
    markers, sections = count_results(paper, "marker"), count_results(paper, "section")
    records = [one for part in paper.parts for one in part.records if one.counts]
    photos = {photo.sha256 for one in records for photo in one.photos}
    results = [tell_marker_counts(markers)] if markers.expected else []
    results += [tell_section_counts(sections)] if sections.expected else []
    return {
        **fill_head(paper),
        **bind(paper),
        "title": f"{name_inspection(paper)}成果签章页",
        "body": [
            (
                f"{join_names(paper.inspection.parties, GOVERNMENT)}共同确认"
                f"{name_inspection(paper)}的检查记录和结论。"
            ),
            *results,
            (
                f"检查记录{len(records)}份，照片{len(photos)}张。签章所确认的内容以下列校验码为准，"
                "内容有任何改动，校验码即不相同，本页签章随之失效。"
            ),
        ],
    }


def fill_archive(paper: InspectionPaper) -> dict[str, Any]:
    """Return the index of what goes to the archive."""
    return {
        **fill_head(paper),
        "title": f"{name_inspection(paper)}卷内文件目录",
        "items": _list_items(paper),
    }


def list_archive(paper: InspectionPaper) -> Sheet:
    """Return the same as a sheet."""
    told = fill_archive(paper)
    keys = ("number", "maker", "title", "day", "pages", "note")
    return Sheet(
        title="卷内文件目录",
        mark=told["mark"],
        above=(f"题名：{told['title'].removesuffix('卷内文件目录')}    保管期限：永久",),
        day=told["day"],
        unit="单位：件",
        columns=ARCHIVE,
        rows=[(n, *(one[key] for key in keys)) for n, one in enumerate(told["items"], 1)],
        total=("合计", f"{len(told['items'])}件"),
        below="立卷人：            检查人：            日期：",
    )


def _list_items(paper: InspectionPaper) -> list[dict[str, str]]:
    found, name = paper.inspection, name_inspection(paper)
    bureaus = join_names(found.parties, BUREAU)
    governments = join_names(found.parties, GOVERNMENT)
    records = [one for part in paper.parts for one in part.records if one.counts]
    photos = {photo.sha256 for one in records for photo in one.photos}
    markers, sections = len(paper.outcomes("marker")), len(paper.outcomes("section"))
    done = sum(order.state != "dropped" for order in paper.orders)
    walked = max((one.on_day for one in records), default=None)
    rows = [
        (bureaus, f"{name}工作实施方案", _day_of(paper.steps, "agree_scheme"), ""),
        (bureaus, f"{name}联席会议纪要", UNKNOWN, ""),
        (bureaus, "界桩联检记录表", write_day(walked), f"{markers}份"),
        (bureaus, "界线联检记录表", write_day(walked), f"{sections}份"),
        (bureaus, "修测记录", write_day(walked), f"{done}项"),
        (governments, f"{name}工作情况报告", _day_of(paper.steps, "draft_report"), ""),
        (governments, f"关于审定{name}成果的请示", _day_of(paper.steps, "submit"), ""),
        (bureaus, "成果签章页", _day_of(paper.steps, "sign_records"), ""),
        (bureaus, "界桩成果表、界桩登记表", write_day(paper.day), f"{markers}颗"),
        (bureaus, "联合检查照片", write_day(walked), f"{len(photos)}张"),
    ]  # fmt: skip
    items = [_item(DASH, maker, title, day, note) for maker, title, day, note in rows]
    items += [
        _item(
            one.number or DASH, one.issuer or DASH, one.title or one.name, write_day(one.dated),
            f"校验码{one.sha256[:8]}",
        )
        for one in paper.documents
        if one.withdrawn_at is None
    ]  # fmt: skip
    return [{"ordinal": str(number), **one} for number, one in enumerate(items, 1)]


def _item(number: str, maker: str, title: str, day: str, note: str) -> dict[str, str]:
    return {
        "number": number, "maker": maker, "title": title, "day": day, "pages": UNKNOWN,
        "note": note or DASH,
    }  # fmt: skip


def _day_of(steps: Any, action: str) -> str:
    """Return the day something was last done."""
    found: list[Step] = [one for one in steps if one.action == action]
    return write_day(max(one.at for one in found).date()) if found else UNKNOWN
