from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from geo.boundaries.find import LineFound, LinesFound
from geo.boundaries.read import BoundaryLine
from geo.boundaries.record import PrintedLength
from geo.divisions.read import Division, Listed, Page, Unit
from geo.texts import LANGS, Lang, catalogue
from maps import browser_files, page
from maps.rendering import TEMPLATES, write_address, write_number

AT = date(2026, 11, 21)
ATTACK = "<script>alert(1)</script>"
ID = UUID(int=7)


def _listed(code: str, name: str, **changed: Any) -> Listed:
    facts: dict[str, Any] = {
        "id": ID,
        "code": code,
        "name": name,
        "level": "county",
        "scheme": "MCA",
        "parent": None,
        "valid_from": date(2023, 1, 1),
        "valid_to": None,
        "area_km2": 338.892,
        "has_polygon": True,
        "bbox": (117.0, 36.0, 117.5, 36.4),
        "label": (117.2, 36.2),
        "publication": "demo",
        "source": "survey & map",
        "source_crs": "EPSG:4490",
    }
    return Listed(**(facts | changed))


def _division(name: str = "泰山区", **changed: Any) -> Division:
    listed = _listed("370902", name, **changed)
    facts = {key: getattr(listed, key) for key in Listed.__dataclass_fields__}
    above = (Unit(id=ID, code="370900", name="泰安市", level="prefecture"),)
    return Division(**facts, ancestors=above, children=0, known_from=date(2023, 1, 1))


def _line(**changed: Any) -> BoundaryLine:
    facts: dict[str, Any] = {
        "id": ID,
        "left_code": "370902",
        "left_name": "泰山区",
        "right_code": "370911",
        "right_name": "岱岳区",
        "unit_level": "county",
        "level": "county",
        "length_km": 92.339,
        "origin": "derived",
        "version": 1,
        "valid_from": date(2023, 1, 1),
        "valid_to": None,
        "bbox": (117.0, 36.0, 117.5, 36.4),
        "publication": "demo",
    }
    return BoundaryLine(**(facts | changed))


NOTHING = Page(items=[], total=0, next=None)


def _found(*lines: BoundaryLine, official_km: float | None = None) -> LinesFound:
    km = official_km or sum(one.length_km for one in lines)
    basis = "agreement" if official_km else "computed"
    items = [
        LineFound(
            line=one,
            left_id=ID,
            right_id=ID,
            record=None,
            printed=PrintedLength(km=km, basis=basis, document=None, dated=None),
            markers=None,
            documents=None,
            surveys=0,
        )
        for one in lines
    ]
    return LinesFound(
        items=items,
        total=len(items),
        length_km=sum(one.length_km for one in lines),
        printed_km=km,
        official=len(items) if official_km else 0,
        next=None,
    )


def _panel(lang: Lang = "zh", **changed: Any) -> str:
    return page.render_division(
        lang,
        AT,
        _division(**changed),
        children=NOTHING,
        lines=_found(),
    )


def test_a_division_called_script_is_shown_and_not_run() -> None:
    children = Page(items=[_listed("370903", ATTACK)], total=1, next=None)
    lines = _found(_line(right_name=ATTACK))
    panels = (
        page.render_division("zh", AT, _division(ATTACK), children=children, lines=lines),
        page.render_line("zh", AT, _line(left_name=ATTACK)),
        page.render_hits(
            "zh", AT, ATTACK, [page.Hit(division=_listed("1", ATTACK), ancestors=[])], 1
        ),
        page.render_hit_options("zh", ATTACK, [], 0),
        page.render_problem("zh", ATTACK, ATTACK),
    )
    for html in panels:
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_facts_of_a_division_stand_in_its_panel() -> None:
    html = _panel()
    for fact in ("泰山区", "370902", "338.89", "2023-01-01 起", "survey &amp; map", "EPSG:4490"):
        assert fact in html
    assert 'href="/?division=370900&amp;at=2026-11-21"' in html
    assert 'data-bbox="117.00000,36.00000,117.50000,36.40000"' in html


def test_a_division_without_a_polygon_says_so_and_gives_no_box() -> None:
    html = _panel(has_polygon=False, bbox=None, label=None, area_km2=None)
    assert "没有图形" in html
    assert 'data-bbox=""' in html
    assert "面积" not in html.split("<section>")[0]


def test_a_line_names_both_sides_with_their_codes() -> None:
    html = page.render_line("zh", AT, _line())
    for fact in ("泰山区", "370902", "岱岳区", "370911", "92.34", "由区划面推得"):
        assert fact in html


def test_the_lines_of_a_division_name_the_other_side_and_their_sum() -> None:
    lines = _found(_line())
    html = page.render_division("zh", AT, _division(), children=NOTHING, lines=lines)
    assert f'data-go="line:{ID}">岱岳区</a>' in html
    assert html.count("92.3") == 2


def test_the_length_that_papers_print_stands_in_the_panel_of_a_division() -> None:
    lines = _found(_line(), official_km=93.5)
    html = page.render_division("zh", AT, _division(), children=NOTHING, lines=lines)
    assert html.count("93.5") == 2
    assert "92.3" not in html


def test_an_english_panel_has_english_words_and_chinese_names() -> None:
    html = _panel("en")
    assert "Area" in html
    assert "泰山区" in html
    assert "面积" not in html


def test_every_text_the_templates_name_is_in_the_catalogue() -> None:
    named = {
        key
        for template in TEMPLATES.glob("*.html")
        for key in re.findall(r"\bt\('([a-z_.]+)'[,)]", template.read_text(encoding="utf-8"))
    }
    named |= {f"page.{key}" for key in page.SCRIPT_TEXTS}
    for lang in LANGS:
        assert named <= set(catalogue(lang))


def test_no_template_holds_a_script_or_a_style_of_its_own() -> None:
    for template in TEMPLATES.glob("*.html"):
        html = template.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html), template.name
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html)), template.name


@pytest.mark.parametrize(("value", "digits", "text"), [(1234.5, 1, "1,234.5"), (-2, 0, "−2")])
def test_numbers_have_thousands_apart_and_a_real_minus(
    value: float, digits: int, text: str
) -> None:
    assert write_number(value, digits) == text


def test_an_address_holds_what_is_chosen_and_the_date() -> None:
    assert write_address() == "/"
    assert write_address(division="370900", at="2024-01-01") == ("/?division=370900&at=2024-01-01")


def test_the_browser_files_are_found_by_name_and_nothing_else_is() -> None:
    assert browser_files.find_file("map.mjs") is not None
    assert browser_files.find_file("../page.py") is None
    assert browser_files.find_file("vendor/maplibre-gl.mjs") is not None
    assert browser_files.address("map.css") == f"/static/{browser_files.version()}/map.css"
