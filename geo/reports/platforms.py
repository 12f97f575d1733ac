"""The platforms that are reported to: ``data/reference/platforms/<name>.toml`` describes each.

What a platform calls a column, and which code it has for a word, is data: nothing of it is known
here. A file that was not checked against the platform says so, and so does every package.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from geo.errors import PlatformInvalidError, PlatformUnknownError
from geo.reports.values import VALUES
from geo.settings import REFERENCE

FOLDER = REFERENCE / "platforms"
FORMATS = frozenset({"csv", "xlsx"})
SPATIAL = {"geojson": ".geojson", "shapefile": ".shp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a package: its file's name, and which value stands under which head."""

    name: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A platform as its file describes it; ``verified`` says whether anybody compared the two."""

    name: str
    title: str
    verified: bool
    note: str
    unit_level: str
    encoding: str
    formats: tuple[str, ...]
    spatial: Literal["geojson", "shapefile"]
    dates: str
    key: str
    folders: Mapping[str, str]
    tables: Mapping[str, Table]
    codes: Mapping[str, Mapping[str, str]]


def list_platforms() -> list[str]:
    """Return the names of the platforms that are described."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def find_platform(name: str) -> Platform:
    """Return a platform by its name.

    Raises
    ------
    PlatformUnknownError
    """
    if name not in list_platforms():
        raise PlatformUnknownError(platform=name, allowed=list_platforms())
    return _load(name)


@cache
def _load(name: str) -> Platform:
    content = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    return read_platform(name, tomllib.loads(content))


def read_platform(name: str, said: Mapping[str, Any]) -> Platform:
    """Return a platform from the content of its file.

    Raises
    ------
    PlatformInvalidError
        If the file names a value there is not, or a table has no column of the key.
    """
    tables = {kind: Table(**table) for kind, table in said["tables"].items()}
    for kind, table in tables.items():
        unknown = sorted(set(table.columns.values()) - VALUES[kind].keys())
        if unknown or said["key"] not in table.columns:
            raise PlatformInvalidError(platform=name, table=kind, columns=unknown or [said["key"]])
    return Platform(
        name=name,
        tables=tables,
        formats=tuple(said["formats"]),
        **{key: said[key] for key in said if key not in ("tables", "formats")},
    )
