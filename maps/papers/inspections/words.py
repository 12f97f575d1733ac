"""The sentences of papers of an inspection: a clause whose fact is unknown is left out.

Nothing is said of 无 or 全部 unless every marker and section has a result, and no marker is said to
have moved for its coordinates alone: people conclude that, numbers only ask for a new survey.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from geo.errors import CountsDisagreeError
from geo.inspections.facts import RESULTS, Inspection, Outcome, Party
from geo.texts import text
from maps.papers.inspections.facts import Apart, InspectionPaper, Order, Part
from maps.papers.words import write_day

GOOD = ("in_place", "unchanged")
UNREACHED = "unreachable"
DISAGREED = "disagreed"
SIDES = ("甲方", "乙方", "丙方", "丁方")
DIGITS = "零一二三四五六七八九十"
ROUND = 10
NONE_SAID = frozenset({"无", "没有", "none", "no", "0", "False", "false"})
MOST_SINGLE = 6
"""So many unchanged sections are told one by one; of more, all in one sentence."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many subjects there are and what was found; the states add up to ``expected``."""

    expected: int
    by_state: Mapping[str, int]

    def of(self, state: str) -> int:
        """Return how many were found so."""
        return self.by_state.get(state, 0)

    @property
    def reached(self) -> int:
        """Return how many somebody stood at."""
        return self.expected - self.of(UNREACHED)

    @property
    def is_clean(self) -> bool:
        """Return whether each is as it should be."""
        return sum(self.of(state) for state in GOOD) == self.expected


def count_results(paper: InspectionPaper, kind: str) -> Counts:
    """Count the results of markers or sections.

    Raises
    ------
    CountsDisagreeError
        If one has no result, or is counted twice: a report whose numbers don't add up is none.
    """
    expected = {
        one.id for part in paper.parts for one in part.inspection.subjects if one.kind == kind
    }
    found = paper.outcomes(kind)
    by_state = Counter(_result(one) for _, one in found if one.is_settled)
    lacking = [one.subject.label for _, one in found if not one.is_settled]
    told = sum(by_state.values())
    if told != len(expected) or {one.subject.id for _, one in found} != expected:
        raise CountsDisagreeError(
            what=kind, expected=len(expected), found=told, lacking=lacking,
            by_state={state: number for state, number in by_state.items() if state},
        )  # fmt: skip
    return Counts(len(expected), dict(by_state))


def is_complete(paper: InspectionPaper) -> bool:
    """Return whether every marker and section has a result."""
    return all(one.is_settled for part in paper.parts for one in part.outcomes)


def _result(one: Outcome) -> str:
    return DISAGREED if one.status == DISAGREED else str(one.state)


def name_result(kind: str, state: str | None) -> str:
    """Return a result in words; a subject without one says so."""
    return "尚无结论" if state is None else text(f"result.{kind}.{state}", "zh")


def name_task(task: str) -> str:
    """Return in words what was to be done."""
    return text(f"task.{task}", "zh")


def name_round(inspection: Inspection) -> str:
    """Return 第五轮联合检查, or 专项检查 where there is no round."""
    if inspection.round is None:
        return "专项联合检查"
    return f"第{write_count(inspection.round)}轮联合检查"


def write_count(number: int) -> str:
    """Return a small number in Chinese, as rounds and chapters are counted."""
    if number <= ROUND:
        return DIGITS[number]
    tens, ones = divmod(number, ROUND)
    if tens >= ROUND:
        return str(number)
    return f"{DIGITS[tens] if tens > 1 else ''}十{DIGITS[ones] if ones else ''}"


def name_side(inspection: Inspection, division_id: UUID) -> str:
    """Return 甲方, 乙方 … of a party by its place on papers."""
    places = sorted(inspection.parties, key=lambda one: one.ordinal)
    return SIDES[next(n for n, one in enumerate(places) if one.id == division_id) % len(SIDES)]


def join_names(parties: Iterable[Party], suffix: str = "") -> str:
    """Return the parties as a paper names them, the lead first."""
    ordered = sorted(parties, key=lambda one: one.ordinal)
    return "、".join(f"{one.name}{suffix}" for one in ordered)


def tell_basics(paper: InspectionPaper) -> str:
    """Return the sentence that says what the line is."""
    found, said = paper.inspection, paper.record
    markers = paper.outcomes("marker")
    met = sum(1 for _, one in markers if len(one.subject.sides) > 2)  # noqa: PLR2004 - two sides
    clauses = [
        f"于{said.settled_on.year}年勘定" if said and said.settled_on else "",
        f"{said.begins_at}起" if said and said.begins_at else "",
        f"{said.ends_at}止" if said and said.ends_at else "",
        f"长{found.length_km:.3f}公里",
        f"沿线登记界桩{len(markers)}颗",
        f"含三方交会点界桩{met}颗" if met else "",
    ]
    return f"{found.line_name}{'，'.join(one for one in clauses if one)}。"


def tell_organisation(paper: InspectionPaper) -> str:
    """Return the sentence that says who agreed what, and when it was walked."""
    found = paper.inspection
    agreed = max((one.at for one in paper.steps if one.action == "agree_scheme"), default=None)
    days = [one.on_day for part in paper.parts for one in part.records if one.counts]
    others = [one for one in found.parties if one.role == "cooperating"]
    third = [one for one in found.parties if one.role == "third"]
    sections = len(paper.outcomes("section"))
    clauses = [
        f"各方于{write_day(agreed.date())}议定方案" if agreed else "",
        f"由{found.lead.name}牵头、{join_names(others)}配合",
        f"{join_names(third)}参加交会点检查" if third else "",
        f"按{len(paper.parts)}个段组分别检查" if len(paper.parts) > 1 else "",
        f"沿线{sections}段逐段检查" if sections else "",
        f"外业{_write_span(min(days), max(days))}" if days else "",
    ]
    return f"{'，'.join(one for one in clauses if one)}。"


def _write_span(first: date, last: date) -> str:
    if first == last:
        return f"于{write_day(first)}"
    return f"自{write_day(first)}至{write_day(last)}"


def tell_marker_counts(counts: Counts) -> str:
    """Return how many markers were to be seen, were seen, and how they are; zeros are left out."""
    told = [
        f"{name_result('marker', state)}{counts.of(state)}颗"
        for state in RESULTS["marker"]
        if state != UNREACHED and counts.of(state)
    ]
    told += [f"意见不一{counts.of(DISAGREED)}颗"] if counts.of(DISAGREED) else []
    among = f"，其中{'、'.join(told)}" if told else ""
    missed = f"；未能到达{counts.of(UNREACHED)}颗" if counts.of(UNREACHED) else ""
    return f"应检界桩{counts.expected}颗，到点{counts.reached}颗{among}{missed}。"


def tell_section_counts(counts: Counts) -> str:
    """Return how many sections were walked and how they are; zeros are left out."""
    told = [
        f"{name_result('section', state)}{counts.of(state)}段"
        for state in RESULTS["section"]
        if state != UNREACHED and counts.of(state)
    ]
    told += [f"意见不一{counts.of(DISAGREED)}段"] if counts.of(DISAGREED) else []
    among = f"，其中{'、'.join(told)}" if told else ""
    missed = f"；未能到达{counts.of(UNREACHED)}段" if counts.of(UNREACHED) else ""
    return f"应检界线{counts.expected}段，到段{counts.reached}段{among}{missed}。"


def tell_marker(paper: InspectionPaper, part: Part, one: Outcome) -> str | None:
    """Return what there is to say of a marker; None of one that is as it should be."""
    label = f"{one.subject.label}号桩"
    if one.status == DISAGREED:
        return f"{label}{tell_views(part, one)}"
    if one.state is None:
        return f"{label}尚无结论。"
    if one.state == UNREACHED:
        return f"{label}未能到达{_because(one)}。"
    far = find_farthest(paper, one)
    if one.state == "in_place":
        return tell_apart(label, far)
    if one.state == "moved":
        clause = f"：现场坐标与登记值相差{far.distance_m:.2f}米" if far else ""
        return f"{label}移位{clause}{_because(one)}，{_measures(paper, one)}。"
    asked = tell_apart("", far)
    told = f"{label}{name_result('marker', one.state)}{_because(one)}，{_measures(paper, one)}。"
    return f"{told}{asked}" if asked else told


def tell_apart(label: str, far: Apart | None) -> str | None:
    """Return what a difference of coordinates alone says: to be surveyed again, and no more."""
    if far is None or far.limit_m is None or far.verdict not in ("suspicious", "moved"):
        return None
    return f"{label}坐标差值{far.distance_m:.2f}米超过参考限{far.limit_m:.2f}米，需共同复测后认定。"


def find_farthest(paper: InspectionPaper, one: Outcome) -> Apart | None:
    """Return the largest difference of the sides' positions from the registered one."""
    found = [paper.apart[view.id] for view in one.views.values() if view.id in paper.apart]
    return max(found, key=lambda apart: apart.distance_m, default=None)


def tell_views(part: Part, one: Outcome) -> str:
    """Return how each side sees it, and what was put on record of the disagreement."""
    told = "，".join(
        f"{part.name_party(side)}认为{name_result(one.subject.kind, view.state)}"
        f"{_in_brackets(view.body.get('note'))}"
        for side, view in sorted(
            one.views.items(), key=lambda pair: one.subject.sides.index(pair[0])
        )
    )
    words = f"；{one.words.rstrip('。')}" if one.words else ""
    return f"各方意见不一：{told}{words}。"


def tell_sections(paper: InspectionPaper) -> list[str]:
    """Return what there is to say of each section; many unchanged ones are told together."""
    numbered = list(enumerate(paper.outcomes("section"), 1))
    same = [n for n, (_, one) in numbered if one.state == "unchanged"]
    together = len(same) > MOST_SINGLE
    told = []
    if together:
        told.append(f"第{write_ranges(same)}段与附图相符，现场能够辨认。")
    for number, (part, one) in numbered:
        if not (together and one.state == "unchanged"):
            told.append(tell_section(paper, part, one, number))
    return told


def tell_section(paper: InspectionPaper, part: Part, one: Outcome, number: int) -> str:
    """Return what was found of a section."""
    register = one.subject.register
    length = register.get("length_km") or register.get("measured_km")
    km = f"，{length}公里" if length else ""
    head = f"第{number}段（{one.subject.label}{km}）"
    if one.status == DISAGREED:
        return f"{head}{tell_views(part, one)}"
    if one.state is None:
        return f"{head}尚无结论。"
    if one.state == UNREACHED:
        return f"{head}未能到达{_because(one)}。"
    if one.state == "unchanged":
        return f"{head}依{name_basis(register)}标定，与附图相符，现场能够辨认。"
    change = "有变化" if one.state == "changed" else "难以辨认"
    return (
        f"{head}{change}{_because(one)}；界线位置不改，{_measures(paper, one)}，"
        "成果报批准机关备案。"
    )


def name_basis(register: Mapping[str, Any]) -> str:
    """Return what a section is fixed by on the ground, with its name where it has one."""
    basis = register.get("basis")
    word = text(f"basis.{basis}", "zh") if basis else "界桩"
    name = register.get("basis_name")
    return f"{name}（{word}）" if name else word


def write_ranges(numbers: Sequence[int]) -> str:
    """Return numbers in rising order with runs told by their ends: ``1至3、5``."""
    runs: list[list[int]] = []
    for one in numbers:
        if runs and one == runs[-1][-1] + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return "、".join(str(run[0]) if len(run) == 1 else f"{run[0]}至{run[-1]}" for run in runs)


def tell_order(one: Order) -> str:
    """Return who does what until when, or did."""
    task = name_task(one.task)
    if one.state == "done":
        present = f"，{'、'.join(one.present)}到场" if one.present else ""
        day = f"于{write_day(one.ended_on)}" if one.ended_on else ""
        return f"已由{one.responsible}{day}{task}{present}"
    if one.due_on is None:
        return f"由{one.responsible}{task}，尚未确定时限，列入问题清单"
    return f"由{one.responsible}于{write_day(one.due_on)}前{task}"


def _measures(paper: InspectionPaper, one: Outcome) -> str:
    orders = paper.orders_of(one.subject.id)
    return "；".join(tell_order(order) for order in orders) or "尚未商定处置措施，列入问题清单"


def read_notes(one: Outcome) -> list[str]:
    """Return what was said of it in words, each thing once."""
    said = [one.words, *(view.body.get("note") for view in one.views.values())]
    return list(dict.fromkeys(str(note).strip().rstrip("。") for note in said if note))


def _because(one: Outcome) -> str:
    return _in_brackets("；".join(read_notes(one)))


def _in_brackets(note: object) -> str:
    return f"（{str(note).strip().rstrip('。')}）" if note else ""


def tell_contents(paper: InspectionPaper, key: str) -> list[str]:
    """Return what was said of one of the contents of Order 28, subject by subject, side by side."""
    told = []
    for kind in ("marker", "section"):
        for part, one in paper.outcomes(kind):
            words = read_content(part, one, key)
            if words:
                place = f"{one.subject.label}号桩" if kind == "marker" else f"{one.subject.label}段"
                told.append(f"{place}：{words}。")
    return told


def read_content(part: Part, one: Outcome, key: str) -> str:
    """Return what the sides said of a content; once where they say the same, else by side."""
    said = {
        side: words
        for side, view in one.views.items()
        if (words := put_in_words((view.body.get("contents") or {}).get(key)))
    }
    if len(set(said.values())) == 1 and len(said) == len(one.views):
        return next(iter(said.values()))
    return "；".join(f"{part.name_party(side)}：{words}" for side, words in said.items())


def denies(one: Outcome, key: str) -> bool:
    """Return whether every side said that there is nothing of a content."""
    return bool(one.views) and all(
        _is_none((view.body.get("contents") or {}).get(key)) for view in one.views.values()
    )


def _is_none(value: object) -> bool:
    return value is not None and str(value).strip() in NONE_SAID


def put_in_words(value: object) -> str:
    """Return a fact of a record in words; empty where it is nothing, or says there is none."""
    if value is None or value == "" or _is_none(value):
        return ""
    if isinstance(value, bool):
        return "是"
    if isinstance(value, Mapping):
        pairs = (
            (name_fact(str(key)), put_in_words(one))
            for key, one in value.items()
            if key not in TICKED
        )
        return "，".join(f"{key}{one}" if one else "" for key, one in pairs if one)
    if isinstance(value, list | tuple):
        return "、".join(filter(None, map(put_in_words, value)))
    return str(value).strip().rstrip("。")


FACTS = {"words": "", "text": "", "note": ""}
TICKED = frozenset({"checks", "objects"})
"""What the sheet of a marker has boxes and rows for; in sentences it would stand twice."""


def name_fact(key: str) -> str:
    """Return the label of a fact of a record; the words themselves need none."""
    return FACTS.get(key, f"{key} ")
