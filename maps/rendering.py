"""How HTML is made of templates: one environment, in which every value is escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from geo.texts import Lang, say, text
from maps import browser_files
from maps.marks import MARKS, STATES
from maps.palette import DASH
from maps.style import STROKES

CHINA = ZoneInfo("Asia/Shanghai")
TEMPLATES = Path(__file__).parent / "web" / "templates"


def render(template: str, lang: Lang, **facts: Any) -> str:
    """Render a template of ``web/templates``; ``t`` in it says a text, ``told`` a `Text`."""
    says = {"t": partial(_say, lang), "told": partial(_tell, lang)}
    return _environment().get_template(template).render(lang=lang, **says, **facts)


def render_panel(template: str, lang: Lang, at: date, **facts: Any) -> str:
    """Render a panel of the page of the map as of a date."""
    return render(template, lang, at=at.isoformat(), **facts)


def write_box(box: tuple[float, float, float, float] | None) -> str:
    """Write west, south, east and north for a script; empty for nowhere."""
    return ",".join(f"{side:.5f}" for side in box) if box else ""


def write_number(value: float, digits: int) -> str:
    """Write a number with thousands separated; minus is a minus sign."""
    return f"{value:,.{digits}f}".replace("-", "\N{MINUS SIGN}")


def write_share(share: float) -> str:
    """Write a share (0 to 1) as a percentage with one digit."""
    return f"{write_number(share * 100, 1)}%"


def write_instant(instant: datetime, lang: Lang) -> str:
    """Write an instant in the time of China, to the minute."""
    when = instant.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    return text("page.instant", lang, when=when)


def write_address(*, at: str = "", **choice: str | UUID) -> str:
    """Write the permanent address of a choice, such as ``/?division=370900``."""
    query = {key: str(value) for key, value in choice.items()} | ({"at": at} if at else {})
    return f"/?{urlencode(query)}" if query else "/"


@cache
def draw_icon(name: str) -> Markup:
    """Return a picture of the icon set, to stand beside a word or in a button with a title.

    Raises
    ------
    KeyError
        If the set-up did not put the icon in place.
    """
    return Markup(  # noqa: S704 - a file of the pinned icon set
        '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
        f"{read_icon(name)}</svg>"
    )


@cache
def read_icon(name: str) -> str:
    """Return the shapes of an icon, on a square of 24 units, without the picture round them.

    Raises
    ------
    KeyError
        If the set-up did not put the icon in place.
    """
    path = browser_files.find_file(f"vendor/lucide/{name}.svg")
    if path is None:
        raise KeyError(name)
    drawing = re.sub(r"<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    shapes = re.sub(r"^\s*<svg[^>]*>|</svg>\s*$", "", drawing)
    return " ".join(shapes.split())


def _say(lang: Lang, key: str, **facts: object) -> str:
    return text(key, lang, **facts)


def _tell(lang: Lang, fact: object) -> str:
    return say(fact, lang)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names: Mapping[str, Any] = {
        "asset": browser_files.address,
        "icon": draw_icon,
        "number": write_number,
        "percent": write_share,
        "address": write_address,
        "instant": write_instant,
        "strokes": STROKES,
        "ink": DASH,
        "marks": MARKS,
        "states": STATES,
    }
    environment.globals.update(names)
    return environment
