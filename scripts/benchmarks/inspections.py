"""One joint inspection of 60 markers, 200 sections and 300 photos: its pages, and its archive.

The line is one between counties of Shandong; what was found and the photos are made up.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine

from api.clock import china_day
from geo.db.engine import transaction
from geo.inspections.archive.make import make_archive
from geo.inspections.archive.verify import verify_archive
from geo.inspections.read import read_inspection
from geo.inspections.signing.instance import load_instance_key
from geo.settings import MIB
from scripts.benchmarks.papers import open_one, record_all
from scripts.benchmarks.plan import ask
from scripts.benchmarks.register import VIEWER
from scripts.benchmarks.show import show

MARKERS, SECTIONS, PHOTOS = 60, 200, 300
PAGE_S, VERIFY_S = 0.3, 30.0
"""What is promised: the page of one inspection, and a package of 500 MB verified."""
LEAST_BYTES = 500 * MIB
TODAY = china_day()


def build_inspection(engine: Engine, home: Path) -> UUID:
    """Record an inspection with photos of a phone; return its id."""
    begun = time.perf_counter()
    with transaction(engine, VIEWER.actor) as conn:
        found = open_one(conn, 1, MARKERS, SECTIONS)
        record_all(conn, found, home, PHOTOS, small=False)
    show("an inspection recorded", [time.perf_counter() - begun])
    return found.id


def measure_inspection(
    port: int, inspection: UUID, accounts: Mapping[str, Mapping[str, str]]
) -> None:
    """Ask for the page of an inspection and for all that a phone or a page asks of it."""
    api, page = f"/api/v1/inspections/{inspection}", f"/inspections/{inspection}"
    paths = {
        "page of an inspection": page,
        "an inspection": api,
        "its records": f"{api}/records",
        "its findings": f"{api}/findings",
        "its signatures": f"{api}/signatures",
        "its deviations": f"{api}/deviations",
        "its map": f"{page}/map.json",
        "inspections listed": "/api/v1/inspections?limit=200",
        "page of inspections": "/inspections",
    }
    connection = http.client.HTTPConnection("127.0.0.1", port)
    slow = []
    for who in ("admin", "taian"):
        for name, path in paths.items():
            seconds = ask(connection, path, accounts[who])
            show(f"{name} ({who})", seconds, limit_s=PAGE_S)
            if sorted(seconds)[len(seconds) // 2] > PAGE_S:
                slow.append(f"{name} ({who})")
    connection.close()
    print(f"    slower than promised: {', '.join(slow) or 'none'}", flush=True)


def measure_archive(engine: Engine, home: Path, inspection: UUID, rounds: int) -> None:
    """Make the archive package of an inspection once, and verify it from the file some times."""
    key = load_instance_key(home / "keys" / "instance.key")
    with transaction(engine, VIEWER.actor) as conn:
        found = read_inspection(conn, inspection, VIEWER, TODAY)
        begun = time.perf_counter()
        made = make_archive(conn, VIEWER, found, key, files=home / "files", now=datetime.now(UTC))
    size = f"{made.size / MIB:.0f} MiB"
    show(f"an archive of {size} made", [time.perf_counter() - begun])
    if made.size < LEAST_BYTES:
        raise RuntimeError(f"{size} are fewer than promised for")
    seconds = []
    for _ in range(max(2, rounds // 2)):
        begun = time.perf_counter()
        told = verify_archive(made.path, expected=made.fingerprint)
        seconds.append(time.perf_counter() - begun)
        if not told.ok:
            raise RuntimeError(f"{told.problems[0]}")
    show(f"an archive of {size} verified", seconds, limit_s=VERIFY_S)
