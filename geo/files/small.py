"""Small forms of many photos for print, made side by side and kept: the same ones come again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from geo.files.photos import shrink_photo

AT_ONCE = 4
"""What decodes lets others run meanwhile; each takes some tens of megabytes."""


def shrink_photos(photos: Mapping[str, Path], longest_px: int, kept: Path) -> dict[str, bytes]:
    """Return photos as small JPEG (:func:`geo.files.photos.shrink_photo`), by their hash.

    Parameters
    ----------
    photos
        Where each lies, by its SHA-256.
    kept
        Folder of small forms; whoever empties it loses time only.
    """
    kept.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = pool.map(partial(_shrink, longest_px=longest_px, kept=kept), photos.items())
        return dict(zip(photos, made, strict=True))


def _shrink(photo: tuple[str, Path], *, longest_px: int, kept: Path) -> bytes:
    sha256, path = photo
    known = kept / f"{sha256}-{longest_px}.jpg"
    if known.is_file():
        return known.read_bytes()
    small = shrink_photo(path, longest_px=longest_px)
    with tempfile.NamedTemporaryFile(dir=kept, delete=False) as file:
        file.write(small)
    # At once and whole: another may make the same one meanwhile.
    os.replace(file.name, known)  # noqa: PTH105 - file.name is a text
    return small
