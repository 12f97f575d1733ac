"""The pages of the register in a real browser, with its script and without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.register import PASSWORD, Register, build_register
from tests.browser.conftest import open_site
from tests.browser.opening import NO_WEBGL, open_map
from tests.conftest import Database
from tests.geo.files.papers import PDF

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def register(module_database: Database) -> Register:
    return build_register(module_database)


@pytest.fixture(scope="module")
def site(
    module_database: Database, register: Register, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    assert register.marker
    folder = tmp_path_factory.mktemp("register")
    with open_site(module_database, folder, lambda _folder: None) as address:
        yield address


def log_in(page: Page, name: str = "a") -> None:
    page.goto("/login")
    page.locator("#username").fill(name)
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").click()
    expect(page.locator(".who-name")).to_contain_text(name)


def test_typing_a_number_narrows_the_list_without_loading_the_page_anew(page: Page) -> None:
    log_in(page)
    page.goto("/markers")
    page.evaluate("window.kept = true")
    expect(page.locator("#found tbody tr")).to_have_count(2)
    page.locator("input[name=number]").press_sequentially("2123")
    expect(page.locator("#found tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/markers\?number=2123&"))
    assert page.evaluate("window.kept") is True
    page.get_by_role("link", name="212321I").click()
    expect(page.locator("h1")).to_have_text("212321I")


def test_a_refused_event_keeps_what_was_typed_and_the_map(page: Page, register: Register) -> None:
    log_in(page)
    open_map(page, f"/markers/{register.tripoint}")
    for kind, names in (("damaged", []), ("repaired", ["370923"])):
        page.locator("#history > details > summary").click()
        page.locator("#event-kind").select_option(kind)
        for code in names:
            page.locator(f"#present-{code}").fill("王五")
        page.locator("#event-note").fill("换桩帽")
        page.locator("#history button.primary").click()
        if kind == "damaged":
            expect(page.locator(".said")).to_be_visible()
    # Of three sides one was not there.
    expect(page.locator("#history .problem")).to_contain_text("南河县")
    expect(page.locator("#event-note")).to_have_value("换桩帽")
    expect(page.locator("#map[data-ready]")).to_be_attached()
    page.locator("#present-371321").fill("钱七")
    page.locator("#history button.primary").click()
    expect(page.locator(".said")).to_be_focused()
    expect(page.locator("#history .timeline > li").first).to_contain_text("钱七（南河县）")
    expect(page.locator(".under .chip").first).to_have_text("已修复")


def test_without_any_script_the_register_is_searched_and_written(
    site: str, browser: Browser, register: Register
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN", base_url=site)
    page = context.new_page()
    log_in(page)
    page.goto("/markers")
    page.locator("input[name=line]").fill("东岭 西川")
    page.locator(".ask button").click()
    expect(page.locator("#found tbody tr")).to_have_count(2)
    page.goto(f"/markers/{register.marker}")
    page.locator("#own_part summary").click()
    page.locator("#site-370921").fill("石桥镇王庄村")
    page.locator("#own_part button.primary").click()
    expect(page.locator(".said")).to_be_visible()
    expect(page.locator("#own_part .sides")).to_contain_text("石桥镇王庄村")
    expect(page.locator("img.picture")).to_have_attribute("src", re.compile("/map.svg"))
    context.close()


def test_without_any_script_a_line_is_given_a_paper_and_sections(
    site: str, browser: Browser, register: Register
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN", base_url=site)
    page = context.new_page()
    log_in(page)
    page.goto(f"/lines/{register.line}")
    page.locator("#documents summary").click()
    page.locator("#file-file").set_input_files(
        {"name": "协议.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    page.locator("#file-title").fill("联合勘定协议书")
    page.locator("#documents button.primary").click()
    expect(page.locator(".said")).to_have_text("已上传。")
    page.locator("#documents td, #documents th").locator("summary").click()
    page.locator("#documents input[name=reason]").fill("扫描件不全")
    page.locator("#documents table button").click()
    expect(page.locator(".said")).to_have_text("已撤下。")
    page.locator("#sections a.button").click()
    page.get_by_role("button", name="按界桩生成各段").click()
    expect(page.locator(".row-card")).to_have_count(2)
    page.locator("#row-1").get_by_role("button", name="在后面加一段").click()
    expect(page.locator(".row-card")).to_have_count(3)
    expect(page.locator("#begin-2")).to_have_value("37092301")
    page.locator("#row-2").get_by_role("button", name="删除").click()
    page.locator("#source").fill("补充协议")
    page.locator("#reason").fill("联检发现")
    # The return key saves: it presses the first button of the form.
    page.locator("#source").press("Enter")
    expect(page.locator(".said")).to_contain_text("已提出")
    expect(page.locator("#proposals .proposal")).to_contain_text("212321I → 37092301")
    context.close()


def test_a_line_is_read_with_its_markers_in_order_beside_the_map(
    page: Page, register: Register
) -> None:
    log_in(page)
    open_map(page, f"/lines/{register.line}")
    expect(page.locator("#markers tbody th")).to_have_text(["212321I", "37092301"])
    page.locator("#markers").get_by_role("link", name="37092301").click()
    expect(page.locator("h1")).to_have_text("37092301")


def test_a_click_on_a_marker_of_the_map_shows_it_and_leads_to_its_page(
    page: Page, register: Register
) -> None:
    log_in(page)
    open_map(page, "/#map=13/36.15/117.2")
    expect(page.locator(".legend")).to_contain_text("界桩：丢失")
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#panel h1")).to_have_text("37092301")
    page.get_by_role("link", name="打开页面").click()
    expect(page).to_have_url(re.compile(f"/markers/{register.marker}"))


def test_the_map_of_the_public_has_no_markers(page: Page) -> None:
    open_map(page, "/#map=13/36.15/117.2")
    expect(page.locator(".legend")).not_to_contain_text("界桩")
    expect(page.get_by_role("link", name="界桩", exact=True)).to_have_count(0)


@pytest.mark.parametrize("page", [(390, 844)], indirect=True, ids=["phone"])
def test_on_a_phone_nothing_runs_over_the_edge_and_the_menu_leads_on(
    page: Page, register: Register
) -> None:
    log_in(page)
    for address in ("/lines", "/markers", f"/lines/{register.line}", f"/markers/{register.marker}"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") == 390, address
    page.locator(".bar-menu summary").click()
    page.locator(".bar-menu").get_by_role("link", name="协商").click()
    expect(page.locator("h1")).to_have_text("协商")


def test_without_webgl_the_servers_picture_stands_beside_the_facts(
    page: Page, register: Register
) -> None:
    page.add_init_script(NO_WEBGL)
    log_in(page)
    page.goto(f"/lines/{register.line}")
    page.locator("img.picture").evaluate("image => image.decode()")
    expect(page.locator("#markers tbody tr")).to_have_count(2)


def test_the_print_of_a_marker_holds_card_and_sketch_and_no_forms(
    page: Page, register: Register, tmp_path: Path
) -> None:
    log_in(page)
    open_map(page, f"/markers/{register.marker}")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#coordinates")).to_be_visible()
    expect(page.locator(".sketch img")).to_be_visible()
    expect(page.locator("#history > details")).to_be_hidden()
    expect(page.locator(".bar-places")).to_be_hidden()
    printed = tmp_path / "marker.pdf"
    page.pdf(path=printed, prefer_css_page_size=True)
    assert printed.stat().st_size > 20_000
