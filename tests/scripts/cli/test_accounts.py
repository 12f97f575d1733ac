"""``yutu user``, ``yutu token`` and ``yutu setting`` as an operator types them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from geo.access.tokens import find_token
from geo.access.users import check_password, read_credentials
from geo.db.engine import reading, transaction
from geo.db.tables import audit_log
from geo.settings import settings
from scripts.cli import app
from scripts.cli.me import ME
from tests.conftest import Database
from tests.geo.access.places import add_country

Run = Callable[..., Result]
LONG = "long-enough-1"


@pytest.fixture
def run(database: Database, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("YUTU_HOME", str(home))
    monkeypatch.setenv("YUTU_DATABASE_URL", database.app_url)
    monkeypatch.setenv("YUTU_DATABASE_OWNER_URL", database.owner_url)
    settings.cache_clear()
    with transaction(database.engine, "system:test") as conn:
        add_country(conn)

    def call(*words: str, typed: str = "", code: int = 0) -> Result:
        result = CliRunner().invoke(app, words, input=typed)
        assert result.exit_code == code, result.output
        return result

    yield call
    settings.cache_clear()


def as_json(result: Result) -> Any:
    return json.loads(result.stdout)


def right(database: Database, name: str, password: str) -> bool:
    with reading(database.engine) as conn:
        known = read_credentials(conn, name)
    return check_password(known, password) is not None


def test_an_account_is_added_with_a_role_and_the_password_of_standard_input(
    run: Run, database: Database
) -> None:
    options = ("--role", "editor", "--division", "370902", "--password-stdin", "--json")
    user = as_json(run("user", "add", "Li", *options, typed=LONG + "\n"))
    assert (user["name"], user["grants"][0]["division"]) == ("li", "泰山区 370902")
    assert "password" not in user
    assert right(database, "li", LONG)


def test_a_password_is_made_where_nobody_types_one_and_shown_once(
    run: Run, database: Database
) -> None:
    result = run("user", "add", "li")
    assert right(database, "li", result.stdout.strip())
    assert "只显示这一次" in result.stderr
    made = as_json(run("user", "passwd", "li", "--json"))["password"]
    assert right(database, "li", made)


def test_an_account_that_cannot_be_added_is_refused_in_words_and_nothing_is_left(
    run: Run,
) -> None:
    weak = run("user", "add", "li", "--password-stdin", "--json", typed="short\n", code=1)
    assert as_json(weak)["code"] == "password_weak"
    assert "密码至少 10 个字符" in weak.stderr
    options = ("--role", "editor", "--division", "990000", "--json")
    assert as_json(run("user", "add", "li", *options, code=1))["code"] == "division_unknown"
    assert as_json(run("user", "add", "li", "--role", "king", "--json", code=2))
    assert as_json(run("user", "add", "li", "--division", "37", "--json", code=2))
    assert as_json(run("user", "list", "--json")) == []


def test_roles_are_given_and_withdrawn(run: Run) -> None:
    run("user", "add", "li")
    run("user", "grant", "li", "viewer", "--division", "37")
    given = as_json(run("user", "grant", "li", "approver", "--json"))["grants"]
    assert [(one["role"], one["division"]) for one in given] == [
        ("viewer", "山东省 37"),
        ("approver", "全国"),
    ]
    listed = run("user", "list").stderr
    assert "查看（山东省 37）、审批（全国）" in listed.replace("\n", "")
    left = as_json(run("user", "withdraw", "li", "approver", "--json"))["grants"]
    assert [one["role"] for one in left] == ["viewer"]
    run("user", "withdraw", "li", "approver", code=1)


def test_a_token_is_made_listed_and_revoked(run: Run, database: Database) -> None:
    run("user", "add", "li")
    made = as_json(run("token", "create", "li", "--note", "GIS", "--days", "7", "--json"))
    secret = run("token", "create", "li").stdout.strip()
    listed = as_json(run("token", "list", "li", "--json"))
    assert [one["note"] for one in listed] == ["GIS", ""]
    now = datetime.now(UTC)
    with reading(database.engine) as conn:
        assert find_token(conn, made["access_token"], "bearer", now=now)
        assert find_token(conn, secret, "bearer", now=now)
    run("token", "revoke", made["id"])
    run("token", "revoke", made["id"], code=1)
    assert as_json(run("token", "revoke", "--user", "li", "--json")) == {"revoked": 1}
    assert as_json(run("token", "list", "li", "--json")) == []
    run("token", "revoke", code=2)
    run("token", "create", "nobody", code=1)


def test_a_disabled_account_gets_no_token_until_it_is_enabled(run: Run) -> None:
    run("user", "add", "li")
    run("token", "create", "li")
    run("user", "disable", "li")
    assert as_json(run("token", "list", "li", "--json")) == []
    run("token", "create", "li", code=1)
    run("user", "enable", "li")
    run("token", "create", "li")


def test_a_setting_is_listed_set_and_put_back(run: Run) -> None:
    key = "boundary_lines.districts_of_one_city"
    assert key in run("setting", "list").stderr
    assert as_json(run("setting", "set", key, "merged", "--json"))["value"] == "merged"
    listed = {one["key"]: one for one in as_json(run("setting", "list", "--json"))}
    assert (listed[key]["value"], listed[key]["default"]) == ("merged", "separate")
    wrong = run("setting", "set", key, "sometimes", code=2)
    assert "separate、merged" in wrong.stderr
    run("setting", "set", key, code=2)
    run("setting", "set", "no.such", "1", code=1)
    run("setting", "set", key, "--default")
    assert "separate" in run("setting", "set", key, "--default").stderr


def test_what_the_command_line_changes_is_logged_as_its_doing(run: Run, database: Database) -> None:
    run("user", "add", "li")
    run("setting", "set", "topology.min_area_m2", "2")
    with reading(database.engine) as conn:
        rows = conn.execute(audit_log.select().where(audit_log.c.actor == ME.actor)).all()
    assert {row.table_name for row in rows} == {"app_user", "office_setting"}
