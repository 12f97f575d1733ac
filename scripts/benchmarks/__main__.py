"""Benchmarks: what is promised is measured here, on a cluster of its own with fsync on.

Wall time. Both sides of a ratio run in turn in one process, and the median of the rounds counts; on
a machine that does other things at once the ratio says more than the seconds.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine

from geo.db import cluster
from geo.db.engine import make_engine
from geo.db.migrate import migrate
from scripts.benchmarks.chain import measure_porto, measure_wuhan
from scripts.benchmarks.divisions import measure_import, measure_lines
from scripts.benchmarks.inspections import (
    build_inspection,
    measure_archive,
    measure_inspection,
)
from scripts.benchmarks.papers import measure_papers
from scripts.benchmarks.plan import build_plan, measure_plan, measure_plan_addresses
from scripts.benchmarks.reach import measure_reach
from scripts.benchmarks.register import (
    build_register,
    import_divisions,
    make_accounts,
    measure_addresses,
    measure_reads,
)
from scripts.benchmarks.web import measure_requests, serving


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a benchmark runs: a migrated database, and a data folder."""

    home: Path
    app_url: str
    admin_url: str
    engine: Engine
    rounds: int


def _measure_divisions(place: Place) -> None:
    measure_lines(place.engine, place.rounds)
    measure_import(place.engine, place.home, place.rounds)
    _analyse(place.admin_url)
    with serving(place.home, place.app_url) as port:
        measure_requests(port)


def _measure_reach(place: Place) -> None:
    measure_reach(place.engine, place.admin_url, place.home, place.rounds)


def _measure_register(place: Place) -> None:
    build_register(place.engine, place.home)
    _analyse(place.admin_url)
    measure_reads(place.engine, place.rounds)
    with serving(place.home, place.app_url) as port:
        measure_addresses(port, place.engine)


def _measure_inspections(place: Place) -> None:
    import_divisions(place.engine, place.home)
    build_plan(place.engine)
    _analyse(place.admin_url)
    measure_plan(place.engine, place.rounds)
    inspection = build_inspection(place.engine, place.home)
    _analyse(place.admin_url)
    accounts = make_accounts(place.engine)
    with serving(place.home, place.app_url) as port:
        measure_plan_addresses(port, accounts)
        measure_inspection(port, inspection, accounts)
    measure_papers(place.engine, place.home, place.rounds)
    measure_archive(place.engine, place.home, inspection, place.rounds)


BENCHMARKS: dict[str, Callable[[Place], None]] = {
    "divisions": _measure_divisions,
    "inspections": _measure_inspections,
    "reach": _measure_reach,
    "register": _measure_register,
    "porto": lambda place: measure_porto(place.home, place.app_url),
    "wuhan": lambda place: measure_wuhan(place.home, place.rounds),
}
"""Name: what it does; the command runs all, or those named by ``--only``."""


def main() -> None:
    """Run the benchmarks, each on a database of its own, and print a line for each measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of what takes seconds")
    parser.add_argument("--only", choices=sorted(BENCHMARKS), action="append", help="this one")
    asked = parser.parse_args()
    for name in asked.only or BENCHMARKS:
        _run(BENCHMARKS[name], asked.rounds)


def _run(measure: Callable[[Place], None], rounds: int) -> None:
    # Not the user's own temporary folder: root's database user could not enter it.
    with tempfile.TemporaryDirectory(prefix="yutu-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        home = Path(folder) / "home"
        started = cluster.start(home)
        try:
            migrate(started.owner_url, "yutu_app")
            engine = make_engine(started.app_url, name="yutu benchmark")
            measure(
                Place(
                    home=home,
                    app_url=started.app_url,
                    admin_url=started.admin_url,
                    engine=engine,
                    rounds=rounds,
                )
            )
            engine.dispose()
        finally:
            cluster.discard(home)


def _analyse(admin_url: str) -> None:
    """Do what the server does by itself within a minute of an import: count its rows anew."""
    admin = create_engine(admin_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.exec_driver_sql("VACUUM ANALYZE")
    admin.dispose()


if __name__ == "__main__":
    main()
