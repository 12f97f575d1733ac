"""A file on its way in over HTTP: sent, kept, worked off as a job, its findings read, applied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from geo.settings import settings
from tests.api.country import work_off, write_csv, write_geojson
from tests.api.routers.conftest import LogIn
from tests.conftest import Database
from tests.grid import draw

URL = "/api/v1/imports"
FROM = {"valid_from": "2026-01-01"}
GOOD = "代码,名称\n370902003,泰前街道\n370902004,上高街道\n"
BAD = "代码,名称\n370902003,泰前街道\n370902003,泰前街道\n37x,坏代码\n"


@pytest.fixture
def database(own_country: Database) -> Database:
    return own_country


def send(client: TestClient, content: str | bytes, name: str = "towns.csv", **fields: str) -> Any:
    files = {"file": (name, content, "application/octet-stream")}
    return client.post(f"{URL}/divisions", files=files, data={**FROM, **fields})


def finish(client: TestClient, database: Database, answer: Any) -> Any:
    """Run the job of an answer and give what it told."""
    assert answer.status_code == 202, answer.text
    work_off(database, answer.json()["job"])
    return client.get(answer.json()["url"]).json()


def count(client: TestClient) -> int:
    total: int = client.get("/api/v1/divisions").json()["total"]
    return total


def test_a_good_file_is_applied_and_the_import_tells_how(
    admin: TestClient, database: Database
) -> None:
    job = finish(admin, database, send(admin, GOOD))
    assert job["state"] == "done"
    assert job["result"]["state"] == "applied"
    assert job["result"]["counts"] == {"added": 2, "changed": 0, "corrected": 0, "unchanged": 0}
    found = admin.get(job["result"]["url"]).json()
    assert (found["state"], found["file_name"], found["rows"]) == ("applied", "towns.csv", 2)
    assert found["findings"] == []
    assert {"column_taken"} <= {one["rule"] for one in found["conclusions"]}
    town = admin.get("/api/v1/divisions/370902003").json()
    assert (town["name"], town["parent"]["code"]) == ("泰前街道", "370902")
    assert (town["valid_from"], town["source"]) == ("2026-01-01", "towns.csv")


def test_one_error_keeps_the_whole_file_out_until_its_findings_are_accepted(
    admin: TestClient, database: Database
) -> None:
    before = count(admin)
    job = finish(admin, database, send(admin, BAD))
    assert (job["state"], job["result"]["state"], job["result"]["errors"]) == ("done", "refused", 2)
    assert count(admin) == before
    found = admin.get(job["result"]["url"]).json()
    twice, invalid = sorted(found["findings"], key=lambda one: one["row"])
    assert (twice["rule"], twice["row"], twice["value"]) == ("code_twice", 3, "370902003")
    assert (invalid["rule"], invalid["row"], invalid["column"]) == ("code_invalid", 4, "代码")
    assert "37x" in invalid["message"]
    again = finish(admin, database, admin.post(f"{job['result']['url']}/apply"))
    assert (again["result"]["state"], again["result"]["counts"]["added"]) == ("applied", 1)
    assert count(admin) == before + 1
    third = admin.post(f"{again['result']['url']}/apply")
    assert (third.status_code, third.json()["code"]) == (409, "import_ended")


def test_findings_are_in_both_languages(admin: TestClient, database: Database) -> None:
    job = finish(admin, database, send(admin, BAD))
    for one in admin.get(job["result"]["url"]).json()["findings"]:
        assert one["message"] != one["message_en"]
        assert one["severity"] == "error"


def test_a_dry_run_tells_what_would_be_and_changes_nothing(
    admin: TestClient, database: Database
) -> None:
    before = count(admin)
    job = finish(admin, database, send(admin, GOOD, dry_run="true"))
    assert (job["result"]["state"], job["result"]["counts"]["added"]) == ("staged", 2)
    assert count(admin) == before
    applied = finish(admin, database, admin.post(f"{job['result']['url']}/apply"))
    assert (applied["result"]["state"], count(admin)) == ("applied", before + 2)


def test_the_same_file_twice_changes_nothing_the_second_time(
    admin: TestClient, database: Database
) -> None:
    finish(admin, database, send(admin, GOOD))
    again = finish(admin, database, send(admin, GOOD))
    assert again["result"]["counts"] == {"added": 0, "changed": 0, "corrected": 0, "unchanged": 2}
    assert len(admin.get("/api/v1/divisions/370902003/versions").json()["items"]) == 1


def test_polygons_bring_their_lines(admin: TestClient, database: Database, tmp_path: Path) -> None:
    east = draw("N", west=117.4, south=36.2)["N"]
    path = write_geojson(tmp_path / "new.geojson", [("370112", "历城区", east)])
    job = finish(admin, database, send(admin, path.read_bytes(), "new.geojson"))
    assert job["result"]["counts"]["added"] == 1
    lines = admin.get("/api/v1/boundary-lines", params={"touching": "370112"}).json()["items"]
    assert [{one["left_code"], one["right_code"]} for one in lines] == [{"370112", "370911"}]
    assert lines[0]["valid_from"] == "2026-01-01"
    # The day before there was no such neighbour.
    earlier = {"touching": "370911", "level": "county", "at": "2025-12-31"}
    assert admin.get("/api/v1/boundary-lines", params=earlier).json()["total"] == 3


def test_a_body_may_be_the_file_itself_with_its_name_and_options_in_the_address(
    admin: TestClient, database: Database
) -> None:
    answer = admin.post(
        f"{URL}/divisions", params={"name": "乡镇.csv", **FROM}, content=GOOD.encode()
    )
    job = finish(admin, database, answer)
    assert job["result"]["state"] == "applied"
    assert admin.get(job["result"]["url"]).json()["file_name"] == "乡镇.csv"


def test_columns_are_mapped_by_json(admin: TestClient, database: Database) -> None:
    content = "a,b\n370902003,泰前街道\n"
    mapping = json.dumps({"code": "a", "name": "b"})
    job = finish(admin, database, send(admin, content, mapping=mapping))
    assert job["result"]["state"] == "applied"


def test_the_file_is_kept_as_it_came(admin: TestClient, database: Database) -> None:
    job = finish(admin, database, send(admin, GOOD))
    found = admin.get(job["result"]["url"]).json()
    sha256 = found["file_sha256"]
    assert (settings().files / sha256[:2] / sha256).read_bytes() == GOOD.encode()
    assert not list(settings().tmp.glob("upload-*"))


def test_an_editor_imports_at_home_but_not_the_neighbours_county(
    client: TestClient, database: Database, log_in: LogIn
) -> None:
    client.headers.update(log_in("taishan", ("editor", "370902")))
    assert finish(client, database, send(client, GOOD))["result"]["state"] == "applied"
    foreign = "代码,名称\n370902005,邱家店镇\n370921001,文庙街道\n"
    job = finish(client, database, send(client, foreign))
    assert (job["state"], job["error"]["code"]) == ("failed", "outside_jurisdiction")
    assert "370921" in job["error"]["detail"]
    english = client.get(f"/api/v1/jobs/{job['id']}", headers={"Accept-Language": "en"}).json()
    assert english["error"]["detail"] != job["error"]["detail"]
    # Nothing of it went in, the good row neither.
    assert client.get("/api/v1/divisions/370902005").status_code == 404


def test_an_editor_of_a_county_makes_no_new_county(
    client: TestClient, database: Database, log_in: LogIn
) -> None:
    client.headers.update(log_in("taishan", ("editor", "370902")))
    job = finish(client, database, send(client, "代码,名称\n370983,肥城市\n"))
    assert job["error"]["code"] == "outside_jurisdiction"


def test_who_is_no_editor_sends_nothing(client: TestClient, log_in: LogIn) -> None:
    answer = send(client, GOOD)
    assert (answer.status_code, answer.json()["code"]) == (401, "login_needed")
    answer = client.post(
        f"{URL}/divisions",
        files={"file": ("a.csv", GOOD)},
        data=FROM,
        headers=log_in("reader", ("viewer", None)),
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")


def test_an_import_is_its_senders_business(
    client: TestClient, database: Database, log_in: LogIn
) -> None:
    mine = log_in("taishan", ("editor", "370902"))
    other = log_in("other", ("editor", "370902"))
    client.headers.update(mine)
    url = finish(client, database, send(client, GOOD))["result"]["url"]
    assert client.get(URL).json()["total"] == 1
    client.headers.update(other)
    assert client.get(url).json()["code"] == "import_unknown"
    assert client.post(f"{url}/apply").json()["code"] == "import_unknown"
    assert client.get(URL).json()["total"] == 0
    del client.headers["Authorization"]
    assert client.get(url).status_code == 404
    assert client.get(URL).status_code == 401


@pytest.mark.parametrize(
    ("kind", "fields", "code", "status"),
    [
        ("graves", FROM, "import_unknown", 404),
        ("divisions", {}, "option_invalid", 422),
        ("divisions", {"valid_from": "soon"}, "request_invalid", 422),
        ("divisions", {**FROM, "mapping": "not json"}, "request_invalid", 422),
        ("divisions", {**FROM, "mapping": '["a"]'}, "request_invalid", 422),
        ("divisions", {**FROM, "vaild_from": "2020-01-01"}, "request_invalid", 422),
        ("divisions", {**FROM, "publication": "published"}, "request_invalid", 422),
    ],
)
def test_a_wrong_call_is_refused_at_once(
    admin: TestClient, kind: str, fields: dict[str, str], code: str, status: int
) -> None:
    answer = admin.post(f"{URL}/{kind}", files={"file": ("a.csv", GOOD)}, data=fields)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert not list(settings().tmp.glob("upload-*"))


def test_a_call_without_a_file_says_how_to_send_one(admin: TestClient) -> None:
    answer = admin.post(f"{URL}/divisions", data=FROM)
    assert answer.status_code == 422
    assert "file" in answer.json()["detail"]


def test_a_wrong_file_fails_the_job_with_the_reason(admin: TestClient, database: Database) -> None:
    job = finish(admin, database, send(admin, b"%PDF-1.7", "names.pdf"))
    assert (job["state"], job["error"]["code"]) == ("failed", "file_refused")
    assert "names.pdf" in job["error"]["detail"]


def test_a_names_list_may_be_sent_from_any_spreadsheet(
    admin: TestClient, database: Database, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "gbk.csv", [("370902003", "泰前街道")])
    content = path.read_text(encoding="utf-8").encode("gbk")
    job = finish(admin, database, send(admin, content, "乡镇 (1).csv"))
    assert job["result"]["state"] == "applied"
    assert admin.get("/api/v1/divisions/370902003").json()["name"] == "泰前街道"
