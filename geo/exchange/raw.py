"""What a reader is given and what it hands back: a file's own heads, cells and shapes, unjudged."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import CRS

from geo.crs.dms import DegreesForm
from geo.crs.local_fit import LocalFit
from geo.errors import FileUnreadableError
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.schema import Schema
from geo.progress import Progress
from geo.settings import settings
from geo.texts import Text

Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the caller says about a file.

    ``crs`` and ``encoding`` are declared where the file says nothing; ``mapping`` names, by
    canonical column, the head in the file; ``layer`` the layer of a GeoPackage, the sheet of a
    workbook or the member of an archive. ``fit`` takes an old datum to CGCS2000; ``degrees`` says
    what a plain number of degrees is, decimal or ``DDD.MMSSss``.
    """

    crs: str | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    layer: str | None = None
    fit: LocalFit | None = None
    degrees: DegreesForm | None = None
    max_rows: int = field(default_factory=lambda: settings().max_rows)
    max_unpacked_bytes: int = field(default_factory=lambda: settings().max_unpacked_bytes)


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file to read: where it is, how people call it, what is wanted, and a folder of our own."""

    path: Path
    name: str
    folder: Path
    schema: Schema
    options: Options
    progress: Progress


@dataclass(kw_only=True)
class RawTable:
    """The content of a file as it stands.

    ``columns[i]`` are the cells below ``heads[i]``, one for each of ``rows`` (numbers as a clerk
    sees them); a missing cell is None, and a cell that the format itself spoils is a `CellError`.
    ``crs_from`` is the catalogue key of where ``crs`` stands; ``crs_assumed`` is what the format's
    standard says where the file says nothing. ``cut_heads`` tells that heads hold ten bytes only.
    """

    heads: list[str]
    columns: list[Sequence[object]]
    rows: Sequence[int]
    geometry: Geometries | None = None
    crs: CRS | None = None
    crs_from: str = ""
    crs_assumed: CRS | None = None
    cut_heads: bool = False
    conclusions: list[Conclusion] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def none_for_missing(column: Any) -> list[object]:
    """Return the cells of a pandas column as plain Python objects, missing ones as None.

    The one place where NaN, NaT and ``pd.NA`` become None; everything inward knows None only.
    """
    series = pd.Series(column)
    plain: list[object] = series.astype(object).where(series.notna(), None).tolist()
    return plain


def unreadable(source: Source, kind: str, reason: str, **facts: object) -> FileUnreadableError:
    """Return the error of a file that is not what it claims; ``reason`` is a catalogue key."""
    return FileUnreadableError(
        file=source.name, format=kind, reason=Text(f"reason.{reason}", facts)
    )


def too_many_rows(source: Source, kind: str) -> FileUnreadableError:
    """Return the error of a file with more rows than one import may hold."""
    return unreadable(source, kind, "too_many_rows", limit=source.options.max_rows)


def unique_heads(heads: Sequence[object]) -> list[str]:
    """Return the heads as text, the second of two equal ones with a number behind."""
    seen: dict[str, int] = {}
    named = []
    for place, head in enumerate(heads, 1):
        name = " ".join(str(head).split()) if head is not None else ""
        name = name or f"#{place}"
        seen[name] = seen.get(name, 0) + 1
        named.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return named


@contextmanager
def quiet() -> Iterator[None]:
    """Keep a library's warnings about a clerk's file out of the log; we have our own findings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
