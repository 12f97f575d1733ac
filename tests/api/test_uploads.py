from __future__ import annotations

import errno
import hashlib
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.multipart import plain_name
from api.uploads import PREFIX, Upload, sweep_uploads
from geo.settings import settings
from tests.api.test_main import add_route

CONTENT = bytes(range(256)) * 4000


@pytest.fixture
def taker(admin: TestClient) -> TestClient:
    def take(file: Upload) -> dict[str, Any]:
        return {
            "name": file.name,
            "size": file.size,
            "sha256": file.sha256,
            "fields": file.fields,
            "same": file.path.read_bytes() == CONTENT,
            "folder": str(file.path.parent),
        }

    add_route(admin, "/api/v1/take", take, "POST")
    return admin


def left() -> list[Path]:
    return list(settings().tmp.glob(f"{PREFIX}*"))


def send(client: TestClient, name: str = "a.csv", content: bytes = CONTENT) -> Any:
    return client.post("/api/v1/take", files={"file": (name, content)}, data={"crs": "4490"})


def test_a_file_comes_whole_with_its_digest_name_and_fields(taker: TestClient) -> None:
    answer = send(taker, "山东.zip").json()
    assert answer == {
        "name": "山东.zip",
        "size": len(CONTENT),
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        "fields": {"crs": "4490"},
        "same": True,
        "folder": str(settings().tmp),
    }
    assert left() == []


def test_a_body_may_be_the_file_itself(taker: TestClient) -> None:
    answer = taker.post("/api/v1/take", params={"name": "a/b.csv"}, content=CONTENT).json()
    assert (answer["name"], answer["same"], answer["fields"]) == ("b.csv", True, {})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\泰安.shp", "泰安.shp"),
        ("a\x00b\n.csv", "ab.csv"),
        ("..", "file"),
        ("", "file"),
        ("x" * 300 + ".csv", "x" * 196 + ".csv"),
    ],
)
def test_a_name_is_kept_without_folders_and_control_characters(given: str, kept: str) -> None:
    assert plain_name(given) == kept


def test_a_name_in_gbk_is_read(taker: TestClient) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="'
        + "泰安.csv".encode("gbk")
        + b'"\r\n\r\n'
        + CONTENT
        + b"\r\n--b--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = taker.post("/api/v1/take", content=body, headers=headers).json()
    assert (answer["name"], answer["same"]) == ("泰安.csv", True)


FORM = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
END = b"\r\n--b--\r\n"

NO_FORMS = (
    # body, content type, code of the refusal
    (b"", "multipart/form-data", "file_unreadable"),
    (b"", FORM, "file_unreadable"),
    (b"nonsense", FORM, "file_unreadable"),
    (PART % b"file" + b"half", FORM, "file_unreadable"),
    (b"--" + b"b" * 5000, FORM + "b" * 5000, "file_unreadable"),
    (PART % b"x" + b"y" + END, FORM, "option_invalid"),
    ((PART % b"file" + b"y\r\n") * 2 + END, FORM, "option_invalid"),
    (b"content without a name", "application/octet-stream", "option_invalid"),
    (PART % b"x" + b"y" * 70_000, FORM, "too_large"),
)


def test_a_form_that_is_none_is_refused_and_leaves_nothing(taker: TestClient) -> None:
    for body, kind, code in NO_FORMS:
        answer = taker.post("/api/v1/take", content=body, headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["code"]) in ((422, code), (413, code)), body
        assert left() == []


def test_the_public_sends_nothing(taker: TestClient) -> None:
    del taker.headers["Authorization"]
    assert send(taker).status_code == 401
    assert left() == []


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(
    taker: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YUTU_MAX_UPLOAD_BYTES", str(len(CONTENT) // 2))
    settings.cache_clear()
    answer = send(taker)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert left() == []


def test_a_full_disk_is_told_and_leaves_nothing(
    taker: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("api.multipart.FileSink.write", no_space)
    answer = send(taker)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert answer.json()["folder"] == str(settings().tmp)
    assert left() == []


def test_what_a_killed_process_left_is_swept_at_the_next_start(home: Path) -> None:
    settings().tmp.mkdir(parents=True)
    (settings().tmp / f"{PREFIX}abc").write_bytes(b"half")
    (settings().tmp / "other").write_bytes(b"kept")
    sweep_uploads()
    assert [path.name for path in settings().tmp.iterdir()] == ["other"]
    assert home in settings().tmp.parents
