from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from geo.inspections.archive.make import make_archive
from geo.inspections.archive.verify import verify_archive
from geo.inspections.read import read_inspection
from tests.geo.divisions.given import TODAY
from tests.geo.inspections.packed import change_json, recompute, repack, unpack
from tests.geo.inspections.planning.test_parts import divide
from tests.geo.inspections.provincial import SYSTEM, draw_long

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


def test_the_archive_of_a_line_in_parts_holds_each_part_and_is_bound_to_it(
    conn: Connection, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    long = draw_long(conn)
    parts = divide(conn, long)
    whole = read_inspection(conn, long.inspection, SYSTEM, TODAY)
    made = make_archive(conn, SYSTEM, whole, Ed25519PrivateKey.generate(), files=files, now=NOW)
    found = verify_archive(made.path)
    assert found.ok, [str(one) for one in found.problems]
    inside = unpack(made.path)
    named = json.loads(inside["content.json"])["parts"]
    assert [one["id"] for one in named] == [str(one) for one in whole.parts]
    assert {str(one) for one in parts} == {one["id"] for one in named}
    # Two provinces, and a pair of counties for each part.
    assert len(found.parties) == 2 + 2 * len(parts)
    of_one = f"parts/{parts[0]}/content.json"
    change_json(inside, of_one, lambda content: content["parties"].pop(), spell=True)
    recompute(inside, Ed25519PrivateKey.generate())
    changed = verify_archive(repack(made.path, inside))
    assert [(one.key, one.facts["file"]) for one in changed.problems] == [
        ("problem.content", of_one)
    ]
    for name in [one for one in inside if one.startswith(f"parts/{parts[0]}/")]:
        del inside[name]
    recompute(inside, Ed25519PrivateKey.generate())
    without = verify_archive(repack(made.path, inside))
    assert [one.key for one in without.problems] == ["problem.missing"]
