"""Photos and scans: decoded to the last line before they are taken, and made small for a page."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path

from geo.errors import FileRefusedError
from geo.texts import Text

MOST_PIXELS = 150_000_000
"""Decoded it takes three bytes each; a scanned map of A0 at 300 dpi has 139 million."""
LONGEST_SHOWN_PX = 1600
PRINTED_PX = 560
"""Longest side of a photo in a report: 72 mm at 200 dots an inch."""
QUALITY = 82


def check_photo(path: Path, name: str, kind: str) -> None:
    """Decode a photo to the last line.

    Parameters
    ----------
    kind
        ``JPEG``, ``PNG`` or ``TIFF``.

    Raises
    ------
    FileRefusedError
        If it is cut or damaged, of another format inside, or has too many pixels.
    """
    # Here and not above: the web process starts without it.
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

    broken = (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, KeyError)
    try:
        with warnings.catch_warnings():
            # Our own limit stands below; the library warns of less and only sometimes refuses.
            warnings.simplefilter("ignore")
            with Image.open(path, formats=[kind]) as photo:
                if photo.width * photo.height > MOST_PIXELS:
                    facts = {"limit": MOST_PIXELS // 1_000_000}
                    raise FileRefusedError(file=name, reason=Text("reason.pixels", facts))
                photo.load()
    except (*broken, Image.DecompressionBombError):
        reason = Text("reason.cut", {"found": kind})
        raise FileRefusedError(file=name, reason=reason) from None


def shrink_photo(path: Path, *, longest_px: int = LONGEST_SHOWN_PX) -> bytes:
    """Return a photo for a screen as JPEG: turned upright, smaller, without EXIF and position.

    The original is left as it is; what it was taken with and where goes to nobody by this way.

    Parameters
    ----------
    longest_px
        Longest side of the answer; a smaller photo keeps its size.
    """
    # Here and not above: the web process starts without it.
    from PIL import Image, ImageOps  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(path, formats=["JPEG", "PNG", "TIFF"]) as photo:
            photo.draft("RGB", (longest_px, longest_px))
            upright = ImageOps.exif_transpose(photo)
            upright.thumbnail((longest_px, longest_px))
            shown = Image.new("RGB", upright.size, "white")
            # Onto white, for JPEG knows no transparency; the copy carries none of the metadata.
            filled = upright.convert("RGBA")
            shown.paste(filled, mask=filled)
    out = BytesIO()
    shown.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
