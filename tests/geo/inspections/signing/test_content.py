from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from geo.inspections.signing.canonical import canonical
from geo.inspections.signing.content import build_content, content_sha256, count_content
from tests.geo.inspections.walked import Walk, walk_all


@pytest.fixture
def walk(conn: Connection, tmp_path: Path) -> Walk:
    return walk_all(conn, tmp_path / "files")


def numbers(value: object) -> list[object]:
    if isinstance(value, dict):
        return [found for one in value.values() for found in numbers(one)]
    if isinstance(value, list):
        return [found for one in value for found in numbers(one)]
    return [value] if isinstance(value, float) else []


def test_the_content_holds_what_each_side_found_without_floats(walk: Walk) -> None:
    content = build_content(walk.conn, walk.found)
    assert not numbers(content)
    assert [one["code"] for one in content["parties"]] == ["370921", "370923"]
    assert [one["kind"] for one in content["subjects"]] == ["marker", "section"]
    assert [one["side"] for one in content["records"]] == ["370921", "370923"] * 2
    marker = content["records"][0]
    assert marker["body"]["position"]["lon"] == "117.2"
    assert marker["body"]["contents"]["depth_m"] == "0.25"
    assert marker["body"]["contents"]["seen"] is True
    assert [one["shows"] for one in marker["photos"]] == ["near"]
    assert [one["status"] for one in content["outcomes"]] == ["agreed", "agreed"]
    counts = count_content(content)
    assert counts["agreed"] == 2
    assert counts["records"] == 4
    assert counts["photos"] == 2


def test_the_content_reads_back_from_its_canonical_form(walk: Walk) -> None:
    content = build_content(walk.conn, walk.found)
    spelled = canonical(content)
    assert json.loads(spelled) == content
    assert content_sha256(json.loads(spelled)) == content_sha256(content)


def test_what_goes_on_after_the_signature_leaves_the_content_alone(walk: Walk) -> None:
    before = content_sha256(build_content(walk.conn, walk.found))
    walk.conn.execute(text("UPDATE inspection SET state = 'accepted', accepted_on = '2026-09-01'"))
    walk.conn.execute(text("UPDATE inspection_party SET contact = '138', takes_part = 'paper'"))
    assert content_sha256(build_content(walk.conn, walk.found)) == before


@pytest.mark.parametrize(
    "change",
    [
        'UPDATE inspection_record SET body = body || \'{"note": "x"}\' WHERE version = 1',
        "UPDATE inspection_photo SET withdrawn_at = now() WHERE shows = 'near'",
        "UPDATE inspection_photo SET shows = 'far'",
        'UPDATE inspection_subject SET register = register || \'{"number": "1"}\'',
        "UPDATE inspection_record SET via = 'contractor' WHERE subject_kind = 'section'",
        (
            "INSERT INTO inspection_desk (id, inspection_id, section_id, items, actor) SELECT "
            "gen_random_uuid(), id, gen_random_uuid(), '[{\"km\": 1.5}]', 'x' FROM inspection"
        ),
        (
            "INSERT INTO work_order (id, object_kind, object_id, cause_id, task, responsible_id, "
            "actor) SELECT gen_random_uuid(), 'marker', gen_random_uuid(), inspection_id, 'clean', "
            "division_id, 'x' FROM inspection_party LIMIT 1"
        ),
    ],
)
def test_any_change_of_what_was_found_changes_the_hash(walk: Walk, change: str) -> None:
    before = content_sha256(build_content(walk.conn, walk.found))
    assert walk.conn.execute(text(change)).rowcount
    after = build_content(walk.conn, walk.found)
    assert content_sha256(after) != before
    assert not numbers(after)


def test_an_ended_work_order_changes_nothing_that_was_signed(walk: Walk) -> None:
    walk.conn.execute(
        text(
            "INSERT INTO work_order (id, object_kind, object_id, cause_id, task, responsible_id, "
            "actor) SELECT gen_random_uuid(), 'marker', gen_random_uuid(), inspection_id, 'clean', "
            "division_id, 'x' FROM inspection_party LIMIT 1"
        )
    )
    before = content_sha256(build_content(walk.conn, walk.found))
    walk.conn.execute(text("UPDATE work_order SET state = 'done', ended_on = '2026-07-01'"))
    assert content_sha256(build_content(walk.conn, walk.found)) == before
