from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from geo.boundaries.record import RecordFacts, put_record
from geo.db.engine import transaction
from geo.divisions.apply import Source
from geo.settings import settings
from scripts.cli import app
from tests.geo.boundaries.drawn import VIEWER, draw_country, line_of
from tests.geo.divisions.given import FROM


@pytest.fixture
def line(database: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    assert settings().home == home
    monkeypatch.setenv("YUTU_DATABASE_URL", database.app_url)
    settings.cache_clear()
    facts = RecordFacts(
        code="0211", name="泰岱线", official_length_km=20.5, length_basis="agreement",
        length_document="鲁民〔2003〕12号",
    )  # fmt: skip
    with transaction(database.engine, "system:test") as conn:
        draw_country(conn)
        found = line_of(conn, "A", "B")
        put_record(conn, VIEWER, found, facts, valid_from=FROM, source=Source(name="test"), seen=0)
    return str(found)


def yutu(*args: str) -> Result:
    return CliRunner().invoke(app, ["lines", *args])


def test_lines_are_listed_with_the_length_that_is_printed(line: str) -> None:
    told = yutu("list", "泰岱")
    assert told.exit_code == 0, told.output
    assert "20.5 km" in told.stderr
    assert line in told.stderr
    answer = json.loads(yutu("list", "--json").stdout)
    assert (answer["official"], len(answer["items"])) == (1, answer["total"])
    assert yutu("list", "--level", "planet", "--json").exit_code == 2


def test_a_line_is_shown_by_its_code_or_id(line: str) -> None:
    for name in ("0211", line):
        (shown,) = json.loads(yutu("show", name, "--json").stdout)
        assert (shown["revision"], shown["records"][0]["name"]) == (1, "泰岱线")
    assert "泰岱线" in yutu("show", "0211").stderr
    assert yutu("show", "9999").exit_code == 1
