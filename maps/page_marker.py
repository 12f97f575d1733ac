"""The page of one marker: its card, both sides' parts, its life, its files and what may be done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np

from geo.crs.dms import write_dms
from geo.crs.systems import ZONES_3
from geo.crs.zones import EPSG_BY_MERIDIAN, ZONE_DEG, to_zones, zones_of
from geo.deviation.bearings import NORTHS
from geo.deviation.markers import Deviation
from geo.exchange.findings import Finding
from geo.files.attach import PAPER_KINDS, Attachment
from geo.markers.checks import Goal
from geo.markers.events import GOALS, Event
from geo.markers.facts import SideFacts
from geo.markers.life import STEPS, next_steps
from geo.markers.objects import ReferenceObject
from geo.markers.read import Marker
from geo.revisions.changes import Change
from geo.sections.descriptions import Description
from geo.texts import Lang, text
from maps.page import Frame, frame_facts
from maps.page_marker_card import card_facts, show_card
from maps.page_markers import box_round_marker
from maps.page_proposals import ProposalView
from maps.page_register import PaperLink, Refused, register_facts
from maps.rendering import render, write_box

SYSTEMS = ("EPSG:4490", "EPSG:4326", "GCJ-02", "EPSG:4610", "EPSG:4214")
"""Systems a surveyed position may be in, besides the marker's own zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Where a marker stands on its 3-degree zone of CGCS2000, metres; without zone number."""

    zone: int
    meridian: int
    east: float
    north: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A surveyed position that was held against the register, and what was typed."""

    result: Deviation
    typed: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerView:
    """All that the page of a marker shows.

    ``editable`` are the sides the viewer may write for; ``said`` is what was done just now,
    ``refused`` the form that could not be done, ``findings`` what no longer fits since then.
    ``fit`` is the name of the local fit its coordinates were moved by.
    """

    marker: Marker
    own: Mapping[UUID, SideFacts]
    objects: Sequence[ReferenceObject]
    events: Sequence[Event]
    files: Sequence[Attachment]
    versions: Sequence[Marker]
    changes: Sequence[Change]
    goals: Sequence[Goal]
    description: Description
    proposals: Sequence[ProposalView]
    editable: Collection[UUID] = ()
    fit: str | None = None
    papers: Sequence[PaperLink] = ()
    checked: Checked | None = None
    said: str | None = None
    refused: Refused | None = None
    findings: Sequence[Finding] = ()


def render_marker(frame: Frame, at: date, today: date, view: MarkerView) -> str:
    """Render the page of a marker as of a date."""
    marker, plane = view.marker, find_plane(view.marker)
    shown = {name: getattr(view, name) for name in MarkerView.__dataclass_fields__}
    return render(
        "marker.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, at, today),
        **shown | _may(view, now=at == today),
        m=marker,
        side_names={one.id: one.name for one in marker.sides},
        files_by_id={one.id: one for one in view.files},
        sketch=None if marker.lon is None else f"/api/v1/markers/{marker.id}/sketch.svg?at={at}",
        bbox=write_box(box_round_marker(marker)),
        plane=plane,
        systems=_list_systems(plane, frame.lang),
        back=f"/markers/{marker.id}",
        dms=write_dms,
        goals_at_marker=GOALS,
        norths=NORTHS,
        paper_kinds=PAPER_KINDS,
        **_card(view, frame.lang),
        with_neighbour=[kind for kind, step in STEPS.items() if step.presence],
    )


def find_plane(marker: Marker) -> Plane | None:
    """Return the plane coordinates of a marker; None without a place, or outside all zones."""
    if marker.lon is None or marker.lat is None:
        return None
    zones = zones_of(np.array([marker.lon]))
    zone = int(zones[0])
    if zone == 0:
        return None
    east, north = to_zones(np.array([[marker.lon, marker.lat]]), zones)[0]
    return Plane(zone=zone, meridian=zone * ZONE_DEG, east=float(east), north=float(north))


def _may(view: MarkerView, *, now: bool) -> dict[str, Any]:
    """Return for which sides the viewer may write and what may be recorded; the past is closed."""
    editable = view.editable if now else ()
    return {"editable": editable, "steps": next_steps(view.marker.state) if editable else ()}


def _card(view: MarkerView, lang: Lang) -> dict[str, Any]:
    """Return what the form of the card takes; ``now`` is the register where it was changed."""
    shown = show_card(view.marker, view.objects)
    mine = view.refused if view.refused and view.refused.form == "card" else None
    facts = card_facts(mine.typed if mine else shown, view.marker.lon, lang)
    return facts | {"now": shown if mine and mine.changes else None}


def _list_systems(plane: Plane | None, lang: Lang) -> list[tuple[str, str]]:
    """Return the systems a surveyed position is likely to be in, with their names."""
    systems = [(code, text(f"page.system.{code}", lang)) for code in SYSTEMS]
    if plane is not None:
        code = f"EPSG:{EPSG_BY_MERIDIAN + plane.zone - ZONES_3.start}"
        named = text("page.system.zone", lang, zone=plane.zone, meridian=plane.meridian)
        systems.insert(1, (code, named))
    return systems
