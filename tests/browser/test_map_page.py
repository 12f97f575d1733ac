"""The page in a real browser: every console error and every request elsewhere fails a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.opening import NO_WEBGL, open_map

pytestmark = pytest.mark.browser

MARK = "示例数据，未经地图审核，内部使用，不得公开"


def test_the_map_draws_divisions_and_lines_and_bears_the_mark(page: Page) -> None:
    open_map(page)
    expect(page.locator("#mark")).to_have_text(MARK)
    expect(page.locator("#notice")).to_be_empty()
    shown = page.screenshot(clip={"x": 600, "y": 300, "width": 600, "height": 300})
    assert len(shown) > 5_000, "a picture of one colour is smaller"


def test_a_click_on_a_division_shows_its_facts_and_back_takes_them_away(page: Page) -> None:
    open_map(page, "/#map=9/36.35/117.4")
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#panel h1")).to_have_text("泰山区")
    expect(page).to_have_url(re.compile(r"/\?division=370902#map="))
    assert page.title() == "泰山区 · 舆图"
    page.go_back()
    expect(page.locator("#panel h1")).to_have_text("行政区划与界线")


def test_a_click_on_a_line_shows_both_sides(page: Page) -> None:
    open_map(page, "/#map=11/36.1/117.4")
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".sides")).to_contain_text("370902")
    expect(page.locator(".sides")).to_contain_text("370911")
    expect(page).to_have_url(re.compile(r"/\?line=[0-9a-f-]{36}#"))


def test_searching_by_keyboard_flies_there_and_escape_closes(page: Page) -> None:
    open_map(page)
    before = page.url
    page.get_by_role("combobox").fill("泰山区")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#panel h1")).to_have_text("泰山区")
    expect(page).to_have_url(re.compile(r"/\?division=370902#map="))
    expect(page).not_to_have_url(re.compile(re.escape(before.partition("#")[2])))
    page.locator("#panel").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#panel h1")).to_have_text("行政区划与界线")


def test_a_division_without_a_polygon_is_found_and_the_map_stays(page: Page) -> None:
    open_map(page)
    page.get_by_role("combobox").fill("3709020")
    expect(page.get_by_role("option")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_contain_text("没有图形")
    expect(page.locator("#panel h1")).to_have_text("岱庙街道")


def test_a_division_called_script_is_shown_and_not_run(page: Page) -> None:
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    open_map(page, "/?division=370902")
    page.get_by_role("link", name="<script>").click()
    expect(page.locator("#panel h1")).to_have_text("<script>alert(1)</script>")


def test_another_date_shows_what_was_then(page: Page) -> None:
    open_map(page, "/?division=370900")
    page.locator("#at").fill("2020-01-01")
    expect(page.locator("#panel [role=alert]")).to_contain_text("2023-01-01")
    expect(page).to_have_url(re.compile(r"/\?division=370900&at=2020-01-01#"))
    page.locator("#today").click()
    expect(page.locator("#panel h1")).to_have_text("泰安市")


def test_english_is_one_click_away_and_stays(page: Page) -> None:
    open_map(page, "/?division=370900")
    page.get_by_role("link", name="English").click()
    expect(page.locator("#panel")).to_contain_text("Boundary lines")
    expect(page.locator("#panel h1")).to_have_text("泰安市")
    page.goto("/")
    expect(page.get_by_role("combobox")).to_have_attribute("aria-label", "Search divisions")
    expect(page.locator("#map[data-ready]")).to_be_attached(timeout=40_000)


@pytest.mark.parametrize("page", [(390, 844)], indirect=True, ids=["phone"])
def test_on_a_phone_the_map_is_above_and_the_sheet_opens_to_full(page: Page) -> None:
    open_map(page, "/?division=370900")
    sheet, handle = page.locator("#sheet"), page.locator("#sheet-handle")
    half = sheet.bounding_box()
    assert half is not None
    assert half["y"] > 400
    handle.click()
    expect(handle).to_have_attribute("aria-expanded", "true")
    full = sheet.bounding_box()
    assert full is not None
    assert full["y"] == pytest.approx(56, abs=1)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.locator("#mark")).to_have_text(MARK)


def test_without_webgl_the_lists_work_beside_a_picture_of_the_server(page: Page) -> None:
    page.add_init_script(NO_WEBGL)
    page.goto("/?division=370900")
    expect(page.locator("#notice")).to_contain_text("WebGL")
    picture = page.locator("img.picture")
    page.locator("img.picture").evaluate("image => image.decode()")
    page.locator("#panel").get_by_role("link", name="泰山区").first.click()
    expect(page.locator("#panel h1")).to_have_text("泰山区")
    expect(picture).to_have_attribute("src", "/map.svg?division=370902&lang=zh")


def test_a_lost_drawing_context_is_told_and_the_picture_stands_in(page: Page) -> None:
    open_map(page)
    page.evaluate(
        "document.querySelector('.maplibregl-canvas').getContext('webgl2')"
        ".getExtension('WEBGL_lose_context').loseContext()"
    )
    expect(page.locator("#notice")).to_contain_text("恢复")
    expect(page.locator("img.picture")).to_be_visible()


def test_when_the_service_does_not_answer_the_page_keeps_what_it_has(page: Page) -> None:
    open_map(page, "/?division=370900")
    page.route("**/panel?*", lambda route: route.fulfill(status=503, body=""))
    page.locator("#panel").get_by_role("link", name="泰山区").first.click()
    expect(page.locator("#notice")).to_contain_text("暂时没有回答")
    expect(page.locator("#panel h1")).to_have_text("泰安市")
    page.unroute("**/panel?*")
    page.get_by_role("button", name="重试").click()
    expect(page.locator("#panel h1")).to_have_text("泰山区")
    expect(page.locator("#notice")).to_be_empty()


def test_the_print_holds_the_map_the_facts_and_the_mark(page: Page, tmp_path: Path) -> None:
    open_map(page, "/?division=370900")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".print-map")).to_be_visible()
    expect(page.locator("#mark")).to_be_visible()
    expect(page.locator("#panel h1")).to_be_visible()
    expect(page.locator(".search")).to_be_hidden()
    printed = tmp_path / "page.pdf"
    page.pdf(path=printed, prefer_css_page_size=True)
    assert printed.stat().st_size > 20_000
