from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from lxml import etree
from pyproj import Transformer

from geo.errors import FontMissingError, OptionInvalidError, PaperTemplateError, PaperUnknownError
from geo.settings import ROOT
from maps.papers import PAPERS, check_format, find_paper, make_paper
from maps.papers.fill import SHIPPED
from maps.papers.marker_register import fill_card
from maps.papers.marker_results import fill_results
from tests.maps.papers.given import (
    BLANK,
    HERE,
    LINE,
    MARKER,
    OBJECTS,
    OURS,
    RARE,
    RECORD,
    THEIRS,
    THIRD,
    make_card,
    make_line,
    make_marker,
    make_object,
    make_section,
)
from tests.maps.papers.inspections.given import make_paper as make_facts
from tests.maps.papers.inspections.given import make_plan

needs_office = pytest.mark.skipif(
    not (shutil.which("soffice") and shutil.which("pdfinfo") and shutil.which("pdftotext")),
    reason="LibreOffice and poppler-utils are not installed",
)
NAMES = list(PAPERS)
OF_REGISTER = [name for name in NAMES if PAPERS[name].object_kind in ("marker", "line")]


def facts_of(name: str) -> Any:
    make: dict[str, Callable[[], Any]] = {
        "marker": make_card,
        "line": make_line,
        "inspection": make_facts,
        "plan": make_plan,
    }
    return make[PAPERS[name].object_kind]()


def docx_of(name: str, facts: Any, home: Path) -> bytes:
    return make_paper(PAPERS[name], facts, "docx", home).content


def text_of(docx: bytes) -> str:
    return str(etree.tostring(Document(BytesIO(docx)).element, method="text", encoding="unicode"))


def xml_of(docx: bytes) -> str:
    with zipfile.ZipFile(BytesIO(docx)) as pack:
        return pack.read("word/document.xml").decode("utf-8")


def run(program: str, *args: str) -> str:
    return subprocess.run([program, *args], capture_output=True, text=True, check=True).stdout


def pages_of(pdf: bytes, folder: Path) -> list[str]:
    """Return the text of each page of a PDF, its blanks left out."""
    path = folder / "printed.pdf"
    path.write_bytes(pdf)
    pages = run("pdftotext", "-layout", str(path), "-").split("\f")[:-1]
    assert len(pages) == int(re.findall(r"Pages:\s+(\d+)", run("pdfinfo", str(path)))[0])
    return [re.sub(r"\s", "", page) for page in pages]


@pytest.mark.parametrize("name", NAMES)
def test_every_part_of_a_template_is_sound_xml_and_it_asks_for_the_fonts_of_offices(
    name: str,
) -> None:
    path = SHIPPED / PAPERS[name].room / f"{name}.docx"
    assert path.stat().st_size < 16_000
    with zipfile.ZipFile(path) as pack:
        for part in pack.namelist():
            etree.fromstring(pack.read(part))
        body = pack.read("word/document.xml").decode("utf-8")
    for font in ("仿宋_GB2312", "黑体", "方正小标宋简体", "Times New Roman"):
        assert f'"{font}"' in body
    assert 'w:linePitch="579"' in body
    assert 'w:charSpace="-848"' in body


@pytest.mark.parametrize("name", NAMES)
def test_a_paper_has_no_tag_left_and_no_empty_value(name: str, tmp_path: Path) -> None:
    text = text_of(docx_of(name, facts_of(name), tmp_path))
    assert "{" not in text
    assert "None" not in text
    assert "示例数据" in text


@pytest.mark.parametrize("name", OF_REGISTER)
def test_what_is_unknown_says_so_and_a_real_marker_has_no_mark_of_the_demo(
    name: str, tmp_path: Path
) -> None:
    blank = make_marker(**BLANK, publication="unpublished")
    facts: Any = make_card(marker=blank, objects=(), position_text=None, sketch=None, photo=None)
    if PAPERS[name].object_kind == "line":
        line = replace(LINE, publication="unpublished")
        facts = make_line(
            0, line=line, record=None, markers=[blank], sections=[], courses=[], documents=[]
        )
    text = text_of(docx_of(name, facts, tmp_path))
    assert text.count("待查") > 5
    assert "示例数据" not in text
    assert "None" not in text
    assert "0.00" not in text


def test_coordinates_of_a_card_are_those_of_pyproj_to_the_centimetre() -> None:
    told = fill_card(make_card())
    to_plane = Transformer.from_crs("EPSG:4490", "EPSG:4548", always_xy=True)
    east, north = to_plane.transform(*HERE)
    assert (told["x"], told["y"]) == (f"{north:.2f}", f"{east:.2f}")
    assert told["meridian"] == "117°"
    assert (told["b"], told["l"]) == ("35°54′04.57″", "116°18′07.74″")
    assert told["h"] == "41.23"
    assert told["given"].startswith(
        "纵坐标(纬度) 3975112.07，横坐标(经度) 20437012.35；1980西安坐标系"
    )


def test_coordinates_that_were_moved_name_the_fit_that_moved_them() -> None:
    assert "经局部拟合“东平七参数”转换" in fill_card(make_card(fit="东平七参数"))["given"]


def test_a_card_has_a_third_party_only_where_three_meet(tmp_path: Path) -> None:
    two = text_of(docx_of("marker_register", make_card(), tmp_path))
    three = make_card(marker=make_marker(sides=(OURS, THEIRS, THIRD), faces=3, number="238184I"))
    told = text_of(docx_of("marker_register", three, tmp_path))
    assert "丙方" not in two
    assert "丙方所在地" in told
    assert "丙方代表（签字）" in told
    assert "238184I" in told


def test_a_card_has_at_least_three_rows_for_reference_objects() -> None:
    rows = fill_card(make_card(objects=OBJECTS[:1]))["objects"]
    assert [one["name"] for one in rows] == ["机井房（中心）", "待查", "待查"]
    assert (rows[0]["grid"], rows[0]["magnetic"]) == ("42°15′00″", "待查")
    many = tuple(make_object(n, f"树{n}", 10.0 * n, 5.0) for n in range(1, 6))
    assert len(fill_card(make_card(objects=many))["objects"]) == 5


def test_words_of_the_register_never_become_markup(tmp_path: Path) -> None:
    nasty = 'A<B & C "x" {{ secret }}\x0c\x07\x00换页'
    docx = docx_of("marker_register", make_card(position_text=nasty, sketch=None), tmp_path)
    text = text_of(docx)
    assert 'A<B & C "x" {{ secret }}' in text
    assert 'w:type="page"' not in xml_of(docx)


def test_a_list_repeats_its_head_and_counts_stones_and_numbers(tmp_path: Path) -> None:
    docx = docx_of("marker_results", make_line(), tmp_path)
    assert xml_of(docx).count("<w:tblHeader/>") == 1
    text = text_of(docx)
    assert "30颗（30个桩号）：单立26颗、同号双立4颗" in text
    both = [make_marker(set_up="double", member=one) for one in "AB"]
    assert fill_results(make_line(markers=both))["total"] == "2颗（1个桩号）：同号双立2颗"


def test_a_list_gives_all_coordinates_in_the_zone_of_most_and_names_who_is_beyond() -> None:
    markers = [make_marker(lon=lon) for lon in (118.4, 118.45, 118.55)]
    told = fill_results(make_line(markers=markers))
    assert told["meridian"] == "117°"
    assert [one["note"] for one in told["markers"]] == ["—", "—", "在117°带外"]
    to_plane = Transformer.from_crs("EPSG:4490", "EPSG:4548", always_xy=True)
    assert told["markers"][2]["y"] == f"{to_plane.transform(118.55, HERE[1])[0]:.2f}"


def test_the_official_length_is_printed_with_its_document_and_the_computed_beside_it(
    tmp_path: Path,
) -> None:
    text = text_of(docx_of("line_summary", make_line(), tmp_path))
    for told in ("62.100公里", "界线协议书，1998年5月6日", "61.874公里", "−0.226公里（−0.36%）"):
        assert told in text
    without = replace(RECORD, official_length_km=None)
    text = text_of(docx_of("line_summary", make_line(record=without), tmp_path))
    assert "计算长度不作依据" in text


def test_a_summary_gives_no_coordinates_and_no_sum_with_a_part_missing(tmp_path: Path) -> None:
    text = text_of(docx_of("line_summary", make_line(), tmp_path))
    assert "116°" not in text
    assert "4.268" in text
    sections = [make_section(1, MARKER, MARKER), make_section(2, MARKER, MARKER, length_km=None)]
    part = make_line(sections=sections, courses=[None, "沿河。"])
    text = text_of(docx_of("line_summary", part, tmp_path))
    assert "2.134" in text
    assert text.count("第1段（23320421—23320421）：待查") == 1


def test_an_offices_own_template_goes_before_ours(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    own = Document()
    own.add_paragraph("本局格式：{{ number }}，{{ managing }}")
    own.save(str(tmp_path / "papers" / "marker_register.docx"))
    text = text_of(docx_of("marker_register", make_card(), tmp_path))
    assert "本局格式：23320421，东平县" in text


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ("{{ markr }}", "{{ markr }}"),
        ("{{ number.secret }}", "{{ secret }}"),
        ("{% if number %}没有结尾", "{% if number %}"),
        ("{{ number | nothing_of_this_name }}", "nothing_of_this_name"),
        ("{{ ''.__class__.__mro__ }}", "__class__"),
        ("{{ number", "{{ number"),
    ],
)
def test_a_broken_template_is_refused_with_the_tag_that_is_wrong(
    words: str, tag: str, tmp_path: Path
) -> None:
    (tmp_path / "papers").mkdir()
    own = Document()
    own.add_paragraph(words)
    own.save(str(tmp_path / "papers" / "marker_register.docx"))
    with pytest.raises(PaperTemplateError) as refused:
        docx_of("marker_register", make_card(), tmp_path)
    assert tag in f"{refused.value.facts['tag']} {refused.value.facts['reason']}"


def test_a_template_that_is_no_word_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "marker_register.docx").write_bytes(b"not a document")
    with pytest.raises(PaperTemplateError):
        docx_of("marker_register", make_card(), tmp_path)


def test_papers_and_formats_that_are_not_there_are_refused() -> None:
    with pytest.raises(PaperUnknownError):
        find_paper("marker_register", "line")
    with pytest.raises(PaperUnknownError):
        find_paper("passport")
    with pytest.raises(OptionInvalidError):
        check_format(PAPERS["marker_register"], "xlsx")


@needs_office
@pytest.mark.parametrize("sides", [(OURS, THEIRS), (OURS, THEIRS, THIRD)])
def test_a_card_is_one_page_with_rare_characters_in_it(sides: Any, tmp_path: Path) -> None:
    long = "界桩为单立双面花岗岩界桩，位于两县之间的生产路北侧。" * 8
    card = make_card(
        marker=make_marker(sides=sides, note="与乡道交会"), position_text=f"A<B & C，{long}"
    )
    made = make_paper(PAPERS["marker_register"], card, "pdf", tmp_path)
    pages = pages_of(made.content, tmp_path)
    assert len(pages) == 1
    for told in ("界桩登记表", RARE, "A<B&C", "35°54′04.57″", "甲方代表（签字）", "23320421"):
        assert told in pages[0]


@needs_office
def test_a_list_over_several_pages_has_its_head_on_each(tmp_path: Path) -> None:
    made = make_paper(PAPERS["marker_results"], make_line(60), "pdf", tmp_path)
    pages = pages_of(made.content, tmp_path)
    assert len(pages) > 2
    assert all("纵坐标X(m)横坐标Y(m)" in page for page in pages[:-1])
    assert f"第1页共{len(pages)}页" in pages[0]
    assert "合计" in pages[-1]
    asked = {one.asked for one in made.stand_ins}
    assert asked <= {"仿宋_GB2312", "黑体", "方正小标宋简体", "宋体", "Times New Roman"}


@needs_office
def test_a_summary_prints(tmp_path: Path) -> None:
    made = make_paper(PAPERS["line_summary"], make_line(), "pdf", tmp_path)
    text = "".join(pages_of(made.content, tmp_path))
    assert "东平梁山线登记表" in text
    assert "沿大汶河主航道中心线向东北行进。" in text


@needs_office
def test_a_character_no_font_has_is_an_error_that_names_it(tmp_path: Path) -> None:
    card = make_card(position_text="位于\U0003f000村")
    with pytest.raises(FontMissingError, match=r"U\+3F000"):
        make_paper(PAPERS["marker_register"], card, "pdf", tmp_path)


def test_the_guide_names_every_tag_there_is_and_no_other() -> None:
    guide = (ROOT / "docs" / "papers.md").read_text(encoding="utf-8")
    parts = dict(re.findall(r"### (\w+)\n(.*?)(?=\n##)", guide, re.DOTALL))
    assert list(parts) == NAMES
    for name, part in parts.items():
        facts = PAPERS[name].fill(facts_of(name))
        named = part.strip().split("\n\n")[0]
        assert set(re.findall(r"`(\w+)`", named)) == facts.keys(), name
        for group, rows in re.findall(r"`(\w+)`: ((?:`\w\.\w+` ?)+)", part):
            assert set(re.findall(r"`\w\.(\w+)`", rows)) == facts[group][0].keys(), group
