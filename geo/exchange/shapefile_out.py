"""Shapefiles on their way out: a zip of the set, ASCII field names and the table of full ones."""

from __future__ import annotations

import csv
import re
import tempfile
import zipfile
from pathlib import Path

import pyarrow as pa
from pyogrio.raw import write_arrow

from geo.crs.systems import EPSG
from geo.errors import OptionInvalidError
from geo.exchange.findings import Finding
from geo.exchange.geopackage_file import GEOMETRY, arrow_of
from geo.exchange.outgoing import Frame, geometry_types
from geo.exchange.raw import quiet
from geo.exchange.shapefile import FIELD_NAME, KEYS, KIND, PARTS

MAX_BYTES = 254
FAMILIES = {
    "Point": "Point",
    "MultiPoint": "MultiPoint",
    "LineString": "LineString",
    "MultiLineString": "LineString",
    "Polygon": "Polygon",
    "MultiPolygon": "Polygon",
}


def write(frame: Frame, path: Path) -> list[Finding]:
    """Write a frame as a zip that holds the set and ``<name>_fields.csv``.

    Written as UTF-8, Chinese field names would be cut inside a character and the file could not
    be read again, so fields have ASCII names; text over 254 bytes is cut with a finding.

    Raises
    ------
    OptionInvalidError
        If the frame mixes points, lines and areas: a Shapefile holds one of them.
    """
    families = {FAMILIES.get(kind, kind) for kind in geometry_types(frame)}
    if len(families) > 1 or not families <= set(FAMILIES.values()):
        raise OptionInvalidError(option="format", value=KIND, allowed=["GeoPackage", "GeoJSON"])
    table = arrow_of(frame)
    names = [name for name in table.column_names if name != GEOMETRY]
    short = ascii_names(names)
    table, findings = _fitting(table)
    stem = path.stem
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        target = Path(folder) / f"{stem}.shp"
        with quiet():
            write_arrow(
                table.rename_columns([*short, GEOMETRY]),
                target,
                driver="ESRI Shapefile",
                geometry_name=GEOMETRY,
                geometry_type=next(iter(families), "Point"),
                crs=f"EPSG:{EPSG}",
                encoding="UTF-8",
            )
        with (Path(folder) / f"{stem}{KEYS}").open("w", encoding="utf-8-sig", newline="") as keys:
            csv.writer(keys).writerows(zip(short, names, strict=True))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for suffix in (*PARTS, KEYS):
                part = Path(folder) / f"{stem}{suffix}"
                if part.exists():
                    archive.write(part, part.name)
    return findings


def ascii_names(names: list[str]) -> list[str]:
    """Return field names of at most ten ASCII characters, each once."""
    short: list[str] = []
    for place, name in enumerate(names, 1):
        plain = re.sub(r"[^A-Za-z0-9_]", "", name)
        fits = plain == name and len(name) <= FIELD_NAME and name[:1].isalpha()
        wanted = name if fits else f"{plain[:6]}_{place}" if plain[:1].isalpha() else f"f_{place}"
        if wanted.casefold() in {there.casefold() for there in short}:
            wanted = f"f_{place}"
        short.append(wanted)
    return short


def _fitting(table: pa.Table) -> tuple[pa.Table, list[Finding]]:
    """Cut text at 254 bytes between two characters, and tell each cut."""
    findings = []
    for place, name in enumerate(table.column_names):
        if not pa.types.is_string(table.schema.field(place).type):
            continue
        cells = table.column(place).to_pylist()
        for row, cell in enumerate(cells):
            if cell is not None and len(cell.encode()) > MAX_BYTES:
                cells[row] = cell.encode()[:MAX_BYTES].decode("utf-8", "ignore")
                findings.append(
                    Finding(
                        rule="text_cut",
                        severity="warning",
                        row=row + 1,
                        column=name,
                        value=cell,
                        facts={"bytes": MAX_BYTES},
                    )
                )
        fitting = pa.array(cells, pa.string())
        table = table.set_column(place, table.schema.field(place), fitting)
    return table, findings
