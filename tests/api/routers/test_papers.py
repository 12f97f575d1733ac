from __future__ import annotations

import re
import shutil
import zipfile
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from lxml import etree
from openpyxl import load_workbook
from PIL import Image

from geo.db.engine import transaction
from geo.markers.facts import ObjectFacts, Position, SideFacts
from maps import to_pdf
from maps.papers import PAPERS
from tests.api.country import work_off
from tests.api.routers.conftest import LogIn
from tests.border import CODES, TRIPOINT, Border, card, draw_border, set_marker
from tests.conftest import Database

OBJECTS = tuple(
    ObjectFacts(ordinal=n, name=name, grid_bearing_deg=bearing, distance_m=30.0 + n)
    for n, (name, bearing) in enumerate((("老槐树", 20.0), ("水塔", 140.0), ("桥头", 260.0)), 1)
)
needs_office = pytest.mark.skipif(
    not shutil.which("soffice"), reason="LibreOffice is not installed"
)


@dataclass
class Papers:
    """A service with a marker on a line and one at a tripoint, asked by several accounts."""

    client: TestClient
    database: Database
    border: Border
    marker: UUID
    tripoint: UUID
    accounts: dict[str, dict[str, str]]

    def get(self, address: str, by: str = "a", **query: Any) -> Any:
        return self.client.get(f"/api/v1{address}", params=query, headers=self.accounts[by])

    def ask(self, by: str, paper: str, of: UUID, ending: str) -> Any:
        body = {"paper": paper, "object": str(of), "format": ending}
        return self.client.post("/api/v1/papers", json=body, headers=self.accounts[by])


@pytest.fixture
def papers(client: TestClient, database: Database, log_in: LogIn) -> Papers:
    with transaction(database.engine, "system:test") as conn:
        border = draw_border(conn)
        own = {border.sides["A"]: SideFacts(site="东岭县石桥镇山口村")}
        marker = set_marker(conn, border, card(border, "37092301", objects=OBJECTS, own=own))
        tripoint = set_marker(
            conn,
            border,
            card(
                border,
                "238184I",
                line="AB,BC,AC",
                faces=3,
                position=Position(lon=TRIPOINT[0], lat=TRIPOINT[1]),
            ),
        )
    accounts = {
        "a": log_in("east", ("editor", CODES["A"])),
        "b": log_in("west", ("viewer", CODES["B"])),
        "c": log_in("south", ("editor", CODES["C"])),
        "city": log_in("city", ("approver", "370900")),
        "public": {},
    }
    return Papers(client, database, border, marker, tripoint, accounts)


def text_of(docx: bytes) -> str:
    with zipfile.ZipFile(BytesIO(docx)) as pack:
        root = etree.fromstring(pack.read("word/document.xml"))
    return str(etree.tostring(root, method="text", encoding="unicode"))


def test_a_register_card_comes_with_sides_objects_place_and_a_text(papers: Papers) -> None:
    answer = papers.get(f"/markers/{papers.marker}/papers/marker_register.docx")
    assert answer.status_code == 200, answer.text
    assert "filename*=UTF-8''%E7%95%8C%E6%A1%A9" in answer.headers["content-disposition"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    text = text_of(answer.content)
    for told in (
        "37092301",
        "东岭县：东岭县石桥镇山口村",
        "西川县：待查",
        "老槐树",
        "系统生成，待核定",
    ):
        assert told in text
    with zipfile.ZipFile(BytesIO(answer.content)) as pack:
        pictures = [name for name in pack.namelist() if name.startswith("word/media/")]
    assert len(pictures) == 1


def test_a_photo_given_to_the_marker_stands_on_its_card_without_its_position(
    papers: Papers,
) -> None:
    target = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", (2000, 1500), "#446688").save(target, "JPEG", exif=exif)
    given = papers.client.post(
        f"/api/v1/markers/{papers.marker}/files",
        files={"file": ("photo.jpg", target.getvalue(), "image/jpeg")},
        data={"kind": "photo"},
        headers=papers.accounts["a"],
    )
    assert given.status_code < 300, given.text
    docx = papers.get(f"/markers/{papers.marker}/papers/marker_register.docx").content
    with zipfile.ZipFile(BytesIO(docx)) as pack:
        pictures = [pack.read(name) for name in pack.namelist() if "/media/" in name]
    assert len(pictures) == 2
    assert not any(b"secret place" in one for one in pictures)
    sizes = [Image.open(BytesIO(one)).size for one in pictures]
    assert (1200, 900) in sizes


def test_a_tripoint_has_three_parties_and_three_lines_for_each_of_them(papers: Papers) -> None:
    for who in "abc":
        answer = papers.get(f"/markers/{papers.tripoint}/papers/marker_register.docx", who)
        assert "丙方代表（签字）" in text_of(answer.content)
        svg = papers.get(f"/markers/{papers.tripoint}/sketch.svg", who)
        assert svg.headers["content-type"] == "image/svg+xml"
        for name in ("东岭县", "西川县", "南河县", "238184I"):
            assert name in svg.text


def test_papers_of_a_line_come_as_word_and_as_excel(papers: Papers) -> None:
    line = papers.border.lines["AB"]
    text = text_of(papers.get(f"/boundary-lines/{line}/papers/line_summary.docx").content)
    assert "东岭县—西川县" in text or "西川县—东岭县" in text
    assert "计算长度不作依据" in text
    assert "2颗（2个桩号）" in text
    sheet = papers.get(f"/boundary-lines/{line}/papers/marker_results.xlsx")
    cells = [
        c.value for row in load_workbook(BytesIO(sheet.content)).active.iter_rows() for c in row
    ]
    assert {"37092301", "238184I"} <= set(cells)


@pytest.mark.parametrize("who", ["c", "public"])
def test_who_may_not_read_the_object_gets_no_paper_of_it(papers: Papers, who: str) -> None:
    line, status = papers.border.lines["AB"], 401 if who == "public" else 403
    for address in (
        f"/markers/{papers.marker}/papers/marker_register.docx",
        f"/markers/{papers.marker}/sketch.svg",
        f"/boundary-lines/{line}/papers/marker_results.xlsx",
        f"/boundary-lines/{line}/papers/line_summary.docx",
    ):
        answer = papers.get(address, who)
        assert answer.status_code == status, (address, answer.text)
        assert "117." not in answer.text
    for paper, of in (("marker_register", papers.marker), ("line_summary", line)):
        assert papers.ask(who, paper, of, "pdf").status_code == status


def test_what_there_is_not_is_refused_in_words(papers: Papers) -> None:
    refused = papers.get(f"/markers/{papers.marker}/papers/marker_results.docx").json()
    assert (refused["code"], refused["allowed"]) == ("paper_unknown", ["marker_register"])
    refused = papers.get(f"/markers/{papers.marker}/papers/marker_register.xlsx")
    assert (refused.status_code, refused.json()["code"]) == (422, "option_invalid")
    refused = papers.get(f"/markers/{papers.marker}/papers/marker_register.pdf").json()
    assert "POST /api/v1/papers" in refused["allowed"]
    assert papers.get(f"/markers/{uuid4()}/papers/marker_register.docx").status_code == 404
    assert papers.get(f"/boundary-lines/{uuid4()}/papers/line_summary.docx").status_code == 404
    assert papers.ask("a", "passport", papers.marker, "pdf").status_code == 404
    assert papers.ask("a", "marker_register", papers.marker, "xlsx").status_code == 422
    assert [one["name"] for one in papers.get("/papers", "public").json()] == list(PAPERS)


@needs_office
def test_a_pdf_is_made_by_a_job_and_given_to_who_asked_as_long_as_they_may(
    papers: Papers,
) -> None:
    opened = papers.ask("a", "marker_register", papers.marker, "pdf")
    assert opened.status_code == 202, opened.text
    job = opened.json()["job"]
    assert papers.get(f"/papers/files/{job}").status_code == 404
    work_off(papers.database, job)
    told = papers.get(f"/jobs/{job}").json()
    assert told["state"] == "done", told
    assert told["result_url"] == f"/api/v1/papers/files/{job}"
    assert told["result"]["name"] == "界桩登记表-37092301.pdf"
    assert {one["asked"] for one in told["result"]["stand_ins"]} <= {
        "仿宋_GB2312", "黑体", "方正小标宋简体", "宋体", "Times New Roman",
    }  # fmt: skip
    made = papers.client.get(told["result_url"], headers=papers.accounts["a"])
    assert (made.headers["content-type"], made.content[:5]) == ("application/pdf", b"%PDF-")
    assert re.search("filename", made.headers["content-disposition"])
    for other in ("b", "city"):
        assert papers.get(f"/papers/files/{job}", other).status_code == 404
    assert papers.get(f"/papers/files/{job}", "public").status_code == 401


def test_a_pdf_without_libreoffice_fails_with_the_command_that_installs_it(
    papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(to_pdf, "find_office", lambda: None)
    job = papers.ask("a", "marker_results", papers.border.lines["AB"], "pdf").json()["job"]
    work_off(papers.database, job)
    told = papers.get(f"/jobs/{job}").json()
    assert (told["state"], told["error"]["code"]) == ("failed", "office_missing")
    assert "apt-get install" in told["error"]["detail"]
    docx = papers.ask("a", "marker_results", papers.border.lines["AB"], "docx").json()["job"]
    work_off(papers.database, docx)
    assert papers.get(f"/jobs/{docx}").json()["state"] == "done"
    assert "238184I" in text_of(papers.get(f"/papers/files/{docx}").content)


def test_a_job_there_is_not_has_no_paper(papers: Papers) -> None:
    assert papers.get(f"/papers/files/{uuid4()}").status_code == 404
