"""Files of all kinds as offices have them, and files that only say so, made by the libraries."""

from __future__ import annotations

import struct
import zipfile
from io import BytesIO
from pathlib import Path

from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\nxref\n0 1\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def picture(kind: str = "JPEG", *, size: tuple[int, int] = (320, 200)) -> bytes:
    """Return a photo with a position in its EXIF, taken with the phone upright."""
    made = Image.effect_noise(size, 64).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (36.0, 11.0, 30.0)
    out = BytesIO()
    made.save(out, kind, exif=exif)
    return out.getvalue()


def package(*parts: str, content: str = "<x/>") -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.writestr(part, content)
    return out.getvalue()


def compound(stream: str) -> bytes:
    """Return a compound file as Word before 2007 wrote it: a header and a directory."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<H", header, 30, 9)
    struct.pack_into("<I", header, 48, 0)
    directory = "".join(f"{name:\0<64}" for name in ("Root Entry", stream)).encode("utf-16-le")
    return bytes(header) + directory.ljust(1024, b"\0")
