"""How papers write what they say: dates, metres, angles, systems; 待查 for what nobody knows.

Statutory papers are Chinese only. An unknown value is never blank, never 0.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from geo.crs.dms import write_dms
from geo.crs.systems import datum_of, false_easting, read_crs
from geo.errors import OptionInvalidError
from geo.markers.read import Marker
from geo.texts import text

UNKNOWN = "待查"
NONE = "无"
DASH = "—"
DEMO = "示例数据"
SYSTEM = "2000国家大地坐标系"
SOURCE = "依据数据截至{day}；舆图 Yutu 生成，版式可在 Word、WPS 中修改。"
UNCONFIRMED = "（系统生成，待核定）"
"""Behind a description that nobody has looked at yet."""
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
"""What XML cannot hold, or what the template engine would take for a page break."""


def say(value: object) -> str:
    """Return a value as a paper says it; unknown where there is none."""
    return UNKNOWN if value is None or value == "" else str(value)


def write_day(day: date | None) -> str:
    """Return a day such as ``2026年3月9日``, without leading zeros (GB/T 9704)."""
    return UNKNOWN if day is None else f"{day.year}年{day.month}月{day.day}日"


def write_metres(value: float | None, digits: int = 2) -> str:
    """Return metres to the centimetre; no thousands mark, as in lists of coordinates."""
    return UNKNOWN if value is None else f"{value:.{digits}f}"


def write_angle(degrees: float | None, digits: int = 2) -> str:
    """Return a latitude, longitude or bearing in degrees, minutes and seconds."""
    return UNKNOWN if degrees is None else write_dms(degrees, digits)


def write_km(value: float | None) -> str:
    """Return kilometres to the metre."""
    return UNKNOWN if value is None else f"{value:.3f}公里"


def write_meridian(degrees: int | None) -> str:
    """Return a central meridian such as ``117°``."""
    return UNKNOWN if degrees is None else f"{degrees}°"


def name_number(marker: Marker) -> str:
    """Return the number of a marker as it stands on the stone."""
    return f"{marker.number}{marker.member}"


def name_mark(publication: str) -> str:
    """Return the mark of what was made up; papers of real markers have none."""
    return DEMO if publication == "demo" else ""


def name_word(group: str, key: str | None) -> str:
    """Return a word of the catalogue in Chinese, such as ``set_up.single``."""
    return UNKNOWN if key is None else text(f"{group}.{key}", "zh")


def name_faces(faces: int) -> str:
    """Return the faces of a marker: 双面 or 三面."""
    return {2: "双面", 3: "三面"}[faces]


def name_given_system(source_crs: str | None) -> str:
    """Return the system in which coordinates were given, datum and zone told."""
    if not source_crs:
        return UNKNOWN
    try:
        crs = read_crs(source_crs)
    except OptionInvalidError:
        return source_crs
    datum = datum_of(crs)
    known = name_word("crs", datum) if datum != "other" else str(crs.name)
    offset = false_easting(crs)
    if offset is None:
        return f"{known}（{source_crs}）"
    numbered = "带号在内" if offset > 1_000_000 else "不含带号"  # noqa: PLR2004 - the width of a zone
    return f"{known}，高斯平面，{numbered}（{source_crs}）"


def write_given(marker: Marker, fit: str | None) -> str:
    """Return the coordinates of a marker as they were written, and how they came to CGCS2000."""
    if not (marker.given_x or marker.given_y):
        return UNKNOWN
    moved = f"；经局部拟合“{fit}”转换" if fit else ""
    given = f"纵坐标(纬度) {say(marker.given_y)}，横坐标(经度) {say(marker.given_x)}"
    return f"{given}；{name_given_system(marker.source_crs)}{moved}"


def count_markers(markers: Iterable[Marker]) -> str:
    """Return how many stones and numbers there are, by set-up; what there is none of is left out.

    A double marker is one number on two stones.
    """
    stones = list(markers)
    if not stones:
        return "0颗"
    by = Counter(one.set_up for one in stones)
    numbers = len({(one.number, one.set_up) for one in stones})
    told = "、".join(
        f"{name_word('set_up', key)}{by[key]}颗"
        for key in ("single", "double", "triple")
        if by[key]
    )
    return f"{len(stones)}颗（{numbers}个桩号）：{told}"


def plain(value: Any) -> Any:
    """Return what goes into a template with all control characters of its texts made blanks."""
    if isinstance(value, str):
        return CONTROL.sub(" ", value)
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value
