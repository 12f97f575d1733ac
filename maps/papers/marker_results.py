"""界桩成果表: the coordinates of all markers of a line, for signature and for the archive.

References
----------
GB/T 17796: 界桩成果表 among the results. Coordinates to 0.01 m, latitude and longitude to 0.01″.
"""

from __future__ import annotations

from typing import Any

from geo.markers.read import Marker
from maps.papers.facts import LinePaper
from maps.papers.plane import Place, choose_meridian, place_markers
from maps.papers.sheet import Column, Sheet
from maps.papers.words import (
    DASH,
    SOURCE,
    SYSTEM,
    UNKNOWN,
    count_markers,
    name_mark,
    name_number,
    name_word,
    say,
    write_angle,
    write_day,
    write_meridian,
    write_metres,
)

TITLE = "界桩成果表"
COLUMNS = (
    Column("序号", 6),
    Column("界桩号", 16),
    Column("类型", 12),
    Column("纵坐标X(m)", 15, "0.00"),
    Column("横坐标Y(m)", 15, "0.00"),
    Column("高程H(m)", 11, "0.00"),
    Column("纬度B", 17, right=True),
    Column("经度L", 17, right=True),
    Column("备注", 18),
)


def fill_results(paper: LinePaper) -> dict[str, Any]:
    """Return what the list says, by the names of its template."""
    meridian = choose_meridian(paper.markers)
    places = place_markers(paper.markers, meridian)
    return {
        **_head(paper, meridian),
        "secret": "",
        "mark": name_mark(paper.line.publication),
        "markers": [
            {
                "ordinal": str(number),
                "number": name_number(one),
                "set_up": name_word("set_up", one.set_up),
                "x": write_metres(place.northing_m),
                "y": write_metres(place.easting_m),
                "h": write_metres(one.height_m),
                "b": write_angle(one.lat),
                "l": write_angle(one.lon),
                "note": _note(one, place, meridian),
            }
            for number, (one, place) in enumerate(zip(paper.markers, places, strict=True), 1)
        ],
        "total": count_markers(paper.markers),
        "source": SOURCE.format(day=write_day(paper.day)),
    }


def list_results(paper: LinePaper) -> Sheet:
    """Return the list as a sheet; coordinates are numbers in it."""
    meridian = choose_meridian(paper.markers)
    places = place_markers(paper.markers, meridian)
    head = _head(paper, meridian)
    rows = [
        (
            number, name_number(one), name_word("set_up", one.set_up),
            _known(place.northing_m), _known(place.easting_m), _known(one.height_m),
            write_angle(one.lat), write_angle(one.lon), _note(one, place, meridian),
        )
        for number, (one, place) in enumerate(zip(paper.markers, places, strict=True), 1)
    ]  # fmt: skip
    return Sheet(
        title=TITLE,
        mark=name_mark(paper.line.publication),
        above=(
            f"界线名称：{head['line']}    界线代码：{head['code']}    密级：",
            f"坐标系：{SYSTEM}    中央子午线：{head['meridian']}",
            f"高程基准：{head['height_datum']}    附图比例尺：{head['scale']}",
        ),
        day=head["day"],
        unit="单位：米、颗",
        columns=COLUMNS,
        rows=rows,
        total=("合计", count_markers(paper.markers)),
        below="计算者：            检查者：            日期：",
    )


def _head(paper: LinePaper, meridian: int | None) -> dict[str, str]:
    datums = {one.height_datum for one in paper.markers if one.height_m is not None}
    named = sorted(one for one in datums if one)
    return {
        "line": name_line(paper),
        "code": say(paper.record.code if paper.record else None),
        "system": SYSTEM,
        "meridian": write_meridian(meridian),
        # Two datums in one list stand in the head both; which is whose, each card says.
        "height_datum": "、".join(named + [UNKNOWN] * (None in datums)) or UNKNOWN,
        "scale": UNKNOWN,
        "day": write_day(paper.day),
    }


def name_line(paper: LinePaper) -> str:
    """Return the statutory name of a line, else its two sides'."""
    if paper.record and paper.record.name:
        return paper.record.name
    return f"{paper.line.left_name}—{paper.line.right_name}"


def _note(one: Marker, place: Place, meridian: int | None) -> str:
    notes = []
    if place.beyond:
        notes.append(f"在{meridian}°带外")
    if one.state not in ("in_place", "set"):
        notes.append(name_word("marker_state", one.state))
    if one.note:
        notes.append(one.note)
    return "；".join(notes) or DASH


def _known(value: float | None) -> float | str:
    return UNKNOWN if value is None else round(value, 2)
