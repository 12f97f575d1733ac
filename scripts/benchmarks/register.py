"""A province's register: every line between two counties of Shandong, 20,000 markers in 5 versions.

The lines are derived from the real polygons; the markers are made up, from a fixed seed, and put in
by the functions that an import and a change use. Then every list, page and address of them is asked
as an administrator asks and as an account of one city does.
"""

from __future__ import annotations

import http.client
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import shapely
from sqlalchemy import Connection, Engine, insert, select

from api.clock import china_day
from data.demo.border import read_demo_lines
from data.demo.load import PARTS, POLYGONS_FROM
from data.demo.stones import Line
from geo.access.grants import give_grant
from geo.access.jurisdiction import system_viewer
from geo.access.tables import app_user
from geo.access.tokens import make_token
from geo.access.users import add_user, make_first_admin
from geo.boundaries.tables import boundary_line_version
from geo.db.engine import reading, transaction
from geo.db.ids import new_id
from geo.deviation.markers import judge_many
from geo.deviation.survey import Survey
from geo.divisions.apply import Source
from geo.divisions.read import find_division
from geo.exchange.stage import Options
from geo.imports import run_import
from geo.incoming import ImportOptions
from geo.markers.facts import MarkerFacts, ObjectFacts, Position
from geo.markers.read import Marker, list_markers
from geo.markers.store import store_markers
from geo.markers.tables import marker_event
from scripts.benchmarks.show import show

FROM = POLYGONS_FROM
VIEWER = system_viewer("benchmark")
MARKERS = 20_000
VERSIONS = (FROM, *(date(2023, month, 1) for month in (4, 7, 10)), date(2024, 1, 1))
LAST = VERSIONS[-1] + timedelta(days=30)
PROVINCE, CITY = "370000", "370900"
SEED = 20_000
PAGE_S, PROVINCE_S, DEVIATION_S = 0.2, 1.0, 2.0
"""What is promised: any page or list, the whole province as of a day, 20,000 positions judged."""
TIMES = 30
PASSWORD = "correct horse 电池 2026"  # noqa: S105 - of a database that lasts some minutes


def import_divisions(engine: Engine, home: Path) -> None:
    """Put the demo's divisions and the lines between them into an empty database."""
    with transaction(engine, VIEWER.actor) as conn, tempfile.TemporaryDirectory() as folder:
        for name in ("provinces", "prefectures", "counties"):
            part = PARTS[name](Path(folder))
            run_import(
                conn,
                part.kind,
                part.path,
                ImportOptions(
                    valid_from=FROM, reading=Options(mapping=part.mapping), publication="demo"
                ),
                viewer=VIEWER,
                today=china_day(),
                files=home / "files",
            )


def build_register(engine: Engine, home: Path) -> None:
    """Put divisions, lines and markers into an empty database."""
    import_divisions(engine, home)
    with transaction(engine, VIEWER.actor) as conn:
        lines = read_demo_lines(conn, FROM, ("37",))
        facts = list(make_markers(conn, lines, MARKERS))
    print(
        f"    {len(lines)} lines, {len(facts)} markers, {len(VERSIONS)} versions each", flush=True
    )
    begun = time.perf_counter()
    ids: Sequence[UUID | None] = [None] * len(facts)
    for number, day in enumerate(VERSIONS):
        with transaction(engine, VIEWER.actor) as conn:
            given = [
                replace(
                    one, known=id_, note=f"示例 {number}", objects=() if number else one.objects
                )
                for one, id_ in zip(facts, ids, strict=True)
            ]
            source = Source(name="示例 benchmark", publication="demo")
            ids = store_markers(conn, given, valid_from=day, source=source, actor=VIEWER.actor).ids
    show("a version of a marker put into the register", [_each(begun, len(facts))])
    with transaction(engine, VIEWER.actor) as conn:
        _let_some_be_lost(conn, [one for one in ids if one])


def _each(begun: float, markers: int) -> float:
    return (time.perf_counter() - begun) / (markers * len(VERSIONS))


def make_markers(conn: Connection, lines: Sequence[Line], markers: int) -> Iterator[MarkerFacts]:
    """Set so many markers along the lines, as many on each as it is long."""
    rng = np.random.default_rng(SEED)
    column = boundary_line_version.c
    rows = conn.execute(select(column.line_id, column.left_id, column.right_id))
    sides = {str(row.line_id): (row.left_id, row.right_id) for row in rows}
    lengths = np.array([shapely.length(line.shape) for line in lines])
    ends = np.round(np.cumsum(lengths) / lengths.sum() * markers).astype(int)
    for place, (line, count) in enumerate(
        zip(lines, np.diff(ends, prepend=0).tolist(), strict=True)
    ):
        along = np.sort(rng.random(count))
        spots = shapely.line_interpolate_point(_longest(line.shape), along, normalized=True)
        for serial, (lon, lat) in enumerate(shapely.get_coordinates(spots).tolist(), 1):
            number = f"9{place:03d}{serial:03d}Q"
            yield _marker(rng, number, UUID(line.key), sides[line.key], (lon, lat))


def _longest(shape: shapely.Geometry) -> shapely.LineString:
    longest: shapely.LineString = max(shapely.get_parts(shape), key=shapely.length)
    return longest


def _marker(
    rng: np.random.Generator,
    number: str,
    line: UUID,
    sides: tuple[UUID, UUID],
    at: tuple[float, float],
) -> MarkerFacts:
    lon, lat = at
    objects = tuple(
        ObjectFacts(
            ordinal=place,
            name=f"示例物{place}",
            grid_bearing_deg=round(float(rng.uniform(0, 359.9)), 1),
            distance_m=round(float(rng.uniform(8, 140)), 1),
        )
        for place in (1, 2, 3)
    )
    return MarkerFacts(
        number=number,
        lines=(line,),
        sides=sides,
        managing_id=sides[0],
        material="花岗岩",
        position=Position(
            lon=lon, lat=lat, given_x=f"{lon:.7f}", given_y=f"{lat:.7f}", source_crs="EPSG:4490",
            method="gnss_static", accuracy_m=1.0,
        ),
        height_m=100.0,
        set_on=date(1998, 6, 1),
        objects=objects,
    )  # fmt: skip


def _let_some_be_lost(conn: Connection, ids: Sequence[UUID]) -> None:
    """Let every hundredth be lost, so that a list by state has something to find."""
    same = {"kind": "lost", "at": LAST, "state": "lost", "actor": VIEWER.actor}
    rows = [{"id": new_id(), "marker_id": one, **same} for one in ids[::100]]
    conn.execute(insert(marker_event), rows)


def measure_reads(engine: Engine, rounds: int) -> None:
    """Read the whole province as of days past, and judge a position of every marker."""
    with reading(engine) as conn:
        province = find_division(conn, PROVINCE)
        read, judged = [], []
        for number in range(rounds):
            day = VERSIONS[number % len(VERSIONS)]
            begun = time.perf_counter()
            page = list_markers(conn, VIEWER, day, within=province, limit=MARKERS)
            read.append(time.perf_counter() - begun)
            surveys = _surveys(page.items, number)
            begun = time.perf_counter()
            found = judge_many(conn, VIEWER, surveys, day)
            judged.append(time.perf_counter() - begun)
    show(f"as-of read of {len(page.items)} markers of a province", read, limit_s=PROVINCE_S)
    show(f"deviation of {len(found)} positions", judged, limit_s=DEVIATION_S)


def _surveys(markers: Sequence[Marker], seed: int) -> list[Survey]:
    """Survey every marker again, some metres off."""
    rng = np.random.default_rng(seed)
    off = rng.normal(0, 2e-5, (len(markers), 2))
    return [
        Survey(marker_id=one.id, x=one.lon + dx, y=one.lat + dy, method="gnss_rtk")
        for one, (dx, dy) in zip(markers, off.tolist(), strict=True)
        if one.lon is not None and one.lat is not None
    ]


def make_accounts(engine: Engine) -> dict[str, dict[str, str]]:
    """Make an administrator and an editor of one city; return the headers they come with."""
    now = datetime.now(UTC)
    headers = {}
    with transaction(engine, VIEWER.actor) as conn:
        make_first_admin(conn, PASSWORD)
        add_user(conn, VIEWER, "taian", PASSWORD)
        give_grant(conn, VIEWER, "taian", "editor", find_division(conn, CITY))
        users = {row.name: row.id for row in conn.execute(select(app_user.c.name, app_user.c.id))}
        for name, id_ in users.items():
            token = make_token(conn, id_, "session", now=now, life=timedelta(hours=1))
            headers[name] = {"Cookie": f"yutu_session={token.secret}"}
    return headers


def addresses(engine: Engine) -> dict[str, str]:
    """Return what is asked, by what it is: lists, one of each, pages, as of today and of then."""
    with reading(engine) as conn:
        city = find_division(conn, CITY)
        one = list_markers(conn, VIEWER, LAST, within=city, limit=1).items[0]
    line, marker = one.lines[0].id, one.id
    day = f"at={VERSIONS[1].isoformat()}"
    api, lines = "/api/v1/markers", "/api/v1/boundary-lines"
    return {
        "markers, first page": api,
        "markers, as of a day": f"{api}?{day}&within={PROVINCE}",
        "markers by a part of the number": f"{api}?number=0012",
        "markers of a line": f"{api}?line={line}&limit=1000",
        "markers lost": f"{api}?state=lost",
        "markers of a city": f"{api}?within={CITY}&limit=1000",
        "a marker": f"{api}/{marker}",
        "a marker as of a day": f"{api}/{marker}?{day}",
        "versions of a marker": f"{api}/{marker}/versions",
        "changes of a marker": f"{api}/{marker}/changes",
        "events of a marker": f"{api}/{marker}/events",
        "lines of the province": f"{lines}?within=37&level=county",
        "lines by a name": f"{lines}?q=%E5%B2%B1%E5%B2%B3",
        "a line": f"{lines}/{line}",
        "versions of a line": f"{lines}/{line}/versions",
        "sections of a line": f"{lines}/{line}/sections",
        "page of lines": "/lines",
        "page of a line": f"/lines/{line}",
        "page of markers": "/markers",
        "page of markers by number": "/markers?number=0012",
        "page of a marker": f"/markers/{marker}",
        "tile of markers": "/tiles/markers/9/422/200.mvt",
    }


def measure_addresses(port: int, engine: Engine) -> None:
    """Ask every address as both accounts; say which answers are slower than promised."""
    headers = make_accounts(engine)
    asked = addresses(engine)
    slow = []
    for who, header in headers.items():
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for what, path in asked.items():
            seconds = _ask(connection, path, header)
            name = f"{what} ({who})"
            show(name, seconds, limit_s=PAGE_S)
            ratio = float(np.median(seconds)) / PAGE_S
            print(f"    {ratio:.2f} of the promise", flush=True)
            if ratio > 1:
                slow.append(name)
        connection.close()
    print(f"    slower than promised: {', '.join(slow) or 'none'}", flush=True)


def _ask(
    connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str]
) -> list[float]:
    def once() -> None:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        answer.read()
        if answer.status not in (200, 204):
            raise RuntimeError(f"{path} answered {answer.status}")

    for _ in range(3):
        once()
    return [_time(once) for _ in range(TIMES)]


def _time(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
