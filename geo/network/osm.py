"""Streets of an OpenStreetMap extract (.osm.pbf), read in one pass.

The coordinates of OpenStreetMap are WGS 84, which is taken as identical with CGCS2000.
"""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import osmium
import pandas as pd
import shapely
from pyproj import CRS

from geo.crs.systems import CGCS2000, read_crs, same_place
from geo.errors import FileRefusedError, FileUnreadableError, OptionInvalidError
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.stage import Staged
from geo.files.store import hash_file
from geo.incoming import ImportOptions
from geo.network.streets import TAGS
from geo.progress import Progress, report
from geo.settings import settings
from geo.texts import Text

FORMAT = "OpenStreetMap PBF"
SIGNATURE = b"OSMHeader"
HEAD_BYTES = 64
WGS84 = "EPSG:4326"
UNITS_OF_DEGREE = 10_000_000
"""OpenStreetMap keeps coordinates as whole numbers of these."""
NOWHERE = 2**31 - 1
"""What stands for the coordinate of a node that is not in the file."""
SMALL_BYTES = 64 * 2**20
"""Extracts up to this size keep the positions of their nodes in memory, larger ones on the disk."""
REPORT_EVERY = 10_000
LONGEST_TEXT = 200


@dataclass(slots=True)
class _Ways:
    """What is copied out of a file, way by way; ``nodes`` holds id, x and y of each node."""

    nodes: array[int] = field(default_factory=lambda: array("q"))
    sizes: array[int] = field(default_factory=lambda: array("q"))
    tags: dict[str, list[str | None]] = field(default_factory=lambda: {tag: [] for tag in TAGS})


def stage_osm(path: Path, options: ImportOptions, file_name: str, progress: Progress) -> Staged:
    """Stage the streets (ways with ``highway``) of an extract; nothing is stored.

    ``rows`` has a row for each way, its ``row`` its number in the file; a way some of whose nodes
    the extract does not have is cut there, into as many rows as it has pieces left, and a warning
    says how many ways these are. ``nodes`` are the ids of the nodes, one a vertex.

    Raises
    ------
    FileUnreadableError
        If it is empty, cut, damaged or no extract at all.
    FileRefusedError
        If it has no streets, no positions of their nodes, or is a full history.
    OptionInvalidError
        If another coordinate system is declared than that of OpenStreetMap.
    StoppedError
        If the caller stopped it.
    """
    _check_options(options)
    _check_content(path, file_name)
    ways = _read_ways(path, file_name, progress)
    if len(ways.sizes) == 0:
        raise FileRefusedError(file=file_name, reason=Text("reason.osm_without_streets"))
    report(progress, 0.9, "doing.streets_read")
    rows, cut = _as_rows(ways)
    if len(rows) == 0:
        raise FileRefusedError(file=file_name, reason=Text("reason.osm_without_nodes"))
    found = {"ways": len(ways.sizes), "nodes": len(ways.nodes) // 3}
    return Staged(
        kind="roads",
        rows=rows,
        file_name=file_name,
        sha256=hash_file(path),
        source_crs=WGS84,
        conclusions=[Conclusion(rule="osm_streets", facts=found)],
        findings=[Finding(rule="ways_cut", severity="warning", facts={"ways": cut})] if cut else [],
    )


def _check_options(options: ImportOptions) -> None:
    declared = options.reading.crs
    if declared is not None and not same_place(read_crs(declared), CRS.from_epsg(4326)):
        raise OptionInvalidError(option="--crs", value=declared, allowed=WGS84)


def _check_content(path: Path, file_name: str) -> None:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise _unreadable(file_name, "empty")
    if SIGNATURE not in head:
        raise _unreadable(file_name, "signature")


def _read_ways(path: Path, file_name: str, progress: Progress) -> _Ways:
    """Copy the streets out of the file; what osmium hands out lives for one turn of the loop."""
    ways = _Ways()
    with _positions(path) as positions:
        try:
            source = osmium.io.File(str(path), "pbf")
            entities = osmium.osm.NODE | osmium.osm.WAY
            with osmium.io.Reader(source, osmium.osm.NOTHING) as reader:
                history = reader.header().has_multiple_object_versions
            if history:
                raise FileRefusedError(file=file_name, reason=Text("reason.osm_history"))
            streets = (
                osmium.FileProcessor(source, entities)
                .with_locations(positions)
                .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
                .with_filter(osmium.filter.KeyFilter("highway"))
            )
            report(progress, 0.0, "doing.streets_read")
            for number, way in enumerate(streets, 1):
                _copy(cast("osmium.osm.Way", way), ways)
                if number % REPORT_EVERY == 0:  # how many there will be nobody knows
                    share = number / (number + 10 * REPORT_EVERY)
                    report(progress, 0.3 + 0.6 * share, "doing.streets_read")
        except (RuntimeError, ValueError, UnicodeDecodeError):
            raise _unreadable(file_name, "damaged") from None
    return ways


@contextmanager
def _positions(path: Path) -> Iterator[str]:
    """Give the kind of store the positions of nodes go to, 16 bytes each.

    All nodes go there, also those of no street: osmium's sets of ids take 4 MB for each 32 million
    ids that they touch, which for one city is more than its nodes.
    """
    if path.stat().st_size <= SMALL_BYTES:
        yield "sparse_mem_array"
        return
    scratch = settings().tmp if settings().tmp.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="yutu-", dir=scratch) as folder:
        yield f"sparse_file_array,{folder}/positions"


def _copy(way: osmium.osm.Way, ways: _Ways) -> None:
    nodes = ways.nodes
    for node in way.nodes:
        nodes.append(node.ref)
        nodes.append(node.x)
        nodes.append(node.y)
    ways.sizes.append(len(way.nodes))
    tags, get = ways.tags, way.tags.get
    tags["way"].append(str(way.id))
    for tag in TAGS[1:]:
        value = get(tag)
        tags[tag].append(value if value is None else _clean(value))


def _clean(value: str) -> str | None:
    """Return text as people may see it: nothing invisible in it, at most 200 characters."""
    if not value.isprintable():
        value = "".join(char if char.isprintable() else " " for char in value)
    return " ".join(value.split())[:LONGEST_TEXT] or None


def _as_rows(ways: _Ways) -> tuple[gpd.GeoDataFrame, int]:
    """Return a row for each way, or piece of one between missing nodes; and how many were cut."""
    flat = np.frombuffer(ways.nodes, dtype=np.int64).reshape(-1, 3)
    sizes = np.frombuffer(ways.sizes, dtype=np.int64)
    way = np.repeat(np.arange(len(sizes)), sizes)
    there = (flat[:, 1] != NOWHERE) & (flat[:, 2] != NOWHERE)
    cut = len(np.unique(way[~there]))
    # A new piece begins with a new way, or after a node that is missing.
    begins = np.ones(len(way), dtype=bool)
    begins[1:] = (way[1:] != way[:-1]) | ~there[:-1]
    piece, way, flat = (np.cumsum(begins) - 1)[there], way[there], flat[there]
    enough = (np.bincount(piece) > 1)[piece] if len(piece) else there[there]
    piece, way, flat = piece[enough], way[enough], flat[enough]
    return _frame(ways, piece, way, flat), cut


def _frame(
    ways: _Ways,
    piece: npt.NDArray[np.int64],
    way: npt.NDArray[np.int64],
    flat: npt.NDArray[np.int64],
) -> gpd.GeoDataFrame:
    first = np.flatnonzero(np.diff(piece, prepend=-1))
    owner = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(piece))))
    shapes = np.asarray(
        shapely.linestrings(flat[:, 1:] / UNITS_OF_DEGREE, indices=owner), dtype=object
    )
    columns = {
        tag: pd.Series(np.array([*words, None], dtype=object)[:-1][way[first]], dtype=object)
        for tag, words in ways.tags.items()
    }
    nodes = np.empty(len(first), dtype=object)
    nodes[:] = np.split(flat[:, 0], first[1:]) if len(first) else []
    frame = pd.DataFrame(
        {**columns, "row": way[first] + 1, "nodes": nodes, "given": pd.Series(shapes, dtype=object)}
    )
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, crs=CGCS2000))


def _unreadable(file_name: str, reason: str) -> FileUnreadableError:
    return FileUnreadableError(file=file_name, format=FORMAT, reason=Text(f"reason.{reason}"))
