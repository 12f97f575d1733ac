"""The demo's register of lines and markers: tables as an office has them, taken in as ever.

The lines are the real ones of the demo's counties (derived from generalised polygons); everything
that is said of them here, and every marker, is made up and says so (示例).
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from data.demo.stones import ELLIPSOID, SEED, Line, Stone, line_codes
from geo.access.jurisdiction import Viewer
from geo.boundaries.find import LineFilter, find_lines
from geo.crs.zones import crs_of_zone, to_zones, zones_of
from geo.divisions.read import find_division
from geo.markers.events import EventFacts, Present, record_event
from geo.markers.known_lines import read_lines, read_shapes
from geo.markers.read import Marker, list_markers
from geo.revisions.changes import read_revision
from geo.sections.propose import generate_sections
from geo.sections.register import put_sections

MARK = "示例数据 synthetic 界桩"
SURVEYED = {
    "gnss_static": "GNSS静态", "gnss_rtk": "RTK", "traverse": "导线测量", "intersection": "交会法",
    "map": "图上量取",
}  # fmt: skip
OBJECTS_AT_MOST = 4
HEADS = (
    "界桩编号", "分号", "界线", "类型", "面数", "材质", "等级", "管理方", "纵坐标X", "横坐标Y",
    "高程", "高程基准", "测量方法", "点位精度", "测定日期", "埋设日期", "所在地1", "所在地2",
    "所在地3", "备注",
)  # fmt: skip
RECORD_HEADS = (
    "界线代码", "界线名称", "甲方", "乙方", "法定长度", "长度依据", "长度文件", "长度文件日期",
    "起点", "止点",
    "勘定日期", "批准机关", "批准文号", "批准日期", "备注",
)  # fmt: skip
OBJECT_HEADS = ("名称", "部位", "坐标方位角", "磁方位角", "距离", "横坐标", "纵坐标")

HAPPENED: Sequence[tuple[str, date, bool, str]] = (
    ("damaged", date(2024, 5, 14), False, "示例：桩体被农机撞裂"),
    ("lost", date(2024, 9, 3), False, "示例：修路后未见界桩"),
    ("worn", date(2025, 3, 20), False, "示例：字迹不清，待描红"),
    ("leaning", date(2025, 6, 11), False, "示例：桩体向东倾斜"),
    ("checked", date(2025, 10, 22), True, "示例：联合检查，完好"),
    ("maintained", date(2025, 10, 22), True, "示例：清理杂草并描红"),
)
"""What is recorded of a marker each: kind, day, whether both sides were there, note."""
LOOKED_AT = 400
"""Markers among which those are chosen that something happens to."""
REPAIRED = ("repaired", date(2024, 8, 2), "示例：双方到场修复")


def read_demo_lines(conn: Connection, at: date, counties: tuple[str, ...]) -> list[Line]:
    """Return the lines between two of the demo's counties.

    Parameters
    ----------
    counties
        How the codes of these counties begin.
    """
    known = read_lines(conn, at).lines
    chosen = {
        one.id: one
        for one in known.values()
        if all(_is_county(code) and code.startswith(counties) for code in one.codes)
    }
    shapes = read_shapes(conn, list(chosen), at)
    return [
        Line(key=str(id_), codes=one.codes, names=one.names, shape=shapes[id_])
        for id_, one in chosen.items()
    ]


def _is_county(code: str) -> bool:
    return not code.endswith("00")


def write_records(lines: Sequence[Line], folder: Path) -> Path:
    """Write what an agreement would say of the lines; every word and every length is made up.

    Two counties that meet twice are left out: nothing but a shape says which piece a row means.
    """
    codes = line_codes(lines)
    pairs = Counter(frozenset(line.codes) for line in lines)
    rng = np.random.default_rng(SEED)
    path = folder / f"{MARK} 界线.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(RECORD_HEADS)
        for line in sorted(lines, key=lambda one: codes[one.key]):
            # Drawn for each line, so that leaving one out changes no other.
            share = float(rng.normal(1.0, 0.012))
            if pairs[frozenset(line.codes)] == 1:
                writer.writerow(_record(line, codes[line.key], share))
    return path


def _record(line: Line, code: str, share: float) -> Sequence[object]:
    first, second = line.names
    computed_km = abs(ELLIPSOID.geometry_length(line.shape)) / 1000
    return (
        code, f"示例{first}与{second}界线", *line.codes, round(computed_km * share, 1), "协议",
        f"示例〔1997〕{int(code[1:])}号 {first}与{second}联合勘界协议书", "1997-11-20",
        "示例起点", "示例止点", "1997-11-20", "示例批准机关", f"示例政字〔1998〕{int(code[1:])}号",
        "1998-03-02", "示例数据，非真实界线登记",
    )  # fmt: skip


def cut_into_sections(conn: Connection, viewer: Viewer, within: str, at: date) -> int:
    """Cut the lines of a place into sections from marker to marker; return how many lines."""
    found = find_lines(
        conn, viewer, at, LineFilter(within=find_division(conn, within), unit_level="county")
    )
    for one in found.items:
        sections = generate_sections(
            conn, one.line.id, at, begins_at="示例起点", ends_at="示例止点"
        )
        put_sections(
            conn, viewer, one.line.id, sections, valid_from=at, source=MARK,
            seen=read_revision(conn, one.line.id),
        )  # fmt: skip
    return len(found.items)


def write_stones(stones: Iterable[Stone], folder: Path) -> Mapping[str, Path]:
    """Write the markers as 成果表, a table for each zone; return them by coordinate system."""
    by_zone: dict[int, list[Stone]] = {}
    for stone in stones:
        zone = int(zones_of(np.array([stone.lonlat[0]]))[0])
        by_zone.setdefault(zone, []).append(stone)
    tables = {}
    for zone, some in sorted(by_zone.items()):
        crs = crs_of_zone(zone, numbered=True).to_epsg()
        path = folder / f"{MARK} {zone}带.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            numbers = range(1, OBJECTS_AT_MOST + 1)
            writer.writerow(
                (*HEADS, *(f"方位物{n}{head}" for n in numbers for head in OBJECT_HEADS))
            )
            writer.writerows(_rows(some, zone))
        tables[f"EPSG:{crs}"] = path
    return tables


def _rows(stones: Sequence[Stone], zone: int) -> Iterable[Sequence[object]]:
    places = [stone.lonlat for stone in stones]
    objects = [one.lonlat for stone in stones for one in stone.objects if one.lonlat]
    eastings = iter(_metres([*places, *objects], zone))
    own = [next(eastings) for _ in places]
    for stone, (east, north) in zip(stones, own, strict=True):
        cells: list[object] = []
        for one in stone.objects:
            x, y = next(eastings) if one.lonlat else ("", "")
            magnetic = "" if one.magnetic_deg is None else one.magnetic_deg
            cells += [one.name, one.part, one.grid_deg, magnetic, one.distance_m, x, y]
        empty = [""] * (len(OBJECT_HEADS) * OBJECTS_AT_MOST - len(cells))
        yield (*_card(stone, east, north), *cells, *empty)


def _metres(places: Sequence[tuple[float, float]], zone: int) -> list[tuple[str, str]]:
    """Return easting with its zone number and northing, metres with three decimals."""
    en = to_zones(np.array(places), np.full(len(places), zone))
    return [(f"{zone * 1_000_000 + east:.3f}", f"{north:.3f}") for east, north in en.tolist()]


def _card(stone: Stone, east: str, north: str) -> Sequence[object]:
    sites = [*stone.sites, ""][:3]
    return (
        stone.number, stone.member, "、".join(stone.lines), stone.set_up,
        "三面" if stone.faces == 3 else "双面",  # noqa: PLR2004 - sides of a tripoint
        stone.material, "县级", stone.keeper, north, east, stone.height_m,
        "1985国家高程基准", SURVEYED[stone.method], f"{stone.accuracy_m}m",
        stone.surveyed_on.isoformat(), stone.set_on.isoformat(), *sites, "示例数据，非真实界桩",
    )  # fmt: skip


def let_happen(conn: Connection, viewer: Viewer, at: date, today: date) -> int:
    """Record a handful of events of the demo's markers, the ordinary way; return how many."""
    page = list_markers(conn, viewer, at, limit=LOOKED_AT)
    shared = [one for one in page.items if len(one.sides) == 2]  # noqa: PLR2004 - no tripoint
    chosen = shared[:: max(1, len(shared) // len(HAPPENED))]
    recorded = 0
    for marker, (kind, day, together, note) in zip(chosen, HAPPENED, strict=False):
        sides = marker.sides if together else marker.sides[:1]
        facts = EventFacts(kind=kind, at=day, present=_present(marker, len(sides)), note=note)
        record_event(conn, viewer, marker, facts, today=today)
        recorded += 1
    if chosen:
        kind, day, note = REPAIRED
        facts = EventFacts(kind=kind, at=day, present=_present(chosen[0], 2), note=note)
        record_event(conn, viewer, chosen[0], facts, today=today)
        recorded += 1
    return recorded


def _present(marker: Marker, sides: int) -> list[Present]:
    people = ("示例张三", "示例李四")
    return [
        Present(name=name, side=side.code)
        for name, side in zip(people[:sides], marker.sides[:sides], strict=True)
    ]
