from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import make_url, text

from geo.access.users import make_first_admin
from geo.db.engine import make_engine, transaction
from geo.db.inspect import administrators_sql, inspect_database
from geo.db.state import DatabaseState, driver_url, known_revisions, read_state, schema_digest
from geo.errors import DatabaseGoneError


def test_a_migrated_database_is_current_for_its_serving_role_alone(database: Any) -> None:
    assert read_state(database.app_url) == DatabaseState(
        current=True, has_users=False, has_divisions=False
    )
    # The owner was given no rights of a serving role.
    assert not read_state(database.owner_url).current
    assert schema_digest("yutu_app") != schema_digest("yutu_owner")


def test_a_start_sees_whether_there_is_an_administrator(database: Any) -> None:
    with transaction(database.engine, "system:test") as conn:
        make_first_admin(conn, "correct horse")
    assert read_state(database.app_url).has_users


def test_a_database_of_another_release_is_not_current(database: Any) -> None:
    owner = make_engine(database.owner_url, pool_size=0)
    with owner.begin() as conn:
        conn.execute(text("COMMENT ON SCHEMA yutu IS 'another'"))
    assert not read_state(database.app_url).current
    owner.dispose()


def test_a_database_that_does_not_answer_is_told_as_gone(database: Any) -> None:
    nowhere = make_url(database.app_url).set(database="no_such").render_as_string()
    with pytest.raises(DatabaseGoneError):
        read_state(nowhere)
    with pytest.raises(DatabaseGoneError):
        inspect_database(nowhere)


def test_the_migrations_of_this_release_are_known() -> None:
    assert "0001" in known_revisions()


def test_the_drivers_url_is_the_same_address() -> None:
    assert driver_url("postgresql+psycopg://a@/b?host=/c") == "postgresql://a@/b?host=/c"


def test_a_database_is_inspected_with_the_eyes_of_its_role(database: Any) -> None:
    found = inspect_database(database.app_url)
    assert found.locale_fits
    assert found.postgis_fits
    assert found.current
    assert found.extensions == ()
    assert not found.superuser
    assert not found.writes_audit
    assert inspect_database(database.owner_url).writes_audit


def test_the_administrator_gets_statements_for_two_roles() -> None:
    told = administrators_sql("postgresql+psycopg://serving@db/office", None)
    assert 'CREATE ROLE "yutu_owner"' in told
    assert 'CREATE ROLE "serving"' in told
    assert 'CREATE DATABASE "office" OWNER "yutu_owner"' in told
    assert "CREATE EXTENSION IF NOT EXISTS postgis" in told
    strange = administrators_sql("postgresql+psycopg://a%22b@db/office", None)
    assert '"a""b"' in strange
