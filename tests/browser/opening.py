"""How a test opens the page of the map."""

from __future__ import annotations

from playwright.sync_api import Page, expect

NO_WEBGL = """
    const real = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      return kind.startsWith('webgl') ? null : real.call(this, kind, ...rest);
    };
"""


def open_map(page: Page, address: str = "/") -> None:
    page.goto(address)
    expect(page.locator("#map[data-ready]")).to_be_attached(timeout=40_000)
