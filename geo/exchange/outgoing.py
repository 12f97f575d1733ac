"""What leaves: a frame's columns as plain Python values, ready for any format."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

import geopandas as gpd

from geo.exchange.raw import none_for_missing

Frame: TypeAlias = gpd.GeoDataFrame


def cells_of(frame: Frame) -> tuple[list[str], list[Sequence[object]]]:
    """Return names and columns beside the geometry: None, Boolean, number, text, date.

    Instants, UUIDs and whatever else become text, as every format can hold it.
    """
    names = [str(name) for name in frame.columns if name != frame.geometry.name]
    return names, [[_plain(cell) for cell in none_for_missing(frame[name])] for name in names]


def geometry_types(frame: Frame) -> list[str]:
    """Return the types of geometry there are, each once."""
    return sorted({shape.geom_type for shape in frame.geometry.to_numpy() if shape is not None})


def _plain(cell: object) -> object:
    if isinstance(cell, datetime):
        return cell.isoformat()
    if cell is None or isinstance(cell, bool | int | float | str | date):
        return cell
    if isinstance(cell, UUID):
        return str(cell)
    return str(cell)
