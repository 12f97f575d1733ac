from __future__ import annotations

import json
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

import scripts.cli
from geo.errors import (
    DatabaseGoneError,
    DivisionUnknownError,
    JobEndedError,
    OptionInvalidError,
    PortInUseError,
    UserUnknownError,
    YutuError,
)
from geo.texts import text
from scripts.cli import COMMANDS, app
from scripts.cli.errors import exit_code

RUN = (sys.executable, "-m", "scripts.cli")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DivisionUnknownError(division="37"), 1),
        (JobEndedError(job="-", state="done"), 1),
        (UserUnknownError(user="-"), 1),
        (OptionInvalidError(option="-", value="-", allowed="-"), 2),
        (PortInUseError(host="-", port=1, next=2), 3),
        (DatabaseGoneError(), 3),
    ],
)
def test_an_error_has_its_exit_code(error: YutuError, code: int) -> None:
    assert exit_code(error) == code


def test_an_error_is_words_in_both_languages_and_json_where_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failing = typer.Typer()

    @failing.command()
    def fail(*, as_json: bool = typer.Option(False, "--json")) -> None:
        del as_json
        raise DivisionUnknownError(division="370999")

    monkeypatch.setattr(scripts.cli, "import_module", lambda _name: type("m", (), {"app": failing}))
    plain = CliRunner().invoke(app, ["doctor"])
    assert plain.exit_code == 1
    assert plain.stdout == ""
    for lang in ("zh", "en"):
        assert text("error.division_unknown", lang, division="370999") in plain.stderr
    told = CliRunner().invoke(app, ["doctor", "--json"])
    answer = json.loads(told.stdout)
    assert (told.exit_code, answer["code"], answer["division"]) == (1, "division_unknown", "370999")


def test_a_wrong_call_is_exit_code_2() -> None:
    for call in (["no-such"], ["serve", "--port", "99999"], ["job", "show", "not-an-id"]):
        assert CliRunner().invoke(app, call).exit_code == 2


def test_every_command_of_the_table_is_there_with_help_in_both_languages() -> None:
    listed = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).stdout
    for name in COMMANDS:
        assert f" {name} " in listed
        assert text(f"cli.help.{name}", "zh") in listed
        assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0


def test_the_help_loads_no_heavy_library() -> None:
    heavy = "{'sqlalchemy', 'pandas', 'fastapi', 'pydantic', 'psycopg', 'shapely'}"
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom scripts.cli import app\n"
        f"CliRunner().invoke(app, ['--help'])\nprint({heavy} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_english_alone_is_printed_where_it_is_asked_for() -> None:
    listed = CliRunner().invoke(app, ["nothing"], env={"YUTU_LANG": "en"})
    assert listed.exit_code == 2


def test_what_nobody_foresaw_is_exit_code_3() -> None:
    code = (
        "import scripts.cli\n"
        "def broken(_name): raise ZeroDivisionError\n"
        "scripts.cli.import_module = broken\n"
        "scripts.cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "doctor"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "ZeroDivisionError" in done.stderr
