"""A province's plan of a year: 114 lines and 5,000 markers (Shandong 2014), proposed, made, read.

The lines are real ones between counties of Shandong; markers, sections and rounds are made up.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Mapping
from datetime import date
from http import HTTPStatus
from itertools import pairwise
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from api.clock import china_day
from data.demo.border import read_demo_lines
from geo.db.engine import reading, transaction
from geo.divisions.apply import Source
from geo.divisions.read import find_division
from geo.inspections.planning.calendar import read_calendar
from geo.inspections.planning.past import store_past_rounds
from geo.inspections.planning.plan import PlanLine, make_plan
from geo.inspections.planning.planned import read_plan
from geo.inspections.planning.proposing import propose_plan
from geo.inspections.planning.round_faults import PastRoundFacts
from geo.inspections.planning.year_progress import read_progress
from geo.inspections.waiting.todo import list_todo
from geo.markers.store import store_markers
from geo.markers.tables import marker_on_line
from geo.sections.register import SectionFacts, store_sections
from scripts.benchmarks.register import (
    CITY,
    FROM,
    PROVINCE,
    VIEWER,
    make_markers,
)
from scripts.benchmarks.show import show

LINES, MARKERS = 114, 5000
TODAY = china_day()
LAST_ROUND = date(TODAY.year - 5, 6, 30)
PAGE_S = 0.3
"""What is promised: a plan page with 114 lines and 5,000 markers."""
TIMES = 20


def build_plan(engine: Engine) -> None:
    """Put 114 lines with markers and sections, and their last rounds, into a database."""
    with transaction(engine, VIEWER.actor) as conn:
        lines = read_demo_lines(conn, FROM, ("37",))[:LINES]
        facts = list(make_markers(conn, lines, MARKERS))
        source = Source(name="示例 benchmark", publication="demo")
        store_markers(conn, facts, valid_from=FROM, source=source, actor=VIEWER.actor)
        ids = [UUID(line.key) for line in lines]
        sections = sum(_put_sections(conn, line) for line in ids)
        rounds = [
            PastRoundFacts(line_id=line, round=4, finished_on=LAST_ROUND, source="示例名录")
            for line in ids
        ]
        store_past_rounds(conn, VIEWER, rounds)
    print(f"    {len(ids)} lines, {len(facts)} markers, {sections} sections", flush=True)


def _put_sections(conn: Connection, line: UUID) -> int:
    on = marker_on_line.c
    markers = conn.execute(
        select(on.marker_id).where(on.line_id == line).order_by(on.number)
    ).scalars()
    facts = [
        SectionFacts(from_marker_id=begin, to_marker_id=end, length_km=1.0)
        for begin, end in pairwise(markers)
    ]
    store_sections(conn, line, facts, valid_from=FROM, source="示例")
    return len(facts)


def measure_plan(engine: Engine, rounds: int) -> None:
    """Propose and make the plan once, and read it again and again."""
    year = TODAY.year
    with transaction(engine, VIEWER.actor) as conn:
        begun = time.perf_counter()
        proposed = [
            one
            for one in propose_plan(conn, VIEWER, year, TODAY, level="county")
            if one.why != "unknown"
        ]
        show(f"a plan of {len(proposed)} lines proposed", [time.perf_counter() - begun])
        plan = [
            PlanLine(
                line_id=one.clock.line.id,
                round=one.round,
                lead_id=one.lead.id,
                cooperating_id=one.cooperating.id,
                field_from=date(year, 4, 1),
                field_to=date(year, 9, 30),
                shares={share.section_id: share.lead_id for share in one.shares},
            )
            for one in proposed
        ]
        begun = time.perf_counter()
        ids = make_plan(conn, VIEWER, year, plan, today=TODAY)
        show(f"a plan of {len(ids)} lines made", [time.perf_counter() - begun])
    _read_again(engine, rounds)


def _read_again(engine: Engine, rounds: int) -> None:
    year = TODAY.year
    with reading(engine) as conn:
        province = find_division(conn, PROVINCE)
        reads: dict[str, tuple[Callable[[], object], float | None]] = {
            "the plan read": (
                lambda: read_plan(conn, VIEWER, year, TODAY, within=province), PAGE_S,
            ),
            "what waits for everybody": (
                lambda: list_todo(conn, VIEWER, TODAY, everybody=True), None,
            ),
            "the year's calendar": (
                lambda: read_calendar(
                    conn, VIEWER, date(year, 1, 1), date(year + 1, 1, 1), TODAY, within=province
                ),
                None,
            ),
            "the year's progress": (lambda: read_progress(conn, VIEWER, year, TODAY), None),
        }  # fmt: skip
        for name, (read, limit_s) in reads.items():
            read()
            show(name, [_time(read) for _ in range(max(rounds, 5))], limit_s=limit_s)


def measure_plan_addresses(port: int, accounts: Mapping[str, Mapping[str, str]]) -> None:
    """Ask for plan, clock, calendar and list of things to do, for the province and for a city."""
    year = TODAY.year
    paths = {
        "page of the plan": f"/inspections/plan/{year}?within={PROVINCE}",
        "plan over HTTP": f"/api/v1/inspection-plans/{year}?within={PROVINCE}",
        "clock over HTTP": f"/api/v1/inspection-clock?within={PROVINCE}",
        "calendar over HTTP": f"/api/v1/inspection-calendar?within={PROVINCE}",
        "things to do over HTTP": "/api/v1/todo?everybody=true",
        "things to do of a city over HTTP": f"/api/v1/todo?everybody=true&within={CITY}",
    }
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for who, headers in accounts.items():
        for name, path in paths.items():
            seconds = ask(connection, path, headers)
            show(f"{name} ({who})", seconds, limit_s=PAGE_S if "plan" in name else None)
    connection.close()


def ask(
    connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str]
) -> list[float]:
    """Ask for an address some times, warm."""

    def once() -> None:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        answer.read()
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"{path} answered {answer.status}")

    once()
    return [_time(once) for _ in range(TIMES)]


def _time(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
