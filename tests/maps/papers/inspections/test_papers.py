from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from lxml import etree
from openpyxl import load_workbook

from geo.errors import FontMissingError
from maps.papers import PAPERS, make_paper
from maps.papers.inspections.letters import fill_letter, fill_notice
from maps.papers.inspections.lists import fill_archive
from maps.papers.inspections.plan import fill_plan, fill_summary
from maps.papers.inspections.sheets import fill_marker_records
from tests.maps.papers.inspections.given import (
    make_inspection,
    make_outcome,
    make_plan,
    make_planned,
    make_subject,
)
from tests.maps.papers.inspections.given import make_paper as make_facts

NAMES = [name for name, one in PAPERS.items() if one.object_kind in ("inspection", "plan")]
BOUND = ("marker_records", "section_records", "inspection_report", "seal_sheet")
needs_office = pytest.mark.skipif(
    not (shutil.which("soffice") and shutil.which("pdfinfo") and shutil.which("pdftotext")),
    reason="LibreOffice and poppler-utils are not installed",
)


def facts_of(name: str) -> Any:
    return make_facts() if PAPERS[name].object_kind == "inspection" else make_plan()


def docx_of(name: str, home: Path, facts: Any = None) -> bytes:
    return make_paper(PAPERS[name], facts or facts_of(name), "docx", home).content


def text_of(docx: bytes) -> str:
    body = Document(BytesIO(docx)).element
    return re.sub(r"\s", "", str(etree.tostring(body, method="text", encoding="unicode")))


def cells_of(docx: bytes) -> list[str]:
    document = Document(BytesIO(docx))
    named = document.element.iter(
        "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}tc"
    )
    return [
        str(etree.tostring(one, method="text", encoding="unicode"))
        + "picture" * len(list(one.iter("{*}drawing")))
        for one in named
    ]


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_is_empty_and_no_tag_is_left(name: str, tmp_path: Path) -> None:
    docx = docx_of(name, tmp_path)
    assert "{" not in text_of(docx)
    assert "None" not in text_of(docx)
    assert [one for one in cells_of(docx) if not one] == []
    assert "示例数据" in text_of(docx)


@pytest.mark.parametrize("name", [one for one in NAMES if PAPERS[one].object_kind == "inspection"])
def test_an_inspection_of_which_nothing_is_known_yet_prints_or_is_refused(
    name: str, tmp_path: Path
) -> None:
    found = make_inspection(publication="unpublished", round=None, kind="special", reason="洪水")
    bare = replace(
        make_facts(inspection=found), parts=(), record=None, steps=(), orders=(), map=None,
        photos={}, content_sha256=None, fingerprint=None,
    )  # fmt: skip
    docx = docx_of(name, tmp_path, bare)
    assert "示例数据" not in text_of(docx)
    assert "None" not in text_of(docx)


@pytest.mark.parametrize("name", BOUND)
def test_what_is_signed_and_reported_carries_its_hash_its_key_and_a_code(
    name: str, tmp_path: Path
) -> None:
    docx = docx_of(name, tmp_path)
    facts = make_facts()
    assert facts.content_sha256 in text_of(docx)
    assert re.sub(r"\s", "", facts.fingerprint) in text_of(docx)
    assert any("image" in part.partname for part in Document(BytesIO(docx)).part.package.parts)


def test_a_tripoint_has_three_columns_to_sign_and_others_two() -> None:
    sheets = fill_marker_records(make_facts())["sheets"]
    assert [one["side"] for one in sheets[7]["people"]] == ["甲方", "乙方", "丙方"]
    assert [one["side"] for one in sheets[0]["people"]] == ["甲方", "乙方"]


def test_a_sheet_ticks_what_was_found_and_leaves_lines_for_what_was_not() -> None:
    sheets = fill_marker_records(make_facts())["sheets"]
    assert "■完好" in sheets[0]["ticks"]
    assert "□移位" in sheets[0]["ticks"]
    assert sheets[0]["checks"].startswith("■位置准确  ■埋设牢固  ×明显易见  □注记清晰")
    assert "■描红" in sheets[1]["tasks"]
    assert "■" not in sheets[4]["ticks"]
    assert "东平县认为完好，梁山县认为倾斜" in sheets[4]["conclusion"]
    blank = fill_marker_records(make_facts(make_outcome(make_subject(1))))["sheets"][0]
    assert blank["days"] == blank["surveys"][0]["place"] == "＿＿＿＿＿"
    assert blank["conclusion"] == "尚无一致结论"


def test_too_few_reference_objects_are_asked_for() -> None:
    subject = make_subject(1)
    few = replace(subject, register={**subject.register, "objects": ()})
    sheet = fill_marker_records(make_facts(make_outcome(few, "in_place")))["sheets"][0]
    assert [one["name"] for one in sheet["objects"]] == ["不足三个，待补选"] * 3


def test_photos_stand_by_their_record_with_what_they_show(tmp_path: Path) -> None:
    docx = docx_of("inspection_report", tmp_path)
    assert "照片123320011号桩东平县近景2026年5月20日" in text_of(docx)
    pictures = [one for one in cells_of(docx) if "picture" in one and "照片" in one]
    assert len(pictures) == 2


def test_the_letter_goes_to_the_other_sides_and_the_notice_names_both_offices() -> None:
    letter, notice = fill_letter(make_facts()), fill_notice(make_facts())
    assert letter["to"] == "梁山县民政局、嘉祥县民政局："
    assert letter["title"] == "关于商请联合开展东平梁山线第五轮联合检查的函"
    assert notice["signed"][:2] == ["东平县民政局", "梁山县民政局"]
    assert notice["title"].startswith("关于印发《东平梁山线第五轮联合检查工作实施方案》")


def test_the_archive_lists_papers_with_what_is_known_of_their_days() -> None:
    items = fill_archive(make_facts())["items"]
    assert [one["ordinal"] for one in items] == [str(n) for n in range(1, len(items) + 1)]
    assert (items[0]["title"], items[0]["day"]) == (
        "东平梁山线第五轮联合检查工作实施方案", "2026年4月3日",
    )  # fmt: skip
    assert items[1]["day"] == "待查"


def test_a_line_without_a_known_round_is_not_called_overdue() -> None:
    rows = fill_plan(make_plan())["lines"]
    assert (rows[2]["last"], rows[2]["due"], rows[2]["state"]) == ("查无记录", "—", "未立项")
    assert "超期" not in str(fill_summary(make_plan()))
    late = make_plan(lines=[make_planned("东平汶上线", overdue=True)])
    assert "其中已超期1条：东平汶上线。" in fill_summary(late)["problems"]


@pytest.mark.parametrize(
    "name", ["inspection_plan", "inspection_summary", "marker_findings", "archive_index"]
)
def test_lists_are_sheets_too(name: str, tmp_path: Path) -> None:
    made = make_paper(PAPERS[name], facts_of(name), "xlsx", tmp_path)
    page = load_workbook(BytesIO(made.content)).active
    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    head = next(n for n, row in enumerate(rows) if row[0] in ("序号", "顺序号"))
    body = rows[head + 1 : -2]
    assert len(body) >= 3
    assert all(value not in (None, "") for row in body for value in row)
    assert rows[-2][0] == "合计"


@needs_office
def test_libreoffice_opens_every_paper_and_loses_nothing(tmp_path: Path) -> None:
    given = {name: docx_of(name, tmp_path) for name in NAMES}
    sources = []
    for name, docx in given.items():
        sources.append(tmp_path / f"{name}.docx")
        sources[-1].write_bytes(docx)
    subprocess.run(
        ["soffice", "--headless", "--norestore",
         f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
         "--convert-to", "docx:MS Word 2007 XML", "--outdir", str(tmp_path / "again"),
         *map(str, sources)],
        capture_output=True, check=True, timeout=400,
    )  # fmt: skip
    for name, docx in given.items():
        again = (tmp_path / "again" / f"{name}.docx").read_bytes()
        assert text_of(again) == text_of(docx), name
        before, after = (
            len(Document(BytesIO(one)).element.findall(".//{*}drawing")) for one in (docx, again)
        )
        assert before == after, name


@needs_office
@pytest.mark.parametrize(
    ("name", "pages"), [("marker_records", 8), ("section_records", 3), ("seal_sheet", 1)]
)
def test_a_sheet_is_a_page_for_each(name: str, pages: int, tmp_path: Path) -> None:
    facts = replace(make_facts(), fingerprint=" ".join(["0f3c"] * 16))
    made = make_paper(PAPERS[name], facts, "pdf", tmp_path)
    path = tmp_path / "made.pdf"
    path.write_bytes(made.content)
    told = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
    assert int(re.findall(r"Pages:\s+(\d+)", told)[0]) == pages


@needs_office
def test_a_name_no_font_has_is_refused_wherever_it_stands(tmp_path: Path) -> None:
    subject = replace(make_subject(1), label="\U0003f000")
    facts = make_facts(make_outcome(subject, "in_place"), map=None)
    with pytest.raises(FontMissingError, match=r"U\+3F000"):
        make_paper(PAPERS["marker_findings"], facts, "pdf", tmp_path)
