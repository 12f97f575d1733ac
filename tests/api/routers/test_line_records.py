"""Records, courses and papers of lines over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient

from tests.api.routers.conftest import LogIn
from tests.conftest import Database
from tests.geo.files.papers import PDF, package, picture

URL = "/api/v1/boundary-lines"
PAIR = {"370902", "370911"}
RECORD = {
    "code": "0211",
    "name": "泰岱线",
    "official_length_km": 20.5,
    "length_basis": "agreement",
    "length_document": "鲁民〔2003〕12号",
    "length_dated": "2003-06-01",
}
EN = {"Accept-Language": "en"}


@pytest.fixture
def database(own_country: Database) -> Database:
    return own_country


def find(client: TestClient) -> Any:
    items = client.get(URL, params={"within": "370900", "level": "county"}).json()["items"]
    return next(one for one in items if {one["left_code"], one["right_code"]} == PAIR)


def read(client: TestClient, line: str, headers: dict[str, str] | None = None) -> Any:
    answer = client.get(f"{URL}/{line}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def bent(client: TestClient, line: str) -> dict[str, Any]:
    feature = client.get(f"{URL}/{line}", headers={"Accept": "application/geo+json"}).json()
    shape = shapely.from_geojson(json.dumps(feature["geometry"]))
    xy = shapely.get_coordinates(shapely.segmentize(shapely.line_merge(shape), 0.02))
    xy[1:-1] += 0.002
    bent: dict[str, Any] = json.loads(shapely.to_geojson(shapely.LineString(xy)))
    return bent


def test_a_record_is_written_with_the_revision_that_was_seen(admin: TestClient) -> None:
    line = find(admin)["id"]
    before = read(admin, line)
    assert (before.headers["ETag"], before.json()["record"]) == ('"0"', None)
    assert before.json()["printed"]["basis"] == "computed"
    at = f"{URL}/{line}/record"
    assert admin.put(at, json=RECORD).status_code == 428
    done = admin.put(at, json=RECORD, headers={"If-Match": '"0"'})
    assert (done.status_code, done.json()["what"]) == (200, "added"), done.text
    assert done.headers["ETag"] == '"1"'
    stale = admin.put(at, json=RECORD | {"note": "x"}, headers={"If-Match": '"0"', **EN})
    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
    assert stale.json()["changes"][0]["actor"] == "admin"
    now = read(admin, line).json()
    assert (now["code"], now["name"], now["revision"]) == ("0211", "泰岱线", 1)
    assert (now["printed"]["km"], now["printed"]["basis"]) == (20.5, "agreement")
    assert {side["code"] for side in now["sides"]} == PAIR
    assert [len(end["sides"]) for end in now["tripoints"]] == [3, 3] or now["tripoints"]
    changes = admin.get(f"{URL}/{line}/changes").json()["items"]
    assert [one["revision"] for one in changes] == [1]


def test_a_correction_says_so_and_needs_its_reason(admin: TestClient) -> None:
    line = find(admin)["id"]
    at = f"{URL}/{line}/record"
    admin.put(at, json=RECORD | {"valid_from": "2020-01-01"}, headers={"If-Match": "0"})
    body = RECORD | {"official_length_km": 21.0, "corrects": "录入错误"}
    done = admin.put(at, json=body, headers={"If-Match": "1"}).json()
    assert done["what"] == "corrected"
    (record,) = done["records"]
    assert (record["valid_from"], record["official_length_km"]) == ("2020-01-01", 21.0)


def test_a_length_without_its_paper_is_refused_with_what_is_wrong(admin: TestClient) -> None:
    line = find(admin)["id"]
    answer = admin.put(
        f"{URL}/{line}/record", json={"official_length_km": 3.5}, headers={"If-Match": "0", **EN}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "line_invalid")
    assert answer.json()["errors"][0]["rule"] == "line_length_without_document"
    bad = admin.put(f"{URL}/{line}/record", json={"colour": 1}, headers={"If-Match": "0"})
    assert (bad.status_code, bad.json()["code"]) == (422, "request_invalid")


def test_one_side_alone_does_not_write_what_both_share(
    admin: TestClient, client: TestClient, log_in: LogIn
) -> None:
    line = find(admin)["id"]
    side = log_in("side", ("editor", "370902")) | {"If-Match": "0"}
    assert client.put(f"{URL}/{line}/record", json=RECORD, headers=side).status_code == 403
    body = {"geometry": bent(admin, line)}
    assert client.post(f"{URL}/{line}/versions", json=body, headers=side).status_code == 403
    assert read(client, line, side).json()["may_write"] is False
    above = log_in("above", ("editor", "370900")) | {"If-Match": "0"}
    assert client.put(f"{URL}/{line}/record", json=RECORD, headers=above).status_code == 200


def test_an_agreed_course_is_a_version_and_a_survey_stands_beside_it(admin: TestClient) -> None:
    line = find(admin)["id"]
    at = f"{URL}/{line}/versions"
    body = {
        "geometry": bent(admin, line),
        "valid_from": "2024-05-01",
        "document": "鲁民〔2024〕3号",
    }
    done = admin.post(at, json=body, headers={"If-Match": "0"})
    assert (done.status_code, done.json()["what"]) == (201, "changed"), done.text
    assert "line_differs" in {one["rule"] for one in done.json()["findings"]}
    survey = {**body, "geometry": bent(admin, line), "origin": "surveyed", "as_of": "2025-06-01"}
    beside = admin.post(at, json=survey, headers={"If-Match": "1"}).json()
    assert beside["what"] == "beside"
    assert {one["rule"] for one in beside["findings"]} >= {"line_beside", "line_survey_differs"}
    shown = read(admin, line).json()
    assert (shown["origin"], shown["version"], shown["survey_count"]) == ("agreed", 2, 1)
    assert shown["surveys"][0]["comparison"]["worst_m"] > 100
    (compared,) = admin.get(f"{URL}/{line}/comparison").json()["items"]
    profile = compared["profile"]
    assert profile[0]["from_km"] == 0
    assert profile[-1]["to_km"] == pytest.approx(compared["comparison"]["record_km"])
    course = admin.get(f"{URL}/{line}/surveys/{compared['id']}")
    assert course.headers["content-type"] == "application/geo+json"
    assert course.json()["geometry"]["type"] == "MultiLineString"
    assert admin.get(f"{URL}/{line}/surveys/{line}").status_code == 404
    versions = admin.get(f"{URL}/{line}/versions").json()["courses"]
    assert [one["origin"] for one in versions] == ["derived", "agreed"]
    assert versions[1]["source"] == body["document"]


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [117, 36]},
        {"type": "LineString", "coordinates": [[91.0, 30.0], [91.1, 30.1]]},
        {"type": "LineString", "coordinates": [[36.1, 117.1], [36.2, 117.2]]},
        {"type": "LineString", "coordinates": [[117, 36]]},
        {},
    ],
)
def test_a_course_that_is_none_is_refused_and_nothing_is_written(
    admin: TestClient, geometry: dict[str, Any]
) -> None:
    line = find(admin)["id"]
    answer = admin.post(
        f"{URL}/{line}/versions", json={"geometry": geometry}, headers={"If-Match": "0", **EN}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "line_invalid")
    assert answer.json()["errors"][0]["message"]
    assert read(admin, line).headers["ETag"] == '"0"'


def test_a_paper_is_given_read_and_withdrawn(admin: TestClient) -> None:
    line = find(admin)["id"]
    at = f"{URL}/{line}/documents"
    given = admin.post(
        at,
        files={"file": ("协议书.pdf", PDF, "text/html")},
        data={"kind": "agreement", "number": "鲁民〔2003〕12号", "dated": "2003-06-01"},
    )
    assert given.status_code == 201, given.text
    paper = given.json()
    assert (paper["media_type"], len(paper["sha256"])) == ("application/pdf", 64)
    assert (paper["division_id"], paper["actor_name"]) == (None, "admin")
    sent = admin.get(f"{at}/{paper['id']}")
    assert sent.content == PDF
    assert sent.headers["content-type"] == "application/pdf"
    assert sent.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in sent.headers["content-security-policy"]
    assert "%E5%8D%8F" in sent.headers["content-disposition"]
    assert [one["id"] for one in read(admin, line).json()["documents"]] == [paper["id"]]
    assert read(admin, line).headers["ETag"] == '"1"'
    gone = admin.post(f"{at}/{paper['id']}/withdrawal", json={"reason": "扫错"})
    assert gone.status_code == 200
    assert admin.get(at).json()["total"] == 0
    assert admin.get(at, params={"withdrawn": True}).json()["total"] == 1


@pytest.mark.parametrize(
    ("name", "content", "data"),
    [
        ("协议书.pdf", b"<html><script>alert(1)</script>", {}),
        ("协议书.pdf", picture(), {}),
        ("打包.zip", package("a.txt"), {}),
        ("空.pdf", b"", {}),
        ("协议书.pdf", PDF, {"kind": "poem"}),
        ("协议书.pdf", PDF, {"dated": "yesterday"}),
        ("协议书.pdf", PDF, {"side": "110000"}),
    ],
)
def test_what_is_no_paper_is_refused_and_leaves_nothing(
    admin: TestClient, name: str, content: bytes, data: dict[str, str]
) -> None:
    line = find(admin)["id"]
    answer = admin.post(
        f"{URL}/{line}/documents", files={"file": (name, content)}, data=data, headers=EN
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]
    shown = read(admin, line)
    assert (shown.json()["documents"], shown.headers["ETag"]) == ([], '"0"')


def test_papers_are_for_the_lines_own_people(
    admin: TestClient, client: TestClient, log_in: LogIn
) -> None:
    line = find(admin)["id"]
    at = f"{URL}/{line}/documents"
    side = log_in("side", ("editor", "370902"))
    own = client.post(at, files={"file": ("a.pdf", PDF)}, data={"kind": "map"}, headers=side)
    assert own.status_code == 201, own.text
    assert own.json()["division_id"] is not None
    other = log_in("other", ("editor", "370911"))
    paper = f"{at}/{own.json()['id']}"
    assert client.get(paper, headers=other).status_code == 200
    no = client.post(f"{paper}/withdrawal", json={"reason": "x"}, headers=other)
    assert no.status_code == 403
    stranger = log_in("stranger", ("administrator", "420000"))
    assert client.get(at, headers=stranger).status_code == 403
    assert client.get(paper, headers=stranger).status_code == 403
    del client.headers["Authorization"]
    assert client.get(paper).status_code == 401
    elsewhere = next(
        one["id"]
        for one in client.get(URL, params={"level": "county"}, headers=side).json()["items"]
        if one["id"] != line
    )
    astray = client.get(f"{URL}/{elsewhere}/documents/{own.json()['id']}", headers=side)
    assert astray.status_code == 404


def test_the_register_is_searched_and_adds_up_what_is_printed(admin: TestClient) -> None:
    line = find(admin)
    admin.put(f"{URL}/{line['id']}/record", json=RECORD, headers={"If-Match": "0"})
    for query in ("0211", "泰岱", "泰山区 岱岳区", line["id"]):
        found = admin.get(URL, params={"q": query}).json()
        assert [one["id"] for one in found["items"]] == [line["id"]], query
    assert admin.get(URL, params={"code": "0211"}).json()["total"] == 1
    every = admin.get(URL, params={"level": "county"}).json()
    assert every["official"] == 1
    assert every["printed_km"] == pytest.approx(every["length_km"] - line["length_km"] + 20.5)
