"""What a section looks like today beside what was agreed: places to look at in the field.

Each item is a reason to look, never a result: the agreed line does not move with what it follows
(Order 353 art. 7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection

from geo.boundaries.compare import dense_points, distances
from geo.boundaries.surveys import Survey
from geo.crs.local import local_metres
from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_points
from geo.features.read import Feature, Near, read_near
from geo.inspections.measures import spell
from geo.sections.course import find_followed
from geo.sections.descriptions import FOLLOWED_LAYERS
from geo.sections.register import Section
from geo.sections.wording import compare_clauses

Floats = npt.NDArray[np.float64]
CROSSED = ("water", "roads", "railways")
BUILT = ("settlements", "built_up")
LAYERS = (*CROSSED, *BUILT)
"""Layers that are looked through; one without data there is named."""
STEP_M = 20.0
AREA = 2
MOST_CROSSINGS = 50
"""Of one section; a line through a town crosses hundreds of lanes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something to know of a section; ``look`` says that it is to be looked at in the field.

    ``kind`` is ``desk_item.<kind>`` in the catalogue, with ``facts``. ``lon`` and ``lat`` are in
    EPSG:4490, ``measure`` is a decimal string in ``unit`` (m, km).
    """

    kind: str
    lon: str | None
    lat: str | None
    measure: str | None = None
    unit: str | None = None
    look: bool = True
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The office's distances in metres: of two courses, of what is followed and what is near."""

    differs_m: float
    follow_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a section is held against: surveyed courses of its line, its 走向说明 kept and now."""

    surveys: Sequence[tuple[Survey, shapely.Geometry]]
    agreed_text: str | None
    text_now: str


def compare_section(
    conn: Connection,
    section: Section,
    shape: shapely.Geometry | None,
    beside: Beside,
    limits: Limits,
    at: date,
) -> tuple[list[Item], list[str]]:
    """Return what is to be known of a section, and what nobody can say of it for lack of data.

    Parameters
    ----------
    shape
        The part of the line of record, EPSG:4490; None where an end has no position.

    Returns
    -------
    tuple
        Items, and what has no data: layers, ``surveys``, ``description``, ``position``.
    """
    lacks = [] if beside.agreed_text else ["description"]
    items = list(_text_items(beside, shape))
    if shape is None:
        return items, ["position", *lacks]
    if not beside.surveys:
        lacks.append("surveys")
    near = read_near(conn, shape, at, within_m=limits.follow_m, unnamed=True)
    lacks += [one for one in LAYERS if one not in near.covered]
    items += _survey_items(shape, beside.surveys, limits)
    items += _followed_items(section, shape, near, limits)
    items += _crossing_items(section, shape, near.features, beside.agreed_text or "")
    items += _built_items(shape, near.features, limits)
    return items, lacks


def _text_items(beside: Beside, shape: shapely.Geometry | None) -> Iterator[Item]:
    """Give where the kept 走向说明 says another thing than the line and the layers of today."""
    if beside.agreed_text is None or beside.agreed_text == beside.text_now:
        return
    parts = compare_clauses(beside.agreed_text, beside.text_now)
    gone = "".join(words for change, words in parts if change == "removed").strip("，。")
    new = "".join(words for change, words in parts if change == "added").strip("，。")
    if gone or new:
        lon, lat = _middle(shape)
        facts = {"agreed": gone or "—", "now": new or "—"}
        yield Item(kind="description_differs", lon=lon, lat=lat, facts=facts)


def _survey_items(
    shape: shapely.Geometry,
    surveys: Sequence[tuple[Survey, shapely.Geometry]],
    limits: Limits,
) -> Iterator[Item]:
    """Give how far each surveyed course runs from the section at most."""
    for survey, course in surveys:
        worst, place = _worst(shape, course)
        facts = {"source": survey.source, "as_of": survey.as_of.isoformat()}
        yield _measured("survey_apart", place, worst, look=worst > limits.differs_m, facts=facts)


def _followed_items(
    section: Section, shape: shapely.Geometry, near: Near, limits: Limits
) -> Iterator[Item]:
    """Give how far the line is now from the river or road it follows."""
    layers = FOLLOWED_LAYERS.get(section.basis, frozenset())
    covered = layers & near.covered
    if not covered:
        return
    named = [one for one in near.features if one.name]
    name = section.basis_name or find_followed(shape, named, layers, within_m=limits.follow_m)
    same = [
        one.geom
        for one in near.features
        if one.layer in layers and one.name == name and shapely.get_dimensions(one.geom) > 0
    ]
    if name and same:
        worst, place = _worst(shape, shapely.union_all(same))
        facts = {"name": name}
        yield _measured("followed_apart", place, worst, look=worst > limits.follow_m, facts=facts)
        return
    lon, lat = _middle(shape)
    metres = spell(limits.follow_m) or ""
    facts = {"name": name or "—", "within_m": metres}
    yield Item(kind="followed_gone", lon=lon, lat=lat, facts=facts)


def _crossing_items(
    section: Section, shape: shapely.Geometry, features: Sequence[Feature], agreed: str
) -> Iterator[Item]:
    """Give what crosses the section in its order; what the 走向说明 names need not be looked at."""
    at_m, met = [], []
    for one in features:
        if one.layer not in CROSSED or (one.name and one.name == section.basis_name):
            continue
        for part in shapely.get_parts(shapely.intersection(shape, one.geom)).tolist():
            if not shapely.is_empty(part):
                spot = shapely.get_coordinates(part)[0]
                at_m.append(_along_km(shape, spot))
                met.append((one, spot))
    for place in np.argsort(at_m, kind="stable").tolist()[:MOST_CROSSINGS]:
        one, spot = met[place]
        facts = {"layer": one.layer, "name": one.name or one.kind or "—"}
        yield Item(
            kind="crosses",
            lon=spell(round(float(spot[0]), 6)),
            lat=spell(round(float(spot[1]), 6)),
            measure=spell(round(at_m[place], 3)),
            unit="km",
            look=not one.name or one.name not in agreed,
            facts=facts,
        )


def _built_items(
    shape: shapely.Geometry, features: Sequence[Feature], limits: Limits
) -> Iterator[Item]:
    """Give built-up land and settlements at the section or nearer than the office's distance."""
    for one in features:
        if one.layer not in BUILT:
            continue
        ends = shapely.get_coordinates(shapely.shortest_line(shape, one.geom))
        away, _ = distances(ends[1:], shape, _plane(shape), STEP_M)
        if away[0] <= limits.follow_m:
            facts = {"layer": one.layer, "name": one.name or one.kind or "—"}
            yield _measured("built_near", ends[0], float(away[0]), look=True, facts=facts)


def _measured(
    kind: str, place: Floats, metres: float, *, look: bool, facts: Mapping[str, str]
) -> Item:
    return Item(
        kind=kind,
        lon=spell(round(float(place[0]), 6)),
        lat=spell(round(float(place[1]), 6)),
        measure=spell(round(metres, 1)),
        unit="m",
        look=look,
        facts=facts,
    )


def _worst(shape: shapely.Geometry, other: shapely.Geometry) -> tuple[float, Floats]:
    """Return the largest distance of a section from another shape, metres, and where that is."""
    points, _ = dense_points(shape, STEP_M)
    parts = shapely.get_parts(other)
    dims = shapely.get_dimensions(parts)
    areas, lines = parts[dims == AREA], parts[dims == AREA - 1]
    course = shapely.union_all(np.concatenate([lines, shapely.boundary(areas)]))
    away, _ = distances(points, course, _plane(shape), STEP_M)
    # In a river drawn with its banks the line is in it.
    away[shapely.contains_xy(shapely.union_all(areas), points)] = 0.0
    worst = int(np.argmax(away))
    return float(away[worst]), points[worst]


def _along_km(shape: shapely.Geometry, spot: Floats) -> float:
    """Return how far along a section a place on it is, to the nearest measured point."""
    points, at_m = dense_points(shape, STEP_M)
    return float(at_m[int(np.argmin(np.hypot(*(points - spot).T)))]) / 1000


def _plane(shape: shapely.Geometry) -> Callable[[Floats], Floats]:
    west, _, east, _ = shapely.bounds(shape).tolist()
    frame = local_metres(round((west + east) / 2, 1))
    return lambda xy: transform_points(np.asarray(xy, dtype=np.float64), CGCS2000, frame)


def _middle(shape: shapely.Geometry | None) -> tuple[str | None, str | None]:
    if shape is None:
        return None, None
    points, at_m = dense_points(shape, STEP_M)
    lon, lat = points[int(np.argmin(np.abs(at_m - at_m[-1] / 2)))].tolist()
    return spell(round(lon, 6)), spell(round(lat, 6))
