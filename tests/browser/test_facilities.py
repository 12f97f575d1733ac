"""Facilities on the page: symbols, filter, facts, lists."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.opening import NO_WEBGL, open_map

pytestmark = pytest.mark.browser

NEAR = "#map=14/36.32/117.46"


def test_a_click_on_a_facility_shows_its_facts(page: Page) -> None:
    open_map(page, f"/{NEAR}")
    page.wait_for_timeout(500)
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#panel h1")).to_have_text("岱庙医院")
    expect(page).to_have_url(re.compile(r"/\?facility=[0-9a-f-]{36}#"))
    expect(page.locator("#panel")).to_contain_text("示例数据 / synthetic")
    expect(page.locator("#panel .facts")).to_contain_text("120")
    page.locator("#panel .facts").get_by_role("link", name="泰山区").click()
    expect(page.locator("#panel h1")).to_have_text("泰山区")
    expect(page.locator("#panel")).to_contain_text("敬老院")


def test_kinds_are_chosen_by_keyboard_and_stay_in_the_address(page: Page) -> None:
    open_map(page, f"/{NEAR}")
    page.locator("#filter summary").focus()
    page.keyboard.press("Enter")
    box = page.get_by_role("checkbox", name="敬老院")
    box.focus()
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile(r"/\?kind=rural_care_home#"))
    expect(page.locator("#filter-count")).to_have_text("1/2")
    place = page.locator("#map").bounding_box()
    assert place is not None
    page.wait_for_timeout(800)
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    expect(page.locator("#panel h1")).not_to_have_text("岱庙医院")
    page.reload()
    expect(page.locator("input[value=rural_care_home]")).to_be_checked()
    page.go_back()
    expect(page.locator("#filter-count")).to_have_text("1/2")
    page.locator("#filter summary").click()
    page.get_by_role("button", name="全部显示").click()
    expect(page).not_to_have_url(re.compile("kind="))


def test_facilities_without_a_place_stand_in_a_list_of_their_own(page: Page) -> None:
    open_map(page)
    page.locator("#filter summary").click()
    page.get_by_role("link", name="还没有上图的设施").click()
    expect(page.locator("#panel h1")).to_contain_text("还没有上图的设施")
    page.locator("#panel").get_by_role("link", name="没有坐标的敬老院").click()
    expect(page.locator("#panel")).to_contain_text("没有坐标：计入数量")


def test_a_facility_called_script_is_shown_and_not_run(page: Page) -> None:
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    open_map(page, "/?facilities=370902")
    page.locator("#panel").get_by_role("link", name="<script>").click()
    expect(page.locator("#panel h1")).to_have_text("<script>alert(1)</script>敬老院")


def test_without_webgl_the_lists_work_and_the_picture_shows_the_places(page: Page) -> None:
    page.add_init_script(NO_WEBGL)
    page.goto("/?facilities=370902")
    page.locator("#panel").get_by_role("link", name="岱庙医院").click()
    expect(page.locator("#panel h1")).to_have_text("岱庙医院")
    page.locator("img.picture").evaluate("image => image.decode()")
    address = page.locator("img.picture").get_attribute("src")
    svg = page.request.get(str(address)).text()
    assert "<title>岱庙医院</title>" in svg


@pytest.mark.parametrize("page", [(390, 844)], indirect=True, ids=["phone"])
def test_on_a_phone_the_filter_opens_over_the_map(page: Page) -> None:
    open_map(page, f"/{NEAR}")
    page.locator("#filter summary").click()
    expect(page.get_by_role("checkbox", name="医院")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
