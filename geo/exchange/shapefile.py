"""Shapefiles: loose beside their siblings, or zipped; encoding found on the raw records.

A .cpg lies often and a language byte more often: GDAL then reads GBK as Latin-1 without a word.
So everything is read as Latin-1, where each byte is one character, and decoded here.
"""

from __future__ import annotations

import csv
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError
from pyogrio.raw import read as read_raw
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.exchange.encoding import choose_codec, decode_cell
from geo.exchange.findings import Conclusion
from geo.exchange.geopackage_file import shapes_of_wkb
from geo.exchange.raw import (
    RawTable,
    Source,
    none_for_missing,
    quiet,
    too_many_rows,
    unique_heads,
    unreadable,
)

KIND = "Shapefile"
MAGIC = struct.pack(">i", 9994)
PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
KEYS = "_fields.csv"
BYTES = "ISO-8859-1"
FIELD_NAME = 10
SHP_HEAD, RECORD_HEAD, DBF_STEP, DBF_END = 100, 8, 32, 0x0D
BROKEN = (
    DataLayerError,
    DataSourceError,
    FeatureError,
    FieldError,
    GeometryError,
    RuntimeError,
    ValueError,
    OSError,
    UnicodeError,
)


@dataclass(frozen=True)
class _Field:
    name: bytes
    width: int


def siblings(path: Path) -> dict[str, Path]:
    """Return the files of the set that a .shp belongs to, by suffix, however they are written."""
    parts = {}
    for there in sorted(path.parent.iterdir()):
        if there.stem.casefold() == path.stem.casefold() and there.suffix.casefold() in PARTS:
            parts[there.suffix.casefold()] = there
        if there.name.casefold() == f"{path.stem}{KEYS}".casefold():
            parts[KEYS] = there
    return parts | {".shp": path}


def read(source: Source) -> RawTable:
    """Read a set by its .shp; a missing .shx is made anew, in our own folder.

    Raises
    ------
    FileUnreadableError
        If the .dbf is missing, a part is cut, the parts are of different length, or no encoding
        fits.
    """
    parts = siblings(source.path)
    if ".dbf" not in parts:
        raise unreadable(source, KIND, "shp_without_dbf")
    fields, count = _check_parts(parts, source)
    if count > source.options.max_rows:
        raise too_many_rows(source, KIND)
    meta, wkb, data = _read_bytes(parts, source)
    heads, columns, conclusion = _decode(fields, meta["fields"], data, source)
    heads, renamed = _long_heads(heads, parts)
    shapes, findings = shapes_of_wkb(list(wkb))
    crs, about_prj = _crs_of(parts)
    return RawTable(
        heads=unique_heads(heads),
        columns=list(columns),
        rows=range(1, len(shapes) + 1),
        geometry=shapes,
        crs=crs,
        crs_from="crs_from.prj",
        cut_heads=True,
        conclusions=[conclusion, *renamed, *about_prj, *_about_cpg(parts, conclusion)],
        findings=findings,
    )


def _check_parts(parts: Mapping[str, Path], source: Source) -> tuple[list[_Field], int]:
    """Check each part against its own header; GDAL reads what is left of a cut one as nothing."""
    shp, dbf = parts[".shp"], parts[".dbf"]
    with shp.open("rb") as file:
        head = file.read(SHP_HEAD)
    if len(head) < SHP_HEAD or shp.stat().st_size < struct.unpack(">i", head[24:28])[0] * 2:
        raise unreadable(source, KIND, "part_cut", part=".shp")
    with dbf.open("rb") as file:
        head = file.read(DBF_STEP)
        if len(head) < DBF_STEP:
            raise unreadable(source, KIND, "part_cut", part=".dbf")
        count, start, width = struct.unpack("<IHH", head[4:12])
        about = file.read(max(start - DBF_STEP, 0))
    if dbf.stat().st_size < start + count * width:
        raise unreadable(source, KIND, "part_cut", part=".dbf")
    if ".shx" in parts and (parts[".shx"].stat().st_size - SHP_HEAD) // 8 != count:
        raise unreadable(
            source,
            KIND,
            "parts_differ",
            rows=count,
            shapes=(parts[".shx"].stat().st_size - SHP_HEAD) // 8,
        )
    fields = []
    for at in range(0, len(about) - DBF_STEP + 1, DBF_STEP):
        if about[at] == DBF_END:
            break
        fields.append(_Field(about[at : at + 11].split(b"\x00")[0], about[at + 16]))
    return fields, count


def _read_bytes(parts: Mapping[str, Path], source: Source) -> tuple[Any, Any, Any]:
    """Read through GDAL, by links in our own folder: neither .cpg nor index files come along."""
    folder = source.folder / "shapefile"
    folder.mkdir(exist_ok=True)
    for suffix in (".shp", ".shx", ".dbf"):
        if suffix in parts:
            (folder / f"set{suffix}").symlink_to(parts[suffix].absolute())
    if ".shx" not in parts:
        _make_index(parts[".shp"], folder / "set.shx", source)
    try:
        with quiet():
            meta, _, wkb, data = read_raw(folder / "set.shp", encoding=BYTES)
    except BROKEN:
        raise unreadable(source, KIND, "damaged") from None
    if wkb is None:
        wkb = np.full(len(data[0]) if len(data) else 0, None, dtype=object)
    return meta, wkb, data


def _make_index(shp: Path, shx: Path, source: Source) -> None:
    """Make the index of records anew; GDAL can, but by a setting of the whole process."""
    index = []
    with shp.open("rb") as file:
        head = file.read(SHP_HEAD)
        at, end = SHP_HEAD, struct.unpack(">i", head[24:28])[0] * 2
        while at < end:
            file.seek(at)
            record = file.read(RECORD_HEAD)
            words = struct.unpack(">i", record[4:8])[0] if len(record) == RECORD_HEAD else -1
            if words < 0:
                raise unreadable(source, KIND, "part_cut", part=".shp")
            index.append(struct.pack(">ii", at // 2, words))
            at += RECORD_HEAD + words * 2
    length = (SHP_HEAD + RECORD_HEAD * len(index)) // 2
    shx.write_bytes(head[:24] + struct.pack(">i", length) + head[28:] + b"".join(index))


def _decode(
    fields: list[_Field], names: Any, data: Any, source: Source
) -> tuple[list[str], list[list[object]], Conclusion]:
    columns = [none_for_missing(column) for column in data]
    widths = [field.width for field in fields] + [0] * (len(columns) - len(fields))
    raw_names = [str(name).encode(BYTES) for name in names]

    def cells() -> Iterator[tuple[bytes, int]]:
        yield from ((name, FIELD_NAME) for name in raw_names)
        for column, width in zip(columns, widths, strict=False):
            yield from (
                (cell.encode(BYTES), width) for cell in set(column) if isinstance(cell, str)
            )

    try:
        codec, conclusion = choose_codec(cells(), source.options.encoding)
    except UnicodeDecodeError as exc:
        raise unreadable(
            source, KIND, "encoding", encoding=exc.encoding.upper(), byte=exc.start + 1
        ) from None
    heads = [decode_cell(name, codec, FIELD_NAME) for name in raw_names]
    decoded = [
        [_text(cell, codec, width) if isinstance(cell, str) else cell for cell in column]
        for column, width in zip(columns, widths, strict=False)
    ]
    return heads, decoded, conclusion


def _text(cell: str, codec: str, width: int) -> str | None:
    return decode_cell(cell.encode(BYTES), codec, width).strip() or None


def _long_heads(heads: list[str], parts: Mapping[str, Path]) -> tuple[list[str], list[Conclusion]]:
    """Give heads their full names back where the key table that we write lies beside."""
    if KEYS not in parts:
        return heads, []
    try:
        with parts[KEYS].open(encoding="utf-8-sig", newline="") as file:
            keys = {row[0]: row[1] for row in csv.reader(file) if len(row) > 1}
    except (OSError, UnicodeDecodeError, csv.Error):
        return heads, []
    named = [keys.get(head, head) for head in heads]
    return named, [Conclusion(rule="key_table", facts={"file": parts[KEYS].name})]


def _crs_of(parts: Mapping[str, Path]) -> tuple[CRS | None, list[Conclusion]]:
    if ".prj" not in parts:
        return None, []
    try:
        wkt = parts[".prj"].read_text(encoding="utf-8", errors="replace").strip("\ufeff \r\n\t")
        return CRS.from_wkt(wkt), []
    except (CRSError, OSError):
        return None, [Conclusion(rule="prj_unreadable")]


def _about_cpg(parts: Mapping[str, Path], chosen: Conclusion) -> list[Conclusion]:
    """Tell what the .cpg says; it is never followed, for it lies too often."""
    if ".cpg" not in parts:
        return []
    said = parts[".cpg"].read_bytes()[:40].decode("latin-1").strip()
    facts = {"said": said, "encoding": chosen.facts["encoding"]}
    return [Conclusion(rule="cpg_not_followed", facts=facts)]
