"""Commands on a real database, named by the environment as an office with its own server does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from geo.access.jurisdiction import system_viewer
from geo.db import cluster
from geo.db.engine import transaction
from geo.jobs.jobs import open_job
from geo.jobs.running import begin_job, end_job
from geo.settings import settings
from scripts.cli import app
from scripts.cli.database import STAYS, stop_unless_used, using


@pytest.fixture
def yutu(database: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    assert settings().home == home
    monkeypatch.setenv("YUTU_DATABASE_URL", database.app_url)
    monkeypatch.setenv("YUTU_DATABASE_OWNER_URL", database.owner_url)
    settings.cache_clear()

    def run(*args: str) -> Result:
        return CliRunner().invoke(app, args)

    return run


def test_jobs_are_listed_shown_and_cancelled(yutu: Any, database: Any) -> None:
    with transaction(database.engine, "system:test") as conn:
        job_id = open_job(conn, "import", {"file": "x"}, system_viewer("test"))
        failed = begin_job(conn, open_job(conn, "topology", {}, system_viewer("test")))
        assert failed is not None
        end_job(conn, failed, "failed", error={"zh": {"detail": "错"}, "en": {"detail": "wrong"}})
    listed = json.loads(yutu("job", "list", "--json").stdout)
    assert [one["state"] for one in listed] == ["failed", "waiting"]
    assert "args" not in listed[0]
    assert str(job_id) in yutu("job", "list").stderr
    assert "wrong" in yutu("job", "show", str(failed.id)).stderr
    assert json.loads(yutu("job", "cancel", str(job_id), "--json").stdout)["state"] == "cancelled"
    again = yutu("job", "cancel", str(job_id), "--json")
    assert (again.exit_code, json.loads(again.stdout)["code"]) == (1, "job_ended")
    assert yutu("job", "show", str(uuid4())).exit_code == 1


def test_doctor_finds_a_fit_database_and_prints_what_an_administrator_runs(yutu: Any) -> None:
    told = yutu("doctor", "--json")
    answer = json.loads(told.stdout)
    assert told.exit_code == 0, answer
    assert {check["name"] for check in answer["checks"]} >= {"python", "disk", "postgis", "roles"}
    assert "CREATE EXTENSION" in answer["sql"]
    assert "CREATE ROLE" in yutu("doctor").stdout


def test_doctor_says_what_is_wrong_and_ends_with_3(
    yutu: Any, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One role for both: it could change the audit log.
    monkeypatch.setenv("YUTU_DATABASE_URL", database.owner_url)
    settings.cache_clear()
    told = yutu("doctor", "--json")
    wrong = [check["name"] for check in json.loads(told.stdout)["checks"] if not check["ok"]]
    assert (told.exit_code, wrong) == (3, ["roles"])


def test_the_url_of_an_existing_database_is_told_as_it_was_given(yutu: Any) -> None:
    assert yutu("db", "url").stdout.strip().startswith("postgresql://yutu_app@")
    assert yutu("db", "url", "--owner").stdout.strip().startswith("postgresql://yutu_owner@")
    status = json.loads(yutu("db", "status", "--json").stdout)
    assert (status["embedded"], status["running"], status["current"]) == (False, True, True)


def test_an_existing_database_is_not_started_or_stopped(yutu: Any) -> None:
    for act in ("start", "stop"):
        told = yutu("db", act)
        assert told.exit_code == 1
        assert "YUTU_DATABASE_URL" in told.stderr


def test_a_backup_without_the_owners_url_says_what_is_missing(
    yutu: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YUTU_DATABASE_OWNER_URL")
    settings.cache_clear()
    told = yutu("db", "backup", str(tmp_path / "b"))
    assert (told.exit_code, "YUTU_DATABASE_OWNER_URL" in told.stderr) == (3, True)


def test_tls_init_says_what_to_do_next(home: Path) -> None:
    made = CliRunner().invoke(app, ["tls", "init", "--name", "yutu.example"])
    assert made.exit_code == 0, made.stderr
    assert (home / "tls" / "ca.key").exists()
    again = CliRunner().invoke(app, ["tls", "init", "--json", "--name", "yutu.example"])
    answer = json.loads(again.stdout)
    assert not answer["new_ca"]
    assert answer["fingerprint"] in made.stderr
    assert answer["names"][0] == "yutu.example"


def test_who_leaves_the_embedded_database_last_stops_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[Path] = []
    monkeypatch.setattr(cluster, "stop", stopped.append)
    with using(home):
        with using(home):
            assert not stop_unless_used(home)
        assert stopped == []
    assert stopped == [home]


def test_a_database_that_was_started_to_stay_is_left_running(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[Path] = []
    monkeypatch.setattr(cluster, "stop", stopped.append)
    (home / STAYS).touch()
    with using(home):
        pass
    assert stopped == []
