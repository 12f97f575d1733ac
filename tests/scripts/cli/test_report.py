"""``yutu report`` as an office types it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from geo.db.engine import transaction
from geo.settings import settings
from scripts.cli import app
from tests.border import card, draw_border, set_marker
from tests.conftest import Database

Run = Callable[..., Result]
MAKE = ("report", "make", "shandong", "--within", "370921")
NOBODY = "0190f1c0-0000-7000-8000-000000000000"
RECEIPT = ("--number", "回1", "--dated", "2026-11-22")


@pytest.fixture
def run(database: Database, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("YUTU_DATABASE_URL", database.app_url)
    monkeypatch.setenv("YUTU_DATABASE_OWNER_URL", database.owner_url)
    settings.cache_clear()
    assert str(settings().home) == str(home)
    with transaction(database.engine, "system:test") as conn:
        drawn = draw_border(conn)
        set_marker(conn, drawn, card(drawn, "001"), card(drawn, "002"))

    def call(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, words)
        assert result.exit_code == code, result.output
        return result

    yield call
    settings.cache_clear()


def test_a_package_is_made_saved_and_answered(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "包.zip"
    said = run(*MAKE, "--out", str(out)).stderr
    assert "新增 2" in said
    assert "未经核实" in said
    manifest = json.loads(zipfile.ZipFile(out).read("清单.json"))
    assert manifest["division"] == "东岭县 370921"
    (made,) = json.loads(run("report", "list", "--json").stdout)
    assert "待回执" in run("report", "list").stderr
    told = run("report", "receipt", made["id"], *RECEIPT).stderr
    assert "接收 2" in told
    again = json.loads(run(*MAKE, "--json").stdout)
    assert again["counts"]["marker"] == {"new": 0, "changed": 0, "ended": 0}


def test_a_receipt_from_a_file_and_one_by_hand_say_the_same(run: Run, tmp_path: Path) -> None:
    first = json.loads(run(*MAKE, "--json").stdout)
    keys = [row["KJSJBSM"] for row in _rows(run, tmp_path)]
    table = tmp_path / "回执.csv"
    table.write_text(f"KJSJBSM,结果,原因\n{keys[0]},通过,\n{keys[1]},退回,缺照片\n", "utf-8")
    by_file = run("report", "receipt", first["id"], *RECEIPT, "--file", str(table), "--json")
    by_hand = run(
        "report", "receipt", first["id"], *RECEIPT,
        "--refuse", f"{keys[1]}=缺照片", "--correct", "改为手工登记", "--json",
    )  # fmt: skip
    for one in (by_file, by_hand):
        done = json.loads(one.stdout)
        assert (done["state"], done["receipt"]["refused"]) == ("partly", 1)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("report", "make", "atlantis"), "platform_unknown"),
        ((*MAKE, "--out", "nowhere/x.zip"), "option_invalid"),
        (("report", "receipt", NOBODY, *RECEIPT), "package_unknown"),
        (("report", "receipt", NOBODY, *RECEIPT, "--refuse", "x"),
         "option_invalid"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told(run: Run, words: tuple[str, ...], code: str) -> None:
    result = CliRunner().invoke(app, [*words, "--json"])
    assert result.exit_code in (1, 2)
    assert json.loads(result.stdout)["code"] == code
    assert json.loads(run("report", "list", "--json").stdout) == []


def _rows(run: Run, folder: Path) -> list[dict[str, str]]:
    out = folder / "again.zip"
    run(*MAKE, "--out", str(out))
    content = zipfile.ZipFile(out).read("属性数据/JZ.csv").decode("gb18030")
    head, *rows = (line.split(",") for line in content.splitlines())
    return [dict(zip(head, row, strict=False)) for row in rows]
