"""Hold surveyed positions against the register: one marker, or a whole province's at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer, require_some_role
from geo.bulk import uncollected
from geo.crs.local_fit import outside_fit
from geo.deviation.bearings import Seen, Station, compare_objects
from geo.deviation.judge import (
    UNDECIDABLE,
    VERDICTS,
    Judged,
    Limits,
    Verdict,
    accuracies_m,
    judge,
    looks_old,
)
from geo.deviation.misread import Misread, find_misread
from geo.deviation.placed import LineOffset, find_elsewhere, measure_lines
from geo.deviation.registered import Registered, read_registered
from geo.deviation.survey import Survey
from geo.exchange.findings import Finding
from geo.fits.typed import System, open_system
from geo.markers.objects import LEAST_OBJECTS, read_objects
from geo.markers.read import read_marker
from geo.office import Office, office

Floats = npt.NDArray[np.float64]
Points = npt.NDArray[np.float64]
Systems = Mapping[tuple[str, str | None], System]


@dataclass(slots=True, kw_only=True)
class Deviation:
    """What a surveyed position says of a marker; a verdict is a proposal, people decide.

    ``distance_m``, ``east_m`` and ``north_m`` (surveyed minus registered) are in the grid of the
    3-degree ``zone`` of the registered position. ``lon`` and ``lat`` are the surveyed position in
    EPSG:4490 as declared; ``otherwise`` is what it likely is, where it was likely misread. Nothing
    is corrected. None is what cannot be said. Not frozen: that costs time for each of a province's.
    """

    marker_id: UUID
    number: str | None
    member: str | None
    verdict: Verdict
    distance_m: float | None
    limit_m: float | None
    east_m: float | None
    north_m: float | None
    zone: int | None
    lon: float | None
    lat: float | None
    crs: str
    accuracy_m: float | None
    registered_accuracy_m: float | None
    line: LineOffset | None
    otherwise: Misread | None
    objects: list[Seen] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class _Batch:
    """Many surveys as arrays, in the order they came; ``known`` holds what the register has."""

    surveys: Sequence[Survey]
    known: list[Registered | None]
    systems: Systems
    xy: Points
    now: Points
    now_m: Floats
    registered: Points
    registered_m: Floats
    settings: Office
    outside: npt.NDArray[np.bool_]


def judge_one(conn: Connection, viewer: Viewer, survey: Survey, at: date) -> Deviation:
    """Judge the surveyed position of one marker.

    Raises
    ------
    MarkerUnknownError, MarkerNotThenError
    NotPublishedError, OutsideJurisdictionError, RoleMissingError
        Positions are for those with a role at one of the sides or above.
    CrsRefusedError, OptionInvalidError, FitUnknownError, FitRefusedError
        If the position cannot be read.
    """
    read_marker(conn, survey.marker_id, at, viewer)
    return judge_many(conn, viewer, [survey], at)[0]


@uncollected()
def judge_many(
    conn: Connection, viewer: Viewer, surveys: Sequence[Survey], at: date
) -> list[Deviation]:
    """Judge surveyed positions of many markers, 20,000 in a second or two; in their order.

    A marker that the viewer may not see is undecidable with the finding ``marker_unknown``, as one
    that does not exist.

    Raises
    ------
    UnauthenticatedError, RoleMissingError
        Unless the viewer has a role somewhere.
    CrsRefusedError, OptionInvalidError, FitUnknownError, FitRefusedError
        If a position is in a system that cannot be read.
    """
    require_some_role(viewer, "viewer")
    batch = _gather(conn, viewer, surveys, at)
    judged = judge(
        batch.registered, batch.registered_m, batch.now, batch.now_m, Limits.of(batch.settings)
    )
    misread = _find_misread(batch)
    readable = np.array([place not in misread for place in range(len(surveys))], dtype=bool)
    placed = np.where(readable[:, None], batch.now, np.nan)
    lines = measure_lines(conn, batch.known, placed, at)
    elsewhere = find_elsewhere(
        conn, batch.known, placed, lines, batch.settings.number("deviation.far_off_line_m"), at
    )
    found = _deviations(batch, judged, misread, lines)
    _add_findings(batch, judged, found)
    for place, finding in elsewhere:
        found[place].findings.append(finding)
    return _with_objects(conn, batch, found, at)


def _gather(conn: Connection, viewer: Viewer, surveys: Sequence[Survey], at: date) -> _Batch:
    settings = office(conn)
    register = read_registered(conn, viewer, {one.marker_id for one in surveys}, at)
    known = [register.get(one.marker_id) for one in surveys]
    systems = {pair: open_system(conn, *pair) for pair in {(one.crs, one.fit) for one in surveys}}
    xy = _points([(one.x, one.y) for one in surveys])
    now = np.full(xy.shape, np.nan)
    outside = np.zeros(len(xy), dtype=bool)
    extra = np.zeros(len(xy))
    for pair, there in _by_system(surveys).items():
        system = systems[pair]
        now[there] = system.to_lonlat(xy[there])
        if system.fit is not None:
            extra[there] = system.fit.accuracy_m
            outside[there] = outside_fit(system.fit, now[there])
    of_survey = [(one.accuracy_m, one.method) for one in surveys]
    of_register = [(one.accuracy_m, one.method) if one else (None, None) for one in known]
    return _Batch(
        surveys=surveys,
        known=known,
        systems=systems,
        xy=xy,
        now=now,
        now_m=np.hypot(_accuracies(of_survey, settings), extra),
        registered=_points([(one.lon, one.lat) if one else (None, None) for one in known]),
        registered_m=np.hypot(
            _accuracies(of_register, settings), [one.fit_m if one else 0.0 for one in known]
        ),
        settings=settings,
        outside=outside,
    )


def _points(pairs: Sequence[tuple[float | None, float | None]]) -> Points:
    return np.array(
        [(np.nan, np.nan) if x is None or y is None else (x, y) for x, y in pairs], dtype=np.float64
    ).reshape(-1, 2)


def _accuracies(pairs: Sequence[tuple[float | None, str | None]], settings: Office) -> Floats:
    return accuracies_m([one for one, _ in pairs], [method for _, method in pairs], settings)


def _by_system(surveys: Sequence[Survey]) -> dict[tuple[str, str | None], list[int]]:
    places: dict[tuple[str, str | None], list[int]] = {}
    for place, one in enumerate(surveys):
        places.setdefault((one.crs, one.fit), []).append(place)
    return places


def _find_misread(batch: _Batch) -> dict[int, Misread]:
    found: dict[int, Misread] = {}
    for pair, there in _by_system(batch.surveys).items():
        system = batch.systems[pair]
        some = find_misread(
            batch.xy[there],
            batch.now[there],
            batch.registered[there],
            crs=system.name,
            to_lonlat=system.to_lonlat,
        )
        found.update({there[place]: misread for place, misread in some.items()})
    return found


def _deviations(
    batch: _Batch, judged: Judged, misread: Mapping[int, Misread], lines: Mapping[int, LineOffset]
) -> list[Deviation]:
    # Turned into lists column by column: twenty thousand rows one by one would take as long again.
    columns = {
        "distance_m": _numbers(judged.distance_m),
        "limit_m": _numbers(judged.limit_m),
        "east_m": _numbers(judged.east_m),
        "north_m": _numbers(judged.north_m),
        "lon": _numbers(batch.now[:, 0], 9),
        "lat": _numbers(batch.now[:, 1], 9),
        "accuracy_m": _numbers(batch.now_m),
        "registered_accuracy_m": _numbers(batch.registered_m),
        "zone": [zone or None for zone in judged.zone.tolist()],
    }
    verdicts = judged.verdict.tolist()
    found = []
    for place, row in enumerate(zip(*columns.values(), strict=True)):
        survey, known = batch.surveys[place], batch.known[place]
        found.append(
            Deviation(
                marker_id=survey.marker_id,
                number=known.number if known else None,
                member=known.member if known else None,
                verdict=VERDICTS[UNDECIDABLE if place in misread else verdicts[place]],
                crs=batch.systems[survey.crs, survey.fit].name,
                line=lines.get(place),
                otherwise=misread.get(place),
                **dict(zip(columns, row, strict=True)),
            )
        )
    return found


def _numbers(values: Floats, digits: int = 3) -> list[float | None]:
    """Return numbers for people and JSON: to a millimetre, or None."""
    finite = np.isfinite(values)
    rounded = np.where(finite, values, 0.0).round(digits)
    return [
        one if there else None for one, there in zip(rounded.tolist(), finite.tolist(), strict=True)
    ]


def _add_findings(batch: _Batch, judged: Judged, found: Sequence[Deviation]) -> None:
    new = np.array([batch.systems[one.crs, one.fit].is_new for one in batch.surveys], dtype=bool)
    old = looks_old(judged, new)
    for place, one in enumerate(found):
        one.findings.extend(_findings(batch, one, place, looks_old=bool(old[place])))


def _findings(batch: _Batch, one: Deviation, place: int, *, looks_old: bool) -> Iterator[Finding]:
    survey, known = batch.surveys[place], batch.known[place]
    if known is None:
        yield Finding(rule="marker_unknown", severity="error", facts={"marker": survey.marker_id})
        return
    if known.lon is None:
        yield Finding(rule="position_missing", severity="error")
    elif one.registered_accuracy_m is None:
        yield Finding(rule="registered_accuracy_unknown", severity="warning")
    if survey.x is None or survey.y is None:
        return
    if one.otherwise is not None:
        yield from _misread(one.otherwise, one.crs, survey)
    elif one.distance_m is None and known.lon is not None:
        value, facts = f"{survey.x}, {survey.y}", {"crs": one.crs}
        yield Finding(rule="position_unreadable", severity="error", value=value, facts=facts)
    elif looks_old:
        facts = {"distance_m": f"{one.distance_m:.1f}", "crs": one.crs}
        yield Finding(rule="datum_looks_old", severity="warning", facts=facts)
    if batch.outside[place]:
        yield Finding(rule="outside_fit", severity="warning", facts={"fit": survey.fit})
    yield from _findings_of_limits(one, batch.settings)


def _findings_of_limits(one: Deviation, settings: Office) -> Iterator[Finding]:
    if one.accuracy_m is None:
        yield Finding(rule="accuracy_unknown", severity="warning")
    most = settings.number("deviation.most_limit_m")
    if one.limit_m is not None and one.limit_m > most:
        facts = {"limit_m": f"{one.limit_m:.1f}", "most_m": f"{most:g}"}
        yield Finding(rule="accuracy_too_low", severity="warning", facts=facts)
    far = settings.number("deviation.far_off_line_m")
    if one.line is not None and one.line.distance_m > far:
        facts = {"distance_m": f"{one.line.distance_m:.0f}", "limit_m": f"{far:g}"}
        yield Finding(rule="far_off_line", severity="warning", facts=facts)


def _misread(misread: Misread, crs: str, survey: Survey) -> Iterator[Finding]:
    value = f"{survey.x}, {survey.y}"
    yield Finding(rule=misread.rule, severity="error", value=value, facts={"crs": crs})
    facts = {"likely": misread.crs, "distance_m": f"{misread.distance_m:.1f}"}
    place = (misread.lon, misread.lat)
    yield Finding(rule="read_otherwise", severity="warning", value=value, place=place, facts=facts)


def _with_objects(
    conn: Connection, batch: _Batch, found: list[Deviation], at: date
) -> list[Deviation]:
    """Add the reference objects, where it is one marker or something was read of them."""
    chosen = [
        place
        for place, survey in enumerate(batch.surveys)
        if batch.known[place] is not None and (survey.readings or len(found) == 1)
    ]
    objects = read_objects(conn, {found[place].marker_id for place in chosen}, at)
    for place in chosen:
        survey, one = batch.surveys[place], found[place]
        surveyed = one.lon is not None and one.otherwise is None
        seen, findings = compare_objects(
            objects.get(one.marker_id, []),
            survey.readings,
            _station(batch, place, survey.on or at, surveyed=surveyed),
            batch.settings,
            surveyed=surveyed,
        )
        one.objects.extend(seen)
        one.findings.extend(findings)
        if survey.x is None and survey.readings:
            found[place] = replace(one, verdict=_by_objects(seen, findings))
    return found


def _station(batch: _Batch, place: int, day: date, *, surveyed: bool) -> Station | None:
    known = batch.known[place]
    lon, lat = (batch.now if surveyed else batch.registered)[place].tolist()
    if not np.isfinite([lon, lat]).all() or known is None:
        return None
    return Station(lon=lon, lat=lat, height_m=known.height_m or 0.0, day=day)


def _by_objects(seen: Sequence[Seen], findings: Sequence[Finding]) -> Verdict:
    """Say what readings alone tell: three distances that agree hold a stone in its place."""
    if findings:
        return "suspicious"
    agreeing = {one.ordinal for one in seen if one.distance_off_m is not None}
    return "within" if len(agreeing) >= LEAST_OBJECTS else "undecidable"
