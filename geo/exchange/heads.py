"""Which column of a file is which of the schema, by its Chinese or English head."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from geo.errors import ColumnMissingError, OptionInvalidError
from geo.exchange.findings import Conclusion
from geo.exchange.schema import Column, Schema
from geo.texts import Text

MAYBE = "?"
"""Behind a mapped head: it is taken where it is there, and nothing is said where it is not."""
DBF_HEAD = 10  # bytes a Shapefile keeps of a field's name
MIN_CUT = 2

PLACES: dict[str, tuple[str, ...]] = {
    "wkt": ("wkt", "geometry", "geom", "the_geom", "几何", "空间数据"),
    "lon": (
        "lon", "lng", "long", "longitude", "经度", "东经", "经度坐标", "jd", "x", "x坐标", "坐标x",
        "横坐标", "横坐标y", "东坐标", "hzb",
    ),
    "lat": (
        "lat", "latitude", "纬度", "北纬", "纬度坐标", "wd", "y", "y坐标", "坐标y",
        "纵坐标", "纵坐标x", "北坐标", "zzb",
    ),
    "crs": (
        "坐标系", "坐标系统", "坐标基准", "平面坐标系", "平面坐标系统", "大地基准", "crs", "srs",
    ),
}  # fmt: skip
"""Columns of a table that hold a place or its system; only among heads the schema leaves over.

纵坐标 is the northing and 横坐标 the easting, whatever letter stands behind.
"""


@lru_cache(maxsize=8192)
def normal_head(head: str) -> str:
    """Return a head without what people decorate it with: case, spaces, stars, brackets."""
    plain = unicodedata.normalize("NFKC", head).casefold()
    bare = re.sub(r"\(.*?\)|\[.*?\]|【.*?】", "", plain)
    bare = re.sub(r"[\s*:_\-./]", "", bare)
    return bare or plain


def count_known(cells: Sequence[object], schema: Schema, mapping: Mapping[str, str]) -> int:
    """Count the cells of a row that could be heads of the schema; the head row has the most."""
    wanted = {normal_head(head.removesuffix(MAYBE)) for head in mapping.values()}
    for column in schema.columns:
        wanted.update(normal_head(head) for head in (column.name, *column.heads))
    for heads in PLACES.values():
        wanted.update(normal_head(head) for head in heads)
    found = {normal_head(cell) for cell in cells if isinstance(cell, str)}
    return len(found & wanted)


def recognise_columns(
    heads: Sequence[str], schema: Schema, mapping: Mapping[str, str], *, cut: bool = False
) -> tuple[dict[str, int], list[Conclusion]]:
    """Return the place of each column found (``wkt``, ``lon``, ``lat`` among them), and why.

    A mapping goes before any recognition; a head with ``?`` behind it need not be there, so that
    one mapping serves all files of a system. ``cut`` tells that heads hold ten bytes only, so that
    行政区划代 is taken for 行政区划代码.

    Raises
    ------
    ColumnMissingError
        If a mapped head or a required column is not there.
    OptionInvalidError
        If the mapping names a column that the schema does not have.
    """
    known = {column.name for column in schema.columns} | set(PLACES)
    found: dict[str, int] = {}
    conclusions: list[Conclusion] = []
    for name, head in mapping.items():
        if name not in known:
            raise OptionInvalidError(option="--mapping", value=name, allowed=sorted(known))
        place = _place_of_mapped(head, heads)
        if place is not None:
            found[name] = place
            conclusions.append(_concluded("column_mapped", heads[place], name))
    for name, wanted in _wanted(schema):
        place = None if name in found else _place_of(wanted, heads, found, cut=cut)
        if place is not None:
            found[name] = place
            conclusions.append(_concluded("column_taken", heads[place], name))
    for column in schema.columns:
        if column.required and column.name not in found:
            raise ColumnMissingError(column=_called(column), columns=list(heads))
    unused = [head for place, head in enumerate(heads) if place not in found.values()]
    if unused:
        conclusions.append(Conclusion(rule="columns_unused", facts={"heads": unused}))
    return found, conclusions


def find_second_pair(heads: Sequence[str], found: Mapping[str, int]) -> tuple[int, int] | None:
    """Return the columns of easting (or longitude) and northing that nothing was taken from."""
    lon = _place_of(PLACES["lon"], heads, found, cut=False)
    if lon is None:
        return None
    lat = _place_of(PLACES["lat"], heads, {**found, "": lon}, cut=False)
    return None if lat is None else (lon, lat)


def _wanted(schema: Schema) -> Iterator[tuple[str, tuple[str, ...]]]:
    for column in schema.columns:
        yield column.name, (column.name, *column.heads)
    if schema.geometry:
        yield from PLACES.items()


def _place_of_mapped(head: str, heads: Sequence[str]) -> int | None:
    wanted = head.removesuffix(MAYBE)
    for same in (str, normal_head):
        for place, there in enumerate(heads):
            if same(there) == same(wanted):
                return place
    if head.endswith(MAYBE):
        return None
    raise ColumnMissingError(column=head, columns=list(heads))


def _place_of(
    wanted: tuple[str, ...], heads: Sequence[str], found: Mapping[str, int], *, cut: bool
) -> int | None:
    free = {
        normal_head(head): place
        for place, head in reversed(list(enumerate(heads)))
        if place not in found.values()
    }
    for head in wanted:
        if normal_head(head) in free:
            return free[normal_head(head)]
    if cut:
        for head in wanted:
            for short in _cuts(head):
                if short in free:
                    return free[short]
    return None


def _cuts(head: str) -> set[str]:
    """Return what ten bytes hold of a head in the two encodings of Chinese Shapefiles."""
    cuts = set()
    for codec in ("utf-8", "gb18030"):
        short = head.encode(codec)[:DBF_HEAD].decode(codec, "ignore")
        if MIN_CUT < len(short) < len(head):
            cuts.add(normal_head(short))
    return cuts


def _called(column: Column) -> Text:
    return Text("reason.column_called", {"column": column.name, "heads": list(column.heads)})


def _concluded(rule: str, head: str, name: str) -> Conclusion:
    return Conclusion(rule=rule, facts={"head": head, "column": name})
