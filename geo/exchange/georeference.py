"""Which system a file's coordinates are in, and whether they can be: refused, never mended.

The order is: what the caller declares and the file states must agree; then one of them; then what
the format's standard supposes; then longitudes and latitudes that lie in the extent wanted, with a
warning. Coordinates that contradict the system (swapped axes, a zone number too many, degrees for
metres) refuse the whole file, named by what most of its places look like.

GCJ-02 and BD-09 can only be declared: no file states them, and a file that states another system
contradicts the declaration. What GeoJSON supposes is not stated, for web maps write their own
coordinates into it all the same.

An old datum goes through a named local fit only; the fit alone declares its own system.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Geod

from geo.crs.gcj02 import Shifted, read_shifted, true_geometries
from geo.crs.local_fit import (
    LocalFit,
    apply_fit,
    check_fit_serves,
    fit_geometries,
    outside_fit,
)
from geo.crs.systems import (
    ALLOWED,
    CGCS2000,
    FALSE_EASTING_M,
    MAX_OFFSET_M,
    NORTHINGS,
    WORLD,
    Extent,
    check_datum,
    epsg_of_zone,
    false_easting,
    geographic,
    horizontal,
    name_of,
    read_crs,
    same_place,
    same_system,
    stored_name,
    zone_of_easting,
)
from geo.crs.transform import transform_geometries, transform_within_datum
from geo.errors import FileRefusedError, OptionInvalidError
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.raw import Geometries, RawTable, Source
from geo.texts import Text

Centres = npt.NDArray[np.float64]

MOST = 0.5
ELLIPSOID = Geod(ellps="GRS80")


@dataclass
class Settled:
    """The system the coordinates are in, with the reasons; None where there is no place at all.

    ``shifted`` is how they are shifted from ``crs``, where they are; ``fit`` moves an old datum.
    """

    crs: CRS | None
    conclusions: list[Conclusion] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    shifted: Shifted | None = None
    fit: LocalFit | None = None

    @property
    def stored(self) -> str | None:
        """Return what to keep of the system beside the coordinates."""
        if self.shifted is not None:
            return self.shifted.name
        return None if self.crs is None else stored_name(self.crs)

    def to_cgcs2000(self, shapes: Geometries) -> Geometries:
        """Return the geometries in EPSG:4490; what no transformation takes is NaN."""
        if self.crs is None:
            return shapes
        if self.shifted is not None:
            return true_geometries(shapes, self.shifted)
        if self.fit is not None:
            return fit_geometries(shapes, self.fit, self.crs)
        return np.array(transform_geometries(shapes, self.crs), dtype=object)


def settle_crs(table: RawTable, centres: Centres, source: Source) -> Settled:
    """Settle the system of a table from what is declared, stated, supposed and seen.

    Parameters
    ----------
    centres
        Shape (n, 2), finite: the middle of each geometry as it stands in the file.

    Raises
    ------
    OptionInvalidError
        If ``--crs`` is unknown or contradicts the file, or is needed and missing.
    CrsRefusedError
        If no transformation to CGCS2000 is published (Xi'an 80, Beijing 54) and no local fit is
        named, or one of another datum.
    FileRefusedError
        If most coordinates contradict the system: swapped axes, zone numbers, degrees, metres.
    """
    said, fit = source.options.crs, source.options.fit
    shifted = None if said is None else read_shifted(said)
    if shifted is not None and fit is None:
        return _settle_shifted(shifted, table, centres, source)
    declared = _declared(table, source)
    if declared is not None:
        _check_datum(horizontal(declared), fit)
    if len(centres) == 0:
        return Settled(None)
    settled = _stated(declared, table)
    if settled.crs is None:
        settled = _guess(centres, source)
    crs = horizontal(settled.crs) if settled.crs is not None else CGCS2000
    _check_datum(crs, fit)
    if crs.is_geographic:
        _check_degrees(name_of(crs), centres, source)
    else:
        _check_metres(crs, centres, source)
    settled.crs, settled.fit = crs, fit
    if fit is not None:
        settled.conclusions.append(_fitted(fit, crs, centres))
    return settled


def _declared(table: RawTable, source: Source) -> CRS | None:
    """Return the system the caller declares; a fit alone declares its own."""
    said, fit = source.options.crs, source.options.fit
    if said is not None:
        return read_crs(said)
    return read_crs(fit.source_crs) if fit is not None and table.crs is None else None


def _check_datum(crs: CRS, fit: LocalFit | None) -> None:
    if fit is None:
        check_datum(crs)
    else:
        check_fit_serves(fit, crs)


def _fitted(fit: LocalFit, crs: CRS, centres: Centres) -> Conclusion:
    """Say how far the fit moves the places, and how well."""
    there = transform_within_datum(centres, crs, geographic(crs))
    moved = apply_fit(fit, centres, crs)
    whole = np.isfinite(there).all(axis=1) & np.isfinite(moved).all(axis=1)
    *_, away = ELLIPSOID.inv(*there[whole].T, *moved[whole].T)
    facts = {
        "fit": fit.name,
        "accuracy_m": f"{fit.accuracy_m:.2f}",
        "moved_m": round(float(np.median(away))) if whole.any() else 0,
    }
    return Conclusion(rule="crs_fitted", facts=facts)


def _settle_shifted(shifted: Shifted, table: RawTable, centres: Centres, source: Source) -> Settled:
    """Take longitudes and latitudes as shifted, as they are declared to be."""
    if table.crs is not None:
        raise _contradicted(shifted.name, table.crs, table)
    if len(centres) == 0:
        return Settled(None)
    _check_degrees(shifted.name, centres, source)
    true = shifted.to_true(centres)
    *_, moved_m = ELLIPSOID.inv(centres[:, 0], centres[:, 1], true[:, 0], true[:, 1])
    facts = {"crs": shifted.name, "moved_m": round(float(np.median(moved_m)))}
    return Settled(CGCS2000, [Conclusion(rule="crs_shifted", facts=facts)], shifted=shifted)


def _contradicted(declared: str, stated: CRS, table: RawTable) -> OptionInvalidError:
    facts = {"crs": name_of(stated), "where": Text(table.crs_from)}
    return OptionInvalidError(
        option="--crs", value=declared, allowed=Text("reason.crs_of_file", facts)
    )


def _stated(declared: CRS | None, table: RawTable) -> Settled:
    stated = table.crs
    if declared is not None and stated is not None:
        return _agree(declared, stated, table)
    if declared is not None:
        return Settled(declared, [_concluded("crs_declared", declared)])
    if stated is not None:
        where = Text(table.crs_from)
        return Settled(stated, [_concluded("crs_stated", stated, where=where)])
    if table.crs_assumed is not None:
        return Settled(table.crs_assumed, [_concluded("crs_by_standard", table.crs_assumed)])
    return Settled(None)


def _agree(declared: CRS, stated: CRS, table: RawTable) -> Settled:
    where = Text(table.crs_from)
    if same_system(declared, stated):
        return Settled(stated, [_concluded("crs_both", stated, where=where)])
    if same_place(declared, stated):
        facts = {"declared": name_of(declared), "stated": name_of(stated)}
        finding = Finding(rule="crs_taken_as_same", severity="warning", facts=facts)
        return Settled(declared, [_concluded("crs_declared", declared)], [finding])
    raise _contradicted(name_of(declared), stated, table)


def find_other_zone(shapes: Geometries, rows: Sequence[int], crs: CRS | None) -> list[Finding]:
    """Find the places whose numbers are of another zone than most, and make them None in place.

    Read in the system of the others they would lie a zone or more away, without any error.
    """
    base = None if crs is None else false_easting(crs)
    if base is None:
        return []
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    wrong = np.flatnonzero(np.abs(points[:, 0] - base) > MAX_OFFSET_M)
    findings = []
    for place, first in zip(*np.unique(owner[wrong], return_index=True), strict=True):
        x, y = points[wrong[first]].tolist()
        likely = _candidate(np.array([[x, y]])) or _candidate(np.array([[y, x]]))
        findings.append(
            Finding(
                rule="zone_mixed",
                severity="error",
                row=rows[int(place)],
                value=f"{x:.2f}, {y:.2f}",
                allowed=name_of(crs) if crs else None,
                facts={"likely": likely or Text("reason.no_system")},
            )
        )
        shapes[int(place)] = None
    return findings


def find_outside_fit(
    shapes: Geometries, rows: Sequence[int], fit: LocalFit | None
) -> list[Finding]:
    """Find the places that lie outside the area of the fit that moved them."""
    if fit is None:
        return []
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    away = np.flatnonzero(outside_fit(fit, points))
    places, first = np.unique(owner[away], return_index=True)
    return [
        Finding(
            rule="outside_fit",
            severity="error",
            row=rows[place],
            place=(float(points[vertex, 0]), float(points[vertex, 1])),
            facts={"fit": fit.name},
        )
        for place, vertex in zip(places.tolist(), away[first].tolist(), strict=True)
    ]


def _guess(centres: Centres, source: Source) -> Settled:
    """Take longitudes and latitudes inside the extent for CGCS2000; name anything else."""
    extent = source.schema.extent or WORLD
    if _share(_inside(centres, extent)) > MOST:
        ranges = {
            "west": float(centres[:, 0].min()),
            "east": float(centres[:, 0].max()),
            "south": float(centres[:, 1].min()),
            "north": float(centres[:, 1].max()),
        }
        rounded = {name: f"{value:.2f}" for name, value in ranges.items()}
        return Settled(
            CGCS2000,
            [Conclusion(rule="crs_guessed", facts=rounded)],
            [Finding(rule="crs_guessed", severity="warning", facts=rounded)],
        )
    if _share(_inside(centres[:, ::-1], extent)) > MOST:
        raise _swapped(centres, source)
    candidate = _candidate(centres)
    if candidate is None and _candidate(centres[:, ::-1]) is not None:
        raise _refused(
            source,
            "axes_swapped_metres",
            value=_shown(centres),
            candidate=_candidate(centres[:, ::-1]),
        )
    raise OptionInvalidError(
        option="--crs",
        value=Text("reason.not_given"),
        allowed=ALLOWED if candidate is None else candidate,
    )


def _check_degrees(crs: str, centres: Centres, source: Source) -> None:
    extent = source.schema.extent or WORLD
    if _share(_inside(centres, extent)) > MOST:
        return
    if _share(_inside(centres[:, ::-1], extent)) > MOST:
        raise _swapped(centres, source)
    if _share(_inside(centres, WORLD)) <= MOST:
        candidate = _candidate(centres) or ALLOWED
        raise _refused(
            source, "degrees_expected", crs=crs, value=_shown(centres), candidate=candidate
        )


def _check_metres(crs: CRS, centres: Centres, source: Source) -> None:
    if _share(_inside(centres, WORLD)) > MOST:
        raise _refused(source, "metres_expected", crs=name_of(crs), value=_shown(centres))
    base = false_easting(crs)
    if base is None:
        return
    x, y = np.median(centres[:, 0]), np.median(centres[:, 1])
    if abs(x - base) <= MAX_OFFSET_M:
        return
    if abs(y - base) <= MAX_OFFSET_M and NORTHINGS[0] <= x <= NORTHINGS[1]:
        raise _refused(source, "axes_swapped_metres", value=_shown(centres), candidate=name_of(crs))
    candidate = _candidate(centres) or ALLOWED
    raise _refused(
        source, "zone_differs", crs=name_of(crs), value=_shown(centres), candidate=candidate
    )


def _candidate(centres: Centres) -> Text | None:
    """Name the CGCS2000 systems that metres like these would be in."""
    x, y = float(np.median(centres[:, 0])), float(np.median(centres[:, 1]))
    if not NORTHINGS[0] <= y <= NORTHINGS[1]:
        return None
    zone = zone_of_easting(x)
    if zone is not None:
        return Text("reason.crs_of_zone", {"epsg": epsg_of_zone(zone), "zone": zone})
    if abs(x - FALSE_EASTING_M) <= MAX_OFFSET_M:
        return Text("reason.crs_by_meridian")
    return None


def _swapped(centres: Centres, source: Source) -> FileRefusedError:
    share = _share(_inside(centres[:, ::-1], source.schema.extent or WORLD))
    return _refused(source, "axes_swapped", value=_shown(centres), percent=round(share * 100))


def _refused(source: Source, reason: str, **facts: object) -> FileRefusedError:
    return FileRefusedError(file=source.name, reason=Text(f"reason.{reason}", facts))


def _inside(points: Centres, extent: Extent) -> npt.NDArray[np.bool_]:
    west, south, east, north = extent
    x, y = points[:, 0], points[:, 1]
    return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def _share(matches: npt.NDArray[np.bool_]) -> float:
    return float(matches.mean())


def _shown(centres: Centres) -> str:
    return f"{np.median(centres[:, 0]):.2f}, {np.median(centres[:, 1]):.2f}"


def _concluded(rule: str, crs: CRS, **facts: object) -> Conclusion:
    return Conclusion(rule=rule, facts={"crs": name_of(crs), **facts})
