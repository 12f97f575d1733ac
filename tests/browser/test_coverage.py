"""Coverage in a browser: a run on the page, the form that asks for one, the file that leaves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser, Page, expect

from geo.access.users import make_first_admin
from geo.db.engine import transaction
from geo.divisions.shapes import DivisionShape
from maps.standalone import render_run_map
from tests.api.country import work_off
from tests.browser.care import make_run
from tests.browser.opening import NO_WEBGL, open_map
from tests.conftest import ADMIN_PASSWORD, Database
from tests.maps.runs import ATTACK, make_cells, make_streets
from tests.maps.runs import make_run as make_small_run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def run_id(site: str, module_database: Database) -> UUID:  # noqa: ARG001 - sets the files' folder
    with transaction(module_database.engine, "system:test") as conn:
        return make_run(conn)


def test_a_run_lies_on_the_map_and_its_answer_stands_in_the_panel(page: Page, run_id: UUID) -> None:
    open_map(page)
    with page.expect_response(re.compile(r"/picture\.png$")) as laid:
        page.goto(f"/?run={run_id}")
    assert laid.value.status == 200
    expect(page.locator("#panel h1")).to_contain_text("60 岁及以上 2,025 人中")
    expect(page.locator("#panel")).to_contain_text("示例数据 / synthetic")
    expect(page.locator("#panel .run-legend")).to_contain_text("10–15 分钟")
    expect(page.locator("#panel")).to_contain_text("每分钟 60 米")
    expect(page.locator("#panel .run-rows")).to_contain_text("泰山区")
    page.locator("#panel .panel-foot").get_by_text("关闭").click()
    expect(page.locator("#panel h1")).to_have_text("行政区划与界线")


def test_without_webgl_the_picture_of_the_server_shows_the_run(page: Page, run_id: UUID) -> None:
    page.add_init_script(NO_WEBGL)
    page.goto(f"/?run={run_id}")
    page.locator("img.picture").evaluate("image => image.decode()")
    svg = page.request.get(f"/map.svg?run={run_id}").text()
    assert "data:image/png;base64," in svg


def test_a_question_is_asked_in_the_form_and_its_job_leads_to_the_run(
    page: Page, site: str, module_database: Database
) -> None:
    assert site
    page.goto("/coverage")
    expect(page.locator("main")).to_contain_text("登录后可以提出新的问题")
    with transaction(module_database.engine, "system:test") as conn:
        make_first_admin(conn, ADMIN_PASSWORD)
    page.get_by_role("link", name="登录").first.click()
    page.locator("#username").fill("admin")
    page.locator("#password").fill(ADMIN_PASSWORD)
    page.locator("main").get_by_role("button", name="登录").click()
    page.goto("/coverage")
    page.get_by_role("checkbox", name="医院").check()
    page.locator("#minutes").fill("600")
    page.get_by_role("button", name="开始计算").click()
    expect(page.get_by_role("alert")).to_contain_text("120")
    expect(page.get_by_role("checkbox", name="医院")).to_be_checked()
    page.locator("#minutes").fill("10")
    page.get_by_role("button", name="开始计算").click()
    expect(page).to_have_url(re.compile(r"/coverage\?job="))
    expect(page.locator("#job")).to_contain_text("排队等待")
    work_off(module_database, page.url.rpartition("=")[2])
    expect(page).to_have_url(re.compile(r"/\?run="), timeout=20_000)
    expect(page.locator("#panel h1")).to_contain_text("步行 10 分钟（600 米）")


def test_a_job_is_cancelled_from_the_page(page: Page, module_database: Database) -> None:
    page.goto("/login")
    page.locator("#username").fill("admin")
    page.locator("#password").fill(ADMIN_PASSWORD)
    page.locator("main").get_by_role("button", name="登录").click()
    page.goto("/coverage")
    page.get_by_role("checkbox", name="敬老院").check()
    page.get_by_role("button", name="开始计算").click()
    page.get_by_role("button", name="取消").click()
    expect(page.locator("#job")).to_contain_text("已取消")
    assert module_database


@pytest.fixture(params=[(1440, 900), (360, 780)], ids=["desktop", "phone"])
def alone(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Open the standalone map from the disk, with the network off."""
    lon, lat = (axis.ravel() / 1200 for axis in np.meshgrid(np.arange(40.0), np.arange(30.0)))
    cells = make_cells(lon=114 + lon, lat=30 + lat, distance_m=np.linspace(1, 2500, 1200))
    border = DivisionShape("370902", ATTACK, (114.01, 30.01), shapely.box(114, 30, 114.03, 30.02))
    file = tmp_path / "map.html"
    file.write_text(
        render_run_map(
            make_small_run(), cells, streets=make_streets(), divisions=[border], lang="zh"
        ),
        encoding="utf-8",
    )
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    page = context.new_page()
    faults: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto(file.as_uri())
    expect(page.locator("body[data-ready]")).to_be_attached()
    yield page
    context.close()
    assert not faults
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]


def test_the_map_file_opens_without_a_network(alone: Page) -> None:
    expect(alone.locator(".facility")).to_have_count(2)
    expect(alone.locator(".leaflet-image-layer")).to_be_visible()
    assert alone.evaluate("document.querySelector('.leaflet-image-layer').naturalWidth") == 40
    expect(alone.locator("h1")).to_contain_text("1,500 人（75.0%）")
    expect(alone.locator(".leaflet-streets-pane canvas")).not_to_have_count(0)
    size = alone.viewport_size
    assert size is not None
    assert alone.evaluate("document.documentElement.scrollWidth") == size["width"]


def test_streets_are_really_drawn_in_the_map_file(alone: Page) -> None:
    ink = """Array.from(document.querySelectorAll('.leaflet-streets-pane canvas')).some((one) => {
        const pen = one.getContext('2d');
        return pen.getImageData(0, 0, one.width, one.height).data.some((value) => value > 0);
    })"""
    assert alone.evaluate(ink)


def test_a_facility_in_the_map_file_tells_its_facts_by_keyboard(alone: Page) -> None:
    alone.locator(".facility").nth(1).focus()
    alone.keyboard.press("Enter")
    popup = alone.locator(".leaflet-popup-content")
    expect(popup).to_contain_text("<script>alert(1)</script>敬老院")
    expect(popup).to_contain_text("未参与计算")
    assert alone.locator(".facility").nth(1).locator("rect").count() >= 1, "a shape of its own"


def test_the_map_file_prints_on_paper(alone: Page, tmp_path: Path) -> None:
    alone.emulate_media(media="print")
    expect(alone.locator(".map-place")).to_be_visible()
    expect(alone.locator(".marks")).to_be_visible()
    expect(alone.locator(".facts-place")).to_be_visible()
    printed = tmp_path / "map.pdf"
    alone.pdf(path=printed, prefer_css_page_size=True)
    assert printed.stat().st_size > 10_000


def test_the_map_file_opens_from_the_service_too(page: Page, run_id: UUID) -> None:
    page.goto(f"/api/v1/coverage/runs/{run_id}/map.html")
    expect(page.locator("body[data-ready]")).to_be_attached()
    expect(page.locator(".facility")).to_have_count(2)
    expect(page.locator("h1")).to_contain_text("60 岁及以上 2,025 人中")
