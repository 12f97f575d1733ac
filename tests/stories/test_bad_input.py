"""What a bad day brings: broken files, wrong coordinates, a full disk, a database that is gone.

Each is a finding or a refusal in Chinese and English, nothing is half-written, and the service goes
on. Everything goes the way an office goes: the service and its command line as processes.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import httpx2 as httpx
import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient

from api.main import create_app
from geo.access.users import make_first_admin
from geo.db import cluster
from geo.db.engine import make_engine, transaction
from geo.db.migrate import migrate
from geo.settings import settings
from tests.api.country import load_country
from tests.stories.served import PASSWORD, Served, children_of, folder, serve, wait_for

pytestmark = pytest.mark.slow

MIB = 2**20
LIMIT_MB = 16
DAY = "2026-01-01"
SEEN = "/api/v1/divisions?limit=1000", "/api/v1/boundary-lines", "/api/v1/divisions/370921/versions"
"""What the register shows of itself."""
GAP_S = 10


@dataclass
class Office:
    """A running service with the small country in it, and somebody logged in."""

    home: Path
    served: Served
    header: dict[str, str]

    def ask(self, path: str, lang: str = "zh") -> Any:
        return self.served.get(path, headers={**self.header, "Accept-Language": lang}).json()

    def register(self) -> list[Any]:
        return [self.ask(path) for path in SEEN]

    def send(self, name: str, content: bytes, **fields: str) -> httpx.Response:
        return httpx.post(
            f"{self.served.url}/api/v1/imports/divisions",
            files={"file": (name, content)},
            data={"valid_from": DAY, **fields},
            headers=self.header,
            timeout=60,
        )

    def take(self, name: str, content: bytes, **fields: str) -> Any:
        """Send a file, wait for its job, return the import, or the job where it failed."""
        answer = self.send(name, content, **fields)
        assert answer.status_code == 202, answer.text
        url = answer.json()["url"]
        wait_for(lambda: self.ask(url)["state"] not in {"waiting", "running"})
        job = self.ask(url)
        if job["state"] == "failed":
            english = self.ask(url, "en")
            return {
                **job,
                "detail_en": english["error"]["detail"],
                "detail": job["error"]["detail"],
            }
        return self.ask(job["result"]["url"])


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    limit = str(LIMIT_MB * MIB)
    with folder() as home, serve(home, "--no-demo", YUTU_MAX_UPLOAD_BYTES=limit) as served:
        found = cluster.status(home)
        assert found is not None
        engine = make_engine(found.app_url, pool_size=1)
        with tempfile.TemporaryDirectory() as files:
            load_country(engine, Path(files))
        engine.dispose()
        yield Office(home, served, {"Authorization": f"Bearer {served.log_in()}"})


@pytest.fixture
def unchanged(office: Office) -> Iterator[Office]:
    """Give the office, and hold that what it knows is the same afterwards."""
    before = office.register()
    yield office
    assert office.register() == before
    assert list((office.home / "tmp").iterdir()) == []


def yutu(home: Path, *argv: str, **env: str) -> tuple[int, Any, str, int]:
    """Run the command line; return exit code, its JSON, its words and the most memory in MiB."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.cli", *argv, "--json"],
        env={**os.environ, "YUTU_HOME": str(home), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout as stdout, process.stderr as stderr:
        out, words = stdout.read(), stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, json.loads(out) if out else None, words, used.ru_maxrss // 1024


def import_file(home: Path, path: Path, *options: str) -> tuple[int, Any, str]:
    code, told, words, _ = yutu(
        home, "import", "divisions", str(path), "--valid-from", DAY, *options
    )
    return code, told, words


def is_bilingual(chinese: str, english: str) -> bool:
    return bool(re.search(r"[\u4e00-\u9fff]{3}", chinese)) and bool(re.search(r"[a-z]{3}", english))


def features(*shapes: Any, codes: Any = (), names: Any = ()) -> bytes:
    """Return a GeoJSON file with counties 370981, 370982 … of these shapes."""
    rows = [
        {
            "type": "Feature",
            "properties": {
                "代码": codes[place] if codes else str(370981 + place),
                "名称": names[place] if names else f"第{place + 1}县",
            },
            "geometry": shape if isinstance(shape, dict) else json.loads(shapely.to_geojson(shape)),
        }
        for place, shape in enumerate(shapes)
    ]
    return json.dumps({"type": "FeatureCollection", "features": rows}, ensure_ascii=False).encode()


def ring(*points: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[*points, points[0]]]}


def square(west: float, south: float) -> Any:
    return shapely.box(west, south, west + 0.1, south + 0.1)


def frame(*shapes: Any) -> gpd.GeoDataFrame:
    rows = range(len(shapes))
    columns = {"代码": [str(370981 + row) for row in rows], "名称": [f"第{row}县" for row in rows]}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4490)


def written(path: Path, data: gpd.GeoDataFrame) -> bytes:
    if path.suffix == ".parquet":
        data.to_parquet(path)
    elif path.suffix == ".xlsx":
        data.drop(columns="geometry").to_excel(path, index=False)
    else:
        data.to_file(path)
    return path.read_bytes()


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def shapefile(folder: Path, *, encoding: str, without: set[str]) -> bytes:
    """Return a zipped Shapefile of 郓城县 with some of its files left away."""
    data = gpd.GeoDataFrame(
        {"代码": ["371725"], "名称": ["郓城县"]}, geometry=[square(115.9, 35.6)], crs=4490
    )
    data.to_file(folder / "县界.shp", encoding=encoding)
    parts = {path.name: path.read_bytes() for path in folder.glob("县界.*")}
    return zipped(
        **{name: part for name, part in parts.items() if Path(name).suffix not in without}
    )


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".xlsx", ".parquet", ".zip"])
def test_a_truncated_file_is_refused_with_its_reason(
    unchanged: Office, tmp_path: Path, suffix: str
) -> None:
    if suffix == ".zip":
        whole = shapefile(tmp_path, encoding="utf-8", without=set())
    else:
        whole = written(tmp_path / f"县界{suffix}", frame(square(117, 36), square(117.1, 36)))
    told = unchanged.take(f"县界{suffix}", whole[: len(whole) * 2 // 3])
    assert (told["state"], told["error"]["code"]) == ("failed", "file_unreadable")
    assert f"县界{suffix}" in told["detail"]
    assert is_bilingual(told["detail"], told["detail_en"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.geojson", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
        ("a.shp", b"PK\x03\x04" + bytes(200)),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("a.gpkg", b'{"type": "FeatureCollection", "features": []}'),
        ("a.csv", b"\x00\x01\x02\x03"),
        ("a.docx", b"PK\x03\x04"),
        ("a.geojson", b'{"type": "Topology", "objects": {}}'),
        ("a.csv", b""),
    ],
)
def test_a_file_of_another_format_is_refused_by_the_command_line(
    unchanged: Office, tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    code, told, words = import_file(unchanged.home, path)
    assert (code, told["code"]) in {(1, "file_unreadable"), (1, "file_refused")}
    chinese, english = told["detail"]["zh"], told["detail"]["en"]
    assert name in chinese
    assert is_bilingual(chinese, english)
    assert "Traceback" not in words


def test_a_shapefile_without_prj_in_gbk_is_read_rightly_and_its_system_named_a_guess(
    unchanged: Office, tmp_path: Path
) -> None:
    content = shapefile(tmp_path, encoding="gbk", without={".prj", ".cpg"})
    told = unchanged.take("县界.zip", content, dry_run="true")
    assert told["state"] == "staged"
    guessed = next(one for one in told["findings"] if one["rule"] == "crs_guessed")
    assert guessed["severity"] == "warning"
    assert is_bilingual(guessed["message"], guessed["message_en"])
    by_rule = {one["rule"]: one["message"] for one in told["conclusions"]}
    assert any(rule.startswith("encoding") for rule in by_rule)
    assert "郓城县" in json.dumps(told, ensure_ascii=False)


def test_a_polygon_that_crosses_itself_goes_in_with_a_warning_at_its_place(
    unchanged: Office,
) -> None:
    bow = ring((118, 36), (118.1, 36.1), (118.1, 36), (118, 36.1))
    told = unchanged.take("界.geojson", features(bow, square(118.2, 36)), dry_run="true")
    assert told["state"] == "staged"
    found = next(one for one in told["findings"] if one["rule"] == "geometry_invalid")
    assert (found["severity"], found["row"]) == ("warning", 1)
    assert is_bilingual(found["message"], found["message_en"])
    assert found["place"] == pytest.approx([118.05, 36.05])


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "1e999"])
def test_coordinates_that_are_no_numbers_are_errors_of_their_row(
    unchanged: Office, tmp_path: Path, bad: str
) -> None:
    text = features(square(118, 36), square(118.2, 36)).decode()
    path = tmp_path / "界.geojson"
    path.write_text(text.replace("118.2", bad, 1), encoding="utf-8")
    code, told, words = import_file(unchanged.home, path)
    assert code == 1, words
    if "findings" in told:
        (found,) = told["findings"]
        assert (found["rule"], found["severity"], found["row"]) == (
            "coordinates_not_finite", "error", 2,
        )  # fmt: skip
        assert is_bilingual(found["message"], found["message_en"])
        assert (told["state"], told["applied"]) == ("refused", False)
    else:
        assert told["code"] == "file_unreadable"


def test_coordinates_that_are_no_numbers_in_a_geopackage_are_errors_of_their_row(
    unchanged: Office, tmp_path: Path
) -> None:
    for bad in (np.nan, np.inf):
        shape = shapely.Polygon([(118, 36), (118.1, 36), (118.1, bad), (118, 36)])
        content = written(tmp_path / f"{bad}.gpkg", frame(square(117.9, 36), shape))
        told = unchanged.take("界.gpkg", content)
        assert told["state"] == "refused"
        errors = [one for one in told["findings"] if one["severity"] == "error"]
        assert [(one["rule"], one["row"]) for one in errors] == [("coordinates_not_finite", 2)]


def test_swapped_axes_are_refused_and_named(unchanged: Office, tmp_path: Path) -> None:
    swapped = [
        shapely.transform(square(117 + x / 10, 36), lambda xy: xy[:, ::-1]) for x in range(3)
    ]
    path = tmp_path / "界.geojson"
    path.write_bytes(features(*swapped))
    code, told, words = import_file(unchanged.home, path)
    assert (code, told["code"]) == (1, "file_refused"), words
    assert "颠倒" in told["detail"]["zh"]
    assert is_bilingual(told["detail"]["zh"], told["detail"]["en"])


def test_coordinates_outside_china_are_errors_of_their_row(unchanged: Office) -> None:
    content = features(square(118, 36), square(118.1, 36), square(-99, 19))
    told = unchanged.take("界.geojson", content)
    assert told["state"] == "refused"
    errors = [one for one in told["findings"] if one["severity"] == "error"]
    assert [(one["rule"], one["row"]) for one in errors] == [("coordinates_outside", 3)]
    assert is_bilingual(errors[0]["message"], errors[0]["message_en"])


def test_a_code_twice_and_a_parent_nobody_has_are_errors_of_their_row(
    unchanged: Office, tmp_path: Path
) -> None:
    path = tmp_path / "乡镇.csv"
    path.write_text(
        "代码,名称,上级代码\n370902003,甲镇,370902\n370902003,乙镇,370902\n370902004,丙镇,370999\n",
        encoding="utf-8",
    )
    code, told, words = import_file(unchanged.home, path)
    assert (code, told["state"], told["errors"]) == (1, "refused", 2), words
    found = [(one["rule"], one["row"], one["column"], one["value"]) for one in told["findings"]]
    assert found == [
        ("code_twice", 3, "代码", "370902003"),
        ("parent_unknown", 4, "上级代码", "370999"),
    ]
    assert all(is_bilingual(one["message"], one["message_en"]) for one in told["findings"])
    # As words for the clerk, both languages in one line.
    process = subprocess.run(
        [sys.executable, "-m", "scripts.cli", "import", "divisions", path, "--valid-from", DAY],
        env={**os.environ, "YUTU_HOME": str(unchanged.home)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert process.returncode == 1
    assert "[3]" in process.stderr
    assert is_bilingual(process.stderr, process.stderr)


def test_a_division_called_script_is_a_name_and_nothing_more(office: Office) -> None:
    name = '<script>alert("1")</script>'
    content = f'代码,名称\n370902009,"{name.replace(chr(34), chr(34) * 2)}"\n'.encode()
    assert office.take("乡镇.csv", content)["state"] == "applied"
    assert office.ask("/api/v1/divisions/370902009")["name"] == name
    form = {"username": "admin", "password": PASSWORD}
    with httpx.Client(base_url=office.served.url, timeout=30) as browser:
        opened = browser.get("/login").text
        token = re.search(r'name="csrf[^"]*" value="([^"]*)"', opened)
        if token:
            form["csrf_token"] = token[1]
        browser.post("/login", data=form)
        for path in ("/?division=370902009", "/panel?division=370902009", "/hits?q=script"):
            page = browser.get(path, headers=office.header).text
            assert "<script>alert" not in page
            assert "&lt;script&gt;alert" in page, path


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
    for headers in ({"Content-Length": str(2048 * MIB)}, {"Transfer-Encoding": "chunked"}):
        connection = http.client.HTTPConnection(host, timeout=120)
        body = sparse()
        address = f"/api/v1/imports/divisions?name=a.csv&valid_from={DAY}"
        with_token = {**unchanged.header, **headers, "Accept-Language": "en"}
        connection.request(
            "POST",
            address,
            body=body,
            headers=with_token,
            encode_chunked="Transfer-Encoding" in headers,
        )
        answer = connection.getresponse()
        problem = json.loads(answer.read())
        connection.close()
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
        code, told, words, memory = yutu(
            unchanged.home, "import", "divisions", str(path), "--valid-from", DAY
        )
        assert (code, told["code"]) == (1, "file_refused"), words
        assert is_bilingual(told["detail"]["zh"], told["detail"]["en"])
        assert memory < 600


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
    whole = zipped(**{"县界.geojson": bytes(200 * MIB)})
    claimed = (200 * MIB).to_bytes(4, "little")
    told = unchanged.take("县界.zip", whole.replace(claimed, (1000).to_bytes(4, "little")))
    assert told["state"] == "failed"
    assert told["error"]["code"] in {"file_unreadable", "file_refused"}


def test_a_full_disk_is_told_and_what_was_there_is_still_there(tmp_path: Path) -> None:
    with folder() as home:
        home.mkdir()
        home.chmod(0o755)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", home], check=False
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
    rows = [f"37{n // 1000 + 100:04d}{n % 1000 + 1:03d},第{n}镇" for n in range(8000)]
    with serve(home, "--no-demo") as served:
        names.write_text("代码,名称\n370902001,岱庙街道\n", encoding="utf-8")
        assert import_file(home, names)[0] == 0
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
        assert (code, told["code"]) in {(3, "disk_full"), (3, "database_gone")}, words
        assert is_bilingual(told["detail"]["zh"], told["detail"]["en"])
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
