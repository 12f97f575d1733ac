from __future__ import annotations

import base64
from io import BytesIO

import pytest
from PIL import Image

from geo.errors import SignatureRefusedError
from geo.inspections.signing.drawn import PICTURE, check_drawn


def picture(width: int = 300, height: int = 90, kind: str = "PNG") -> bytes:
    made = BytesIO()
    Image.new("RGBA", (width, height), (0, 0, 0, 0)).save(made, kind)
    return made.getvalue()


def address(content: bytes) -> str:
    return PICTURE + base64.b64encode(content).decode()


@pytest.mark.parametrize("drawn", ["M 1 2 L 3.5,4 l-1-1 C1 2 3 4 5 6z", address(picture())])
def test_a_pens_path_or_a_picture_is_taken(drawn: str) -> None:
    assert check_drawn(f" {drawn}\n") == drawn


@pytest.mark.parametrize("drawn", [None, "", "  "])
def test_nothing_drawn_is_nothing(drawn: str | None) -> None:
    assert check_drawn(drawn) is None


@pytest.mark.parametrize(
    "drawn",
    [
        "<svg onload=alert(1)>",
        "M 1 2 url(http://example.invalid)",
        "javascript:alert(1)",
        "L 1 2",
        address(picture()[:-20]),
        address(picture()[:60] + b"x" + picture()[61:]),
        address(picture(5000, 1)),
        address(b"\x89PNG\r\n\x1a\n"),
        address(b"GIF89a"),
        PICTURE + "not base64!",
        "data:image/svg+xml;base64,PHN2Zz4=",
        "M 1 2 " * 20_000,
    ],
)
def test_anything_else_is_refused(drawn: str) -> None:
    with pytest.raises(SignatureRefusedError):
        check_drawn(drawn)
