from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, make_url, select, text

from api.clock import china_day
from api.deps import Asker, AsOf, ReadConn, WriteConn
from api.main import create_app
from geo.access.tables import app_user, role_grant
from geo.db import cluster
from geo.db.cluster import Cluster
from geo.db.engine import make_engine
from geo.db.ids import new_id
from geo.db.migrate import migrate
from geo.settings import settings
from tests.api.test_main import add_route
from tests.conftest import Database


def test_reading_is_read_only_and_sees_one_state(client: TestClient) -> None:
    def look(conn: ReadConn) -> list[str]:
        asked = ("transaction_read_only", "transaction_isolation")
        return [str(conn.execute(text(f"SHOW {name}")).scalar()) for name in asked]

    add_route(client, "/look", look)
    assert client.get("/look").json() == ["on", "repeatable read"]


def test_a_write_that_fails_at_its_commit_is_not_told_as_done(
    admin: TestClient, database: Database
) -> None:
    with make_engine(database.owner_url, pool_size=0).begin() as conn:
        conn.execute(
            text(
                "ALTER TABLE role_grant ALTER CONSTRAINT role_grant_user_id_fkey DEFERRABLE "
                "INITIALLY DEFERRED"
            )
        )

    def write(conn: WriteConn) -> str:
        row = {"id": new_id(), "user_id": new_id(), "role": "viewer"}
        conn.execute(insert(role_grant).values(**row))
        return "done"

    add_route(admin, "/write", write, "POST")
    answer = admin.post("/write")
    assert answer.status_code == 500
    assert answer.json()["code"] == "unexpected"
    with database.engine.connect() as conn:
        assert len(conn.execute(select(role_grant)).all()) == 1


def test_a_write_is_there_when_the_answer_comes(admin: TestClient, database: Database) -> None:
    answer = admin.post("/api/v1/users", json={"name": "li", "password": "long-enough-1"})
    assert answer.status_code == 201
    with database.engine.connect() as conn:
        assert "li" in conn.execute(select(app_user.c.name)).scalars().all()


def test_an_error_in_a_request_rolls_its_writes_back(admin: TestClient, database: Database) -> None:
    def write(conn: WriteConn) -> None:
        conn.execute(insert(role_grant).values(id=new_id(), user_id=asker_id, role="viewer"))
        raise RuntimeError

    with database.engine.connect() as conn:
        asker_id = conn.execute(select(app_user.c.id)).scalar_one()
    add_route(admin, "/write", write, "POST")
    assert admin.post("/write").status_code == 500
    with database.engine.connect() as conn:
        assert len(conn.execute(select(role_grant)).all()) == 1


def test_the_day_asked_for_is_today_in_china_unless_given(client: TestClient) -> None:
    def look(at: AsOf) -> date:
        return at

    add_route(client, "/api/v1/look", look)
    assert client.get("/api/v1/look").json() in {str(china_day()), str(china_day())}
    assert client.get("/api/v1/look?at=2019-01-09").json() == "2019-01-09"
    for wrong in ("2019-02-30", "yesterday", "9999999-01-01", ""):
        assert client.get("/api/v1/look", params={"at": wrong}).status_code == 422


def test_more_slow_requests_than_connections_wait_and_none_locks_another(
    client: TestClient,
) -> None:
    def sleep(conn: ReadConn, asker: Asker) -> bool:
        conn.execute(text("SELECT pg_sleep(0.1)"))
        return asker.is_public

    add_route(client, "/sleep", sleep)
    with ThreadPoolExecutor(60) as pool:
        begun = time.monotonic()
        answers = list(pool.map(lambda _: client.get("/sleep").status_code, range(60)))
    assert answers == [200] * 60
    assert time.monotonic() - begun < 8


def test_the_health_check_answers_while_all_connections_are_taken(client: TestClient) -> None:
    release = threading.Event()

    def hold(conn: ReadConn) -> None:
        conn.execute(text("SELECT 1"))
        release.wait(10)

    add_route(client, "/hold", hold)
    with ThreadPoolExecutor(60) as pool:
        held = [pool.submit(client.get, "/hold") for _ in range(50)]
        until(lambda: client.app.state.turns.value == 0)  # type: ignore[attr-defined]
        begun = time.monotonic()
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 200
        assert time.monotonic() - begun < 2
        release.set()
        assert {one.result().status_code for one in held} == {200}


def test_who_waits_too_long_for_the_database_is_told_to_come_back(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.deps.ADMISSION_S", 0.2)
    release = threading.Event()

    def hold(conn: ReadConn) -> None:
        assert not conn.closed
        release.wait(10)

    add_route(client, "/hold", hold)
    with ThreadPoolExecutor(60) as pool:
        most = settings().pool_size
        held = [pool.submit(client.get, "/hold") for _ in range(most)]
        until(lambda: client.app.state.turns.value == 0)  # type: ignore[attr-defined]
        refused = client.get("/hold")
        release.set()
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert refused.headers["Retry-After"]
        assert {one.result().status_code for one in held} == {200}
    assert client.get("/hold").status_code == 200


def test_a_statement_over_its_time_is_stopped_and_told(client: TestClient) -> None:
    def sleep(conn: ReadConn) -> None:
        conn.execute(text("SET LOCAL statement_timeout = '50ms'"))
        conn.execute(text("SELECT pg_sleep(5)"))

    add_route(client, "/sleep", sleep)
    answer = client.get("/sleep")
    assert (answer.status_code, answer.json()["code"]) == (503, "too_slow")


def test_a_text_with_a_zero_character_is_an_input_error(admin: TestClient) -> None:
    answer = admin.get("/api/v1/audit", params={"row": "a\0b"})
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")


def test_lost_connections_are_made_anew_without_a_word(
    admin: TestClient, database: Database, server: Cluster
) -> None:
    assert admin.get("/api/v1/me").status_code == 200
    with make_engine(server.admin_url, pool_size=0).begin() as conn:
        conn.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'yutu web' AND datname = :name"
            ),
            {"name": make_url(database.app_url).database},
        )
    assert admin.get("/api/v1/me").status_code == 200


def test_while_the_database_is_gone_answers_are_quick_and_the_service_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with tempfile.TemporaryDirectory(prefix="yutu-gone-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        home = Path(folder) / "home"
        found = cluster.start(home, durable=False)
        try:
            migrate(found.owner_url, "yutu_app")
            monkeypatch.setenv("YUTU_HOME", str(home))
            monkeypatch.setenv("YUTU_DATABASE_URL", found.app_url)
            settings.cache_clear()
            with TestClient(create_app(), raise_server_exceptions=False) as client:
                assert client.get("/api/v1/settings").status_code == 200
                cluster.stop(home)
                for address in ("/api/v1/settings", "/readyz", "/api/v1/settings"):
                    answer, took_s = timed(lambda address=address: client.get(address))
                    assert (answer.status_code, answer.json()["code"]) == (503, "database_gone")
                    assert answer.headers["Retry-After"]
                    assert took_s < 1
                assert client.get("/healthz").status_code == 200
                cluster.start(home, durable=False)
                assert client.get("/api/v1/settings").status_code == 200
                assert client.get("/readyz").status_code == 200
        finally:
            settings.cache_clear()
            cluster.discard(home)


def timed(ask: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.monotonic()
    return ask(), time.monotonic() - begun


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
