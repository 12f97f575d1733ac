"""The whole chain from the command line, each command a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from geo.settings import ROOT
from scripts.benchmarks.show import show

SHARED = ROOT.parent / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command took: time, the most memory its process held, and what it printed.

    ``cpu_s`` is what its own process worked, without the database.
    """

    seconds: float
    cpu_s: float
    peak_mb: float
    printed: str


def run_yutu(home: Path, *words: str, database: str | None = None) -> Ran:
    """Run a command of ``yutu`` in a data folder.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    environment = os.environ | {"YUTU_HOME": str(home), "YUTU_LANG": "en"}
    if database is not None:
        environment["YUTU_DATABASE_URL"] = database
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as said:
        begun = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "scripts.cli", *words],
            env=environment, cwd=ROOT, stdout=printed, stderr=said,
        )  # fmt: skip
        # wait4 gives what this one process used, which a plain wait does not.
        _, state, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(state)
        for file in (printed, said):
            file.seek(0)
        if process.returncode != 0:
            raise RuntimeError(f"yutu {' '.join(words)}: {said.read().decode()[-2000:]}")
        cpu_s = used.ru_utime + used.ru_stime
        return Ran(seconds, cpu_s, used.ru_maxrss / 1024, printed.read().decode())


def measure_porto(home: Path, database: str) -> None:
    """Import Porto's streets from OpenStreetMap, graph and all, in a process of its own."""
    path = SHARED / "porto.osm.pbf"
    if not path.is_file():
        print(f"porto: left out, {path.name} is not there")
        return
    ran = run_yutu(home, "import", "roads", str(path), "--json", database=database)
    show("Porto from .osm.pbf to a graph that is ready", [ran.seconds], limit_s=15)
    print(f"    peak memory {ran.peak_mb:,.0f} MB (limit 1,500 MB), {ran.cpu_s:.1f} s of CPU")


def measure_wuhan(home: Path, rounds: int) -> None:
    """Take streets, people and hospitals in, ask, and draw the map, in a new data folder.

    What numba compiles at the first walk counts, as a new office has to wait for it too.
    """
    streets, people = SHARED / "wuhan_8989.parquet", SHARED / "wuhan_worldpop_20plus_60plus.tif"
    hospitals = SHARED / "wuhan_hospitals_gcj02.csv"
    if not all(path.is_file() for path in (streets, people, hospitals)):
        print("wuhan: left out, its files are not there")
        return
    own = home.parent / "chain"
    started = run_yutu(own, "db", "start")
    try:
        map_file = own / "wuhan.html"
        question = ("coverage", "run", "--kinds", "hospital", "--ages", "60+", "--json")
        steps = {
            "import roads": ("import", "roads", str(streets)),
            "import population": ("import", "population", str(people), "--bands", "20+,60+"),
            "import facilities": (
                "import", "facilities", str(hospitals), "--kind", "hospital", "--crs", "gcj02",
            ),
            "coverage run --map": (*question, "--limit-m", "1125", "--map", str(map_file)),
        }  # fmt: skip
        ran = {name: run_yutu(own, *words) for name, words in steps.items()}
        whole = sum(one.seconds for one in ran.values())
        show("Wuhan from three files to a map", [whole], limit_s=60)
        for name, one in ran.items():
            print(
                f"    {name}: {one.seconds:.1f} s ({one.cpu_s:.1f} s of CPU), {one.peak_mb:,.0f} MB"
            )
        print(f"    before them, db start: {started.seconds:.1f} s (not counted)")
        again = [run_yutu(own, *question, "--limit-m", str(800 + n)) for n in range(rounds)]
        show("  a second run with another limit", [one.seconds for one in again], limit_s=2)
        answer = json.loads(again[-1].printed)
        limit_m = answer["parameters"]["limit_m"]
        print(f"    {answer['covered']:,.0f} of {answer['people']:,.0f} within {limit_m:g} m")
    finally:
        run_yutu(own, "db", "stop")
