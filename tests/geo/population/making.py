"""Rasters and tables of people that the tests make, and the way in that they take."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from sqlalchemy import Connection

from geo.access.jurisdiction import system_viewer
from geo.exchange.stage import Options
from geo.files.store import find_file
from geo.imports import ImportReport, run_import
from geo.incoming import ImportOptions
from geo.population.read import Cells, CellSet, find_cells, read_cell_arrays
from geo.texts import LANGS

TODAY = date(2026, 11, 21)
SYSTEM = system_viewer("test")
NORTH_UP = Affine(0.001, 0, 118.3, 0, -0.001, 34.7)


def raster(path: Path, bands: Any, **more: Any) -> Path:
    """Write a GeoTIFF of bands (ages, rows, columns); in EPSG:4326 at 郯城 unless told else."""
    values = np.asarray(bands, dtype=more.pop("dtype", "float32"))
    descriptions = more.pop("descriptions", None)
    profile = {"crs": "EPSG:4326", "transform": NORTH_UP, "nodata": None} | more
    with rasterio.open(
        path, "w", driver="GTiff", count=values.shape[0], height=values.shape[1],
        width=values.shape[2], dtype=values.dtype, **profile,
    ) as file:  # fmt: skip
        file.write(values)
        if descriptions:
            file.descriptions = descriptions
    return path


def take(conn: Connection, path: Path, home: Path, **options: Any) -> ImportReport:
    """Import people; everything told must exist in both languages."""
    facts = {key: options.pop(key) for key in ("bands", "name") if key in options}
    reading = {key: options.pop(key) for key in ("crs", "mapping") if key in options}
    done = run_import(
        conn,
        "population",
        path,
        ImportOptions(
            valid_from=options.pop("valid_from", TODAY),
            reading=Options(**reading),
            facts=facts,
            **{
                key: options.pop(key)
                for key in ("accept_findings", "publication")
                if key in options
            },
        ),
        viewer=options.pop("viewer", SYSTEM),
        today=TODAY,
        files=home / "files",
        **options,
    )
    for told in (*done.findings, *done.conclusions):
        for lang in LANGS:
            json.dumps(told.as_dict(lang), allow_nan=False)
            assert "None" not in told.message(lang), told
    return done


def stored(conn: Connection, home: Path, name: str | None = None) -> tuple[CellSet, Cells]:
    found = find_cells(conn, name, demo=None)
    assert found is not None
    return found, read_cell_arrays(find_file(conn, found.file_sha256, home / "files").path)


def rules(done: ImportReport) -> list[str]:
    return [finding.rule for finding in done.findings]


def table(path: Path, *lines: Sequence[object]) -> Path:
    text = "\n".join(",".join(str(cell) for cell in line) for line in lines)
    path.write_text(text + "\n", encoding="utf-8")
    return path
