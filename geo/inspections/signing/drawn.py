"""Know a drawn signature: the path of a pen (SVG), or a picture (PNG as a data address)."""

from __future__ import annotations

import base64
import binascii
import re
import struct
import zlib

from geo.errors import SignatureRefusedError
from geo.texts import Text

LONGEST = 65_536
"""Characters of a drawn signature; a pen's path has some 5,000."""
MOST_PX = 4000
PATH = re.compile(r"[Mm][MmLlHhVvCcSsQqTtAaZz0-9eE+\-.,\s]{3,}")
"""Path data of SVG 1.1, 8.3; nothing in it can run or load anything."""
PICTURE = "data:image/png;base64,"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def check_drawn(drawn: str | None) -> str | None:
    """Return a drawn signature as it is kept; None and an empty one are none.

    Raises
    ------
    SignatureRefusedError
        If it is too long, or neither path data nor a whole PNG.
    """
    said = (drawn or "").strip()
    if not said:
        return None
    if len(said) > LONGEST:
        raise _refused("drawn_too_long", limit=LONGEST)
    if not (PATH.fullmatch(said) or _is_png(said)):
        raise _refused("drawn_unknown")
    return said


def _is_png(said: str) -> bool:
    """Return whether it is a data address with a whole PNG of bearable size.

    References
    ----------
    ISO/IEC 15948, 5.3: chunks of length, type, data and CRC, from IHDR to IEND.
    """
    if not said.startswith(PICTURE):
        return False
    try:
        raw = base64.b64decode(said.removeprefix(PICTURE), validate=True)
        return raw.startswith(SIGNATURE) and _chunks_hold(raw[len(SIGNATURE) :])
    except (binascii.Error, struct.error):
        return False


def _chunks_hold(raw: bytes) -> bool:
    kinds: list[bytes] = []
    while raw:
        length, kind = struct.unpack_from(">I4s", raw)
        (stated,) = struct.unpack_from(">I", raw, 8 + length)
        if zlib.crc32(raw[4 : 8 + length]) != stated:
            return False
        if not kinds and (kind != b"IHDR" or max(struct.unpack_from(">II", raw, 8)) > MOST_PX):
            return False
        kinds.append(kind)
        raw = raw[12 + length :]
    return b"IDAT" in kinds and kinds[-1] == b"IEND"


def _refused(reason: str, **facts: object) -> SignatureRefusedError:
    return SignatureRefusedError(
        field="drawn", value=Text("reason.not_shown"), reason=Text(f"reason.{reason}", facts)
    )
