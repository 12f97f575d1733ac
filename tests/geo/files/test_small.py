from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from geo.files import small
from geo.files.small import shrink_photos


def photos_in(folder: Path, count: int = 3) -> dict[str, Path]:
    made = {}
    for number in range(count):
        path = folder / f"{number}.jpg"
        Image.new("RGB", (1200, 900), (number * 40, 80, 80)).save(path, "JPEG")
        made[f"{number:064x}"] = path
    return made


def test_photos_are_made_small_each_under_its_hash(tmp_path: Path) -> None:
    found = shrink_photos(photos_in(tmp_path), 300, tmp_path / "small")
    assert list(found) == [f"{number:064x}" for number in range(3)]
    assert {Image.open(BytesIO(one)).size for one in found.values()} == {(300, 225)}
    assert len(set(found.values())) == 3


def test_a_small_form_is_made_once_and_again_where_somebody_emptied_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = photos_in(tmp_path, 1)
    first = shrink_photos(given, 300, tmp_path / "small")
    made: list[Path] = []
    shrink = small.shrink_photo

    def count(path: Path, *, longest_px: int) -> bytes:
        made.append(path)
        return shrink(path, longest_px=longest_px)

    monkeypatch.setattr(small, "shrink_photo", count)
    assert shrink_photos(given, 300, tmp_path / "small") == first
    assert not made
    for one in (tmp_path / "small").iterdir():
        one.unlink()
    assert shrink_photos(given, 300, tmp_path / "small") == first
    assert len(made) == 1


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    shrink_photos(photos_in(tmp_path), 300, tmp_path / "small")
    assert sorted(one.suffix for one in (tmp_path / "small").iterdir()) == [".jpg"] * 3
