"""Know documents and photos by their content: what a file says of itself is not believed."""

from __future__ import annotations

import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from geo.errors import FileRefusedError
from geo.files.photos import check_photo
from geo.settings import MIB, settings
from geo.texts import Text

MOST_DOCUMENT_BYTES = 200 * MIB
"""A scanned agreement with its maps has some 100 MB."""
MOST_PHOTO_BYTES = 50 * MIB
MOST_TEXT_BYTES = 20 * MIB
MOST_ENTRIES = 10_000
LONGEST_NAME = 100
HEAD_BYTES = 1024
"""A PDF may begin anywhere in its first 1,024 bytes (ISO 32000-1, annex H.3)."""
TAIL_BYTES = 4096
CHUNK = 1 << 20
FORBIDDEN = re.compile(r'[\\/:*?"<>|]')
MACROS = re.compile(r"(^|/)(vbaproject\.bin|basic/)", re.IGNORECASE)
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Format:
    """A format of documents: how people call it, its media type, the suffixes it may have."""

    name: str
    media_type: str
    suffixes: tuple[str, ...]


OFFICE = "application/vnd.openxmlformats-officedocument"
PDF = Format("PDF", "application/pdf", (".pdf",))
JPEG = Format("JPEG", "image/jpeg", (".jpg", ".jpeg"))
PNG = Format("PNG", "image/png", (".png",))
TIFF = Format("TIFF", "image/tiff", (".tif", ".tiff"))
DOCX = Format("DOCX", f"{OFFICE}.wordprocessingml.document", (".docx",))
XLSX = Format("XLSX", f"{OFFICE}.spreadsheetml.sheet", (".xlsx",))
OFD = Format("OFD", "application/ofd", (".ofd",))
DOC = Format("DOC", "application/msword", (".doc", ".wps"))
XLS = Format("XLS", "application/vnd.ms-excel", (".xls", ".et"))
TXT = Format("TXT", "text/plain", (".txt", ".csv"))
PHOTOS = (JPEG, PNG, TIFF)
DOCUMENTS = (PDF, DOCX, XLSX, OFD, DOC, XLS, *PHOTOS)
"""What may be attached: documents as offices write them, scans and photos."""

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "OFD.xml": OFD}
"""The part that makes a zip a document, ISO/IEC 29500 and GB/T 33190-2016."""
STREAMS = (("WordDocument", DOC), ("Workbook", XLS), ("Book", XLS), ("WpsDocument", DOC))
"""The stream that makes a compound file a document, [MS-CFB] with [MS-DOC], [MS-XLS]."""


def recognise(path: Path, name: str, *, photo: bool = False, text: bool = False) -> Format:
    """Return what a file is; refuse one that is empty, cut, too large, or not what it says.

    Parameters
    ----------
    name
        Name of the file as its sender has it; its suffix must be one of what the content is.
    photo
        Take photos only; they are decoded to the last line.
    text
        Take plain text (UTF-8 or GB18030) too, such as the receipt of another system.

    Raises
    ------
    FileRefusedError
    """
    size = path.stat().st_size
    if size == 0:
        raise _refused(name, "empty")
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    found = _by_signature(path, name, head)
    if found is None and text:
        found = _text(path)
    allowed = PHOTOS if photo else (*DOCUMENTS, TXT) if text else DOCUMENTS
    if found is None or found not in allowed:
        raise _no_document(name, head, found, allowed)
    limit = MOST_PHOTO_BYTES if photo else MOST_DOCUMENT_BYTES
    if size > limit:
        raise _refused(name, "too_large", limit_mb=limit // MIB)
    suffix = PurePosixPath(name).suffix.casefold()
    if suffix and suffix not in found.suffixes and suffix in _known_suffixes():
        raise _refused(name, "lying", found=found.name, suffix=suffix)
    return found


def make_safe(name: str, found: Format) -> str:
    """Return a name that is safe in folders and headers, with a suffix of its format.

    Folders, control characters and marks of writing direction are left out, and what Windows does
    not take in a name stands as ``_``.
    """
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    shown = "".join(char for char in plain if char.isprintable() or char == " ")
    # Format characters (Cf) are not printable for Python: bidirectional marks are gone with them.
    clean = " ".join(FORBIDDEN.sub("_", shown).split()).strip(". ")
    stem, suffix = PurePosixPath(clean).stem, PurePosixPath(clean).suffix.casefold()
    if suffix not in found.suffixes:
        stem, suffix = clean, found.suffixes[0]
    return f"{stem[:LONGEST_NAME].strip('. ') or 'file'}{suffix}"


def _known_suffixes() -> set[str]:
    """Return the suffixes that claim a content; ``.v2`` in a name claims nothing."""
    claims = {suffix for one in (*DOCUMENTS, TXT) for suffix in one.suffixes}
    return claims | {".zip", ".exe", ".html", ".htm", ".svg", ".heic", ".webp", ".gif", ".docm"}


def _by_signature(path: Path, name: str, head: bytes) -> Format | None:
    readers: tuple[tuple[bytes, Callable[[Path, str], Format | None]], ...] = (
        (b"\xff\xd8\xff", lambda path, name: _photo(path, name, JPEG)),
        (b"\x89PNG\r\n\x1a\n", lambda path, name: _photo(path, name, PNG)),
        (b"II*\x00", lambda path, name: _photo(path, name, TIFF)),
        (b"MM\x00*", lambda path, name: _photo(path, name, TIFF)),
        (b"PK", _zip),
        (OLE, _ole),
    )
    for signature, reader in readers:
        if head.startswith(signature):
            return reader(path, name)
    return _pdf(path, name) if b"%PDF-" in head else None


def _pdf(path: Path, name: str) -> Format:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL_BYTES))
        tail = file.read()
    if b"%%EOF" not in tail or b"startxref" not in tail:
        raise _refused(name, "cut", found=PDF.name)
    return PDF


def _photo(path: Path, name: str, kind: Format) -> Format:
    check_photo(path, name, kind.name)
    return kind


def _zip(path: Path, name: str) -> Format | None:
    """Return which document a zip is, None for any other archive; every part is read and checked.

    Python's reader never gives more bytes than an entry claims, so the claimed sum bounds the work.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            found = next((kind for part, kind in PARTS.items() if part in names), None)
            if found is None:
                return None
            _check_parts(entries, name)
            if archive.testzip() is not None:
                raise _refused(name, "cut", found=found.name)
    except BROKEN:
        raise _refused(name, "cut", found="ZIP/DOCX/XLSX/OFD") from None
    except RuntimeError:
        raise _refused(name, "zip_encrypted") from None
    return found


def _check_parts(entries: list[zipfile.ZipInfo], name: str) -> None:
    limit = settings().max_unpacked_bytes
    if len(entries) > MOST_ENTRIES:
        raise _refused(name, "zip_entries", found=len(entries), limit=MOST_ENTRIES)
    if sum(entry.file_size for entry in entries) > limit:
        raise _refused(name, "zip_bomb", limit_mb=limit // MIB)
    if any(MACROS.search(entry.filename) for entry in entries):
        raise _refused(name, "macros")


def _ole(path: Path, name: str) -> Format | None:
    """Return which document a compound file is; its directory must lie inside the file.

    References
    ----------
    [MS-CFB] 2.2 (header), 2.6 (directory entries of 128 bytes, names in UTF-16).
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(512)
        if len(header) < 512:  # noqa: PLR2004 - the header of a compound file
            raise _refused(name, "cut", found="DOC/XLS")
        (shift,) = struct.unpack_from("<H", header, 30)
        (directory,) = struct.unpack_from("<I", header, 48)
        sector = 1 << min(shift, 12)
        start = (directory + 1) * sector
        if start + sector > size:
            raise _refused(name, "cut", found="DOC/XLS")
        content = file.read(MOST_DOCUMENT_BYTES)
    for stream, kind in STREAMS:
        if f"{stream}\0".encode("utf-16-le") in content:
            return kind
    return None


def _text(path: Path) -> Format | None:
    if path.stat().st_size > MOST_TEXT_BYTES:
        return None
    content = path.read_bytes()
    if b"\0" in content:
        return None
    for encoding in ("utf-8", "gb18030"):
        try:
            said = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        # A page of the web is none, whatever its name: browsers guess.
        return None if said.lstrip("\ufeff \r\n\t").startswith("<") else TXT
    return None


def _no_document(
    name: str, head: bytes, found: Format | None, allowed: tuple[Format, ...]
) -> FileRefusedError:
    names = [one.name for one in allowed]
    if found is not None:
        return _refused(name, "other_format", found=found.name, allowed=names)
    if head.startswith(b"PK"):
        return _refused(name, "archive", allowed=names)
    if head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"):
        return _refused(name, "heic")
    return _refused(name, "no_document", allowed=names)


def _refused(name: str, reason: str, **facts: object) -> FileRefusedError:
    return FileRefusedError(file=name, reason=Text(f"reason.{reason}", facts))
