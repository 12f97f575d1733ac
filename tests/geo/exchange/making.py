"""Schemas, files and shapes that the tests of the way in use."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from openpyxl import Workbook

from geo.errors import YutuError
from geo.exchange.schema import (
    Column,
    Schema,
    parse_bool,
    parse_code,
    parse_date,
    parse_int,
    parse_number,
    parse_text,
)
from geo.exchange.stage import Options, Staged, stage
from geo.texts import LANGS, text

CODE = Column("code", ("代码", "行政区划代码", "gb"), parse_code, required=True)
NAME = Column("name", ("名称", "行政区划名称"), parse_text, required=True)
SINCE = Column("since", ("设立日期", "日期"), parse_date)

DIVISIONS = Schema(
    kind="divisions", columns=(CODE, NAME, SINCE), geometry=frozenset({"MultiPolygon"})
)
PLACES = Schema(
    kind="places", columns=(CODE, NAME), geometry=frozenset({"Point"}), geometry_required=True
)
LISTS = Schema(kind="lists", columns=(CODE, NAME))
EVERYTHING = Schema(
    kind="everything",
    columns=(
        CODE,
        NAME,
        SINCE,
        Column("people", ("人口",), parse_int),
        Column("area_km2", ("面积",), parse_number),
        Column("active", ("有效",), parse_bool),
    ),
    geometry=frozenset({"Point", "MultiPolygon"}),
)

TAIAN = shapely.box(117.0, 36.1, 117.2, 36.3)
JINAN = shapely.box(116.9, 36.5, 117.1, 36.7)
ROWS = {"代码": ["370900", "370100"], "名称": ["泰安市", "济南市"]}


def staged(path: Path, schema: Schema = DIVISIONS, **options: Any) -> Staged:
    """Stage a file; every text of what comes of it must exist in both languages."""
    found = stage(path, schema, Options(**options))
    for told in (*found.findings, *found.conclusions):
        for lang in LANGS:
            json.dumps(told.as_dict(lang), allow_nan=False)
            assert "None" not in told.message(lang), told
    return found


def rules(found: Staged) -> list[str]:
    return [finding.rule for finding in found.findings]


def concluded(found: Staged) -> dict[str, Mapping[str, object]]:
    return {conclusion.rule: conclusion.facts for conclusion in found.conclusions}


def reason(error: Exception) -> tuple[str, str]:
    """Return an error's text in Chinese and English; both must be there."""
    assert isinstance(error, YutuError)
    zh, en = (text(f"error.{error.code}", lang, **error.facts) for lang in LANGS)
    assert "GDAL" not in zh + en
    return zh, en


def frame(shapes: Sequence[Any] = (TAIAN, JINAN), epsg: int | None = 4490) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(ROWS, geometry=list(shapes), crs=epsg)


def collection(shapes: Sequence[Any], **members: Any) -> str:
    features = [
        {
            "type": "Feature",
            "properties": {"代码": f"37090{place}", "名称": f"区{place}"},
            "geometry": shape
            if shape is None or isinstance(shape, dict)
            else shapely.geometry.mapping(shape),
        }
        for place, shape in enumerate(shapes)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **members})


def shapefile(path: Path, shapes: Sequence[Any] = (TAIAN, JINAN), **options: Any) -> Path:
    """Write a real Shapefile through GDAL, in GBK with Chinese heads unless told otherwise."""
    epsg = options.pop("epsg", 4490)
    encoding = options.pop("encoding", "GBK")
    content = frame(shapes, epsg)
    content["名称"] = options.pop("names", ROWS["名称"])
    pyogrio.write_dataframe(content, path, encoding=encoding, **options)
    return path


def sheet(path: Path, rows: Sequence[Sequence[Any]], **more: Sequence[Sequence[Any]]) -> Path:
    book = Workbook()
    first = book.active
    assert first is not None
    for row in rows:
        first.append(list(row))
    for title, lines in more.items():
        other = book.create_sheet(title)
        for row in lines:
            other.append(list(row))
    book.save(path)
    return path


def same_cell(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return bool(np.isclose(one, other, rtol=1e-12))
    return one is other or one == other or bool(pd.isna([one, other]).all())
