from __future__ import annotations

import os
import time
from pathlib import Path

from geo.files.partial import find_partial, sweep_partials, write_at


def write(folder: Path, key: str, start: int, content: bytes) -> None:
    handle = find_partial(folder, key).open()
    write_at(handle, start, content)
    os.close(handle)


def test_pieces_are_put_together_whoever_sends_them_twice(tmp_path: Path) -> None:
    partial = find_partial(tmp_path / "uploads", "a")
    assert partial.size == 0
    write(tmp_path / "uploads", "a", 0, b"01234")
    write(tmp_path / "uploads", "a", 3, b"3456")
    assert (partial.size, partial.path.read_bytes()) == (7, b"0123456")
    partial.cut(4)
    assert partial.path.read_bytes() == b"0123"
    partial.drop()
    assert partial.size == 0


def test_what_nobody_adds_to_is_swept_after_two_weeks(tmp_path: Path) -> None:
    now_s = time.time()
    for key, days in (("old", 15), ("new", 13)):
        write(tmp_path, key, 0, b"x")
        then = now_s - days * 86_400
        os.utime(find_partial(tmp_path, key).path, (then, then))
    assert sweep_partials(tmp_path, now_s=now_s) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["new.part"]
    assert sweep_partials(tmp_path / "nowhere", now_s=now_s) == 0
