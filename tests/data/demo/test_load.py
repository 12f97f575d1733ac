"""The demo goes into an empty database by the ordinary way, marked, and leaves any other alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Table, func, select

from api.clock import china_day
from data.demo.border import HAPPENED, REPAIRED
from data.demo.load import BORDERS, PARTS, load_demo
from data.demo.people import AGES, TOTALS
from geo.access.jurisdiction import public_viewer, system_viewer
from geo.access.tables import app_user
from geo.boundaries.tables import boundary_line_record, boundary_line_version
from geo.coverage.runs import list_runs
from geo.db.cluster import Cluster
from geo.db.engine import reading, transaction
from geo.divisions.read import find_division
from geo.divisions.tables import division_version
from geo.errors import UnauthenticatedError
from geo.exchange.tables import import_run
from geo.facilities.tables import facility_count, facility_version
from geo.inspections.field.outcomes import list_outcomes
from geo.inspections.field.recorded import list_records
from geo.inspections.planning.clock import list_clocks
from geo.inspections.read import list_inspections, read_inspection
from geo.inspections.signing.signatures import list_signatures
from geo.inspections.tables import inspection, past_round
from geo.markers.read import list_markers
from geo.markers.tables import (
    marker_event,
    marker_on_line,
    marker_version,
    reference_object_version,
)
from geo.network.store import find_network
from geo.network.tables import network
from geo.population.read import find_cells, find_totals
from geo.population.tables import population_set
from geo.progress import never_stop
from geo.sections.tables import line_section
from geo.settings import settings
from geo.texts import LANGS, text
from geo.upkeep.orders import list_orders
from tests.conftest import Database, copy_database
from tests.geo.divisions.given import put

SYSTEM = system_viewer("test")


@pytest.fixture(scope="module")
def loaded(
    server: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, list[str]]]:
    told: list[str] = []
    with pytest.MonkeyPatch.context() as patch, copy_database(server, template) as made:
        patch.setenv("YUTU_HOME", str(tmp_path_factory.mktemp("home")))
        settings.cache_clear()
        load_demo(made.engine, lambda _, doing: told.append(doing) is None)
        yield made, told
    settings.cache_clear()


def _count(database: Database, table: Table) -> int:
    with reading(database.engine) as conn:
        return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


def test_all_that_is_loaded_is_marked_as_demo(loaded: tuple[Database, list[str]]) -> None:
    database, _ = loaded
    tables = (
        division_version, network, population_set, facility_version, facility_count, marker_version,
        inspection, past_round,
    )  # fmt: skip
    with reading(database.engine) as conn:
        for table in tables:
            states = conn.execute(select(table.c.publication).distinct()).scalars().all()
            assert states == ["demo"], table.name


def test_what_is_made_up_says_so_in_its_source(loaded: tuple[Database, list[str]]) -> None:
    database, _ = loaded
    with reading(database.engine) as conn:
        made_up = (network, population_set, facility_version, facility_count, marker_version)
        for table in (*made_up, past_round):
            sources = conn.execute(select(table.c.source).distinct()).scalars().all()
            assert all("示例数据 synthetic" in source for source in sources), sources


def test_streets_people_facilities_and_counts_are_found_as_demo(
    loaded: tuple[Database, list[str]],
) -> None:
    database, _ = loaded
    with reading(database.engine) as conn:
        streets = find_network(conn, None, demo=None)
        cells = find_cells(conn, None, demo=None)
        totals = find_totals(conn, None, demo=True)
        assert find_cells(conn, None, demo=False) is None
    assert streets is not None
    assert cells is not None
    assert totals is not None
    assert streets.edges > 3000
    assert cells.people == dict(zip(AGES, map(float, TOTALS), strict=True))
    assert totals.people["total"] > cells.people["total"]
    assert _count(database, facility_version) == 2154
    assert _count(database, facility_count) == 13


def test_markers_stand_on_the_lines_in_the_density_of_the_field(
    loaded: tuple[Database, list[str]],
) -> None:
    database, _ = loaded
    card, line = marker_version.c, boundary_line_version.c
    with reading(database.engine) as conn:
        markers = conn.execute(select(card.number, card.set_up, card.faces, card.sides)).all()
        on = marker_on_line.c
        lines = {row.line_id for row in conn.execute(select(on.line_id))}
        km = select(func.sum(line.length_km)).where(line.line_id.in_(lines))
        per_km = len({row.number for row in markers}) / float(conn.execute(km).scalar_one())
        objects = reference_object_version.c.marker_id
        found = sorted(conn.execute(select(func.count(objects)).group_by(objects)).scalars())
    assert 0.02 < per_km < 0.13
    assert {row.set_up for row in markers} == {"single", "double", "triple"}
    assert all(row.faces == len(row.sides) for row in markers)
    assert sum(row.faces == 3 for row in markers) > 50
    assert (len(found), found[0], found[len(found) // 2]) == (len(markers), 2, 3)


def test_a_few_markers_of_the_demo_have_a_life_and_nobody_unknown_sees_any(
    loaded: tuple[Database, list[str]],
) -> None:
    event = marker_event.c
    with reading(loaded[0].engine) as conn:
        kinds = conn.execute(select(event.kind).where(event.kind != "registered")).scalars().all()
        assert sorted(kinds) == sorted([*(kind for kind, *_ in HAPPENED), REPAIRED[0]])
        page = list_markers(conn, SYSTEM, date(2026, 1, 1), state="lost")
        assert (page.total, page.items[0].publication) == (1, "demo")
        with pytest.raises(UnauthenticatedError):
            list_markers(conn, public_viewer(demo_open=True), date(2026, 1, 1))


def test_the_lines_have_records_that_say_they_are_made_up(
    loaded: tuple[Database, list[str]],
) -> None:
    record = boundary_line_record.c
    with reading(loaded[0].engine) as conn:
        rows = conn.execute(
            select(record.name, record.length_document, record.publication, record.note)
        ).all()
        cut = conn.execute(select(line_section.c.line_id).distinct()).all()
    assert len(rows) > 300
    assert all(row.name.startswith("示例") and row.note.startswith("示例") for row in rows)
    assert all(row.length_document.startswith("示例") for row in rows)
    assert {row.publication for row in rows} == {"demo"}
    assert cut


def test_the_year_of_a_city_is_planned_and_its_inspections_are_at_every_stage(
    loaded: tuple[Database, list[str]],
) -> None:
    with reading(loaded[0].engine) as conn:
        city = find_division(conn, "370900")
        page = list_inspections(conn, SYSTEM, china_day(), within=city)
        by_state = {one.state: one for one in page.items}
        assert [one.state for one in page.items if one.year == 2026].count("planned") == 5
        assert set(by_state) == {"planned", "field", "archived"}
        field = read_inspection(conn, by_state["field"].id, SYSTEM, china_day())
        records = list_records(conn, field.id)
        found = {one.status for one in list_outcomes(conn, field, records)}
        assert {"conflict", "agreed", "open"} == found
        assert all(one.body["note"].startswith("示例") for one in records)
        assert {photo.media_type for one in records for photo in one.photos} == {"image/jpeg"}
        (order,) = list_orders(conn, china_day(), causes=[field.id])
        assert (order.task, order.state) == ("repaint", "open")
        over = read_inspection(conn, by_state["archived"].id, SYSTEM, china_day())
        assert over.accepted_on == date(2025, 9, 20)
        signed = list_signatures(conn, over)
        assert [(one.kind, one.valid) for one in signed] == [("seal", True)] * len(over.parties)


def test_the_clocks_of_the_demo_s_lines_are_not_in_step(
    loaded: tuple[Database, list[str]],
) -> None:
    with reading(loaded[0].engine) as conn:
        clocks = [
            clock
            for code in ("370900", "371322")
            for clock in list_clocks(
                conn, SYSTEM, date(2026, 3, 1), within=find_division(conn, code)
            )
        ]
    assert len({clock.due_on.year for clock in clocks if clock.due_on}) > 2
    assert {"unknown", "ok", "under_way"} <= {clock.status for clock in clocks}
    assert {clock.last_round for clock in clocks} == {None, 4, 5}


def test_nobody_can_log_in_because_of_the_demo(loaded: tuple[Database, list[str]]) -> None:
    assert _count(loaded[0], app_user) == 0


def test_a_finished_run_over_the_demo_is_there_to_look_at(
    loaded: tuple[Database, list[str]],
) -> None:
    with reading(loaded[0].engine) as conn:
        (run,) = list_runs(conn, public_viewer(demo_open=True))
    assert run.publication == "demo"
    assert run.parameters["limit_m"] == 720.0
    assert 0.5 < run.result["share"] < 1
    assert run.result["totals"][0]["factor"] > 1
    assert "doing.demo_run" in loaded[1]


def test_the_way_in_is_the_ordinary_one_and_finds_no_error(
    loaded: tuple[Database, list[str]],
) -> None:
    database, told = loaded
    with reading(database.engine) as conn:
        runs = conn.execute(select(import_run.c.kind, import_run.c.state, import_run.c.findings))
        done = [(run.kind, run.state, run.findings) for run in runs]
    assert sorted({kind for kind, _, _ in done}) == [
        "counts",
        "divisions",
        "facilities",
        "lines",
        "markers",
        "population",
        "roads",
        "rounds",
    ]
    assert {state for _, state, _ in done} == {"applied"}
    assert not [one for _, _, findings in done for one in findings if one["severity"] == "error"]
    assert told == [f"doing.demo_{name}" for name in (*PARTS, *BORDERS, "run")]
    assert all(text(key, lang) for key in told for lang in LANGS)


def test_a_second_load_changes_nothing(loaded: tuple[Database, list[str]]) -> None:
    database, _ = loaded
    before = _count(database, import_run)
    load_demo(database.engine, never_stop)
    assert _count(database, import_run) == before


def test_a_database_with_divisions_is_left_alone(database: Database, home: Path) -> None:
    assert home.is_dir()
    with transaction(database.engine, "system:test") as conn:
        put(conn, ("371322", "郯城县"), valid_from=date(2020, 1, 1))
    load_demo(database.engine, never_stop)
    assert _count(database, network) == _count(database, facility_version) == 0
