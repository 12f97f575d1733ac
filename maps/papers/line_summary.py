"""界线登记表: what a line is, its official length, sections and their course, documents, markers.

It gives no coordinates. The length that counts is that of the agreement or the published list, with
its document; the computed one stands beside it and never in its place.

References
----------
行政区域界线管理条例 (Order 353) art. 2, 5.
"""

from __future__ import annotations

from typing import Any

from geo.files.attach import Attachment
from geo.markers.read import Marker
from geo.sections.register import Section
from maps.papers.facts import LinePaper
from maps.papers.marker_results import name_line
from maps.papers.sheet import Column, Sheet
from maps.papers.words import (
    DASH,
    NONE,
    SOURCE,
    UNKNOWN,
    count_markers,
    name_faces,
    name_mark,
    name_number,
    name_word,
    say,
    write_day,
    write_km,
)

HASH_SIGNS = 8
"""So many of a file's SHA-256 are printed to tell it by."""
ORIGINS = {
    "derived": "由政区面推得（未经协议确认）",
    "imported": "导入的界线",
    "agreed": "协议书所定",
    "surveyed": "实测",
}
LEVELS = {
    "national": "国界", "province": "省级", "prefecture": "地级", "county": "县级",
    "township": "乡级", "village": "村级",
}  # fmt: skip
COLUMNS = (
    Column("序号", 6),
    Column("界桩号", 18),
    Column("类型", 12),
    Column("面数", 8),
    Column("材质", 14),
    Column("管理方", 20),
    Column("现状", 12),
    Column("埋设日期", 16),
    Column("备注", 20),
)


def fill_summary(paper: LinePaper) -> dict[str, Any]:
    """Return what the form says, by the names of its template."""
    line = paper.line
    return {
        "mark": name_mark(line.publication),
        "day": write_day(paper.day),
        "title": _name_title(name_line(paper)),
        "line": name_line(paper),
        "first": f"{line.left_name}（{line.left_code}）",
        "second": f"{line.right_name}（{line.right_code}）",
        "level": LEVELS.get(line.level, line.level),
        **_lengths(paper),
        **_record(paper),
        "counts": count_markers(paper.markers),
        "source_of": _source(paper),
        **_sections(paper),
        "documents": [_document(n, one) for n, one in enumerate(paper.documents, 1)]
        or [_no_document()],
        "markers": [_marker(n, one) for n, one in enumerate(paper.markers, 1)],
        "source": SOURCE.format(day=write_day(paper.day)),
    }


def list_summary(paper: LinePaper) -> Sheet:
    """Return the markers of a line as a sheet, without coordinates, the line's facts above."""
    told = fill_summary(paper)
    rows = [
        (
            number, name_number(one), name_word("set_up", one.set_up), name_faces(one.faces),
            say(one.material), say(one.managing.name if one.managing else None),
            name_word("marker_state", one.state), write_day(one.set_on), one.note or DASH,
        )
        for number, one in enumerate(paper.markers, 1)
    ]  # fmt: skip
    return Sheet(
        title="界线界桩一览表",
        mark=told["mark"],
        above=(
            f"界线名称：{told['line']}    界线代码：{told['code']}    等级：{told['level']}",
            f"甲方：{told['first']}    乙方：{told['second']}",
            f"法定长度：{told['official']}    依据文件：{told['official_by']}",
            f"计算长度：{told['computed']}    与法定之差：{told['difference']}",
        ),
        day=told["day"],
        unit="单位：颗",
        columns=COLUMNS,
        rows=rows,
        total=("合计", told["counts"]),
        below="填表人：        审核人：        负责人：        联系电话：",
    )


def _name_title(line: str) -> str:
    """Return the title of the form; a line without a name of its own is called 界线 in it."""
    return f"{line}登记表" if line.endswith("线") else f"{line}界线登记表"


def _lengths(paper: LinePaper) -> dict[str, str]:
    said, computed = paper.record, paper.line.length_km
    official = said.official_length_km if said else None
    if said is None or official is None:
        return {
            "official": UNKNOWN,
            "official_by": UNKNOWN,
            "computed": write_km(computed),
            "difference": "没有法定长度可比；计算长度不作依据",
        }
    dated = f"，{write_day(said.length_dated)}" if said.length_dated else ""
    share = (computed - official) / official
    return {
        "official": write_km(official),
        "official_by": f"{say(said.length_document)}{dated}",
        "computed": write_km(computed),
        "difference": f"{computed - official:+.3f}公里（{share:+.2%}）".replace("-", "−"),
    }


def _record(paper: LinePaper) -> dict[str, str]:
    said = paper.record
    if said is None:
        names = (
            "code", "begins_at", "ends_at", "disputed", "settled_on", "approved_by", "approved_on",
            "approval_document", "published_on", "published_by",
        )  # fmt: skip
        return dict.fromkeys(names, UNKNOWN) | {"note": NONE}
    return {
        "code": say(said.code),
        "begins_at": say(said.begins_at),
        "ends_at": say(said.ends_at),
        "disputed": "有" if said.disputed else NONE,
        "settled_on": write_day(said.settled_on),
        "approved_by": say(said.approved_by),
        "approved_on": write_day(said.approved_on),
        "approval_document": say(said.approval_document),
        "published_on": write_day(said.published_on),
        "published_by": say(said.published_by),
        "note": said.note or NONE,
    }


def _source(paper: LinePaper) -> str:
    shape = f"线形：{ORIGINS[paper.line.origin]}，第{paper.line.version}版"
    if paper.record is None:
        return f"{shape}；登记：{UNKNOWN}"
    return f"{shape}；登记：{paper.record.source}，第{paper.record.version}版"


def _sections(paper: LinePaper) -> dict[str, Any]:
    rows = [_section(one) for one in paper.sections]
    known = [one.length_km for one in paper.sections if one.length_km is not None]
    whole = len(known) == len(paper.sections) and known
    empty = dict.fromkeys(("ordinal", "basis", "length", "note"), DASH) | {"ends": "尚未分段"}
    return {
        "sections": rows or [empty],
        "section_count": f"{len(rows)}段",
        # A sum with a part missing would pass for the whole.
        "section_length": f"{sum(known):.3f}" if whole else UNKNOWN if rows else DASH,
        "courses": [
            f"第{one.ordinal}段（{_ends(one)}）：{say(course)}"
            for one, course in zip(paper.sections, paper.courses, strict=True)
        ],
    }


def _section(one: Section) -> dict[str, str]:
    named = f"（{one.basis_name}）" if one.basis_name else ""
    notes = [one.note] if one.note else []
    if one.measured_km is not None:
        notes.insert(0, f"量得{one.measured_km:.3f}")
    return {
        "ordinal": str(one.ordinal),
        "ends": _ends(one),
        "basis": f"{name_word('basis', one.basis)}{named}",
        "length": UNKNOWN if one.length_km is None else f"{one.length_km:.3f}",
        "note": "；".join(notes) or DASH,
    }


def _ends(one: Section) -> str:
    return f"{say(one.begin)}—{say(one.end)}"


def _document(number: int, one: Attachment) -> dict[str, str]:
    return {
        "ordinal": str(number),
        "kind": name_word("paper_kind", one.kind),
        "title": one.title or one.name,
        "number": say(one.number),
        "dated": write_day(one.dated),
        "sha256": one.sha256[:HASH_SIGNS],
    }


def _no_document() -> dict[str, str]:
    row = dict.fromkeys(("kind", "number", "dated", "sha256"), DASH)
    return {"ordinal": DASH, "title": "系统内尚无文件", **row}


def _marker(number: int, one: Marker) -> dict[str, str]:
    return {
        "ordinal": str(number),
        "number": name_number(one),
        "set_up": name_word("set_up", one.set_up),
        "faces": name_faces(one.faces),
        "material": say(one.material),
        "managing": say(one.managing.name if one.managing else None),
        "state": name_word("marker_state", one.state),
    }
