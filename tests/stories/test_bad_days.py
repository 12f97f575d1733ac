"""What a bad day brings: far too much at once, a full disk, a database that is gone.

Each is told in Chinese and English, nothing is half-written, and the service goes on.
"""

from __future__ import annotations

import http.client
import io
import json
import re
import shutil
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from geo.access.users import make_first_admin
from geo.db import cluster
from geo.db.engine import make_engine, transaction
from geo.db.migrate import migrate
from geo.settings import settings
from tests.api.country import load_country
from tests.stories.office import (
    DAY,
    IMPORT,
    LIMIT_MB,
    MIB,
    SEEN,
    Office,
    import_file,
    is_bilingual,
    yutu,
    zipped,
)
from tests.stories.served import PASSWORD, children_of, folder, serve, wait_for

pytestmark = pytest.mark.slow

GAP_S = 10


def test_two_gigabytes_are_refused_without_taking_memory_or_disk(unchanged: Office) -> None:
    web = next(
        pid
        for pid in children_of(unchanged.served.process.pid)
        if "scripts.web" in Path(f"/proc/{pid}/cmdline").read_text()
    )
    before = peak_mib(web)
    spooled = 0
    zeros = bytes(MIB)

    def sparse() -> Iterator[bytes]:
        nonlocal spooled
        for _ in range(2048):
            spooled = max(spooled, sum(path.stat().st_size for path in tmp.iterdir()))
            yield zeros

    tmp = unchanged.home / "tmp"
    host = unchanged.served.url.removeprefix("http://")
    for chunked in (False, True):
        connection = http.client.HTTPConnection(host, timeout=120)
        length = {} if chunked else {"Content-Length": str(2048 * MIB)}
        connection.request(
            "POST",
            f"/api/v1/imports/divisions?name=a.csv&valid_from={DAY}",
            body=sparse(),
            headers={**unchanged.header, **length, "Accept-Language": "en"},
            encode_chunked=chunked,
        )
        with closing(connection), connection.getresponse() as answer:
            problem = json.loads(answer.read())
        assert (answer.status, problem["code"]) == (413, "too_large")
        assert str(LIMIT_MB) in problem["detail"]
    assert spooled <= (LIMIT_MB + 1) * MIB
    assert peak_mib(web) - before < 64
    assert unchanged.served.get("/readyz").status_code == 200


def test_two_gigabytes_are_refused_by_the_command_line(unchanged: Office, tmp_path: Path) -> None:
    for name in ("a.csv", "a.geojson"):
        path = tmp_path / name
        with path.open("wb") as file:
            file.truncate(2048 * MIB)
        code, told, words, memory = yutu(unchanged.home, *IMPORT, str(path))
        assert (code, told["code"]) == (1, "file_refused"), words
        assert is_bilingual(told["detail"], told["detail_en"])
        # A child's peak begins with that of the tests, which it was forked from.
        assert memory < 1500


def test_a_zip_bomb_is_refused_before_it_is_unpacked(unchanged: Office) -> None:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("县界.geojson", "w", force_zip64=True) as member,
    ):
        for _ in range(1100):
            member.write(bytes(MIB))
    assert len(packed.getvalue()) < 2 * MIB
    told = unchanged.take("县界.zip", packed.getvalue())
    assert (told["state"], told["error"]["code"]) == ("failed", "file_refused")
    assert "1024 MB" in told["detail"]
    assert is_bilingual(told["detail"], told["detail_en"])


def test_a_zip_that_lies_about_its_size_gives_no_more_than_it_claims(unchanged: Office) -> None:
    whole = zipped({"县界.geojson": bytes(200 * MIB)})
    claimed = (200 * MIB).to_bytes(4, "little")
    told = unchanged.take("县界.zip", whole.replace(claimed, (1000).to_bytes(4, "little")))
    assert told["state"] == "failed"
    assert told["error"]["code"] in {"file_unreadable", "file_refused"}


def test_a_full_disk_is_told_and_what_was_there_is_still_there(tmp_path: Path) -> None:
    with folder() as home:
        home.mkdir()
        home.chmod(0o755)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", home], check=False
        )
        if mounted.returncode:
            pytest.skip("a small disk can only be made by root, with the right to mount")
        try:
            fill_and_free(home, tmp_path)
        finally:
            cluster.stop(home)
            subprocess.run(["umount", "--lazy", home], check=True)


def fill_and_free(home: Path, work: Path) -> None:
    names = work / "乡镇.csv"
    rows = [f"37{n // 999 + 100:04d}{n % 999 + 1:03d},第{n}镇" for n in range(8000)]
    with serve(home, "--no-demo") as served:
        names.write_text("代码,名称\n370902001,岱庙街道\n", encoding="utf-8")
        code, _, words = import_file(home, names)
        assert code == 0, words
        office = Office(home, served, {"Authorization": f"Bearer {served.log_in()}"})
        before = office.register()[0]
        ballast = home / "ballast"
        with ballast.open("wb") as file:
            file.write(bytes(shutil.disk_usage(home).free - 2 * MIB))
        answer = office.send("a.csv", bytes(4 * MIB))
        assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
        assert "磁盘空间不足" in answer.json()["detail"]
        assert list((home / "tmp").iterdir()) == []
        names.write_text("代码,名称\n" + "\n".join(rows) + "\n", encoding="utf-8")
        code, told, words = import_file(home, names)
        assert (code, told.get("code")) in {(3, "disk_full"), (3, "database_gone")}, told
        assert is_bilingual(told["detail"], told["detail_en"])
        ballast.unlink()
        wait_for(lambda: served.get("/readyz").status_code == 200)
        assert office.register()[0] == before
        assert import_file(home, names)[0] == 0
        assert office.register()[0]["total"] > before["total"]


def test_a_database_that_is_gone_for_ten_seconds_is_told_and_comes_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with folder() as home:
        started = cluster.start(home)
        migrate(started.owner_url, cluster.lifecycle.APP)
        monkeypatch.setenv("YUTU_HOME", str(home))
        monkeypatch.setenv("YUTU_DATABASE_URL", started.app_url)
        settings.cache_clear()
        engine = make_engine(started.app_url, pool_size=1)
        load_country(engine, tmp_path)
        with transaction(engine, "system:test") as conn:
            make_first_admin(conn, PASSWORD)
        engine.dispose()
        with TestClient(create_app(), raise_server_exceptions=False) as client:
            form = {"username": "admin", "password": PASSWORD}
            token = client.post("/api/v1/auth/token", data=form).json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            before = [client.get(path).json() for path in SEEN]
            cluster.stop(home)
            gone_at = time.monotonic()
            for lang, word in (("zh", "数据库"), ("en", "database")):
                told = client.get(SEEN[0], headers={"Accept-Language": lang})
                assert (told.status_code, told.json()["code"]) == (503, "database_gone")
                assert word in told.json()["detail"]
                assert int(told.headers["Retry-After"]) > 0
            sent = client.post(
                "/api/v1/imports/divisions",
                files={"file": ("a.csv", "代码,名称\n370902008,新镇\n")},
                data={"valid_from": DAY},
            )
            assert (sent.status_code, sent.json()["code"]) == (503, "database_gone")
            assert client.get("/healthz").status_code == 200
            assert client.get("/readyz").status_code == 503
            time.sleep(max(0.0, gone_at + GAP_S - time.monotonic()))
            cluster.start(home)
            assert [client.get(path).json() for path in SEEN] == before
            assert client.get("/readyz").status_code == 200
        settings.cache_clear()


def peak_mib(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) // 1024
