from __future__ import annotations

import shutil
import zipfile
from datetime import date
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from lxml import etree

from geo.db.engine import transaction
from geo.markers.read import read_marker
from geo.settings import settings
from geo.upkeep.orders import OrderFacts, open_order, target_of
from maps.papers import PAPERS
from tests.api.country import work_off
from tests.api.inspected import Inspected, open_inspected
from tests.api.offices import take_photo
from tests.api.routers.test_inspection_guests import FIRM, enter, invite
from tests.border import CODES
from tests.conftest import Database

REFUSED_BEFORE = {"inspection_report", "inspection_submission", "seal_sheet"}
OF_INSPECTIONS = [name for name, one in PAPERS.items() if one.object_kind == "inspection"]


@pytest.fixture
def work(client: TestClient, database: Database) -> Inspected:
    return open_inspected(client, database)


def settle(work: Inspected) -> None:
    """Let both sides record every marker and section."""
    for side in "AB":
        for place in range(len(work.markers)):
            work.record(side, place, position={"lon": 117.2001, "lat": 36.28, "accuracy_m": 0.05})
        for section in work.sections:
            work.record(side, kind="section", subject_id=section, state="unchanged")


def paper_of(work: Inspected, name: str, by: str = "a") -> Any:
    return work.call("GET", f"/papers/{name}", by)


def text_of(docx: bytes) -> str:
    with zipfile.ZipFile(BytesIO(docx)) as pack:
        root = etree.fromstring(pack.read("word/document.xml"))
    return str(etree.tostring(root, method="text", encoding="unicode"))


@pytest.mark.parametrize("name", OF_INSPECTIONS)
def test_every_paper_comes_or_says_which_results_lack(work: Inspected, name: str) -> None:
    answer = paper_of(work, f"{name}.docx")
    if name in REFUSED_BEFORE:
        assert answer.status_code == 409, answer.text
        told = answer.json()
        assert told["code"] == "counts_disagree"
        assert "37092302" in str(told)
    else:
        assert answer.status_code == 200, answer.text
        assert "东岭县" in text_of(answer.content)


def test_a_report_of_everything_recorded_has_its_hash_and_asks_for_a_survey(
    work: Inspected,
) -> None:
    settle(work)
    text = text_of(paper_of(work, "inspection_report.docx").content)
    assert work.call("GET", "/content").headers["etag"].strip('"') in text
    assert "应检界桩2颗，到点2颗，其中完好2颗。" in text
    assert "需共同复测后认定" in text
    assert "移位" not in text


def test_a_photo_stands_on_the_sheet_of_its_marker_and_in_the_report(work: Inspected) -> None:
    record = work.record("A")
    photo = take_photo()
    put = work.call(
        "PUT",
        f"/records/{record}/photos/{sha256(photo).hexdigest()}",
        content=photo,
        params={"shows": "near"},
    )
    assert put.status_code in (200, 201), put.text
    docx = paper_of(work, "marker_records.docx").content
    with zipfile.ZipFile(BytesIO(docx)) as pack:
        pictures = [name for name in pack.namelist() if name.endswith((".jpg", ".jpeg"))]
    assert len(pictures) == 1
    # The small form was made when the photo came: a report need not wait for it.
    assert len(list(settings().small.iterdir())) == 1


def test_a_work_order_stands_in_the_record_of_repairs_and_in_the_report(work: Inspected) -> None:
    settle(work)
    with transaction(work.database.engine, "system:test") as conn:
        viewer, today = work.register.border.viewer("A"), date(2026, 6, 1)
        target = target_of(read_marker(conn, work.markers[1], today, viewer))
        facts = OrderFacts(task="repaint", responsible=CODES["A"], cause_id=work.id)
        open_order(conn, viewer, uuid4(), target, facts, today=today)
    text = text_of(paper_of(work, "repair_record.docx").content)
    assert "本记录登记1项" in text
    assert "描红" in text
    rows = text_of(paper_of(work, "inspection_report.docx").content)
    assert "未结事项" in rows


def test_a_contractor_prints_the_sheets_of_its_own_markers_and_nothing_of_the_whole(
    work: Inspected,
) -> None:
    enter(work, invite(work, **FIRM, subjects=[str(work.markers[0])]).json(), "firm")
    text = text_of(paper_of(work, "marker_records.docx", "firm").content)
    assert "238184I" in text
    assert "37092302" not in text
    refused = paper_of(work, "inspection_scheme.docx", "firm")
    assert (refused.status_code, refused.json()["code"]) == (403, "guest_refused")


def test_who_is_of_no_side_gets_no_paper(work: Inspected) -> None:
    for by in ("c", "public"):
        answer = paper_of(work, "inspection_scheme.docx", by)
        assert answer.status_code in (401, 403, 404), answer.text
    assert paper_of(work, "inspection_scheme.docx", "b").status_code == 200


def test_a_paper_that_is_not_of_inspections_or_not_of_that_format_is_refused(
    work: Inspected,
) -> None:
    assert paper_of(work, "marker_register.docx").json()["code"] == "paper_unknown"
    assert paper_of(work, "inspection_letter.xlsx").json()["code"] == "option_invalid"


def test_the_plan_of_a_year_is_given_within_a_division(work: Inspected) -> None:
    border = work.register.border
    at = f"/api/v1/divisions/{border.city}/papers/inspection_plan"
    headers = work.register.accounts["a"]
    for ending in ("docx", "xlsx"):
        answer = work.client.get(f"{at}.{ending}?year=2026", headers=headers)
        assert answer.status_code == 200, answer.text
    text = text_of(work.client.get(f"{at}.docx?year=2026", headers=headers).content)
    assert "2026年度界线联检任务安排表" in text
    assert "东岭县" in text
    other = text_of(work.client.get(f"{at}.docx?year=2031", headers=headers).content)
    assert "0条、0.000公里、界桩0颗" in other
    assert work.client.get(f"{at}.docx?year=2026").status_code == 401


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_a_job_prints_a_report_for_who_asked(work: Inspected, database: Database) -> None:
    settle(work)
    body = {"paper": "inspection_report", "object": str(work.id), "format": "pdf"}
    headers = work.register.accounts["a"]
    asked = work.client.post("/api/v1/papers", json=body, headers=headers)
    assert asked.status_code == 202, asked.text
    job = asked.json()["job"]
    work_off(database, job)
    made = work.client.get(f"/api/v1/papers/files/{job}", headers=headers)
    assert made.content.startswith(b"%PDF-"), made.text
    other = work.client.get(f"/api/v1/papers/files/{job}", headers=work.register.accounts["c"])
    assert other.status_code in (403, 404)
