"""The pages: functions that take results and give HTML. Every text is escaped by the templates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import segno
from markupsafe import Markup

from geo.boundaries.find import LinesFound
from geo.boundaries.read import BoundaryLine
from geo.divisions.read import Division, Listed, Page, Unit
from geo.texts import Lang, catalogue, say, text
from maps.page_facilities import Group
from maps.reference import Noun
from maps.rendering import render, render_panel, write_box
from maps.style import FROM_ZOOM

SHOWN_LEVELS = ("province", "prefecture", "county", "township")
"""The levels of lines the legend names: those the tiles hold."""

SCRIPT_TEXTS = (
    "offline", "tiles_failed", "no_webgl", "context_lost", "retry", "picture", "map", "zoom_in",
    "zoom_out", "north",
)  # fmt: skip
"""Texts the scripts of the page say themselves."""

DEVICES = ("android", "harmony", "iphone", "windows", "wechat")
"""Kinds of devices with steps of their own to trust the office's CA."""

MOST_SOURCES = 12
"""Most sources that are named under the map."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every page needs: its language, who is logged in, and the token of its forms."""

    lang: Lang
    viewer: str | None
    csrf: str
    other_lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MapView:
    """What the page of the map shows besides its panel; ``bbox`` is where it opens.

    ``groups`` are the kinds that have facilities, ``kinds`` those the address chooses to show.
    """

    at: date
    today: date
    bbox: Box | None
    mark: str | None
    title: str
    q: str
    picture: str
    sources: Sequence[str]
    groups: Sequence[Group] = ()
    kinds: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A division that was found, with those above it from the top."""

    division: Listed
    ancestors: Sequence[Unit]


def render_map(frame: Frame, view: MapView, panel: str) -> str:
    """Render the page of the map with its panel, which another function here has rendered."""
    script_texts = {key: text(f"page.{key}", frame.lang) for key in SCRIPT_TEXTS}
    return render(
        "map.html",
        frame.lang,
        **frame_facts(frame),
        **asdict(view)
        | {
            "sources": _name_sources(frame.lang, view.sources),
            "at": view.at.isoformat(),
            "today": view.today.isoformat(),
            "bbox": write_box(view.bbox),
        },
        panel=Markup(panel),  # noqa: S704 - rendered by our own templates, which escape
        legend=sorted(SHOWN_LEVELS, key=lambda level: FROM_ZOOM[level]),
        script_texts=json.dumps(script_texts, ensure_ascii=False),
    )


def render_start(lang: Lang, at: date, page: Page) -> str:
    """Render the panel while nothing is chosen: the divisions to start from."""
    return render_panel("panel_start.html", lang, at, divisions=page.items, total=page.total)


def render_division(
    lang: Lang,
    at: date,
    division: Division,
    *,
    children: Page,
    lines: LinesFound,
    groups: Sequence[Group] = (),
) -> str:
    """Render the facts of a division, its facilities, the lines round it and what is below it."""
    return render_panel(
        "panel_division.html",
        lang,
        at,
        d=division,
        bbox=write_box(division.bbox),
        divisions=children.items,
        total=children.total,
        lines=lines.items,
        length_km=lines.printed_km,
        groups=groups,
    )


def render_line(lang: Lang, at: date, line: BoundaryLine, *, can_open: bool = False) -> str:
    """Render the facts of a boundary line; ``can_open`` adds the way to its own page."""
    bbox = write_box(line.bbox)
    return render_panel("panel_line.html", lang, at, l=line, bbox=bbox, can_open=can_open)


def render_hits(lang: Lang, at: date, q: str, hits: Sequence[Hit], total: int) -> str:
    """Render what a search found as a panel."""
    return render_panel("panel_hits.html", lang, at, q=q, hits=hits, total=total)


def render_hit_options(lang: Lang, q: str, hits: Sequence[Hit], total: int) -> str:
    """Render what a search found as the options of the search field."""
    return render("hits.html", lang, q=q, hits=hits, total=total)


def render_problem(lang: Lang, title: str, detail: str) -> str:
    """Render a panel that says what happened and what was kept."""
    return render("panel_problem.html", lang, title=title, detail=detail)


def render_problem_page(frame: Frame, panel: str) -> str:
    """Render a page of its own round the panel of a problem."""
    return render(
        "problem.html",
        frame.lang,
        **frame_facts(frame),
        panel=Markup(panel),  # noqa: S704 - rendered by our own templates, which escape
    )


def render_login(frame: Frame, *, username: str, next_address: str, problem: str | None) -> str:
    """Render the login page; ``problem`` says why the last try was refused."""
    facts = {"username": username, "next_address": next_address, "problem": problem}
    return render("login.html", frame.lang, **frame_facts(frame), **facts)


def render_tls(
    frame: Frame, *, address: str | None, fingerprint: str | None, until: date | None
) -> str:
    """Render the page on which a device comes to trust the office's CA; without, how to make it.

    Parameters
    ----------
    address
        Where a phone opens this very page; its QR code is on it.
    fingerprint
        SHA-256 of the CA, to be compared on the device.
    """
    code = segno.make(address, error="m").svg_inline(scale=5) if address else ""
    return render(
        "tls.html",
        frame.lang,
        **frame_facts(frame),
        address=address,
        fingerprint=fingerprint,
        until=until,
        devices=DEVICES,
        qr=Markup(code),  # noqa: S704 - drawn by the library; the address is not in it as text
    )


def render_reference(frame: Frame, nouns: Sequence[Noun], *, release: str, host: str) -> str:
    """Render the reference of the API; ``host`` is the address the examples call."""
    facts = {"nouns": nouns, "release": release, "host": host}
    return render("reference.html", frame.lang, **frame_facts(frame), **facts)


def _name_sources(lang: Lang, sources: Sequence[str]) -> str:
    """Name the sources of a map: those we know with their licence, each once, others as stored."""
    named = []
    for source in sources[:MOST_SOURCES]:
        key = f"page.source_of.{source.partition(' ')[0]}"
        named.append(text(key, lang) if key in catalogue(lang) else source)
    return say(list(dict.fromkeys(named)), lang) or text("page.no_sources", lang)


def frame_facts(frame: Frame) -> dict[str, Any]:
    """Return the frame as the templates take it."""
    return {"viewer": frame.viewer, "csrf": frame.csrf, "other_lang": frame.other_lang}
