from __future__ import annotations

import stat
import threading
import time
from pathlib import Path

import pytest
from docx import Document

from geo.errors import BusyError, OfficeMissingError, ProgramFailedError
from maps import to_pdf
from maps.to_pdf import make_pdf


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a program that stands in for LibreOffice; what it does is written into it."""
    program = tmp_path / "soffice"
    monkeypatch.setattr(to_pdf, "find_office", lambda: str(program))
    return program


def script(program: Path, body: str) -> None:
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_without_libreoffice_the_refusal_prints_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OfficeMissingError) as refused:
        make_pdf(b"", "", tmp_path)
    command = str(refused.value.facts["command"])
    assert command.startswith("apt-get install --no-install-recommends libreoffice-writer-nogui")
    assert "fonts-noto-cjk" in command


def test_an_end_without_a_file_is_a_failure_that_tells_what_was_said(
    office: Path, tmp_path: Path
) -> None:
    script(office, "echo 'source file could not be loaded'; exit 0")
    with pytest.raises(ProgramFailedError, match="could not be loaded"):
        make_pdf(b"x", "", tmp_path / "tmp")
    assert list((tmp_path / "tmp").glob("paper-*")) == []


def test_what_does_not_end_is_ended_with_all_it_started(office: Path, tmp_path: Path) -> None:
    script(office, f"sleep 60 & echo $! > {tmp_path}/child; wait")
    begun = time.monotonic()
    with pytest.raises(ProgramFailedError, match="1 秒"):
        make_pdf(b"x", "", tmp_path / "tmp", longest_s=1)
    assert time.monotonic() - begun < 20
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text():
            break
        time.sleep(0.05)
    else:
        pytest.fail("the program's child still runs")


def test_each_conversion_has_a_profile_of_its_own(office: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    script(
        office,
        f'echo "$@" "$FONTCONFIG_FILE" >> {seen}; mkdir -p out; '
        'for a; do [ "$b" = --outdir ] && d=$a; b=$a; done; mkdir -p "$d"; '
        'printf "%%PDF-1.7" > "$d/paper.pdf"',
    )
    docx = _docx(tmp_path)
    assert [make_pdf(docx, "", tmp_path / "tmp").pdf for _ in range(2)] == [b"%PDF-1.7"] * 2
    one, other = seen.read_text().splitlines()
    assert "-env:UserInstallation=file://" in one
    assert one != other


def test_only_few_run_at_once_and_the_next_waits_its_time(office: Path, tmp_path: Path) -> None:
    script(office, "sleep 3")
    failed: list[type[Exception]] = []

    def convert(longest_s: float) -> None:
        try:
            make_pdf(b"x", "", tmp_path / "tmp", longest_s=longest_s)
        except (BusyError, ProgramFailedError) as error:
            failed.append(type(error))

    threads = [threading.Thread(target=convert, args=(10,)) for _ in range(to_pdf.AT_ONCE)]
    for one in threads:
        one.start()
    time.sleep(0.8)
    convert(0.5)
    assert failed == [BusyError]
    for one in threads:
        one.join()
    assert failed == [BusyError, ProgramFailedError, ProgramFailedError]


def _docx(folder: Path) -> bytes:
    path = folder / "x.docx"
    Document().save(str(path))
    return path.read_bytes()
