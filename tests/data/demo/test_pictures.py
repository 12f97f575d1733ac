"""The demo's photos and sealed pages are drawn, the same every time, and small."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from data.demo.pictures import PAGE, SIZE, STONE_HEIGHT, draw_marker, draw_page


@pytest.mark.parametrize("shows", STONE_HEIGHT)
def test_a_marker_is_drawn_the_same_from_the_same_seed(shows: str) -> None:
    first, again, other = (
        draw_marker(np.random.default_rng(seed), "9254003Q", shows) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
    picture = Image.open(BytesIO(first))
    assert (picture.format, picture.size) == ("JPEG", SIZE)
    assert len(first) < 40_000


def test_a_sealed_page_has_something_red_on_it() -> None:
    def count_red(content: bytes) -> int:
        seen = np.asarray(Image.open(BytesIO(content)).convert("RGB")).astype(int)
        assert seen.shape[:2] == PAGE[::-1]
        red, green, blue = np.moveaxis(seen, -1, 0)
        return int(((red > 150) & (green < 100) & (blue < 100)).sum())

    sealed = count_red(draw_page("0123abcd", "SEALED"))
    assert sealed > 2 * count_red(draw_page("0123abcd", "SEALED", sealed=False))
