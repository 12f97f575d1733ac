from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from geo.db.engine import make_engine
from geo.db.metadata import SCHEMA, metadata
from geo.db.migrate import migrate
from geo.errors import LocaleError, MigrationError
from geo.settings import ROOT

if TYPE_CHECKING:
    from geo.db.cluster import Cluster
    from tests.conftest import Database


def _load_tables() -> None:
    for path in (ROOT / "geo").rglob("tables.py"):
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def test_the_tables_in_python_are_those_of_the_database(database: Database) -> None:
    _load_tables()
    engine = make_engine(database.owner_url, pool_size=0)
    with engine.connect() as conn:
        # All that the search path shows is compared otherwise: the extensions' tables, the queue's.
        ours = set(inspect(conn).get_table_names(schema=SCHEMA)) - {"alembic_version"}

        def is_ours(thing: Any, name: str, kind: str, _reflected: object, _other: object) -> bool:
            return (name if kind == "table" else thing.table.name) in ours | metadata.tables.keys()

        context = MigrationContext.configure(
            conn,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_object": is_ours,
                "target_metadata": metadata,
            },
        )
        assert compare_metadata(context, metadata) == []


def test_every_check_and_exclusion_of_the_tables_is_in_the_database(database: Database) -> None:
    """What the comparison of Alembic leaves out."""
    _load_tables()
    engine = make_engine(database.owner_url, pool_size=0)
    with engine.connect() as conn:
        rows = conn.execute(
            text(
                "SELECT conrelid::regclass::text, conname FROM pg_constraint "
                "WHERE connamespace = CAST(:schema AS regnamespace) AND contype IN ('c', 'x')"
            ),
            {"schema": SCHEMA},
        )
        found = {(row[0], row[1]) for row in rows}
    declared = {
        (table.name, metadata_name)
        for table in metadata.tables.values()
        for constraint in table.constraints
        if type(constraint).__name__ in ("CheckConstraint", "ExcludeConstraint")
        if (metadata_name := _name(table.name, constraint))
    }
    assert found == declared


def _name(table: str, constraint: Any) -> str:
    if type(constraint).__name__ == "CheckConstraint":
        return f"{table}_{constraint.name.removeprefix(table + '_').removesuffix('_check')}_check"
    return str(constraint.name)


def test_migrating_again_changes_nothing(database: Database) -> None:
    engine = make_engine(database.owner_url, pool_size=0)
    with engine.connect() as conn:
        before = sorted(inspect(conn).get_table_names())
    migrate(database.owner_url, "yutu_app")
    with engine.connect() as conn:
        assert sorted(inspect(conn).get_table_names()) == before


def test_a_database_of_a_newer_release_is_refused(database: Database) -> None:
    engine = make_engine(database.owner_url, pool_size=0)
    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(MigrationError):
        migrate(database.owner_url, "yutu_app")


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(database.owner_url, pool_size=0)
    with engine.begin() as conn:
        conn.execute(text("DROP SCHEMA yutu CASCADE"))
        conn.execute(text("DROP SCHEMA jobs CASCADE"))

    def fail(*_: object) -> None:
        raise MigrationError(reason="test")

    monkeypatch.setattr("geo.db.migrate._create_functions", fail)
    with pytest.raises(MigrationError):
        migrate(database.owner_url, "yutu_app")
    with engine.connect() as conn:
        assert not inspect(conn).has_schema("yutu")


def test_a_database_in_locale_c_is_refused(server: Cluster, database: Database) -> None:
    admin = create_engine(server.admin_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(
            text(
                "CREATE DATABASE in_c TEMPLATE template0 LOCALE 'C' ENCODING 'UTF8' "
                "OWNER yutu_owner"
            )
        )
    admin.dispose()
    url = database.owner_url.replace(database.owner_url.split("/")[-1].split("?")[0], "in_c")
    with pytest.raises(LocaleError):
        migrate(url, "yutu_app")
