from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text

from geo.inspections.signing.compared import compare_contents
from geo.inspections.signing.content import build_content
from tests.geo.inspections.walked import walk_all


def test_what_differs_is_named_by_its_subject_or_its_part(conn: Connection, tmp_path: Path) -> None:
    walk = walk_all(conn, tmp_path / "files")
    before = build_content(conn, walk.found)
    assert compare_contents(before, before) == []
    walk.record("A", "marker", "leaning")
    conn.execute(text("UPDATE inspection SET field_from = '2026-05-02'"))
    told = [str(one) for one in compare_contents(before, build_content(conn, walk.found))]
    assert len(told) == 3
    assert "37092301I" in told[0]
    assert "37092301I" in told[1]
    assert "联检" in told[2]
