from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from geo.errors import NotFoundError
from geo.files.store import find_file, keep_file
from geo.files.tables import file


def test_a_file_is_kept_under_the_hash_of_its_content(conn: Connection, tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_text("界桩")
    kept = keep_file(conn, source, tmp_path / "files")
    assert kept.sha256 == hashlib.sha256("界桩".encode()).hexdigest()
    assert find_file(conn, kept.sha256, tmp_path / "files").path.read_text() == "界桩"


def test_the_same_content_is_kept_once(conn: Connection, tmp_path: Path) -> None:
    one, other = tmp_path / "a", tmp_path / "b"
    one.write_text("x")
    other.write_text("x")
    first = keep_file(conn, one, tmp_path / "files")
    second = keep_file(conn, other, tmp_path / "files")
    assert first == second
    assert conn.execute(select(func.count()).select_from(file)).scalar() == 1


def test_a_half_written_file_is_written_again(conn: Connection, tmp_path: Path) -> None:
    source = tmp_path / "a"
    source.write_text("whole")
    kept = keep_file(conn, source, tmp_path / "files")
    kept.path.write_text("wh")
    keep_file(conn, source, tmp_path / "files")
    assert kept.path.read_text() == "whole"


def test_a_file_that_is_not_kept_is_not_found(conn: Connection, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        find_file(conn, "0" * 64, tmp_path / "files")
