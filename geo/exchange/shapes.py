"""What can be wrong with geometry: row by row, found in arrays, never mended in silence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.exchange.findings import Finding, Severity
from geo.exchange.raw import Geometries
from geo.exchange.schema import Schema
from geo.texts import Text

COLUMN = "geometry"
PROMOTED = {"Point": "MultiPoint", "LineString": "MultiLineString", "Polygon": "MultiPolygon"}
PROMOTERS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "Point": shapely.multipoints,
    "LineString": shapely.multilinestrings,
    "Polygon": shapely.multipolygons,
}
REASONS = {
    "Self-intersection": "self_intersection",
    "Ring Self-intersection": "ring_self_intersection",
    "Too few points in geometry component": "too_few_points",
    "Hole lies outside shell": "hole_outside",
    "Nested shells": "nested_shells",
    "Holes are nested": "nested_holes",
    "Duplicate Rings": "duplicate_rings",
    "Interior is disconnected": "disconnected",
}
REASON = re.compile(r"(?P<reason>[A-Za-z \-]+?)\s*(?:\[(?P<x>\S+) (?P<y>\S+)\])?")


def drop_empty(shapes: Geometries, rows: Sequence[int], schema: Schema) -> list[Finding]:
    """Find geometries without a coordinate, and make them None in place."""
    empty = np.flatnonzero(shapely.is_empty(shapes)).tolist()
    severity: Severity = "error" if schema.geometry_required else "warning"
    findings = [
        Finding(
            rule="geometry_empty",
            severity=severity,
            row=rows[place],
            column=COLUMN,
            value=str(shapes[place].geom_type),
        )
        for place in empty
    ]
    shapes[empty] = None
    return findings


def drop_not_finite(
    shapes: Geometries, rows: Sequence[int], rule: str = "coordinates_not_finite"
) -> list[Finding]:
    """Find NaN and infinite coordinates, with the number of the vertex, and make them None."""
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if len(bad) == 0:
        return []
    owners, first = np.unique(owner[bad], return_index=True)
    findings = []
    for place, vertex in zip(owners.tolist(), bad[first].tolist(), strict=True):
        number = int(vertex - np.searchsorted(owner, place) + 1)
        x, y = points[vertex]
        findings.append(
            Finding(
                rule=rule,
                severity="error",
                row=rows[place],
                column=COLUMN,
                value=f"{x:g}, {y:g}",
                facts={"vertex": number},
            )
        )
    shapes[owners] = None
    return findings


def find_outside(
    shapes: Geometries, rows: Sequence[int], extent: tuple[float, float, float, float]
) -> list[Finding]:
    """Find geometries that reach beyond the extent, swapped axes told apart."""
    west, south, east, north = extent
    bounds = shapely.bounds(shapes)
    there = ~np.isnan(bounds[:, 0])
    out = there & ~_within(bounds, extent)
    swapped = out & _within(bounds[:, [1, 0, 3, 2]], extent)
    allowed = f"{west:g}–{east:g} E, {south:g}–{north:g} N"
    findings = []
    for place in np.flatnonzero(out).tolist():
        x, y = _first_outside(shapes[place], extent)
        rule = "axes_swapped" if swapped[place] else "coordinates_outside"
        on_earth = abs(x) <= 180 and abs(y) <= 90  # noqa: PLR2004  (the sphere)
        findings.append(
            Finding(
                rule=rule,
                severity="error",
                row=rows[place],
                column=COLUMN,
                value=f"{x:.6f}, {y:.6f}",
                allowed=allowed,
                place=(float(x), float(y)) if on_earth else None,
            )
        )
    return findings


def promote(
    shapes: Geometries, rows: Sequence[int], schema: Schema
) -> tuple[Geometries, list[Finding]]:
    """Return two-dimensional geometries of the types allowed; others are findings and None.

    A single geometry becomes a multiple one where only that is allowed.
    """
    if schema.geometry and (shapely.has_z(shapes).any() or shapely.has_m(shapes).any()):
        shapes = np.asarray(shapely.force_2d(shapes), dtype=object)
    allowed = Text(
        "reason.types", {"types": [Text(f"geometry.{t}") for t in sorted(schema.geometry)]}
    )
    findings: list[Finding] = []
    kinds = shapely.get_type_id(shapes)
    for kind in np.unique(kinds[kinds >= 0]):
        places = np.flatnonzero(kinds == kind).tolist()
        name = str(shapes[places[0]].geom_type)
        if name in schema.geometry:
            continue
        if PROMOTED.get(name) in schema.geometry:
            shapes[places] = [PROMOTERS[name]([shape]) for shape in shapes[places]]
            continue
        findings.extend(
            Finding(
                rule="geometry_type",
                severity="error",
                row=rows[place],
                column=COLUMN,
                value=name,
                allowed=allowed,
                facts={"found": Text(f"geometry.{name}")},
            )
            for place in places
        )
        shapes[places] = None
    return shapes, findings


def find_invalid(shapes: Geometries, rows: Sequence[int], schema: Schema) -> list[Finding]:
    """Find rings that cross themselves and their like, each with its reason and place."""
    there = ~shapely.is_missing(shapes)
    bad = np.flatnonzero(there & ~shapely.is_valid(shapes)).tolist()
    return [
        _invalid(str(reason), rows[place], schema)
        for place, reason in zip(bad, shapely.is_valid_reason(shapes[bad]), strict=True)
    ]


def centres_of(shapes: Geometries) -> npt.NDArray[np.float64]:
    """Return the middle of each geometry that there is, shape (n, 2)."""
    bounds = shapely.bounds(shapes)
    bounds = bounds[~np.isnan(bounds[:, 0])]
    return np.asarray((bounds[:, :2] + bounds[:, 2:]) / 2, dtype=np.float64)


def missing(
    shapes: Geometries, rows: Sequence[int], told: Iterable[Finding], schema: Schema
) -> list[Finding]:
    """Find rows without geometry where it is required, unless a finding tells it already."""
    if not schema.geometry_required:
        return []
    known = {finding.row for finding in told}
    return [
        Finding(rule="geometry_missing", severity="error", row=rows[place], column=COLUMN)
        for place in np.flatnonzero(shapely.is_missing(shapes)).tolist()
        if rows[place] not in known
    ]


def _invalid(reason: str, row: int, schema: Schema) -> Finding:
    match = REASON.fullmatch(reason)
    known = REASONS.get(match["reason"] if match else reason, "other")
    place = (float(match["x"]), float(match["y"])) if match and match["x"] else None
    return Finding(
        rule="geometry_invalid",
        severity=schema.invalid_geometry,
        row=row,
        column=COLUMN,
        place=place,
        value=None if place is None else f"{place[0]:.6f}, {place[1]:.6f}",
        facts={"reason": Text(f"reason.invalid_{known}")},
    )


def _within(
    bounds: npt.NDArray[np.float64], extent: tuple[float, float, float, float]
) -> npt.NDArray[np.bool_]:
    west, south, east, north = extent
    inside: npt.NDArray[np.bool_] = (
        (bounds[:, 0] >= west)
        & (bounds[:, 1] >= south)
        & (bounds[:, 2] <= east)
        & (bounds[:, 3] <= north)
    )
    return inside


def _first_outside(shape: Any, extent: tuple[float, float, float, float]) -> tuple[float, float]:
    west, south, east, north = extent
    points = shapely.get_coordinates(shape)
    x, y = points[:, 0], points[:, 1]
    out = (x < west) | (x > east) | (y < south) | (y > north)
    first = points[int(np.argmax(out))]
    return float(first[0]), float(first[1])
