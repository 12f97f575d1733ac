from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import DBAPIError, ProgrammingError

from geo.access.audit import AuditFilter, read_audit
from geo.access.jurisdiction import system_viewer
from geo.access.publication import set_publication
from geo.access.tables import app_user
from geo.access.tokens import digest, make_token
from geo.access.users import add_user, disable_user, find_user, set_password
from geo.db.engine import act_as, transaction
from geo.db.ids import new_id
from geo.db.tables import audit_log
from geo.errors import OutsideJurisdictionError, RoleMissingError
from tests.conftest import Database
from tests.geo.access.places import NOW, add_country, add_viewer
from tests.geo.access.test_users import LIFE, PASSWORD

SYSTEM = system_viewer("test")
ALL = AuditFilter()


@pytest.fixture
def ids(conn: Connection) -> dict[str, UUID]:
    return add_country(conn)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'somebody else'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "INSERT INTO audit_log (actor, table_name, row_id, action) VALUES ('a', 'b', 'c', 'd')",
        "SELECT audit_write('a', 'b', 'c', NULL, NULL)",
        "ALTER TABLE app_user DISABLE TRIGGER audit",
        "DROP TRIGGER audit ON app_user",
        "DELETE FROM app_user",
    ],
)
def test_the_serving_role_can_do_nothing_to_the_log(conn: Connection, statement: str) -> None:
    add_user(conn, SYSTEM, "li", PASSWORD)
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        conn.execute(text(statement))


@pytest.mark.parametrize("actor", ["", None])
def test_a_write_without_an_actor_is_refused(database: Database, actor: str | None) -> None:
    row = {"id": new_id(), "name": "li", "display_name": "li", "password_hash": "-"}
    # The connection has had an actor before, which leaves '' behind and not NULL.
    with transaction(database.engine, "system:test") as conn:
        conn.execute(select(app_user))
    with database.engine.connect() as conn:
        if actor is not None:
            act_as(conn, actor)
        with pytest.raises(DBAPIError, match=r"needs yutu\.actor"):
            conn.execute(insert(app_user).values(**row))
    with database.engine.connect() as conn:
        assert conn.execute(select(app_user)).all() == []


def test_the_log_says_who_changed_what_from_what_to_what(conn: Connection) -> None:
    user = add_user(conn, SYSTEM, "li", PASSWORD, display_name="李")
    act_as(conn, str(user.id))
    conn.execute(update(app_user).where(app_user.c.id == user.id).values(display_name="李四"))
    entries, total = read_audit(conn, SYSTEM, AuditFilter("app_user", str(user.id)))
    assert total == 2
    change, birth = entries
    assert (birth.actor, birth.action, birth.old) == ("system:test", "insert", None)
    assert (change.actor, change.actor_name, change.action) == (str(user.id), "li", "update")
    assert change.old is not None
    assert change.new is not None
    assert (change.old["display_name"], change.new["display_name"]) == ("李", "李四")


def test_a_reason_is_kept_with_the_change(conn: Connection) -> None:
    add_user(conn, SYSTEM, "li", PASSWORD)
    conn.execute(text("SELECT set_config('yutu.reason', '离职', true)"))
    disable_user(conn, SYSTEM, "li", now=NOW)
    entries, _ = read_audit(conn, SYSTEM, ALL)
    assert [entry.reason for entry in entries] == ["离职", None]


def test_no_secret_reaches_the_log(conn: Connection) -> None:
    user = add_user(conn, SYSTEM, "li", PASSWORD)
    token = make_token(conn, user.id, "bearer", now=NOW, life=LIFE)
    set_password(conn, SYSTEM, "li", "another-password", now=NOW)
    logged = str(conn.execute(select(audit_log)).all())
    assert "argon2" not in logged
    assert token.secret not in logged
    assert digest(token.secret).hex() not in logged
    assert logged.count("access_token") >= 2


def test_entries_are_found_by_table_row_and_actor_by_name_or_id(conn: Connection) -> None:
    user = add_user(conn, SYSTEM, "li", PASSWORD)
    act_as(conn, str(user.id))
    add_user(conn, SYSTEM, "wang", PASSWORD)
    for actor in ("li", str(user.id)):
        entries, total = read_audit(conn, SYSTEM, AuditFilter(actor=actor))
        assert [entry.row for entry in entries] == [str(find_user(conn, "wang").id)]
        assert total == 1
    assert read_audit(conn, SYSTEM, AuditFilter(table="boundary_line"))[1] == 0
    assert read_audit(conn, SYSTEM, AuditFilter(row=str(uuid4())))[1] == 0


def test_pages_follow_each_other_from_the_newest(conn: Connection) -> None:
    for number in range(3):
        add_user(conn, SYSTEM, f"user{number}", PASSWORD)
    first, total = read_audit(conn, SYSTEM, ALL, limit=2)
    rest, same_total = read_audit(conn, SYSTEM, ALL, limit=2, before=first[-1].id)
    assert total == same_total == 3
    numbers = [entry.id for entry in [*first, *rest]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 3


def test_shapes_stay_out_of_what_is_read(conn: Connection, ids: dict[str, UUID]) -> None:
    set_publication(conn, SYSTEM, ids["37"], "demo")
    entries, _ = read_audit(conn, SYSTEM, AuditFilter("division_version"), limit=3)
    assert all(entry.old is not None and "geom" not in entry.old for entry in entries)


def test_only_an_administrator_of_the_whole_country_reads_the_log(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    shandong = add_viewer(conn, "shandong", ("administrator", ids["37"]))
    with pytest.raises(OutsideJurisdictionError):
        read_audit(conn, shandong, ALL)
    approver = add_viewer(conn, "approver", ("approver", None))
    with pytest.raises(RoleMissingError):
        read_audit(conn, approver, ALL)
    read_audit(conn, add_viewer(conn, "admin", ("administrator", None)), ALL)
