from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from geo.errors import CountsDisagreeError
from geo.inspections.facts import Outcome
from maps.papers.inspections.facts import InspectionPaper
from maps.papers.inspections.letters import fill_letter, fill_submission
from maps.papers.inspections.lists import fill_findings, fill_seal_sheet
from maps.papers.inspections.report import fill_report, list_problems
from maps.papers.inspections.words import (
    count_results,
    put_in_words,
    tell_basics,
    tell_marker,
    tell_marker_counts,
    tell_order,
    tell_organisation,
    tell_sections,
    write_count,
    write_ranges,
)
from tests.maps.papers.given import OURS, THEIRS
from tests.maps.papers.inspections.given import (
    make_apart,
    make_inspection,
    make_order,
    make_outcome,
    make_paper,
    make_subject,
)

PLACE = {"lon": "116.302151", "lat": "35.901272", "method": "gnss_rtk", "accuracy_m": "0.05"}


def told_of(outcome: Outcome, paper: InspectionPaper | None = None) -> str | None:
    paper = paper or make_paper(outcome)
    return tell_marker(paper, paper.parts[0], outcome)


def everything(paper: InspectionPaper) -> str:
    return str(fill_report(paper))


def test_a_clause_whose_fact_is_unknown_is_left_out() -> None:
    paper = make_paper(make_outcome(make_subject(1), "in_place"))
    assert tell_basics(paper) == (
        "东平梁山线于1998年勘定，东平县、梁山县、汶上县交会处起，"
        "东平县、梁山县、台前县交会处止，长62.100公里，沿线登记界桩1颗。"
    )
    assert tell_basics(replace(paper, record=None)) == "东平梁山线长62.100公里，沿线登记界桩1颗。"
    told = tell_organisation(replace(paper, steps=()))
    assert told == "由东平县牵头、梁山县配合，外业于2026年5月20日。"


def test_a_letter_without_days_or_sections_does_not_speak_of_them() -> None:
    found = make_inspection(make_subject(1), field_from=None, field_to=None)
    paper = make_paper(make_outcome(found.subjects[0]), inspection=found)
    items = fill_letter(paper)["items"]
    assert not any("拟于" in one or "分段建议" in one for one in items)
    assert [one[:2] for one in items] == ["一、", "二、"]


def test_counts_of_markers_leave_zeros_out_and_add_up() -> None:
    paper = make_paper()
    counts = count_results(paper, "marker")
    assert tell_marker_counts(counts) == (
        "应检界桩8颗，到点7颗，其中完好2颗、字迹不清1颗、损坏1颗、移位1颗、丢失1颗、"
        "意见不一1颗；未能到达1颗。"
    )
    assert sum(counts.by_state.values()) == counts.expected
    rows = fill_report(paper)["states"]
    assert sum(int(one["count"]) for one in rows[:-1]) == int(rows[-1]["count"]) == 8


@pytest.mark.parametrize("fill", [fill_report, fill_submission, fill_seal_sheet])
def test_a_report_whose_counts_do_not_add_up_is_refused_with_the_numbers(fill: object) -> None:
    open_one = make_outcome(make_subject(2))
    paper = make_paper(make_outcome(make_subject(1), "in_place"), open_one)
    with pytest.raises(CountsDisagreeError) as refused:
        fill(paper)  # type: ignore[operator]
    facts = refused.value.facts
    assert (facts["what"], facts["expected"], facts["found"]) == ("marker", 2, 1)
    assert facts["lacking"] == ["23320021"]
    assert facts["by_state"] == {"in_place": 1}


def test_a_marker_of_the_register_that_nobody_counted_is_missed() -> None:
    one, other = make_outcome(make_subject(1), "in_place"), make_subject(2)
    paper = make_paper(one, inspection=make_inspection(one.subject, other))
    with pytest.raises(CountsDisagreeError):
        count_results(paper, "marker")


def test_a_marker_of_two_parts_is_counted_once() -> None:
    one = make_outcome(make_subject(1), "in_place")
    paper = make_paper(one)
    assert count_results(replace(paper, parts=[*paper.parts, *paper.parts]), "marker").expected == 1


def test_none_and_all_are_said_only_where_everything_has_a_result() -> None:
    marker = make_outcome(make_subject(1), "in_place", contents={"crossing": "无"})
    section = make_outcome(make_subject(1, "section"), "unchanged", contents={"crossing": "无"})
    clean = fill_report(make_paper(marker, section))
    assert clean["crossing"] == ["未发现跨界生产建设活动。"]
    assert "沿线1颗界桩全部到点" in "".join(clean["stones"])
    assert "标志完整" in clean["conclusion"]
    silent = replace(section, views={
        side: replace(view, body={**view.body, "contents": {}})
        for side, view in section.views.items()
    })  # fmt: skip
    told = fill_report(make_paper(marker, silent))
    assert told["crossing"] == ["检查记录未登记跨界生产建设活动。"]
    assert "未发现" not in "".join(told["crossing"])
    unreached = make_outcome(make_subject(2), "unreachable", note="水淹")
    told = fill_report(make_paper(marker, unreached))
    assert "全部" not in "".join([*told["stones"], *told["walked"], told["conclusion"]])
    assert "标志完整" not in told["conclusion"]


def test_a_list_before_the_end_says_how_many_have_a_result() -> None:
    paper = make_paper(make_outcome(make_subject(1), "in_place"), make_outcome(make_subject(2)))
    assert fill_findings(paper)["total"] == "应检界桩2颗，已有结论1颗"


@pytest.mark.parametrize("verdict", ["suspicious", "moved"])
def test_coordinates_alone_never_say_that_a_marker_moved(verdict: str) -> None:
    outcome = make_outcome(make_subject(1), "in_place", position=PLACE)
    paper = make_apart(make_paper(outcome), 12.3, verdict)
    assert told_of(outcome, paper) == (
        "23320011号桩坐标差值12.30米超过参考限0.50米，需共同复测后认定。"
    )
    told = everything(paper)
    assert "移位" not in told
    assert "需共同复测后认定" in told


@pytest.mark.parametrize("verdict", ["within", "undecidable"])
def test_a_difference_within_the_limit_is_not_spoken_of(verdict: str) -> None:
    outcome = make_outcome(make_subject(1), "in_place", position=PLACE)
    paper = make_apart(make_paper(outcome), 0.2, verdict)
    assert told_of(outcome, paper) is None
    assert "复测" not in everything(paper)


def test_a_marker_is_called_moved_where_people_concluded_it() -> None:
    outcome = make_outcome(make_subject(1), "moved", position=PLACE, words="修路时挪动")
    order = make_order(outcome.subject, "reset", due_on=date(2026, 9, 30))
    paper = make_apart(make_paper(outcome, orders=[order]), 12.3, "moved")
    assert told_of(outcome, paper) == (
        "23320011号桩移位：现场坐标与登记值相差12.30米（修路时挪动），"
        "由东平县于2026年9月30日前重埋。"
    )


def test_a_disagreement_is_printed_with_both_views() -> None:
    outcome = make_outcome(make_subject(1), "in_place", "moved", words="待上级裁定")
    told = "23320011号桩各方意见不一：东平县认为完好，梁山县认为移位；待上级裁定。"
    assert told_of(outcome) == told
    paper = make_paper(outcome)
    assert told in fill_report(paper)["stones"]
    assert "已移位" not in everything(paper)
    assert list_problems(paper)[0]["problem"].startswith("意见不一")
    assert "除第四部分所列1项外" in fill_report(paper)["conclusion"]


def test_a_marker_nobody_reached_says_why() -> None:
    outcome = make_outcome(make_subject(1), "unreachable", note="汛期水淹")
    assert told_of(outcome) == "23320011号桩未能到达（汛期水淹）。"


def test_an_order_without_a_day_goes_to_the_list_of_problems() -> None:
    one = make_subject(1)
    assert tell_order(make_order(one)) == "由东平县修复，尚未确定时限，列入问题清单"
    done = make_order(
        one, "repaint", state="done", ended_on=date(2026, 6, 1), present=(THEIRS.name,)
    )
    assert tell_order(done) == "已由东平县于2026年6月1日描红，梁山县到场"
    outcome = make_outcome(one, "worn")
    assert list_problems(make_paper(outcome, orders=[done])) == []
    assert len(list_problems(make_paper(outcome, orders=[make_order(one)]))) == 1


def test_a_dropped_order_counts_for_nothing() -> None:
    outcome = make_outcome(make_subject(1), "worn")
    paper = make_paper(outcome, orders=[make_order(outcome.subject, state="dropped")])
    assert list_problems(paper)[0]["measure"] == "待商定"


def test_unchanged_sections_are_told_one_by_one_or_together_where_many() -> None:
    few = [make_outcome(make_subject(n, "section"), "unchanged") for n in range(1, 3)]
    assert tell_sections(make_paper(*few))[0] == (
        "第1段（23320011–23320021，2.134公里）依大汶河（河流）标定，与附图相符，现场能够辨认。"
    )
    many = [make_outcome(make_subject(n, "section"), "unchanged") for n in range(1, 10)]
    many[4] = make_outcome(make_subject(5, "section"), "changed", words="改道")
    told = tell_sections(make_paper(*many))
    assert told[0] == "第1至4、6至9段与附图相符，现场能够辨认。"
    assert told[1].startswith("第5段（23320051–23320061，2.134公里）有变化（改道）；界线位置不改")


def test_what_the_sides_say_of_a_content_is_told_once_or_by_side() -> None:
    section = make_subject(1, "section")
    same = make_outcome(section, "unchanged", contents={"crossing": "新修水渠。"})
    assert fill_report(make_paper(same))["crossing"] == ["23320011–23320021段：新修水渠。"]
    left, right = same.views[OURS.id], same.views[THEIRS.id]
    other = replace(right, body={**right.body, "contents": {"crossing": "水渠未办手续"}})
    both = replace(same, views={OURS.id: left, THEIRS.id: other})
    assert fill_report(make_paper(both))["crossing"] == [
        "23320011–23320021段：东平县：新修水渠；梁山县：水渠未办手续。"
    ]


def test_facts_of_records_come_into_words() -> None:
    assert put_in_words({"words": "清楚", "depth": "0.2"}) == "清楚，depth 0.2"
    assert put_in_words({"checks": {"firm": True}, "words": "缺角"}) == "缺角"
    assert put_in_words(["甲", "", "乙"]) == "甲、乙"
    assert [put_in_words(one) for one in (None, "无", False, 0)] == ["", "", "", ""]


@pytest.mark.parametrize(
    ("number", "told"), [(5, "五"), (10, "十"), (12, "十二"), (20, "二十"), (99, "九十九")]
)
def test_rounds_are_counted_in_chinese(number: int, told: str) -> None:
    assert write_count(number) == told


def test_runs_of_numbers_are_told_by_their_ends() -> None:
    assert write_ranges([1, 2, 3, 5, 8, 9]) == "1至3、5、8至9"
