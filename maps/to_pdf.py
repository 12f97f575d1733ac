"""From .docx to PDF by headless LibreOffice Writer, a profile of its own for each conversion.

Two runs on one profile disturb each other; a run may end well without having written anything, or
never end. So each has its folder and its time, and what it wrote is looked at.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from geo.errors import BusyError, FontMissingError, OfficeMissingError, ProgramFailedError
from geo.texts import Text
from maps.fonts import (
    INSTALL,
    Standing,
    choose_fonts,
    list_fonts,
    missing_signs,
    name_sign,
    write_fontconfig,
)

PROGRAMS = ("soffice", "libreoffice")
INSTALL_OFFICE = (
    "apt-get install --no-install-recommends libreoffice-writer-nogui fonts-noto-cjk "
    "fonts-liberation"
)
LONGEST_S = 120.0
AT_ONCE = 2
"""Conversions at a time; each takes some 250 MB and a core."""
TAIL = 2000


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF, and the fonts that stood in for those the paper asks for."""

    pdf: bytes
    stand_ins: tuple[Standing, ...]


def find_office() -> str | None:
    """Return the program that makes PDFs of .docx; None where it is not installed."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def make_pdf(docx: bytes, text: str, tmp: Path, *, longest_s: float = LONGEST_S) -> Printed:
    """Make a PDF of a .docx.

    Parameters
    ----------
    text
        All that the paper says, to be tried against the fonts before anything is printed.
    tmp
        Folder for what is between, on the disk of the data.
    longest_s
        Longest one conversion may take, seconds; the wait for a free place may take as long.

    Raises
    ------
    OfficeMissingError, FontMissingError
    ProgramFailedError
        If nothing usable was written, or not in time.
    BusyError
        If the others before it do not come to an end.
    """
    program = find_office()
    if program is None:
        raise OfficeMissingError(command=INSTALL_OFFICE)
    fonts = list_fonts()
    boxes = missing_signs(fonts, text)
    if boxes:
        raise FontMissingError(signs=[name_sign(one) for one in boxes], command=INSTALL)
    tmp.mkdir(parents=True, exist_ok=True)
    with (
        _place(tmp, longest_s),
        tempfile.TemporaryDirectory(prefix="paper-", dir=tmp, ignore_cleanup_errors=True) as name,
    ):
        folder = Path(name)
        (folder / "fonts.conf").write_text(write_fontconfig(fonts, folder / "cache"), "utf-8")
        (folder / "paper.docx").write_bytes(docx)
        told = _convert(program, folder, longest_s)
        made = folder / "out" / "paper.pdf"
        pdf = made.read_bytes() if made.is_file() else b""
    if not pdf.startswith(b"%PDF-"):
        raise ProgramFailedError(program=Path(program).name, tail=told[-TAIL:])
    return Printed(pdf, _stand_ins(docx, choose_fonts(fonts)))


def _stand_ins(docx: bytes, standing: Iterable[Standing]) -> tuple[Standing, ...]:
    """Return the fonts a paper names that are not here themselves."""
    with zipfile.ZipFile(BytesIO(docx)) as pack:
        parts = [name for name in pack.namelist() if re.fullmatch(r"word/\w+\.xml", name)]
        named = "".join(pack.read(name).decode("utf-8", "replace") for name in parts)
    return tuple(one for one in standing if f'"{one.asked}"' in named and not one.is_itself)


def _convert(program: str, folder: Path, longest_s: float) -> str:
    """Run LibreOffice in a folder of its own; return what it said."""
    command = [
        program, "--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--convert-to", "pdf:writer_pdf_Export", "--outdir", str(folder / "out"),
        str(folder / "paper.docx"),
    ]  # fmt: skip
    clean = {
        key: value for key, value in os.environ.items() if key not in ("DISPLAY", "PYTHONPATH")
    }
    environment = clean | {
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "FONTCONFIG_FILE": str(folder / "fonts.conf"),
    }
    # A session of its own: the program is a script that starts others, and all must end with it.
    running = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        told, _ = running.communicate(timeout=longest_s)
    except subprocess.TimeoutExpired as error:
        late = str(Text("paper.too_slow", {"seconds": f"{longest_s:g}"}))
        raise ProgramFailedError(program=Path(program).name, tail=late) from error
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            running.communicate()
    return told.decode("utf-8", "replace")


@contextmanager
def _place(tmp: Path, longest_s: float) -> Iterator[None]:
    """Wait for one of the few places; whoever dies leaves its place to the next."""
    handles = [
        os.open(tmp / f"papers.{n}.lock", os.O_RDWR | os.O_CREAT, 0o600) for n in range(AT_ONCE)
    ]
    until = time.monotonic() + longest_s
    try:
        while not any(_take(one) for one in handles):
            if time.monotonic() > until:
                raise BusyError
            time.sleep(0.2)
        yield
    finally:
        for one in handles:
            os.close(one)


def _take(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
