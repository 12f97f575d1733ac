"""Write a package: attribute tables, shapes, documents by their hash, and a manifest of it all."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection

from geo.crs.systems import CGCS2000
from geo.exchange.csv_file import ACTIVE
from geo.exchange.formats import write as write_format
from geo.files.attach import find_content
from geo.files.store import hash_file
from geo.reports.changed import Item
from geo.reports.gather import Cell, Cells, write_cells
from geo.reports.platforms import SPATIAL, Platform
from geo.reports.values import KINDS, Given

MANIFEST = "清单.json"
DAY_ZERO = (1980, 1, 1, 0, 0, 0)
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a package: its path inside, its SHA-256 and its size in bytes."""

    path: str
    sha256: str
    size: int


def write_package(
    conn: Connection,
    path: Path,
    platform: Platform,
    items: Sequence[Item],
    *,
    files: Path,
    facts: Mapping[str, Any],
) -> int:
    """Write a package as a zip; the same content gives the same bytes.

    Parameters
    ----------
    files
        Folder of kept files.
    facts
        What the manifest says of the package beside its files.

    Returns
    -------
    int
        How many documents and photos are in it.

    Raises
    ------
    NotFoundError
        If the content of a document is gone from the data folder.
    """
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        made = Path(folder)
        given = _write_media(conn, made, platform, items, files)
        tables = {kind: [one.row.cells for one in items if one.row.kind == kind] for kind in KINDS}
        tables["file"] = [write_cells(platform, "file", one) for one in given]
        for kind, rows in tables.items():
            _write_tables(made / platform.folders["attributes"], platform, kind, rows)
        for kind in KINDS:
            placed = [one for one in items if one.row.kind == kind and one.row.shape is not None]
            if placed:
                _write_shapes(made / platform.folders["spatial"], platform, kind, placed)
        entries = _list_entries(made)
        said = {**facts, "files": [asdict(one) for one in entries]}
        (made / MANIFEST).write_text(
            json.dumps(said, ensure_ascii=False, indent=2), encoding="utf-8"
        )
        _zip(path, made, [MANIFEST, *(one.path for one in entries)])
    return len({one.file.sha256 for one in given})


def _write_media(
    conn: Connection, made: Path, platform: Platform, items: Iterable[Item], files: Path
) -> list[Given]:
    """Put each document in once, under its hash; say which row it belongs to."""
    media = made / platform.folders["media"]
    given = []
    for one in items:
        for file in one.row.files:
            name = f"{file.sha256}{PurePosixPath(file.name).suffix.casefold()}"
            target = media / name
            if not target.exists():
                media.mkdir(parents=True, exist_ok=True)
                target.symlink_to(find_content(conn, file, files).path.resolve())
            place = f"{platform.folders['media']}/{name}"
            given.append(Given(key=one.row.key, file=file, path=place))
    return given


def _write_tables(folder: Path, platform: Platform, kind: str, rows: Sequence[Cells]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    table = platform.tables[kind]
    heads = list(table.columns)
    if "csv" in platform.formats:
        (folder / f"{table.name}.csv").write_bytes(_as_csv(heads, rows, platform.encoding))
    if "xlsx" in platform.formats:
        write_format(_frame(heads, rows, [None] * len(rows)), folder / f"{table.name}.xlsx")


def _as_csv(heads: Sequence[str], rows: Iterable[Cells], encoding: str) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(heads)
    for row in rows:
        writer.writerow([_plain(row.get(head)) for head in heads])
    return target.getvalue().encode(encoding)


def _plain(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if isinstance(cell, str) and ACTIVE.match(cell) else cell


def _write_shapes(folder: Path, platform: Platform, kind: str, items: Sequence[Item]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    table = platform.tables[kind]
    frame = _frame(
        list(table.columns), [one.row.cells for one in items], [one.row.shape for one in items]
    )
    if platform.spatial == "geojson":
        write_format(frame, folder / f"{table.name}.geojson")
        return
    packed = folder / f"{table.name}.zip"
    write_format(frame, packed, SPATIAL[platform.spatial])
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    packed.unlink()


def _frame(heads: Sequence[str], rows: Sequence[Cells], shapes: Sequence[Any]) -> gpd.GeoDataFrame:
    columns = {head: pd.Series([row.get(head) for row in rows], dtype=object) for head in heads}
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=gpd.GeoSeries(shapes, crs=CGCS2000))


def _list_entries(made: Path) -> list[Entry]:
    paths = sorted(one for one in made.rglob("*") if one.is_file())
    return [
        Entry(one.relative_to(made).as_posix(), hash_file(one), one.stat().st_size) for one in paths
    ]


def _zip(path: Path, made: Path, names: Iterable[str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            member = zipfile.ZipInfo(name, DAY_ZERO)
            member.compress_type = zipfile.ZIP_DEFLATED
            with (made / name).open("rb") as source, archive.open(member, "w") as target:
                while chunk := source.read(CHUNK):
                    target.write(chunk)
