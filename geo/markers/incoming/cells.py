"""What a cell of a table of markers may be, read from the words offices write."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from geo.exchange.schema import NOTHING, CellError, parse_number, parse_text
from geo.markers.life import STATES
from geo.markers.numbers import plain_number
from geo.markers.tables import METHODS, SET_UPS
from geo.texts import LANGS, Text, text

MOST_NUMBER = 40
FULL_CIRCLE = 360.0
MOST_DISTANCE_M = 20_000.0
"""A reference object further away than this cannot be seen from a stone."""
MOST_ACCURACY_M = 1_000.0
HEIGHTS_M = (-200.0, 9_000.0)
METHOD_ALIASES = {
    "gnss静态": "gnss_static", "静态": "gnss_static", "gps": "gnss_static", "gnss": "gnss_static",
    "gps静态": "gnss_static", "卫星定位": "gnss_static", "rtk": "gnss_rtk", "网络rtk": "gnss_rtk",
    "gpsrtk": "gnss_rtk", "gnssrtk": "gnss_rtk", "手机": "gnss_phone", "手机定位": "gnss_phone",
    "导线": "traverse", "导线测量": "traverse", "交会": "intersection", "交会法": "intersection",
    "前方交会": "intersection", "图解": "map", "图上量取": "map", "量图": "map", "图解法": "map",
    "不详": "unknown", "未知": "unknown",
}  # fmt: skip
STATE_ALIASES = {
    "完好": "in_place", "良好": "in_place", "正常": "in_place", "在位": "in_place",
    "损坏": "damaged", "破损": "damaged", "字迹不清": "worn", "倾斜": "leaning", "移位": "moved",
    "丢失": "lost", "缺失": "lost", "报废": "scrapped",
}  # fmt: skip
SET_UP_WORDS = {
    "同号三立": "triple", "同号双立": "double", "三立": "triple", "双立": "double",
    "单立": "single", **{key: key for key in SET_UPS},
}  # fmt: skip
"""The longer word first, for one holds the other."""
FACES_WORDS = {"三面": 3, "双面": 2, "两面": 2, "二面": 2}
SEPARATORS = re.compile(r"[;；、,，/|\n]+")
SCIENTIFIC = re.compile(r"[0-9]\.[0-9]+[eE]\+[0-9]+")
ANGLE = re.compile(
    r"([0-9]{1,3})\s*[°度:-]\s*([0-9]{1,2}(?:\.[0-9]+)?)\s*(?:['′分:-]\s*"
    r"(?:([0-9]{1,2}(?:\.[0-9]+)?)\s*(?:[\"″秒]|''|′′)?)?)?"
)
LENGTH = re.compile(r"±?\s*(\S+?)\s*(mm|cm|km|m|毫米|厘米|千米|公里|米)?", re.IGNORECASE)
UNITS_M = {
    "mm": 0.001, "毫米": 0.001, "cm": 0.01, "厘米": 0.01, "m": 1.0, "米": 1.0, "km": 1000.0,
    "千米": 1000.0, "公里": 1000.0,
}  # fmt: skip
SIXTY = 60.0


class SetUp(NamedTuple):
    """What one cell says of set-up and faces, which are two things; None where it says nothing."""

    set_up: str | None
    faces: int | None
    written: str


def parse_number_text(value: object) -> str:
    """Return a number as it is written: NFC, nothing inside it changed.

    Refused are digits a spreadsheet has lost (``1.25E+07``), control characters and more than 40.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    written = plain_number(str(value))
    if SCIENTIFIC.fullmatch(written):
        raise CellError("code_digits_lost", Text("allowed.code_as_text"))
    parse_text(written, max_len=MOST_NUMBER)
    if not written:
        raise CellError("cell_missing")
    return written


def parse_word(value: object) -> str | None:
    """Return text, or None for what people write where there is nothing."""
    found = parse_text(value)
    return None if found.casefold() in NOTHING else found


def parse_listed(value: object) -> tuple[str, ...] | None:
    """Return what a cell lists, parted by ``、`` ``；`` ``,`` ``/`` or a new line."""
    parts = SEPARATORS.split(str(int(value)) if isinstance(value, float) else str(value))
    named = [word for part in parts if part.strip() and (word := parse_word(part))]
    return tuple(dict.fromkeys(named)) or None


def parse_set_up(value: object) -> SetUp:
    """Return set-up and faces of a cell that may say one of them, or both as 单立三面."""
    plain = _plain(value)
    set_up = next((key for word, key in SET_UP_WORDS.items() if word in plain), None)
    faces = next((number for word, number in FACES_WORDS.items() if word in plain), None)
    if set_up is None and faces is None:
        raise CellError("set_up_unknown", _named("set_up", SET_UPS))
    return SetUp(set_up, faces, str(value).strip())


def parse_faces(value: object) -> int:
    """Return two or three, from a number or 双面, 三面."""
    plain = _plain(value)
    found = next((number for word, number in FACES_WORDS.items() if word in plain), None)
    if found is None and plain in ("2", "3", "2.0", "3.0"):
        found = int(float(plain))
    if found is None:
        raise CellError("faces_unknown", Text("allowed.faces"))
    return found


def parse_method(value: object) -> str:
    """Return how a position was measured, from its key or its name in either language."""
    return _of_named("method", METHODS, METHOD_ALIASES, value)


def parse_state(value: object) -> str:
    """Return the state a marker is in, from its key or its name in either language."""
    return _of_named("marker_state", STATES, STATE_ALIASES, value)


def parse_bearing(value: object) -> float | None:
    """Return a bearing in decimal degrees, 0 to below 360, from decimals or 123°45′30″."""
    if _is_nothing(value):
        return None
    if isinstance(value, str) and (match := ANGLE.fullmatch(_plain(value))):
        degrees, minutes, seconds = (float(part or 0) for part in match.groups())
        if max(minutes, seconds) >= SIXTY:
            raise CellError("bearing_out_of_range", Text("allowed.bearing"))
        bearing = degrees + minutes / SIXTY + seconds / SIXTY**2
    else:
        bearing = parse_number(value.rstrip("°度 ") if isinstance(value, str) else value)
    if not 0 <= bearing < FULL_CIRCLE:
        raise CellError("bearing_out_of_range", Text("allowed.bearing"))
    return bearing


def parse_distance(value: object) -> float | None:
    """Return a distance in metres, above nothing and at most 20 km; a unit behind is read."""
    return _length(value, MOST_DISTANCE_M)


def parse_accuracy(value: object) -> float | None:
    """Return an accuracy in metres, above nothing; ``±0.05 m`` and ``5cm`` are read."""
    return _length(value, MOST_ACCURACY_M)


def parse_height(value: object) -> float | None:
    """Return a height in metres."""
    if _is_nothing(value):
        return None
    found = parse_number(value.rstrip("m米 ") if isinstance(value, str) else value)
    if not HEIGHTS_M[0] <= found <= HEIGHTS_M[1]:
        raise CellError("number_out_of_range", f"{HEIGHTS_M[0]:g}–{HEIGHTS_M[1]:g} m")
    return found


def _length(value: object, most_m: float) -> float | None:
    if _is_nothing(value):
        return None
    unit = "m"
    if isinstance(value, str):
        match = LENGTH.fullmatch(unicodedata.normalize("NFKC", value).strip())
        if match:
            value, unit = match[1], (match[2] or "m").casefold()
    found = parse_number(value) * UNITS_M[unit]
    if not 0 < found <= most_m:
        raise CellError("number_out_of_range", f"> 0, ≤ {most_m:g} m")
    return found


def _of_named(key: str, known: tuple[str, ...], aliases: dict[str, str], value: object) -> str:
    plain = _plain(value)
    names = {_plain(text(f"{key}.{one}", lang)): one for one in known for lang in LANGS}
    found = {**aliases, **names, **{one: one for one in known}}.get(plain)
    if found is None:
        raise CellError(f"{key}_unknown", _named(key, known))
    return found


def _named(key: str, known: tuple[str, ...]) -> Text:
    return Text("allowed.named", {"names": [Text(f"{key}.{one}") for one in known]})


def _plain(value: object) -> str:
    return "".join(unicodedata.normalize("NFKC", str(value)).split()).casefold()


def _is_nothing(value: object) -> bool:
    return isinstance(value, str) and value.strip().casefold() in NOTHING
