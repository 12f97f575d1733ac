from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from geo.db.engine import transaction
from geo.inspections.opening import InspectionFacts, open_inspection
from geo.settings import settings
from maps import to_pdf
from scripts.cli import app
from tests.border import Border, card, draw_border, set_marker


@pytest.fixture
def border(database: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> Border:
    assert settings().home == home
    monkeypatch.setenv("YUTU_DATABASE_URL", database.app_url)
    settings.cache_clear()
    with transaction(database.engine, "system:test") as conn:
        drawn = draw_border(conn)
        pair = [card(drawn, "37092301", set_up="double", member=member, faces=2) for member in "AB"]
        set_marker(conn, drawn, *pair, card(drawn, "37092302"))
    return drawn


def yutu(*args: object) -> Result:
    return CliRunner().invoke(app, ["paper", *map(str, args)])


def test_a_card_is_written_by_the_number_of_its_marker(border: Border, tmp_path: Path) -> None:
    assert border.lines
    out = tmp_path / "card.docx"
    told = yutu("marker_register", "37092302", "--out", out)
    assert told.exit_code == 0, told.output
    assert zipfile.is_zipfile(out)
    told = yutu("marker_register", "37092301B", "--out", out, "--json")
    assert json.loads(told.stdout)["size"] == out.stat().st_size


def test_a_number_of_two_stones_is_asked_about(border: Border, tmp_path: Path) -> None:
    assert border.lines
    told = yutu("marker_register", "37092301", "--out", tmp_path / "x.docx", "--json")
    answer = json.loads(told.stdout)
    assert (told.exit_code, answer["code"]) == (2, "option_invalid")
    assert [one.split()[0] for one in answer["allowed"]] == ["37092301A", "37092301B"]


def test_lists_of_a_line_are_written_by_its_id(border: Border, tmp_path: Path) -> None:
    out = tmp_path / "list.xlsx"
    told = yutu("marker_results", border.lines["AB"], "--format", "xlsx", "--out", out)
    assert told.exit_code == 0, told.output
    assert zipfile.is_zipfile(out)


def test_what_is_not_there_or_cannot_be_written_is_refused(
    border: Border, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(to_pdf, "find_office", lambda: None)
    line, out = border.lines["AB"], tmp_path / "x.docx"
    for args, code, ends in (
        (("passport", line, "--out", out), "paper_unknown", 1),
        (("marker_register", "999", "--out", out), "marker_unknown", 1),
        (("line_summary", "9999", "--out", out), "line_unknown", 1),
        (("line_summary", line, "--out", tmp_path / "no" / "x"), "option_invalid", 2),
        (("line_summary", line, "--format", "odt", "--out", out), "option_invalid", 2),
        (("line_summary", line, "--format", "pdf", "--out", out), "office_missing", 3),
    ):
        told = yutu(*args, "--json")
        assert (json.loads(told.stdout)["code"], told.exit_code) == (code, ends), args
    assert not out.exists()


def test_a_plan_is_written_by_the_code_of_its_place_and_an_inspection_by_its_line(
    border: Border, database: Any, tmp_path: Path
) -> None:
    out = tmp_path / "plan.xlsx"
    told = yutu("inspection_plan", "370900", "--year", 2026, "--format", "xlsx", "--out", out)
    assert told.exit_code == 0, told.output
    assert zipfile.is_zipfile(out)
    none = yutu("inspection_scheme", border.lines["AB"], "--out", out, "--json")
    assert json.loads(none.stdout)["code"] == "inspection_unknown"
    with transaction(database.engine, "system:test") as conn:
        facts = InspectionFacts(
            line_id=border.lines["AB"], kind="regular", round=5, year=2026,
            lead_id=border.sides["A"], cooperating_id=border.sides["B"],
        )  # fmt: skip
        open_inspection(conn, border.viewer("A"), facts, today=date(2026, 4, 1))
    told = yutu("inspection_scheme", border.lines["AB"], "--out", out)
    assert told.exit_code == 0, told.output
