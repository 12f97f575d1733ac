from __future__ import annotations

from datetime import date

from maps.page import Frame
from maps.page_facilities import Group, KindShare
from maps.page_runs import CoverageForm, render_coverage, render_run
from maps.run_words import name_age, tell_answer
from tests.maps.runs import make_run, tally

AT = date(2026, 11, 22)
BOX = (114.0, 30.0, 114.1, 30.1)
GROUPS = [Group(key="care", kinds=[KindShare(key="care_home", symbol="bed", total=7, unplaced=1)])]


def _frame(viewer: str | None) -> Frame:
    return Frame(lang="zh", viewer=viewer, csrf="token", other_lang="/coverage?lang=en")


def test_the_panel_of_a_run_gives_the_answer_its_box_and_its_picture() -> None:
    html = render_run("zh", AT, make_run(), BOX)
    assert "1,500 人（75.0%）步行 15 分钟" in html
    assert 'data-bbox="114.00000,30.00000,114.10000,30.10000"' in html
    assert "picture.png" in html
    assert "<script" not in html


def test_without_divisions_the_table_has_its_total_alone() -> None:
    nowhere = {"code": "", "name": "", "level": "", "cells": 1, "ages": {"60+": tally(9.0, 3.0)}}
    html = render_run("zh", AT, make_run(result={"divisions": [nowhere]}), BOX)
    assert "不在任何登记区划内" not in html
    assert "合计" in html


def test_ages_are_named_in_words() -> None:
    assert [name_age(age, "zh") for age in ("60+", "0-14", "total", "其他")] == [
        "60 岁及以上",
        "0 至 14 岁",
        "所有年龄",
        "其他",
    ]


def test_an_answer_names_the_division_it_was_asked_for() -> None:
    asked = {"within": "370900", "within_name": "泰安市"}
    assert tell_answer(make_run(parameters=asked), "zh").startswith("泰安市：")


def test_raw_official_and_scaled_people_stand_side_by_side_with_the_factor() -> None:
    row = {"code": "370902", "name": "泰山区", "level": "county", "age": "60+"}
    row |= {"raw": 1400.0, "official": 1500.0, "scaled": 1500.0, "factor": 1500 / 1400}
    left = [{"division": "马头镇 371322101", "reason": "no_polygon"}]
    run = make_run(result={"totals": [row]}, parameters={"not_scaled": left})
    html = render_run("zh", AT, run, BOX)
    for cell in ("1,400", "1,500", "1.0714", "马头镇 371322101：没有边界面"):
        assert cell in html
    assert "人口换算" not in render_run("zh", AT, make_run(), BOX)


def test_the_form_is_for_who_is_logged_in_and_keeps_what_was_typed() -> None:
    form = CoverageForm(kinds=["care_home"], minutes="abc", within='"370902')
    html = render_coverage(_frame("admin"), [make_run()], GROUPS, form, problem="看不懂")
    assert 'value="abc"' in html
    assert "看不懂" in html
    assert "&#34;370902" in html
    assert "<form class" not in render_coverage(_frame(None), [], GROUPS, CoverageForm())
