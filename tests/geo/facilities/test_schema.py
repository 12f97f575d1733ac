from __future__ import annotations

import pytest

from geo.exchange.schema import CellError
from geo.facilities.schema import parse_quality, parse_size, parse_some_code, parse_word


@pytest.mark.parametrize(
    ("cell", "size"),
    [(120, 120), ("１２０", 120), ("120张", 120), (" 1,200 个 ", 1200), (0, 0), (80.0, 80)],
)
def test_a_size_is_read_as_offices_write_it(cell: object, size: int) -> None:
    assert parse_size(20_000)(cell) == size


@pytest.mark.parametrize("cell", ["-", "—", "/", "无", "暂无", "不详"])
def test_what_lists_write_for_nothing_is_nothing(cell: str) -> None:
    assert parse_size(100)(cell) is None
    assert parse_word(cell) is None
    assert parse_some_code(cell) is None


@pytest.mark.parametrize("cell", [-1, "-5", 20_001, "1e9"])
def test_negative_and_absurd_sizes_are_refused_with_what_is_allowed(cell: object) -> None:
    with pytest.raises(CellError) as caught:
        parse_size(20_000)(cell)
    assert caught.value.rule == "number_out_of_range"
    assert caught.value.allowed == "0–20000"


@pytest.mark.parametrize("cell", ["十张", "12.5", "约100"])
def test_what_is_no_number_is_refused(cell: str) -> None:
    with pytest.raises(CellError):
        parse_size(20_000)(cell)


@pytest.mark.parametrize(
    ("cell", "quality"),
    [
        ("mapped", "mapped"),
        ("图上标注", "mapped"),
        ("实测", "measured"),
        ("GPS", "measured"),
        ("乡镇级", "township"),
        ("村", "village"),
        ("没有坐标", "none"),
    ],
)
def test_a_quality_of_position_is_read_by_key_or_name(cell: str, quality: str) -> None:
    assert parse_quality(cell) == quality


def test_another_quality_is_refused() -> None:
    with pytest.raises(CellError):
        parse_quality("大概")
