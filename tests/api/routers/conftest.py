"""The small country, once for all tests of a module that only read, and logins."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from geo.access.jurisdiction import Role
from geo.db.cluster import Cluster
from tests.api.country import add_account, load_country
from tests.conftest import Database, copy_database

LogIn = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
def country_template(
    server: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Give the name of a database with the small country, to be copied."""
    with copy_database(server, template) as made:
        load_country(made.engine, tmp_path_factory.mktemp("country"))
        made.engine.dispose()
        yield str(made.engine.url.database)


@pytest.fixture(scope="module")
def country(server: Cluster, country_template: str) -> Iterator[Database]:
    """Return a database with the small country, shared by the tests of a module."""
    with copy_database(server, country_template) as made:
        yield made


@pytest.fixture
def own_country(server: Cluster, country_template: str) -> Iterator[Database]:
    """Return a database with the small country for one test that changes it."""
    with copy_database(server, country_template) as made:
        yield made


@pytest.fixture
def log_in(client: TestClient, database: Database) -> LogIn:
    """Return a function that adds an account and gives the header it asks with."""

    def log_in(name: str, *grants: tuple[Role, str | None]) -> dict[str, str]:
        form = add_account(database, name, *grants)
        answer = client.post("/api/v1/auth/token", data=form)
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    return log_in
