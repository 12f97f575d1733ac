from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import NullPool, create_engine
from sqlalchemy import text as sql

from geo.access.users import make_first_admin
from geo.db.engine import transaction
from geo.settings import settings
from maps import browser_files
from tests.conftest import ADMIN_PASSWORD, Database
from tests.country import ATTACK, SINCE, import_country

MARK = "示例数据，未经地图审核，内部使用，不得公开"


@pytest.fixture
def _demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUTU_PUBLIC_DEMO", "1")


@pytest.fixture
def page(_demo: None, client: TestClient, database: Database, tmp_path: Path) -> TestClient:
    import_country(database.engine, tmp_path)
    return client


@pytest.fixture
def empty(_demo: None, client: TestClient) -> TestClient:
    return client


@pytest.fixture
def account(page: TestClient, database: Database) -> TestClient:
    with transaction(database.engine, "system:test") as conn:
        make_first_admin(conn, ADMIN_PASSWORD)
    return page


def test_the_page_opens_with_the_divisions_to_start_from_and_the_mark(page: TestClient) -> None:
    answer = page.get("/")
    assert answer.status_code == 200
    assert "山东省" in answer.text
    assert MARK in answer.text
    assert answer.headers["Cache-Control"] == "no-cache, private"
    assert 'data-bbox="117.00000,36.00000,117.50000,36.40000"' in answer.text


def test_everything_the_page_names_is_on_our_own_host_and_there(page: TestClient) -> None:
    html = page.get("/").text
    named = re.findall(r'(?:src|href|data-worker)="([^"]+)"', html)
    assert all(address.startswith(("/", "#")) for address in named)
    for address in {one for one in named if one.startswith("/static/")}:
        answer = page.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["Cache-Control"]


def test_a_file_under_an_old_version_is_given_and_not_kept(page: TestClient) -> None:
    answer = page.get("/static/000000000000/map.css")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["no.css", "../page.py", "%2e%2e/page.py", "vendor/.stamp"])
def test_no_other_file_is_given(page: TestClient, name: str) -> None:
    assert page.get(f"/static/{browser_files.version()}/{name}").status_code == 404


def test_a_permanent_address_shows_its_division(page: TestClient) -> None:
    html = page.get("/?division=370900").text
    assert "<title>泰安市 · 舆图</title>" in html
    for part in ("泰山区", "岱岳区", "济南市", "370902"):
        assert part in html


def test_a_permanent_address_shows_its_line_with_both_sides(page: TestClient) -> None:
    lines = page.get("/api/v1/boundary-lines?touching=370902").json()["items"]
    line = next(one for one in lines if "370911" in (one["left_code"], one["right_code"]))
    html = page.get(f"/panel?line={line['id']}").text
    assert "泰山区" in html
    assert "岱岳区" in html


def test_a_division_without_a_polygon_has_its_page(page: TestClient) -> None:
    html = page.get("/panel?division=370902001").text
    assert "岱庙街道" in html
    assert "没有图形" in html


def test_a_division_called_script_is_text_wherever_it_stands(page: TestClient) -> None:
    for address in (
        "/?division=370902002",
        "/panel?division=370902",
        f"/?q={ATTACK}",
        "/hits?q=3709020",
        "/map.svg?division=370902002",
    ):
        assert ATTACK not in page.get(address).text, address


def test_search_finds_by_name_and_by_code_with_the_parents(page: TestClient) -> None:
    by_name, by_code = (page.get(f"/hits?q={q}").text for q in ("泰山", "370902"))
    assert 'data-go="division:370902"' in by_name
    assert "山东省 › 泰安市" in by_name
    assert by_code.index("370902") < by_code.index("370902001")
    assert "没有找到“月球”" in page.get("/hits?q=月球").text


def test_a_date_before_the_first_version_is_told_in_words(page: TestClient) -> None:
    answer = page.get("/panel?division=370900&at=2020-01-01")
    assert answer.status_code == 404
    assert str(SINCE) in answer.text
    assert "没有更改任何内容" in answer.text


@pytest.mark.parametrize(
    ("address", "status"),
    [("/?division=999999", 404), ("/?line=5", 422), ("/?at=foo", 422), ("/panel?at=1", 422)],
)
def test_an_address_that_leads_nowhere_is_answered_by_a_page(
    page: TestClient, address: str, status: int
) -> None:
    answer = page.get(address)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert 'role="alert"' in answer.text


def test_without_data_the_page_says_what_to_do(empty: TestClient) -> None:
    html = empty.get("/").text
    assert "没有可以显示的区划" in html
    assert empty.get("/map.svg").status_code == 200


def test_the_language_is_chosen_by_address_kept_in_a_cookie_and_asked_of_the_browser(
    page: TestClient,
) -> None:
    assert "Search divisions" in page.get("/", headers={"Accept-Language": "en"}).text
    assert "查找区划" in page.get("/", headers={"Accept-Language": "fr"}).text
    assert "Search divisions" in page.get("/?lang=en").text
    assert "Search divisions" in page.get("/").text
    assert "查找区划" in page.get("/?lang=zh").text


def test_the_mark_goes_once_everything_is_of_an_approved_depiction(
    page: TestClient, database: Database
) -> None:
    with transaction(database.engine, "system:test") as conn:
        for table in ("division_version", "boundary_line_version"):
            conn.execute(
                sql(
                    f"UPDATE {table} SET publication = 'published',"  # noqa: S608
                    " approval_number = '鲁S(2026)001号'"
                )
            )
    assert MARK not in page.get("/").text
    assert MARK not in page.get("/map.svg").text


def test_one_line_that_is_not_approved_keeps_the_mark(page: TestClient, database: Database) -> None:
    with transaction(database.engine, "system:test") as conn:
        conn.execute(
            sql("UPDATE division_version SET publication = 'published', approval_number = '审图号'")
        )
    assert MARK in page.get("/").text


def test_the_public_sees_nothing_of_what_is_not_published(
    client: TestClient, database: Database, tmp_path: Path
) -> None:
    import_country(database.engine, tmp_path, publication="unpublished")
    assert "山东省" not in client.get("/").text
    answer = client.get("/panel?division=370900")
    assert answer.status_code == 401
    assert "面积" not in answer.text
    assert client.get("/map.svg").text.count("<path") == 0


def test_the_style_draws_each_level_of_lines_once(page: TestClient) -> None:
    style = page.get("/style.json").json()
    filters = {layer["id"]: layer.get("filter") for layer in style["layers"]}
    assert filters["line-prefecture"][2] == ["==", ["get", "unit_level"], "prefecture"]
    tints = next(layer for layer in style["layers"] if layer["id"] == "land-prefecture")
    assert "370900" in tints["paint"]["fill-color"]


def test_the_picture_is_svg_and_bears_the_mark(page: TestClient) -> None:
    answer = page.get("/map.svg?division=370900")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    words = [one.text for one in ET.fromstring(answer.text).iter() if one.tag.endswith("text")]  # noqa: S314
    assert {"泰山区", "岱岳区", MARK} <= set(words)


def test_with_the_database_gone_the_page_still_stands_and_says_so(page: TestClient) -> None:
    gone = create_engine("postgresql+psycopg://nobody@/nothing?host=/nowhere", poolclass=NullPool)
    kept, page.app.state.engine = page.app.state.engine, gone  # type: ignore[attr-defined]
    answer = page.get("/")
    page.app.state.engine = kept  # type: ignore[attr-defined]
    assert answer.status_code == 503
    assert "数据库暂时没有响应" in answer.text
    assert 'id="map"' in answer.text


def _log_in(client: TestClient, **fields: str) -> Response:
    form = {"username": "admin", "password": ADMIN_PASSWORD} | fields
    return client.post("/login", data=form, follow_redirects=False)


def test_logging_in_opens_a_session_and_goes_where_one_wanted(account: TestClient) -> None:
    answer = _log_in(account, next_address="/?division=370900")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/?division=370900"
    assert "退出" in account.get("/").text
    assert account.get("/login", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("address", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_logging_in_never_leads_to_another_host(account: TestClient, address: str) -> None:
    answer = _log_in(account, next_address=address)
    assert answer.headers["Location"] == "/todo"


def test_a_wrong_password_is_told_in_words_and_the_name_kept(account: TestClient) -> None:
    answer = account.post("/login", data={"username": "admin", "password": "wrong"})
    assert answer.status_code == 401
    assert "用户名或密码不对" in answer.text
    assert 'value="admin"' in answer.text


def test_too_many_wrong_passwords_make_one_wait(account: TestClient) -> None:
    for _ in range(settings().login_tries):
        account.post("/login", data={"username": "admin", "password": "wrong"})
    answer = account.post("/login", data={"username": "admin", "password": ADMIN_PASSWORD})
    assert answer.status_code == 429
    assert "秒后再试" in answer.text


def test_another_site_cannot_log_anybody_in_or_out(account: TestClient) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    form = {"username": "admin", "password": ADMIN_PASSWORD}
    assert account.post("/login", data=form, headers=foreign).status_code == 403
    _log_in(account)
    assert account.post("/logout", follow_redirects=False).status_code == 403
    assert "退出" in account.get("/").text


def test_logging_out_by_the_page_ends_the_session(account: TestClient) -> None:
    _log_in(account)
    token = re.search(r'name="csrf_token" value="([^"]+)"', account.get("/").text)
    assert token is not None
    answer = account.post("/logout", data={"csrf_token": token[1]}, follow_redirects=False)
    assert answer.status_code == 303
    assert "退出" not in account.get("/").text


def test_files_are_packed_for_a_browser_that_takes_it(page: TestClient) -> None:
    address = browser_files.address("vendor/maplibre-gl.mjs")
    packed = page.get(address, headers={"Accept-Encoding": "gzip"})
    plain = page.get(address, headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.content == plain.content


def test_the_tiles_of_the_whole_world_hold_the_divisions_too(page: TestClient) -> None:
    for tile in ("0/0/0", "1/1/0", "2/3/1"):
        assert page.get(f"/tiles/divisions/{tile}.mvt").status_code == 200, tile
