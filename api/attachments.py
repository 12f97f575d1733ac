"""Files of objects on their way out: sent as what they are, never run by a browser."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi.responses import FileResponse, Response

from geo.files.attach import Attachment
from geo.files.photos import shrink_photo
from geo.files.store import KeptFile
from geo.texts import Lang, text

SHOWN_INLINE = frozenset({"application/pdf", "image/jpeg", "image/png"})
"""What a browser shows in itself; all else is saved."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    # Of one account; a shared proxy keeps nothing of it.
    "Cache-Control": "private, no-cache",
}


def show_attachment(given: Attachment, lang: Lang) -> dict[str, Any]:
    """Return an attachment for JSON, with what kind of paper it is in words."""
    return asdict(given) | {"kind_name": text(f"paper_kind.{given.kind}", lang)}


def send_attachment(given: Attachment, kept: KeptFile) -> Response:
    """Answer with the content as it came; its name is the safe one, its type what it was found as.

    The ETag is the SHA-256.
    """
    inline = given.media_type in SHOWN_INLINE
    return FileResponse(
        kept.path,
        media_type=given.media_type,
        filename=given.name,
        content_disposition_type="inline" if inline else "attachment",
        headers={**HEADERS, "ETag": f'"{given.sha256}"'},
    )


def send_photo(given: Attachment, kept: KeptFile) -> Response:
    """Answer with a photo for a screen: smaller, upright, without EXIF; all else as it came."""
    if not given.media_type.startswith("image/"):
        return send_attachment(given, kept)
    return Response(shrink_photo(kept.path), media_type="image/jpeg", headers=HEADERS)
