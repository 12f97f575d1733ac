"""What a division's platform should know: each object in reach as the row the platform sees."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
import shapely
from sqlalchemy import Connection, func, select

from geo.access.jurisdiction import Viewer
from geo.boundaries.find import LineFilter, LineFound, find_lines
from geo.boundaries.tables import boundary_line_version
from geo.crs.zones import to_zones, zones_of
from geo.db.sql import any_uuid
from geo.files.attach import Attachment, list_attachments
from geo.markers.objects import read_objects
from geo.markers.own import read_own
from geo.markers.read import Marker, list_markers
from geo.reports.platforms import Platform
from geo.reports.values import VALUES, WORDS, Said
from geo.sections.descriptions import read_texts
from geo.sections.wording import word_position
from geo.texts import text

PAGE = 5000
SCRAPPED = "scrapped"
Cell = str | float | None
Cells = Mapping[str, Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An object as a platform sees it.

    ``cells`` by head, ``shape`` in EPSG:4490, ``digest`` (SHA-256) of all of it but what is done
    with it: a row is sent again when this differs from what the platform accepted.
    """

    object_id: UUID
    kind: str
    key: str
    cells: Cells
    shape: shapely.Geometry | None
    files: tuple[Attachment, ...]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The rows of a day; ``unrecorded`` counts the lines without a record, which are left out."""

    rows: list[Row]
    unrecorded: int


def gather_rows(
    conn: Connection, viewer: Viewer, platform: Platform, within: UUID | None, at: date
) -> Gathered:
    """Gather all lines and markers with a side at or below a division, as rows for a platform.

    A line without a record has no statutory code or name: it is counted, not reported. A scrapped
    marker is no marker any more.
    """
    markers = [one for one in _markers(conn, viewer, within, at) if one.state != SCRAPPED]
    lines = list(_lines(conn, viewer, platform, within, at))
    recorded = [one for one in lines if one.record is not None]
    ids = [one.line.id for one in recorded] + [one.id for one in markers]
    files = list_attachments(conn, ids)
    shapes = _line_shapes(conn, [one.line.id for one in recorded], at)
    counts = _count_markers(markers)
    rows = [
        _row(
            platform,
            "line",
            Said(
                thing=one,
                files=files[one.line.id],
                by_set_up=counts.get(one.line.id, {}),
            ),
            one.line.id,
            shapes.get(one.line.id),
        )
        for one in recorded
    ]
    rows += _marker_rows(conn, platform, markers, files, at)
    return Gathered(rows=rows, unrecorded=len(lines) - len(recorded))


def _marker_rows(
    conn: Connection,
    platform: Platform,
    markers: Sequence[Marker],
    files: Mapping[UUID, Sequence[Attachment]],
    at: date,
) -> Iterator[Row]:
    ids = [one.id for one in markers]
    objects, own = read_objects(conn, ids, at), read_own(conn, ids, at)
    texts = read_texts(conn, "marker", ids)
    lonlat = np.array([(one.lon, one.lat) for one in markers], dtype=float).reshape(-1, 2)
    zones = zones_of(lonlat[:, 0])
    metres = to_zones(lonlat, zones).round(3)
    for place, one in enumerate(markers):
        mine, sides = objects.get(one.id, []), own.get(one.id, {})
        placed = bool(np.isfinite(metres[place]).all())
        said = Said(
            thing=one,
            files=files[one.id],
            objects=mine,
            own=sides,
            # What no office has kept is told of the card alone, so that it changes with that only.
            position_text=texts.get(one.id) or word_position(one, mine, sides, None),
            zone=int(zones[place]) if placed else None,
            easting=float(metres[place, 0]) if placed else None,
            northing=float(metres[place, 1]) if placed else None,
        )
        shape = shapely.Point(lonlat[place]) if placed else None
        yield _row(platform, "marker", said, one.id, shape)


def _row(
    platform: Platform,
    kind: str,
    said: Said,
    object_id: UUID,
    shape: shapely.Geometry | None,
) -> Row:
    cells = write_cells(platform, kind, said)
    return Row(
        object_id=object_id,
        kind=kind,
        key=str(cells[platform.key]),
        cells=cells,
        shape=shape,
        files=tuple(said.files),
        digest=_digest(cells, shape, said.files),
    )


def write_cells(platform: Platform, kind: str, said: object) -> dict[str, Cell]:
    """Return the cells of a row by the platform's heads, in its order."""
    columns = platform.tables[kind].columns
    return {
        head: write_cell(platform, name, VALUES[kind][name](said)) for head, name in columns.items()
    }


def write_cell(platform: Platform, name: str, value: object) -> Cell:
    """Return a value as the platform writes it: its code, a word, a date in its form, a number."""
    if value is None or value == "":
        return None
    codes = platform.codes.get(name)
    if codes is not None and str(value) in codes:
        return codes[str(value)]
    if name in WORDS:
        return text(WORDS[name].format(value))
    if isinstance(value, date):
        return value.strftime(platform.dates)
    return value if isinstance(value, str | float) else str(value)


def _digest(cells: Cells, shape: shapely.Geometry | None, files: Collection[Attachment]) -> str:
    said = {
        "cells": dict(cells),
        "shape": None if shape is None else shapely.to_wkb(shape, hex=True),
        "files": sorted(one.sha256 for one in files),
    }
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _markers(conn: Connection, viewer: Viewer, within: UUID | None, at: date) -> Iterator[Marker]:
    after: str | None = ""
    while after is not None:
        page = list_markers(conn, viewer, at, within=within, after=after, limit=PAGE)
        yield from page.items
        after = page.next


def _lines(
    conn: Connection, viewer: Viewer, platform: Platform, within: UUID | None, at: date
) -> Iterator[LineFound]:
    wanted = LineFilter(beside=within, unit_level=platform.unit_level)
    after: str | None = ""
    while after is not None:
        page = find_lines(conn, viewer, at, wanted, after=after, limit=PAGE)
        yield from page.items
        after = page.next


def _line_shapes(conn: Connection, ids: Collection[UUID], at: date) -> dict[UUID, shapely.Geometry]:
    version = boundary_line_version.c
    rows = conn.execute(
        select(version.line_id, func.ST_AsBinary(version.geom).label("wkb")).where(
            version.line_id == any_uuid(ids), version.valid.contains(at)
        )
    )
    return {row.line_id: shapely.from_wkb(bytes(row.wkb)) for row in rows}


def _count_markers(markers: Sequence[Marker]) -> dict[UUID, Counter[str]]:
    """Return how many stones of each set-up stand on a line."""
    counts: defaultdict[UUID, Counter[str]] = defaultdict(Counter)
    for one in markers:
        for line in one.lines:
            counts[line.id][one.set_up] += 1
    return counts
