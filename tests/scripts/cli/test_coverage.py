"""``yutu coverage`` as a planner types it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from geo.db.engine import transaction
from geo.settings import settings
from scripts.cli import app
from tests.conftest import Database
from tests.geo.coverage.town import build_town

Run = Callable[..., Result]
ASK = ("coverage", "run", "--kinds", "hospital", "--limit-m", "1000", "--ages", "60+")


@pytest.fixture
def run(database: Database, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("YUTU_DATABASE_URL", database.app_url)
    monkeypatch.setenv("YUTU_DATABASE_OWNER_URL", database.owner_url)
    settings.cache_clear()
    with transaction(database.engine, "system:test") as conn:
        build_town(conn, home)

    def call(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, words)
        assert result.exit_code == code, result.output
        return result

    yield call
    settings.cache_clear()


def test_an_answer_is_json_and_repeats(run: Run) -> None:
    told = json.loads(run(*ASK, "--json").stdout)
    assert (told["people"], told["covered"], told["cells"]) == (34.0, 20.0, 4)
    assert (told["cells_unsnapped"], told["facilities"]) == (1, 1)
    assert told["facilities_unsnapped"] == []
    again = json.loads(run("coverage", "repeat", told["run_id"], "--json").stdout)
    assert again["same"] is True
    listed = json.loads(run("coverage", "list", "--json").stdout)
    assert [one["run_id"] for one in listed] == [told["run_id"]]


def test_an_answer_is_words_too(run: Run) -> None:
    said = run(*ASK).stderr
    assert "20" in said
    assert "34" in said
    assert "医院" in said


def test_the_map_is_one_file(run: Run, home: Path) -> None:
    told = json.loads(run(*ASK, "--json", "--map", str(home / "map.html")).stdout)
    page = (home / "map.html").read_text(encoding="utf-8")
    assert json.dumps("示例医院")[1:-1] in page
    run("coverage", "map", told["run_id"], str(home / "again.html"))
    assert (home / "again.html").read_text(encoding="utf-8") == page


@pytest.mark.parametrize(
    "words",
    [
        ("--limit-m", "0"),
        ("--minutes", "600"),
        ("--limit-m", "900", "--minutes", "15"),
        ("--profile", "bird"),
        ("--map", "nowhere/map.html"),
    ],
)
def test_a_wrong_question_is_a_wrong_call(run: Run, words: tuple[str, ...]) -> None:
    result = run("coverage", "run", "--kinds", "hospital", *words, "--json", code=2)
    assert json.loads(result.stdout)["code"] == "option_invalid"


def test_a_kind_of_private_homes_is_no_point(run: Run) -> None:
    result = run("coverage", "run", "--kinds", "hope_cabin", "--json", code=2)
    assert "hospital" in json.loads(result.stdout)["allowed"]
