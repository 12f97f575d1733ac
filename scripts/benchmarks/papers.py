"""The papers of an inspection of 60 markers with 120 photos of a phone: records, report, as PDF.

The line is one between counties of Shandong; markers, findings and photos are made up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from uuid import UUID

import numpy as np
from PIL import Image
from sqlalchemy import Connection, Engine

from api.clock import china_day
from api.inspection_facts import gather_inspection
from data.demo.border import read_demo_lines
from geo.access.jurisdiction import Grant, Viewer
from geo.boundaries.sides import read_sides
from geo.db.engine import reading, transaction
from geo.db.ids import new_id
from geo.divisions.apply import Source
from geo.files.photos import PRINTED_PX
from geo.files.small import shrink_photos
from geo.files.store import find_file
from geo.inspections.facts import Inspection
from geo.inspections.field.photos import PhotoFacts, put_photo
from geo.inspections.field.record_checks import RecordFacts
from geo.inspections.field.records import put_record
from geo.inspections.opening import InspectionFacts, open_inspection
from geo.inspections.read import read_inspection
from geo.inspections.workflow import Asked, take_step
from geo.markers.store import store_markers
from geo.sections.register import SectionFacts, store_sections
from geo.settings import settings
from maps.papers import Format, find_paper, make_paper
from maps.to_pdf import find_office
from scripts.benchmarks.plan import LINES
from scripts.benchmarks.register import CITY, FROM, VIEWER, make_markers
from scripts.benchmarks.show import show

MARKERS, PHOTOS = 60, 120
DOCX_S, PDF_S = 3.0, 20.0
"""What is promised of the joint report."""
PHONE_PX = (4000, 3000)
TODAY = china_day()
TO_FIELD = ("start_desk", "start_field")
NAMES = ("inspection_report", "marker_records")


def measure_papers(engine: Engine, home: Path, rounds: int) -> None:
    """Record an inspection with its photos, and print it again and again."""
    with transaction(engine, VIEWER.actor) as conn:
        found = open_one(conn, 0, MARKERS)
        record_all(conn, found, home, PHOTOS, small=True)
    for name in NAMES:
        promised = name == "inspection_report"
        made = partial(_print, engine, found.id, name, home=home)
        docx = [_time(partial(made, ending="docx")) for _ in range(rounds)]
        show(f"{name}.docx", docx, limit_s=DOCX_S if promised else None)
        if find_office():
            pdf = [_time(partial(made, ending="pdf")) for _ in range(2)]
            show(f"{name}.pdf", pdf, limit_s=PDF_S if promised else None)


def open_one(conn: Connection, place: int, markers: int, sections: int = 0) -> Inspection:
    """Open an inspection of a line of 泰安 that is not planned, by its place among those."""
    line = [
        one
        for one in read_demo_lines(conn, FROM, ("37",))[LINES:]
        if any(code.startswith(CITY[:4]) for code in one.codes)
    ][place]
    source = Source(name="示例 benchmark", publication="demo")
    facts = [
        replace(one, number=f"8{one.number[1:]}") for one in make_markers(conn, [line], markers)
    ]
    store_markers(conn, facts, valid_from=FROM, source=source, actor=VIEWER.actor)
    if sections:
        between = [
            SectionFacts(from_text=f"示例点{n}", to_text=f"示例点{n + 1}", length_km=0.5)
            for n in range(sections)
        ]
        store_sections(conn, UUID(line.key), between, valid_from=FROM, source="示例")
    left, right = read_sides(conn, UUID(line.key), TODAY).ids
    said = InspectionFacts(
        line_id=UUID(line.key),
        kind="regular",
        round=5,
        year=TODAY.year,
        lead_id=left,
        cooperating_id=right,
    )
    made = open_inspection(conn, VIEWER, said, today=TODAY)
    return read_inspection(conn, made, VIEWER, TODAY)


def record_all(
    conn: Connection, found: Inspection, home: Path, photos: int, *, small: bool
) -> None:
    """Take it to the field, let both sides record everything, and give so many photos to markers.

    Parameters
    ----------
    small
        Make each photo small when it comes, as the service does.
    """
    sides = {one.id: _editor(one.id) for one in found.parties}
    for viewer in sides.values():
        _step(conn, viewer, found.id, "agree_scheme")
    for action in TO_FIELD:
        _step(conn, sides[found.lead.id], found.id, action)
    found = read_inspection(conn, found.id, VIEWER, TODAY)
    of_markers = [
        (side, record_id)
        for subject in found.subjects
        for side in subject.sides
        for record_id in [_put(conn, sides[side], found, subject.kind, subject.id)]
        if subject.kind == "marker"
    ]
    photo = _take_photo(home)
    for number, (side, record_id) in zip(range(photos), cycle(of_markers), strict=False):
        digest = _give(conn, sides[side], found, record_id, (photo, number, home))
        if small:
            kept = find_file(conn, digest, home / "files")
            shrink_photos({digest: kept.path}, PRINTED_PX, settings().small)


def _editor(division_id: UUID) -> Viewer:
    grant = Grant("editor", division_id, "benchmark")
    return Viewer(new_id(), "benchmark", (grant,), demo_open=True, actor="system:benchmark")


def _step(conn: Connection, viewer: Viewer, inspection_id: UUID, action: str) -> None:
    found = read_inspection(conn, inspection_id, VIEWER, TODAY)
    take_step(conn, viewer, found, Asked(action=action), today=TODAY)


def _put(conn: Connection, viewer: Viewer, found: Inspection, kind: str, subject_id: UUID) -> UUID:
    record_id = new_id()
    facts = RecordFacts(
        kind=kind,
        subject_id=subject_id,
        side=None,
        at=TODAY,
        state="in_place" if kind == "marker" else "unchanged",
        contents={"crossing": "无"},
    )
    put_record(conn, viewer, found, record_id, facts, today=TODAY, now=datetime.now(UTC))
    return record_id


def _give(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    record_id: UUID,
    photo: tuple[bytes, int, Path],
) -> str:
    """Give a photo of its own to a record: the same picture with another comment inside."""
    content, number, home = photo
    words = f"photo {number}".encode()
    comment = b"\xff\xfe" + (len(words) + 2).to_bytes(2) + words
    path = home / "photo.jpg"
    path.write_bytes(content[:2] + comment + content[2:])
    digest = sha256(path.read_bytes()).hexdigest()
    put_photo(
        conn,
        viewer,
        found,
        record_id,
        path,
        PhotoFacts(shows="near" if number % 2 else "far"),
        sha256=digest,
        files=home / "files",
        now=datetime.now(UTC),
        today=TODAY,
    )
    return digest


def _take_photo(home: Path) -> bytes:
    """Return a picture as large as those of a phone, with something in it."""
    rough = np.random.default_rng(1).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    target = home / "rough.jpg"
    Image.fromarray(rough).resize(PHONE_PX, Image.Resampling.BICUBIC).save(target, quality=88)
    return target.read_bytes()


def _print(engine: Engine, inspection_id: UUID, name: str, ending: Format, home: Path) -> None:
    paper = find_paper(name)
    with reading(engine) as conn:
        facts = gather_inspection(conn, VIEWER, paper, inspection_id, TODAY, home / "files")
    make_paper(paper, facts, ending, home)


def _time(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
