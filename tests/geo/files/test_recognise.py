from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import FileRefusedError
from geo.files import recognise as room
from geo.files.recognise import PDF, make_safe, recognise
from geo.texts import Text, text
from tests.geo.files.papers import PDF as PDF_BYTES
from tests.geo.files.papers import compound, package, picture, write

WORD = ("[Content_Types].xml", "word/document.xml")
REAL = {
    "协议书.pdf": (PDF_BYTES, "PDF"),
    "照片.jpg": (picture(), "JPEG"),
    "照片.png": (picture("PNG"), "PNG"),
    "附图.tif": (picture("TIFF"), "TIFF"),
    "纪要.docx": (package(*WORD), "DOCX"),
    "清单.xlsx": (package("[Content_Types].xml", "xl/workbook.xml"), "XLSX"),
    "公文.ofd": (package("OFD.xml"), "OFD"),
    "旧文.doc": (compound("WordDocument"), "DOC"),
    "旧文.wps": (compound("WordDocument"), "DOC"),
    "旧表.xls": (compound("Workbook"), "XLS"),
}
WRONG = {
    "空.pdf": (b"", "empty"),
    "截断.pdf": (PDF_BYTES[:30], "cut"),
    "截断.jpg": (picture()[:4000], "cut"),
    "截断.png": (picture("PNG")[:4000], "cut"),
    "截断.docx": (package(*WORD)[:-40], "cut"),
    "截断.doc": (compound("WordDocument")[:400], "cut"),
    "照片.pdf": (picture(), "lying"),
    "其实是文档.jpg": (PDF_BYTES, "lying"),
    "多个.zip": (package("a.txt"), "archive"),
    "改名.docx": (package("a.txt"), "archive"),
    "宏.docx": (package(*WORD, "word/vbaProject.bin"), "macros"),
    "网页.pdf": (b"<html><script>alert(1)</script></html>", "no_document"),
    "程序.pdf": (b"MZ\x90\x00" + bytes(200), "no_document"),
    "照片.heic": (b"\0\0\0\x18ftypheic" + bytes(64), "heic"),
    "说明.txt": ("写在记事本里".encode(), "no_document"),
    "别的.doc": (compound("SomethingElse"), "no_document"),
}


def refused(folder: Path, name: str, content: bytes, **options: bool) -> str:
    with pytest.raises(FileRefusedError) as caught:
        recognise(write(folder, "upload", content), name, **options)
    reason = caught.value.facts["reason"]
    assert isinstance(reason, Text)
    for lang in ("zh", "en"):
        assert text("error.file_refused", lang, **caught.value.facts)
    return reason.key.removeprefix("reason.")


@pytest.mark.parametrize("name", REAL)
def test_a_document_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    content, kind = REAL[name]
    assert recognise(write(tmp_path, "upload", content), name).name == kind


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_document_or_lies_is_refused_in_words(tmp_path: Path, name: str) -> None:
    content, reason = WRONG[name]
    assert refused(tmp_path, name, content) == reason


def test_one_flipped_byte_inside_a_document_is_found(tmp_path: Path) -> None:
    content = bytearray(package(*WORD, content="word " * 4000))
    content[60] ^= 0xFF
    assert refused(tmp_path, "a.docx", bytes(content)) == "cut"


def test_a_photo_must_be_one(tmp_path: Path) -> None:
    assert refused(tmp_path, "现场.pdf", PDF_BYTES, photo=True) == "other_format"


def test_a_receipt_may_be_plain_text_but_never_a_web_page(tmp_path: Path) -> None:
    for encoding in ("utf-8", "gb18030"):
        path = write(tmp_path, "upload", "编号,结果\n1,通过\n".encode(encoding))
        assert recognise(path, "回执.csv", text=True).name == "TXT"
    page = b"\xef\xbb\xbf  <!DOCTYPE html>"
    assert refused(tmp_path, "回执.txt", page, text=True) == "no_document"


def test_a_document_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_ENTRIES", 1)
    assert refused(tmp_path, "a.docx", package(*WORD)) == "zip_entries"


def test_a_large_document_is_refused_with_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_DOCUMENT_BYTES", 10)
    assert refused(tmp_path, "a.pdf", PDF_BYTES) == "too_large"


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/协议书.pdf", "协议书.pdf"),
        ("C:\\用户\\协议.PDF", "协议.pdf"),
        ("a\u202efdp.exe", "afdp.exe.pdf"),
        ("协议书", "协议书.pdf"),
        ("协议 v1.2", "协议 v1.2.pdf"),
        ('a"b\r\nc.pdf', "a_bc.pdf"),
        ("...", "file.pdf"),
        ("字" * 300 + ".pdf", "字" * 100 + ".pdf"),
    ],
)
def test_names_are_made_safe(given_name: str, kept: str) -> None:
    assert make_safe(given_name, PDF) == kept


@given(st.text(max_size=300))
def test_no_name_leaves_its_folder_or_breaks_a_header(name: str) -> None:
    kept = make_safe(name, PDF)
    assert kept.endswith(".pdf")
    assert len(kept) <= 104
    assert not set(kept) & set('/\\:*?"<>|\r\n\0')
    assert not kept.startswith(".")
    assert kept.isprintable() or " " in kept
