"""The plan of a year (年度联检任务安排表) and its summary (年度工作总结), also as lists."""

from __future__ import annotations

from collections import Counter
from typing import Any

from geo.texts import text
from maps.papers.inspections.facts import PlannedLine, PlanPaper
from maps.papers.inspections.words import join_names, write_count
from maps.papers.sheet import Column, Sheet
from maps.papers.words import DASH, NONE, SOURCE, UNKNOWN, name_mark, write_day

OVER = ("accepted", "archived")
NOT_OPENED = "未立项"
FIRST_TIME = "查无记录"
PLAN = (
    Column("序号", 6),
    Column("界线名称", 24),
    Column("界线代码", 12),
    Column("长度(km)", 12, "0.000"),
    Column("界桩(颗)", 10, "0"),
    Column("毗邻方", 26),
    Column("牵头单位", 18),
    Column("轮次", 8),
    Column("上次完成", 16),
    Column("应完成", 16),
    Column("状态", 14),
)
SUMMARY = (
    Column("序号", 6),
    Column("界线名称", 24),
    Column("轮次", 8),
    Column("长度(km)", 12, "0.000"),
    Column("牵头单位", 18),
    Column("检查项", 10, "0"),
    Column("已有结论", 10, "0"),
    Column("意见不一", 10, "0"),
    Column("状态", 14),
    Column("备注", 20),
)
SIGNERS = "填表人：        审核人：        负责人：        联系电话："


def fill_plan(paper: PlanPaper) -> dict[str, Any]:
    """Return the table of what is to be inspected in a year."""
    rows = [
        {
            "ordinal": str(number),
            "line": one.name,
            "code": one.code or DASH,
            "length": f"{one.length_km:.3f}",
            "markers": str(one.markers),
            "sides": join_names(one.parties),
            "lead": _lead(one),
            "round": _round(one),
            "last": write_day(one.last_on) if one.last_on else FIRST_TIME,
            "due": write_day(one.due_on) if one.due_on else DASH,
            "state": _state(one),
        }
        for number, one in enumerate(paper.lines, 1)
    ]
    return {**_head(paper), "title": f"{paper.year}年度界线联检任务安排表", "lines": rows}


def list_plan(paper: PlanPaper) -> Sheet:
    """Return the plan as a sheet; lengths and counts are numbers in it."""
    head = _head(paper)
    return Sheet(
        title=f"{paper.year}年度联检任务安排表",
        mark=head["mark"],
        above=(f"区划：{paper.division}    年度：{paper.year}",),
        day=head["day"],
        unit="单位：公里、颗",
        columns=PLAN,
        rows=[
            (
                number, one.name, one.code or DASH, round(one.length_km, 3), one.markers,
                join_names(one.parties), _lead(one), _round(one),
                write_day(one.last_on) if one.last_on else FIRST_TIME,
                write_day(one.due_on) if one.due_on else DASH, _state(one),
            )
            for number, one in enumerate(paper.lines, 1)
        ],
        total=("合计", head["total"]),
        below=SIGNERS,
    )  # fmt: skip


def fill_summary(paper: PlanPaper) -> dict[str, Any]:
    """Return the summary of a year's work; it claims no more than the records say."""
    head = _head(paper)
    done = [one for one in paper.lines if one.state in OVER]
    open_ones = [one for one in paper.lines if one.state not in OVER]
    overdue = [one for one in open_ones if one.overdue]
    rows = [_summary_row(number, one) for number, one in enumerate(paper.lines, 1)]
    nothing = dict.fromkeys(
        ("length", "round", "lead", "subjects", "settled", "disagreed", "state"), DASH
    )
    return {
        **head,
        "title": f"{paper.division}{paper.year}年度行政区域界线联合检查工作总结",
        "basics": f"{paper.year}年，{paper.division}安排界线联合检查{head['total']}。",
        "work": _tell_states(paper),
        "effects": _tell_done(paper, done),
        "problems": [
            *([f"尚未完成{len(open_ones)}条：{_names(open_ones)}。"] if open_ones else []),
            *([f"其中已超期{len(overdue)}条：{_names(overdue)}。"] if overdue else []),
        ]
        or ["列入计划的界线均已完成。"],
        "next": [
            f"继续推进{_names(open_ones)}的联合检查。" if open_ones else "做好成果归档和日常管护。",
            "按五年一轮的要求，与毗邻方商定下一年度任务。",
        ],
        "lines": rows or [{"ordinal": DASH, "line": NONE, **nothing}],
    }


def list_summary(paper: PlanPaper) -> Sheet:
    """Return the summary as a sheet."""
    head = _head(paper)
    return Sheet(
        title=f"{paper.year}年度联检进度表",
        mark=head["mark"],
        above=(f"区划：{paper.division}    年度：{paper.year}",),
        day=head["day"],
        unit="单位：公里、项",
        columns=SUMMARY,
        rows=[
            (
                number, one.name, _round(one), round(one.length_km, 3), _lead(one), one.subjects,
                one.settled, one.disagreed, _state(one), "超期" if one.overdue else DASH,
            )
            for number, one in enumerate(paper.lines, 1)
        ],
        total=("合计", head["total"]),
        below=SIGNERS,
    )  # fmt: skip


def _head(paper: PlanPaper) -> dict[str, Any]:
    markers = sum(one.markers for one in paper.lines)
    length = sum(one.length_km for one in paper.lines)
    # One line of the demo does not make a plan of real ones a demo, but it is said.
    marks = {name_mark(one.publication) for one in paper.lines}
    return {
        "division": paper.division,
        "bureau": f"{paper.division}民政局",
        "year": str(paper.year),
        "day": write_day(paper.day),
        "mark": next((one for one in sorted(marks, reverse=True) if one), ""),
        "total": f"{len(paper.lines)}条、{length:.3f}公里、界桩{markers}颗",
        "source": SOURCE.format(day=write_day(paper.day)),
    }


def _summary_row(number: int, one: PlannedLine) -> dict[str, str]:
    return {
        "ordinal": str(number),
        "line": one.name,
        "length": f"{one.length_km:.3f}",
        "round": _round(one),
        "lead": _lead(one),
        "subjects": str(one.subjects),
        "settled": str(one.settled),
        "disagreed": str(one.disagreed),
        "state": _state(one),
    }


def _lead(one: PlannedLine) -> str:
    return next((side.name for side in one.parties if side.role == "lead"), UNKNOWN)


def _round(one: PlannedLine) -> str:
    if one.kind == "special":
        return "专项"
    return UNKNOWN if one.round is None else f"第{write_count(one.round)}轮"


def _state(one: PlannedLine) -> str:
    return text(f"inspection_state.{one.state}", "zh") if one.state else NOT_OPENED


def _names(lines: list[PlannedLine]) -> str:
    return "、".join(one.name for one in lines)


def _tell_states(paper: PlanPaper) -> list[str]:
    by = Counter(_state(one) for one in paper.lines)
    told = "、".join(f"{state}{count}条" for state, count in by.items())
    return [f"截至{write_day(paper.day)}，{told}。"] if told else ["本年度没有列入计划的界线。"]


def _tell_done(paper: PlanPaper, done: list[PlannedLine]) -> list[str]:
    subjects = sum(one.subjects for one in paper.lines)
    settled = sum(one.settled for one in paper.lines)
    disagreed = sum(one.disagreed for one in paper.lines)
    told = [f"应检界桩和界线段{subjects}项，已有结论{settled}项。"] if subjects else []
    told += [f"意见不一、如实记录{disagreed}项。"] if disagreed else []
    if done:
        length = sum(one.length_km for one in done)
        told.append(f"完成{len(done)}条、{length:.3f}公里：{_names(done)}。")
    return told or ["截至目前没有完成的界线。"]
