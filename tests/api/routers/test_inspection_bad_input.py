"""What should not come, comes: a refusal in Chinese and English, nothing lost, no server error."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.inspected import Inspected, open_inspected
from tests.conftest import Database
from tests.stories.office import is_bilingual

NOBODY = str(uuid4())
JSON = {"content-type": "application/json"}
KEPT = ("/records", "/signatures", "/returns", "/events", "/findings", "/documents")


@pytest.fixture
def work(client: TestClient, database: Database) -> Inspected:
    return open_inspected(client, database)


def sound(work: Inspected) -> dict[str, Any]:
    """Return a record that would be taken."""
    return {
        "subject": {"marker_id": str(work.markers[0])},
        "at": "2026-05-06",
        "side": "370921",
        "state": "in_place",
        "position": {"lon": 117.2, "lat": 36.28, "accuracy_m": 3.5, "method": "gnss_phone"},
        "contents": {"line": "一致", "goals": {"upright": True}},
        "note": "碑面清洁",
        "edited_at": "2026-05-06T10:00:00+08:00",
    }


def put(work: Inspected, by: str = "a", record: str | None = None, **wrong: Any) -> Any:
    body = sound(work) | wrong
    return work.call("PUT", f"/records/{record or uuid4()}", by, json=body)


def kept(work: Inspected) -> list[Any]:
    return [work.call("GET", path).json()["items"] for path in KEPT]


Wrong = Callable[[Inspected], Any]
MISTAKES: dict[str, Wrong] = {
    "a marker that is not inspected": lambda work: put(work, subject={"marker_id": NOBODY}),
    "a section as a marker": lambda work: put(work, subject={"marker_id": str(work.sections[0])}),
    "a day that is none": lambda work: put(work, at="2026-02-30"),
    "a day to come": lambda work: put(work, at="2126-01-01"),
    "a day of the last round": lambda work: put(work, at="2019-05-01"),
    "latitude first": lambda work: put(work, position={"lon": 36.28, "lat": 117.2}),
    "a zone that does not exist": lambda work: put(
        work, position={"x": 518_010.6, "y": 3_998_938.6, "crs": "EPSG:999999"}
    ),
    "metres without a zone": lambda work: put(work, position={"x": 518_010.6, "y": 3_998_938.6}),
    "another side": lambda work: put(work, side="370923"),
    "a side that is none": lambda work: put(work, side="110000"),
    "nobody's account": lambda work: put(work, "public"),
    "the third county": lambda work: put(work, "c"),
    "the city above both": lambda work: put(work, "city"),
    "an unknown state": lambda work: put(work, state="甚好"),
    "a scan of elsewhere": lambda work: put(work, scan=NOBODY),
    "an id that is none": lambda work: put(work, record="7"),
    "a body cut in the middle": lambda work: work.call(
        "PUT", f"/records/{uuid4()}", content=json.dumps(sound(work))[:80].encode(), headers=JSON
    ),
    "a body that is no JSON": lambda work: work.call(
        "PUT", f"/records/{uuid4()}", content=b"\xff\xfe\0", headers=JSON
    ),
    "a photo of a record that is not there": lambda work: work.call(
        "PUT", f"/records/{uuid4()}/photos/{'0' * 64}", content=b"x"
    ),
    "a signature for another side": lambda work: work.call(
        "POST", "/signatures", json={"party": "370923", "role": "局长"}
    ),
    "a signature before anything is recorded": lambda work: work.call(
        "POST", "/signatures", json={"role": "局长"}
    ),
    "a return file that is none": lambda work: work.call(
        "POST", "/returns", files={"file": ("回传.xlsx", b"PK\3\4 cut")}, data={"side": "370923"}
    ),
    "a step that is none": lambda work: work.call("POST", "/transitions", json={"action": "sign"}),
    "an acceptance by a paper that is not there": lambda work: work.call(
        "POST",
        "/transitions",
        json={
            "action": "accept",
            "document": {"number": "1", "date": "2026-06-01", "file": NOBODY},
        },
    ),
    "a common finding nobody recorded for": lambda work: work.call(
        "POST",
        "/findings",
        json={
            "subject": {"marker_id": str(work.markers[0])}, "said": "agreed", "state": "in_place",
        },
    ),
}  # fmt: skip


def test_every_mistake_is_refused_in_both_languages_and_changes_nothing(work: Inspected) -> None:
    work.record("B")
    before = kept(work)
    for mistake, make in MISTAKES.items():
        details = []
        for lang in ("zh", "en"):
            work.client.headers["Accept-Language"] = lang
            answer = make(work)
            assert 400 <= answer.status_code < 500, (mistake, answer.text)
            told = answer.json()
            assert told["code"], mistake
            assert told["title"], mistake
            details.append(" ".join([told["detail"], *(str(one) for one in told["errors"])]))
        assert is_bilingual(*details), (mistake, details)
    work.client.headers["Accept-Language"] = "zh"
    assert kept(work) == before


def test_a_record_of_a_marker_on_another_line_is_refused_by_name(work: Inspected) -> None:
    answer = put(work, subject={"marker_id": str(work.register.border.sides["A"])})
    assert (answer.status_code, answer.json()["field"]) == (422, "subject")


def test_records_that_come_in_another_order_end_the_same(work: Inspected) -> None:
    versions = [
        {"note": f"第{hour}稿", "edited_at": f"2026-05-06T{hour:02}:00:00+08:00"}
        for hour in (9, 10, 11)
    ]
    ends = []
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0, 1, 0, 2)):
        record = str(uuid4())
        for place in order:
            assert put(work, record=record, **versions[place]).status_code in (200, 201)
        found = work.call("GET", f"/records/{record}").json()
        ends.append((found["note"], sorted(one["body"]["note"] for one in found["versions"])))
    assert ends == [("第11稿", ["第10稿", "第11稿", "第9稿"])] * 3


plain = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["\ud800", "\0", "NaN", "2026-05-06", "9999-12-31", NOBODY, "EPSG:4490", ""])
)
anything = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
PLACES = (
    ("subject",), ("subject", "marker_id"), ("subject", "section_id"), ("at",), ("side",),
    ("state",), ("position",), ("position", "lon"), ("position", "lat"), ("position", "x"),
    ("position", "y"), ("position", "crs"), ("position", "method"), ("position", "accuracy_m"),
    ("contents",), ("contents", "line"), ("note",), ("edited_at",), ("scan",), ("surprise",),
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from(PLACES), anything), min_size=1, max_size=3))
def test_whatever_a_record_s_body_holds_is_taken_or_refused(
    work: Inspected, wrong: list[tuple[tuple[str, ...], Any]]
) -> None:
    body = sound(work)
    for place, value in wrong:
        into = body
        for name in place[:-1]:
            if not isinstance(into.get(name), dict):
                into[name] = {}
            into = into[name]
        into[place[-1]] = value
    content = json.dumps(body).encode()
    answer = work.call("PUT", f"/records/{uuid4()}", content=content, headers=JSON)
    assert answer.status_code < 500, answer.text
    if answer.is_success:
        taken = work.call("GET", f"/records/{answer.json()['id']}")
        assert taken.status_code == 200
        assert work.call("GET", "/content").status_code in (200, 409)
    else:
        assert answer.json()["code"]
