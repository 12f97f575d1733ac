"""What a 界桩位置说明 and a 界线走向说明 say, clause by clause; statutory papers are in Chinese.

A clause whose field is empty is left out, and a measured value never stands with 约.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from geo.crs.dms import write_dms
from geo.markers.facts import SideFacts
from geo.markers.objects import ReferenceObject
from geo.markers.read import Marker
from geo.sections.course import CourseLeg
from geo.sections.register import Section
from geo.texts import text

Change = Literal["same", "added", "removed"]
Difference = list[tuple[Change, str]]
FOLLOWED = {"river": "河流", "ditch": "沟渠", "road": "道路", "ridge": "分水岭"}
"""What a section follows where the feature has no name."""
CROSSES = {"water": "跨", "roads": "穿", "railways": "穿"}
CLAUSE = re.compile(r"[^，；。：]*[，；。：]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPoint:
    """An end of a section: a marker by its number, with set-up and height, else ``words``."""

    words: str = ""
    number: str | None = None
    set_up: str = "single"
    height_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A named feature near a marker: the direction from it to the marker, metres."""

    name: str
    word: str
    distance_m: float


def word_course(
    section: Section,
    begin: EndPoint,
    end: EndPoint,
    legs: Sequence[CourseLeg],
    *,
    followed: str | None,
) -> str:
    """Return the 走向说明 of a section.

    Parameters
    ----------
    legs
        Of :func:`geo.markers.course.trace_course`; none where the section cannot be placed.
    followed
        The name of what it follows, where the section itself does not name it.
    """
    follows = _follows(section, followed)
    if len(legs) == 1 and not follows:
        follows = "以直线"
    clauses = [f"自{_end(begin)}起"]
    for number, leg in enumerate(legs):
        where = f"至{leg.at}" if leg.at and number < len(legs) - 1 else ""
        turn = follows if number == 0 else "折" if leg.word != legs[number - 1].word else "继续"
        clauses.append(f"{turn}向{leg.word}行{_metres(leg.length_m)}{where}{_crossings(leg)}")
    if not legs and follows:
        clauses.append(f"{follows}延伸")
    clauses.append(f"至{_end(end)}止")
    length = _length(section)
    return "，".join([*clauses, *([length] if length else [])]) + "。"


def word_position(
    marker: Marker,
    objects: Sequence[ReferenceObject],
    own: Mapping[UUID, SideFacts],
    beside: Beside | None,
) -> str:
    """Return the 位置说明 of a marker: what it is, where it stands, what is seen from it."""
    number = f"{marker.number}号界桩" + (f"（{marker.member}）" if marker.member else "")
    kinds = [text(f"set_up.{marker.set_up}"), text(f"faces.{marker.faces}"), marker.material]
    what = f"{number}为{'、'.join(one for one in kinds if one)}界桩"
    sites = [_site(side.name, own.get(side.id)) for side in marker.sides]
    where = [f"位于{_list(sites)}交界处"]
    if beside:
        near = f"{beside.word}侧{_metres(beside.distance_m)}处" if beside.distance_m >= 1 else "上"
        where.append(f"在{beside.name}{near}")
    if marker.lon is not None and marker.lat is not None:
        where.append(f"东经{write_dms(marker.lon)}")
        where.append(f"北纬{write_dms(marker.lat)}")
    if marker.height_m is not None:
        datum = f"（{marker.height_datum}）" if marker.height_datum else ""
        where.append(f"高程{_number(marker.height_m)}米{datum}")
    seen = [found for one in objects if (found := _object(one))]
    return "；".join([f"{what}，{'，'.join(where)}", *seen]) + "。"


def _site(side: str, own: SideFacts | None) -> str:
    """Return where a marker stands on a side; a site may begin with the side's name or not."""
    site = (own.site if own else None) or ""
    return site if site.startswith(side) else f"{side}{site}"


def compare_clauses(old: str, new: str) -> Difference:
    """Return what a new text says otherwise than an old one, clause by clause, in reading order.

    ``removed`` stands in the old one only, ``added`` in the new one only.
    """
    before, after = _clauses(old), _clauses(new)
    found: Difference = []
    for what, a, b, c, d in difflib.SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if what == "equal":
            found.append(("same", "".join(before[a:b])))
            continue
        if b > a:
            found.append(("removed", "".join(before[a:b])))
        if d > c:
            found.append(("added", "".join(after[c:d])))
    return found


def _clauses(words: str) -> list[str]:
    return [one for one in CLAUSE.findall(words) if one]


def _follows(section: Section, followed: str | None) -> str:
    if section.basis == "marker_to_marker":
        return ""
    name = section.basis_name or followed or FOLLOWED.get(section.basis)
    return f"沿{name}" if name else ""


def _end(end: EndPoint) -> str:
    if end.number is None:
        return end.words
    told = [] if end.set_up == "single" else [text(f"set_up.{end.set_up}")]
    told += [] if end.height_m is None else [f"高程{_number(end.height_m)}米"]
    return f"{end.number}号界桩" + (f"（{'，'.join(told)}）" if told else "")


def _crossings(leg: CourseLeg) -> str:
    told = [f"行{_metres(one.at_m)}{CROSSES[one.layer]}{one.name}" for one in leg.crossings]
    return f"（{'，'.join(told)}）" if told else ""


def _length(section: Section) -> str | None:
    """Return the length: what the agreement says as it says it, else the measured one."""
    if section.length_km is not None:
        return f"长{section.length_km:g}公里"
    return None if section.measured_km is None else f"长{_metres(section.measured_km * 1000)}"


def _object(one: ReferenceObject) -> str | None:
    """Return what is said of a reference object; None where neither bearing nor distance is."""
    told = []
    if one.grid_bearing_deg is not None:
        told.append(f"坐标方位角{write_dms(one.grid_bearing_deg, 0)}")
    elif one.magnetic_bearing_deg is not None:
        told.append(f"磁方位角{write_dms(one.magnetic_bearing_deg, 0)}")
    if one.distance_m is not None:
        told.append(f"距离{_number(one.distance_m)}米")
    if not told:
        return None
    return f"{'、'.join(told)}处为{one.name}" + (f"（{one.part}）" if one.part else "")


def _list(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else "、".join(words[:-1]) + "与" + words[-1]


def _metres(length: float) -> str:
    return f"{length:.0f}米"


def _number(value: float) -> str:
    """Return a measured number as it was given, without zeros that nobody measured."""
    return f"{round(value, 3):.10g}"
