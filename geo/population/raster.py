"""People from a GeoTIFF: each band an age group, each cell with people a point at its middle.

Only the file itself counts: side files (.aux.xml, .tfw, .ovr) are not looked at, for they are not
kept with it, and GDAL is told the driver, for it would follow other contents to other files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from pyproj import CRS, Geod
from rasterio.errors import RasterioError
from rasterio.windows import Window

from geo.crs.systems import ALLOWED, CGCS2000, CHINA
from geo.crs.transform import transform_points
from geo.errors import FileUnreadableError, OptionInvalidError
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.georeference import Settled, settle_crs
from geo.exchange.raw import RawTable, Source, quiet
from geo.exchange.schema import Schema
from geo.exchange.stage import Staged
from geo.files.store import hash_file
from geo.incoming import ImportOptions
from geo.population.ages import parse_bands, read_age
from geo.population.bands import Screen
from geo.population.cells import Cells, with_people
from geo.progress import Progress, report
from geo.texts import Text

Floats = npt.NDArray[np.float64]

DRIVER = "GTiff"
ENVIRONMENT = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
}
STRIP_CELLS = 4_000_000
"""Cells read at once, of all bands together."""
MOST_BLOCK_CELLS = 64_000_000
"""Largest block of a file that is read; a block is unpacked whole."""
MOST_CELLS = 20_000_000
"""Most cells with people that one file may hold."""
SAMPLE = 2000
GRS80 = Geod(ellps="GRS80")
SCHEMA = Schema(kind="population", columns=(), geometry=frozenset({"Point"}))


@dataclass
class StagedCells(Staged):
    """A file of people by place as it could be applied; ``rows`` has no columns.

    ``cell_size_m`` is the side of a cell in metres at the middle, None for points.
    """

    cells: Cells = field(kw_only=True)
    ages: tuple[str, ...] = field(kw_only=True)
    cell_size_m: float | None = field(kw_only=True)


def read_raster(path: Path, options: ImportOptions, file_name: str, progress: Progress) -> Staged:
    """Stage a GeoTIFF of people by cell; the shape of :data:`geo.incoming.Reader`.

    Raises
    ------
    FileUnreadableError
        If it is no GeoTIFF, cut, damaged, or holds too much.
    FileRefusedError, CrsRefusedError
        If its coordinates contradict its system, or nobody has published how to get from that to
        CGCS2000.
    OptionInvalidError
        If ``--bands`` does not fit its bands, or is needed and missing; if it states no coordinate
        system and ``--crs`` is missing, or contradicts it.
    StoppedError
        If the caller stopped it.
    """
    report(progress, 0.0, "job.reading")
    _check_signature(path, file_name)
    try:
        with (
            quiet(),
            rasterio.Env(**ENVIRONMENT),
            rasterio.open(path.resolve(), driver=DRIVER) as raster,
        ):
            return _stage(raster, path, options, file_name, progress)
    except RasterioError:
        raise _unreadable(file_name, "raster_broken") from None


def _stage(
    raster: Any, path: Path, options: ImportOptions, file_name: str, progress: Progress
) -> Staged:
    _check_shape(raster, file_name)
    ages, conclusions = _settle_ages(raster, options.facts.get("bands"))
    screen = Screen(ages=ages, nodata=_nodata(raster))
    places, people = _read_cells(raster, screen, file_name, progress)
    source = _source(path, options, file_name, progress)
    settled = _settle_crs(raster, places, source)
    at = _true(_middles(raster, places), settled)
    findings = settled.findings + screen.findings(
        lambda row, column: _place(raster, settled, row, column)
    )
    inside, outside = _inside(at)
    cells = with_people(at[inside, 0], at[inside, 1], people[inside])
    return StagedCells(
        kind=SCHEMA.kind,
        rows=gpd.GeoDataFrame(index=range(len(cells))),
        file_name=file_name,
        sha256=hash_file(path),
        source_crs=settled.stored,
        conclusions=[*conclusions, *settled.conclusions],
        findings=[*findings, *outside],
        cells=cells,
        ages=ages,
        cell_size_m=_cell_size_m(raster, settled, places),
    )


def _check_signature(path: Path, file_name: str) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError:
        raise _unreadable(file_name, "missing") from None
    if not head:
        raise _unreadable(file_name, "empty")
    if head not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        raise _unreadable(file_name, "signature")


def _check_shape(raster: Any, file_name: str) -> None:
    """Refuse what has no place, no plain numbers, or blocks that would fill the memory."""
    if raster.transform.is_identity:
        raise _unreadable(file_name, "raster_no_place")
    numbers = all(np.dtype(kind).kind in "iuf" for kind in raster.dtypes)
    if not numbers or set(raster.scales) != {1.0} or set(raster.offsets) != {0.0}:
        raise _unreadable(file_name, "raster_no_numbers")
    height, width = max(raster.block_shapes)
    if height * width > MOST_BLOCK_CELLS:
        raise _unreadable(file_name, "raster_block", limit=MOST_BLOCK_CELLS, found=height * width)


def _nodata(raster: Any) -> list[float | None]:
    """Return the declared nodata of each band as the band itself can hold it."""
    with np.errstate(over="ignore", invalid="ignore"):
        return [
            None if value is None else float(np.float32(value) if kind == "float32" else value)
            for kind, value in zip(raster.dtypes, raster.nodatavals, strict=True)
        ]


def _settle_ages(raster: Any, bands: str | None) -> tuple[tuple[str, ...], list[Conclusion]]:
    """Return the age group of each band: as named, or as the bands describe themselves."""
    allowed = Text("reason.bands", {"count": raster.count})
    if bands is not None:
        named = parse_bands(bands)
        if len(named) != raster.count:
            raise OptionInvalidError(option="--bands", value=bands, allowed=allowed)
        return named, [Conclusion(rule="bands_named", facts={"ages": list(named)})]
    found = [read_age(one) if one else None for one in raster.descriptions]
    ages = tuple(str(age) for age in found if age is not None)
    if len(ages) < raster.count or len(set(ages)) < len(ages):
        raise OptionInvalidError(option="--bands", value=Text("reason.not_given"), allowed=allowed)
    facts = {"descriptions": list(raster.descriptions), "ages": list(ages)}
    return ages, [Conclusion(rule="bands_described", facts=facts)]


def _read_cells(
    raster: Any, screen: Screen, file_name: str, progress: Progress
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return row and column (n, 2) and people (n, ages) of the cells with people, row by row."""
    places, people, found = [], [], 0
    for window in _strips(raster):
        report(progress, 0.9 * window.row_off / raster.height, "doing.population_cells")
        values = raster.read(window=window).astype(np.float64)
        rows, columns, kept = screen.take(values, window.row_off)
        places.append(np.column_stack([rows, columns]))
        people.append(kept)
        found += len(rows)
        if found > MOST_CELLS:
            raise _unreadable(file_name, "too_many_cells", limit=MOST_CELLS)
    return np.concatenate(places), np.concatenate(people)


def _strips(raster: Any) -> Iterator[Window]:
    """Yield windows of the full width, in whole blocks where that is not too much at once."""
    block = raster.block_shapes[0][0]
    most = max(1, STRIP_CELLS // (raster.width * raster.count))
    height = max(1, most // block * block) if most >= block else most
    for top in range(0, raster.height, height):
        yield Window(0, top, raster.width, min(height, raster.height - top))


def _middles(raster: Any, places: npt.NDArray[np.int64]) -> Floats:
    """Return the middle of cells (n, 2) in the raster's system; it may be turned."""
    return _corners(raster, places, 0.5, 0.5)


def _corners(raster: Any, places: npt.NDArray[np.int64], down: float, right: float) -> Floats:
    turn = raster.transform
    row, column = places[:, 0] + down, places[:, 1] + right
    return np.column_stack(
        [turn.a * column + turn.b * row + turn.c, turn.d * column + turn.e * row + turn.f]
    )


def _source(path: Path, options: ImportOptions, name: str, progress: Progress) -> Source:
    return Source(
        path=path,
        name=name,
        folder=path.parent,
        schema=SCHEMA,
        options=options.reading,
        progress=progress,
    )


def _settle_crs(raster: Any, places: npt.NDArray[np.int64], source: Source) -> Settled:
    """Settle the system as for every other file; but where none is told, none is guessed."""
    stated = None if raster.crs is None else CRS.from_wkt(raster.crs.to_wkt())
    if stated is None and source.options.crs is None:
        raise OptionInvalidError(option="--crs", value=Text("reason.not_given"), allowed=ALLOWED)
    if len(places) == 0:
        places = np.array([[raster.height // 2, raster.width // 2]], dtype=np.int64)
    sample = places[:: max(1, len(places) // SAMPLE)]
    table = RawTable(heads=[], columns=[], rows=[], crs=stated, crs_from="where.geotiff")
    return settle_crs(table, _middles(raster, sample), source)


def _true(xy: Floats, settled: Settled) -> Floats:
    """Return points of the raster's system in EPSG:4490."""
    if settled.shifted is not None:
        return settled.shifted.to_true(xy)
    return transform_points(xy, settled.crs or CGCS2000)


def _place(raster: Any, settled: Settled, row: int, column: int) -> tuple[float, float] | None:
    x, y = _true(_middles(raster, np.array([[row, column]])), settled)[0].tolist()
    return (x, y) if np.isfinite([x, y]).all() else None


def _inside(at: Floats) -> tuple[npt.NDArray[np.bool_], list[Finding]]:
    """Return which cells lie in China and its seas, and the others as one finding."""
    west, south, east, north = CHINA
    x, y = at[:, 0], at[:, 1]
    inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    if inside.all():
        return inside, []
    first = at[int(np.argmin(inside))].tolist()
    finding = Finding(
        rule="cells_outside",
        severity="error",
        value=f"{first[0]:.6f}, {first[1]:.6f}",
        allowed=f"{west:g}–{east:g} E, {south:g}–{north:g} N",
        facts={"count": int((~inside).sum())},
    )
    return inside, [finding]


def _cell_size_m(raster: Any, settled: Settled, places: npt.NDArray[np.int64]) -> float:
    """Return the side in metres of a square as large as the cell in the middle of all."""
    middle = (
        (places.min(axis=0) + places.max(axis=0)) // 2
        if len(places)
        else np.array([raster.height // 2, raster.width // 2])
    )[np.newaxis, :]
    ring = np.concatenate(
        [_corners(raster, middle, *corner) for corner in ((0, 0), (0, 1), (1, 1), (1, 0))]
    )
    area, _ = GRS80.geometry_area_perimeter(shapely.Polygon(_true(ring, settled)))
    return float(abs(area) ** 0.5)


def _unreadable(file_name: str, reason: str, **facts: object) -> FileUnreadableError:
    return FileUnreadableError(
        file=file_name, format="GeoTIFF", reason=Text(f"reason.{reason}", facts)
    )
