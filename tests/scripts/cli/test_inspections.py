"""``yutu inspections`` as an office types it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection
from typer.testing import CliRunner, Result

from geo.inspections.archive.make import Made
from geo.settings import settings
from scripts.cli import app
from tests.conftest import Database
from tests.geo.inspections.packed import accept, change_record, pack, recompute, repack, unpack
from tests.geo.inspections.walked import open_walk, walk_all

Run = Callable[..., Result]


@pytest.fixture
def made(conn: Connection, tmp_path: Path) -> Made:
    walk = walk_all(conn, tmp_path / "files")
    accept(walk)
    return pack(walk)


def verify(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ("inspections", "verify", *words))
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def run(database: Database, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run ``yutu inspections restore`` on an empty instance."""
    monkeypatch.setenv("YUTU_DATABASE_URL", database.app_url)
    monkeypatch.setenv("YUTU_DATABASE_OWNER_URL", database.owner_url)
    settings.cache_clear()
    assert str(settings().home) == str(home)

    def call(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ("inspections", "restore", *words))
        assert result.exit_code == code, result.output
        return result

    yield call
    settings.cache_clear()


def test_an_archive_is_verified_without_any_instance(made: Made) -> None:
    said = verify(str(made.path), "--fingerprint", made.fingerprint).stderr
    assert "校验通过" in said
    assert "东岭县" in said
    assert made.fingerprint in said
    assert "没有核对指纹" not in said
    assert "没有核对指纹" in verify(str(made.path)).stderr


def test_json_says_ok_and_problems(made: Made) -> None:
    said = json.loads(verify(str(made.path), "--json").stdout)
    assert (said["ok"], said["problems"]) == (True, [])
    assert said["fingerprint"] == made.fingerprint
    files = unpack(made.path)
    change_record(files)
    recompute(files)
    changed = repack(made.path, files)
    said = json.loads(verify(str(changed), "--json", code=1).stdout)
    assert not said["ok"]
    assert "manifest_signature" in said["problem_codes"]
    assert all("清单" in one or "签" in one for one in said["problems"])
    assert "清单的签名" in verify(str(changed), code=1).stderr


def test_another_fingerprint_a_cut_file_and_no_file_fail(made: Made, tmp_path: Path) -> None:
    said = verify(str(made.path), "--fingerprint", "00 11", "--json", code=1).stdout
    assert json.loads(said)["problem_codes"] == ["fingerprint"]
    cut = tmp_path / "cut.zip"
    cut.write_bytes(made.path.read_bytes()[:1000])
    assert json.loads(verify(str(cut), "--json", code=1).stdout)["ok"] is False
    verify(str(tmp_path / "none.zip"), code=1)


def test_an_interim_archive_says_so(conn: Connection, tmp_path: Path) -> None:
    interim = pack(open_walk(conn, tmp_path / "files"))
    assert "临时" in verify(str(interim.path)).stderr


def test_an_archive_is_taken_into_an_empty_instance(made: Made, run: Run) -> None:
    said = run(str(made.path)).stderr
    assert "已导入" in said
    assert "370921" in said
    again = json.loads(run(str(made.path), "--json").stdout)
    assert again["was_there"]
    cut = made.path.with_name("cut.zip")
    cut.write_bytes(made.path.read_bytes()[:1000])
    assert json.loads(run(str(cut), "--json", code=1).stdout)["code"] == "archive_invalid"
