"""A running site and a browser; every console error and every request elsewhere fails a test."""

from __future__ import annotations

import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from api.main import create_app
from geo.db.engine import transaction
from geo.settings import settings
from tests.browser.care import build_care
from tests.conftest import Database
from tests.country import import_country

CHROMIUM = next(
    (path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None
)
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)


@contextmanager
def open_site(database: Database, folder: Path, build: Callable[[Path], object]) -> Iterator[str]:
    """Serve a database for as long as the block lasts; ``build`` fills it first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YUTU_HOME", str(folder / "home"))
        patch.setenv("YUTU_DATABASE_URL", database.app_url)
        patch.setenv("YUTU_PUBLIC_DEMO", "1")
        settings.cache_clear()
        build(folder)
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen(128)
            server = uvicorn.Server(uvicorn.Config(create_app(), log_config=None))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
            thread.start()
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
            server.should_exit = True
            thread.join(timeout=20)
        settings.cache_clear()


@pytest.fixture(scope="module")
def site(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    def build(folder: Path) -> None:
        import_country(module_database.engine, folder)
        with transaction(module_database.engine, "system:test") as conn:
            build_care(conn, folder)

    with open_site(module_database, tmp_path_factory.mktemp("site"), build) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(params=[(1440, 900)], ids=["desktop"])
def page(site: str, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", base_url=site
    )
    opened = context.new_page()
    faults: list[str] = []
    asked: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # Chromium's own remark on each answer that is no success; some tests ask for one.
        refused = re.search("status of (404|409|422|503)", message.text)
        expected = refused and re.search("/panel[?]|/coverage|/events", message.location["url"])
        if message.type in ("error", "warning") and not expected:
            faults.append(f"{message.type}: {message.text} {message.location}")

    def on_request(sent: Request) -> None:
        asked.append(sent.url)

    opened.on("console", on_console)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", on_request)
    yield opened
    context.close()
    assert not faults
    assert not [url for url in asked if not url.startswith((site, "data:", "blob:"))]
