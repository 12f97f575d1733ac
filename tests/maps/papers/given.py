"""Markers and a line for papers, as an office would have them; nothing of it is in a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import shapely
from PIL import Image

from geo.boundaries.read import BoundaryLine
from geo.boundaries.record import LineRecord
from geo.files.attach import Attachment
from geo.markers.facts import SideFacts
from geo.markers.objects import ReferenceObject
from geo.markers.read import DivisionRef, LineRef, Marker
from geo.sections.along import MarkerRef
from geo.sections.register import Section
from maps.papers.facts import LinePaper, MarkerCard, Party
from maps.sketch import Sketch, SketchLine, SketchObject

DAY = date(2026, 11, 21)
HERE = (116.30215, 35.90127)
OURS, THEIRS, THIRD = (
    DivisionRef(id=uuid4(), code=code, name=name)
    for code, name in (("370923", "东平县"), ("370832", "梁山县"), ("370829", "嘉祥县"))
)
RARE = "甪堌㙍水塔"
"""Characters of place names that are not in GB 2312."""

MARKER = Marker(
    id=uuid4(),
    revision=1,
    version=2,
    number="23320421",
    member="",
    set_up="single",
    faces=2,
    material="花岗岩",
    grade="县级",
    state="in_place",
    state_at=DAY,
    lines=(LineRef(id=uuid4(), code="2332", name="东平梁山线"),),
    sides=(OURS, THEIRS),
    managing=OURS,
    lon=HERE[0],
    lat=HERE[1],
    given_x="20437012.35",
    given_y="3975112.07",
    source_crs="EPSG:2334",
    fit_id=None,
    height_m=41.234,
    height_datum="1985国家高程基准",
    method="gnss_rtk",
    accuracy_m=0.05,
    set_on=date(1997, 6, 8),
    surveyed_on=date(2025, 3, 9),
    note=None,
    source="联检",
    valid_from=date(2025, 3, 9),
    valid_to=None,
    publication="demo",
)
BLANK: dict[str, Any] = dict.fromkeys((
    "material", "grade", "managing", "lon", "lat", "given_x", "given_y", "source_crs", "height_m",
    "height_datum", "method", "accuracy_m", "set_on", "surveyed_on", "valid_from",
))  # fmt: skip
"""A marker of which nothing but the number is known."""


def make_marker(**facts: Any) -> Marker:
    return replace(MARKER, **facts)


def make_object(ordinal: int, name: str, bearing: float | None, distance: float) -> ReferenceObject:
    return ReferenceObject(
        object_id=uuid4(),
        marker_id=MARKER.id,
        ordinal=ordinal,
        name=name,
        part="中心",
        grid_bearing_deg=bearing,
        magnetic_bearing_deg=None,
        distance_m=distance,
        lon=None,
        lat=None,
        accuracy_m=None,
        note=None,
        valid_from=None,
        valid_to=None,
    )


OBJECTS = (
    make_object(1, "机井房", 42.25, 35.2),
    make_object(2, "034号电杆", 170.6, 52.83),
    make_object(3, RARE, 285.125, 18.4),
)


def make_sketch(*lines: SketchLine, objects: tuple[ReferenceObject, ...] = OBJECTS) -> Sketch:
    """Return the sketch of the marker, by default on a line from south-west to north-east."""
    x, y = HERE
    straight = shapely.LineString([(x - 0.01, y - 0.005), (x, y), (x + 0.01, y + 0.005)])
    return Sketch(
        number=MARKER.number,
        lon=x,
        lat=y,
        lines=lines or (SketchLine(straight, OURS.name, THEIRS.name, "prefecture"),),
        objects=tuple(
            SketchObject(one.ordinal, one.name, one.grid_bearing_deg, one.distance_m)
            for one in objects
            if one.grid_bearing_deg is not None and one.distance_m is not None
        ),
    )


def make_photo() -> bytes:
    target = BytesIO()
    Image.new("RGB", (800, 600), "#778866").save(target, "JPEG")
    return target.getvalue()


def make_card(**facts: Any) -> MarkerCard:
    """Return the card of the marker, with what is given otherwise."""
    marker = facts.pop("marker", MARKER)
    given = {
        "marker": marker,
        "parties": tuple(
            Party(division=one, own=SideFacts(site=f"山东省某市{one.name}某某镇某某村"))
            for one in marker.sides
        ),
        "objects": OBJECTS,
        "position_text": "位于生产路北侧，A<B & C。",
        "fit": None,
        "sketch": make_sketch(),
        "photo": make_photo(),
        "day": DAY,
    }
    return MarkerCard(**(given | facts))


LINE = BoundaryLine(
    id=uuid4(),
    left_code=OURS.code,
    left_name=OURS.name,
    right_code=THEIRS.code,
    right_name=THEIRS.name,
    unit_level="county",
    level="prefecture",
    length_km=61.874,
    origin="agreed",
    version=3,
    valid_from=None,
    valid_to=None,
    bbox=(116.0, 35.0, 117.0, 36.0),
    publication="demo",
)
RECORD = LineRecord(
    code="2332",
    name="东平梁山线",
    official_length_km=62.1,
    length_basis="agreement",
    length_document="界线协议书",
    length_dated=date(1998, 5, 6),
    begins_at="东平县、梁山县、汶上县交会处",
    ends_at="东平县、梁山县、台前县交会处",
    approved_by="山东省人民政府",
    approval_document="鲁政字〔1999〕12号",
    disputed=False,
    version=1,
    valid_from=None,
    valid_to=None,
    source="协议书",
    publication="demo",
)


def make_section(ordinal: int, *ends: Marker, length_km: float | None = 2.134) -> Section:
    begin, end = (MarkerRef(id=one.id, number=one.number) for one in ends)
    return Section(
        section_id=uuid4(),
        ordinal=ordinal,
        from_marker=begin,
        to_marker=end,
        from_text=None,
        to_text=None,
        basis="river",
        basis_name="大汶河",
        length_km=length_km,
        measured_km=2.131,
        note=None,
        source="协议书",
        valid_from=None,
        valid_to=None,
    )


def make_document(kind: str, title: str) -> Attachment:
    return Attachment(
        id=uuid4(),
        object_kind="line",
        object_id=UUID(int=1),
        kind=kind,
        name="扫描件.pdf",
        media_type="application/pdf",
        size=1,
        sha256="ab12cd34" * 8,
        division_id=None,
        title=title,
        number=None,
        dated=date(1998, 5, 6),
        issuer=None,
        note=None,
        actor_name="某人",
        at=None,  # type: ignore[arg-type]
        withdrawn_at=None,
    )


def make_line(count: int = 30, **facts: Any) -> LinePaper:
    """Return a line with so many markers from west to east, every seventh of them a double one."""
    markers = [
        make_marker(
            id=uuid4(),
            number=f"2332{number:03d}1",
            member="" if number % 7 else "A",
            set_up="single" if number % 7 else "double",
            lon=116.2 + number / 1000,
            lat=35.9 + number / 5000,
        )
        for number in range(1, count + 1)
    ]
    sections = [make_section(n + 1, *markers[n : n + 2]) for n in range(min(2, count - 1))]
    given = {
        "line": LINE,
        "record": RECORD,
        "markers": markers,
        "sections": sections,
        "courses": ["沿大汶河主航道中心线向东北行进。"] * len(sections),
        "documents": [make_document("agreement", "行政区域界线协议书")],
        "day": DAY,
    }
    return LinePaper(**(given | facts))
