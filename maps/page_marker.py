"""The page of one marker: its card, both sides' parts, its life, its files and what may be done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np

from geo.crs.dms import write_dms
from geo.crs.zones import to_zones, zones_of
from geo.exchange.findings import Finding
from geo.files.attach import PAPER_KINDS, Attachment
from geo.markers.events import GOALS, Event
from geo.markers.facts import SideFacts
from geo.markers.life import STEPS, next_steps
from geo.markers.objects import LEAST_OBJECTS, ReferenceObject
from geo.markers.read import Marker
from geo.revisions.changes import Change
from maps.page import Frame, frame_facts
from maps.page_markers import box_round_marker
from maps.page_register import PaperLink, Refused, register_facts
from maps.rendering import render, write_box

ZONE_DEG = 3
"""Width of a zone; its number times this is its central meridian."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Where a marker stands on its 3-degree zone of CGCS2000, metres; without zone number."""

    zone: int
    meridian: int
    east: float
    north: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerView:
    """All that the page of a marker shows.

    ``editable`` are the sides the viewer may write for; ``said`` is what was done just now,
    ``refused`` the form that could not be done. ``fit`` is the name of the local fit its
    coordinates were moved by.
    """

    marker: Marker
    own: Mapping[UUID, SideFacts]
    objects: Sequence[ReferenceObject]
    events: Sequence[Event]
    files: Sequence[Attachment]
    versions: Sequence[Marker]
    changes: Sequence[Change]
    editable: Collection[UUID] = ()
    findings: Sequence[Finding] = ()
    fit: str | None = None
    sketch: str | None = None
    papers: Sequence[PaperLink] = ()
    said: str | None = None
    refused: Refused | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def render_marker(frame: Frame, at: date, today: date, view: MarkerView) -> str:
    """Render the page of a marker as of a date."""
    marker = view.marker
    return render(
        "marker.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, at, today),
        **_name_facts(view, now=at == today),
        m=marker,
        own=view.own,
        objects=view.objects,
        least_objects=LEAST_OBJECTS,
        events=view.events,
        files=view.files,
        versions=view.versions,
        changes=view.changes,
        findings=view.findings,
        fit=view.fit,
        sketch=view.sketch,
        papers=view.papers,
        said=view.said,
        refused=view.refused,
        bbox=write_box(box_round_marker(marker)),
        plane=find_plane(marker),
        parts=_list_parts(view),
        dms=write_dms,
        goals_at_marker=GOALS,
        paper_kinds=PAPER_KINDS,
        with_neighbour=[kind for kind, step in STEPS.items() if step.presence],
        **{"goals": (), **view.more},
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


def _name_facts(view: MarkerView, *, now: bool) -> dict[str, Any]:
    """Return who may do what; the past is read only."""
    return {
        "editable": view.editable if now else (),
        "steps": next_steps(view.marker.state) if now and view.editable else (),
        "side_names": {one.id: one.name for one in view.marker.sides},
        "files_by_id": {one.id: one for one in view.files},
    }


def _list_parts(view: MarkerView) -> list[str]:
    """Return which parts the page has, as its list of contents names them."""
    parts = ["coordinates", "own_part", "objects", "history", "photos", "documents", "versions"]
    optional = [name for name in ("deviation", "description", "proposals") if name in view.more]
    goals = ["goals"] if view.more.get("goals") else []
    return [*parts, *optional, *goals, *(["papers"] if view.papers else [])]
