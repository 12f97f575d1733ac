"""The formats: suffix, signature, reader, writer. A new format is one entry in `FORMATS`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from geo.errors import FileRefusedError, OptionInvalidError
from geo.exchange import (
    csv_file,
    excel_file,
    geojson_file,
    geopackage_file,
    geoparquet_file,
    shapefile,
    shapefile_out,
)
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.outgoing import Frame
from geo.exchange.raw import RawTable, Source, unreadable
from geo.exchange.unpack import Member, unpack
from geo.texts import Text

HEAD_BYTES = 512
ZIP_MAGIC = b"PK\x03\x04"
OLD_OFFICE_MAGIC = b"\xd0\xcf\x11\xe0"
BINARY = (
    ZIP_MAGIC,
    OLD_OFFICE_MAGIC,
    geopackage_file.MAGIC,
    geoparquet_file.MAGIC,
    shapefile.MAGIC,
    b"%PDF",
    b"Rar!",
    b"7z\xbc\xaf",
)


@dataclass(frozen=True)
class Format:
    """One format: its name, whether a file's first bytes can be it, how it is read and written.

    ``written_as`` is the suffix of what the writer makes; a Shapefile leaves as a zip.
    """

    name: str
    is_mine: Callable[[bytes], bool]
    read: Callable[[Source], RawTable]
    write: Callable[[Frame, Path], list[Finding]]
    written_as: str


def _is_text(head: bytes) -> bool:
    return not head.startswith(BINARY) and not head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")


def _starts(magic: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magic)


CSV = Format("CSV", _is_text, csv_file.read, csv_file.write, ".csv")
EXCEL = Format("Excel", _starts(ZIP_MAGIC), excel_file.read, excel_file.write, ".xlsx")
GEOJSON = Format("GeoJSON", geojson_file.is_mine, geojson_file.read, geojson_file.write, ".geojson")
GEOPACKAGE = Format(
    "GeoPackage",
    _starts(geopackage_file.MAGIC),
    geopackage_file.read,
    geopackage_file.write,
    ".gpkg",
)
SHAPEFILE = Format(
    "Shapefile", _starts(shapefile.MAGIC), shapefile.read, shapefile_out.write, ".zip"
)
GEOPARQUET = Format(
    "GeoParquet",
    _starts(geoparquet_file.MAGIC),
    geoparquet_file.read,
    geoparquet_file.write,
    ".parquet",
)

FORMATS: dict[str, Format] = {
    ".csv": CSV,
    ".tsv": CSV,
    ".xlsx": EXCEL,
    ".geojson": GEOJSON,
    ".json": GEOJSON,
    ".gpkg": GEOPACKAGE,
    ".shp": SHAPEFILE,
    ".parquet": GEOPARQUET,
    ".geoparquet": GEOPARQUET,
}

REFUSED = {
    ".xls": "reason.xls",
    ".et": "reason.xls",
    ".xlsb": "reason.xls",
    ".rar": "reason.other_archive",
    ".7z": "reason.other_archive",
    ".gz": "reason.other_archive",
    ".tar": "reason.other_archive",
    ".dbf": "reason.shp_part",
    ".shx": "reason.shp_part",
    ".prj": "reason.shp_part",
    ".cpg": "reason.shp_part",
}


def read_file(source: Source) -> RawTable:
    """Read a file by its suffix, once its first bytes agree; a zip by what it holds.

    Raises
    ------
    FileUnreadableError
        If it is missing, empty or not what its suffix says.
    FileRefusedError
        If its format is not taken, or it is too large.
    """
    suffix = Path(source.name).suffix.casefold()
    if suffix == ".zip":
        return _read_archive(source)
    known = FORMATS.get(suffix)
    if known is None:
        reason = REFUSED.get(suffix, "reason.suffix_unknown")
        facts = {"suffix": suffix or "-", "allowed": [*FORMATS, ".zip"]}
        raise FileRefusedError(file=source.name, reason=Text(reason, facts))
    _check_content(source, known)
    return known.read(source)


def write(frame: Frame, path: Path, suffix: str | None = None) -> list[Finding]:
    """Write a frame in EPSG:4490; the file appears whole or not at all.

    Parameters
    ----------
    frame
        Rows with a geometry column; None, NaN and NaT are missing cells.
    suffix
        Key of `FORMATS`; the path's own when not given. A Shapefile is written as a zip.

    Returns
    -------
    list of Finding
        What the format could not hold (all warnings).

    Raises
    ------
    OptionInvalidError
        If there is no such format, or the format cannot hold these geometries.
    """
    wanted = (suffix or path.suffix).casefold()
    known = FORMATS.get(wanted)
    if known is None:
        raise OptionInvalidError(option="format", value=wanted, allowed=list(FORMATS))
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        made = Path(folder) / f"{path.stem}{known.written_as}"
        findings = known.write(frame, made)
        made.replace(path)
    return findings


def _check_content(source: Source, known: Format) -> None:
    """Compare the first bytes with the suffix, before any library picks a driver by content."""
    if not source.path.is_file():
        raise unreadable(source, known.name, "missing")
    size = source.path.stat().st_size
    if size == 0:
        raise unreadable(source, known.name, "empty")
    limit = source.options.max_unpacked_bytes
    if size > limit:
        raise FileRefusedError(
            file=source.name, reason=Text("reason.too_large", {"limit_mb": limit // 2**20})
        )
    with source.path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if known is EXCEL and head.startswith(OLD_OFFICE_MAGIC):
        raise FileRefusedError(file=source.name, reason=Text("reason.xls_inside"))
    if not known.is_mine(head):
        raise unreadable(source, known.name, "signature")


def _read_archive(source: Source) -> RawTable:
    if not source.path.is_file():
        raise unreadable(source, "zip", "missing")
    wanted = FORMATS.keys() | set(shapefile.PARTS)
    members = unpack(source, wanted)
    main, layer = _choose_member(members, source)
    path = _gather_set(main, members, source.folder) if main.suffix == ".shp" else main.path
    inner = replace(
        source,
        path=path,
        name=f"{main.stem}{main.suffix}",
        options=replace(source.options, layer=layer),
    )
    table = read_file(inner)
    table.conclusions.insert(0, Conclusion(rule="zip_member", facts={"member": inner.name}))
    return table


def _choose_member(members: list[Member], source: Source) -> tuple[Member, str | None]:
    """Choose what to read; a ``layer`` that names no member is left to the member's reader."""
    keys = {
        f"{member.stem}{shapefile.KEYS}".casefold() for member in members if member.suffix == ".shp"
    }
    mains = [
        member
        for member in members
        if member.suffix in FORMATS and f"{member.stem}{member.suffix}".casefold() not in keys
    ]
    if not mains:
        raise FileRefusedError(
            file=source.name, reason=Text("reason.zip_empty", {"allowed": list(FORMATS)})
        )
    layer = source.options.layer
    named = [member for member in mains if layer in {member.stem, member.stem + member.suffix}]
    if len(mains) == 1:
        return mains[0], None if named else layer
    if len(named) != 1:
        raise OptionInvalidError(
            option="--layer",
            value=layer or Text("reason.not_given"),
            allowed=[member.stem + member.suffix for member in mains],
        )
    return named[0], None


def _gather_set(main: Member, members: list[Member], folder: Path) -> Path:
    """Put the files of one set beside each other under one name."""
    together = folder / "set"
    together.mkdir()
    for member in members:
        if member.folder != main.folder:
            continue
        if member.suffix in shapefile.PARTS and member.stem.casefold() == main.stem.casefold():
            member.path.rename(together / f"set{member.suffix}")
        elif (
            f"{member.stem}{member.suffix}".casefold() == f"{main.stem}{shapefile.KEYS}".casefold()
        ):
            member.path.rename(together / f"set{shapefile.KEYS}")
    return together / "set.shp"
