"""Archives: unpacked by ourselves, to names we choose, within limits; never by GDAL.

GDAL lists names with ``..`` as they stand, shows GBK names as box drawing, and finds no Shapefile
in a sub-folder; and a forged size or a ratio of 1000 to 1 would fill the disk.
"""

from __future__ import annotations

import errno
import shutil
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from geo.errors import DiskFullError, FileRefusedError
from geo.exchange.raw import Source, unreadable
from geo.progress import report
from geo.texts import Text

MAX_ENTRIES = 1000
CHUNK = 1024 * 1024
ARCHIVES = frozenset({".zip", ".rar", ".7z", ".gz", ".bz2", ".xz", ".tar", ".tgz", ".kmz", ".jar"})
UTF8_FLAG = 0x800
ENCRYPTED_FLAG = 0x1
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    UnicodeDecodeError,
    OSError,
    ValueError,
    RuntimeError,
)


@dataclass(frozen=True)
class Member:
    """One unpacked file: its own name in the archive, and where it lies now."""

    folder: str
    stem: str
    suffix: str
    path: Path


def check_zip(source: Source, kind: str) -> list[zipfile.ZipInfo]:
    """Return the entries of a zip (a workbook is one too) if their number and sizes are bearable.

    Python's reader never gives more bytes than the size an entry claims, so the claimed sum bounds
    what will really come.

    Raises
    ------
    FileUnreadableError
        If it is no zip, or cut.
    FileRefusedError
        If it is too large, has too many entries or is encrypted.
    """
    try:
        with zipfile.ZipFile(source.path) as archive:
            entries = archive.infolist()
    except BROKEN:
        raise unreadable(source, kind, "zip_broken") from None
    limit = source.options.max_unpacked_bytes
    if len(entries) > MAX_ENTRIES:
        raise _refused(source, "zip_entries", found=len(entries), limit=MAX_ENTRIES)
    if sum(entry.file_size for entry in entries) > limit:
        raise _refused(source, "zip_bomb", limit_mb=limit // 2**20)
    if any(entry.flag_bits & ENCRYPTED_FLAG for entry in entries):
        raise _refused(source, "zip_encrypted")
    return entries


def unpack(source: Source, suffixes: Collection[str]) -> list[Member]:
    """Unpack the members with one of these suffixes, flat, under names of our own.

    Raises
    ------
    FileUnreadableError
        If the archive is cut or damaged.
    FileRefusedError
        If it is too large, encrypted, or holds another archive.
    DiskFullError
        If the disk is full.
    """
    check_zip(source, "zip")
    members: list[Member] = []
    left = source.options.max_unpacked_bytes
    try:
        with _open(source.path) as archive:
            for number, entry in enumerate(archive.infolist()):
                report(source.progress, 0.1, "job.unpacking")
                inside = PurePosixPath(entry.filename.replace("\\", "/"))
                suffix = inside.suffix.casefold()
                if entry.is_dir() or _is_junk(inside):
                    continue
                if suffix in ARCHIVES:
                    raise _refused(source, "zip_nested", member=inside.name)
                if suffix not in suffixes:
                    continue
                path = source.folder / f"{number}{suffix}"
                left -= _write(archive, entry, path, left, source)
                members.append(Member(str(inside.parent), inside.stem, suffix, path))
    except BROKEN as exc:
        if isinstance(exc, OSError) and exc.errno == errno.ENOSPC:
            raise disk_full(source.folder, source.options.max_unpacked_bytes) from None
        raise unreadable(source, "zip", "zip_broken") from None
    return members


def disk_full(folder: Path, needed: int) -> DiskFullError:
    """Return the error of a full disk, with what is left of it."""
    free = shutil.disk_usage(folder).free
    return DiskFullError(
        folder=str(folder), free_mb=free // 2**20, needed_mb=max(needed // 2**20, 1)
    )


def _open(path: Path) -> zipfile.ZipFile:
    """Open with names in GBK, as Chinese Windows writes them; UTF-8 names carry their own flag."""
    try:
        return zipfile.ZipFile(path, metadata_encoding="gb18030")
    except UnicodeDecodeError:
        return zipfile.ZipFile(path)


def _is_junk(inside: PurePosixPath) -> bool:
    return "__MACOSX" in inside.parts or inside.name.startswith((".", "~$"))


def _write(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, left: int, source: Source
) -> int:
    written = 0
    with archive.open(entry) as packed, path.open("wb") as target:
        while chunk := packed.read(CHUNK):
            written += len(chunk)
            if written > left:
                raise _refused(
                    source, "zip_bomb", limit_mb=source.options.max_unpacked_bytes // 2**20
                )
            target.write(chunk)
    return written


def _refused(source: Source, reason: str, **facts: object) -> FileRefusedError:
    return FileRefusedError(file=source.name, reason=Text(f"reason.{reason}", facts))
