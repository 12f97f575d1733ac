from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from PIL import Image
from sqlalchemy import Connection, func, select

from geo.access.jurisdiction import system_viewer
from geo.db.metadata import metadata
from geo.errors import FileRefusedError, FileUnknownError, OptionInvalidError
from geo.files import above
from geo.files.attach import (
    Attachment,
    attach_file,
    find_content,
    list_attachments,
    read_attachment,
    withdraw_attachment,
)
from geo.files.photos import shrink_photo
from geo.files.tables import attachment, file
from tests.geo.files.papers import PDF, picture, write

VIEWER = system_viewer("test")


def give(
    conn: Connection, folder: Path, line: UUID, content: bytes = PDF, kind: str = "agreement"
) -> Attachment:
    return attach_file(
        conn,
        VIEWER,
        write(folder, "upload", content),
        files=folder / "files",
        object_kind="line",
        object_id=line,
        kind=kind,
        name="../联检协议书.pdf" if kind == "agreement" else "照片.jpg",
        title="联检协议书",
        number="鲁民〔2024〕3号",
        dated=date(2024, 3, 1),
        issuer="山东省人民政府",
    )


def test_a_file_is_kept_with_its_hash_and_the_facts_of_the_paper(
    conn: Connection, tmp_path: Path
) -> None:
    line = uuid4()
    given = give(conn, tmp_path, line)
    assert (given.name, given.media_type) == ("联检协议书.pdf", "application/pdf")
    assert (given.number, given.dated) == ("鲁民〔2024〕3号", date(2024, 3, 1))
    assert given.actor_name == "system:test"
    kept = find_content(conn, given, tmp_path / "files")
    assert kept.path.read_bytes() == PDF
    assert kept.sha256 == given.sha256
    assert list_attachments(conn, [line, other := uuid4()]) == {line: [given], other: []}


def test_the_same_file_given_twice_stands_once(conn: Connection, tmp_path: Path) -> None:
    line = uuid4()
    assert give(conn, tmp_path, line) == give(conn, tmp_path, line)
    assert give(conn, tmp_path, uuid4()).id not in {
        one.id for one in list_attachments(conn, [line])[line]
    }


def test_a_refused_file_leaves_nothing_behind(conn: Connection, tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError):
        give(conn, tmp_path, uuid4(), b"<html>")
    for table in (attachment, file):
        assert conn.execute(select(func.count()).select_from(table)).scalar() == 0
    assert not (tmp_path / "files").exists()


def test_an_unknown_kind_of_paper_is_refused(conn: Connection, tmp_path: Path) -> None:
    with pytest.raises(OptionInvalidError):
        give(conn, tmp_path, uuid4(), kind="poem")


def test_a_withdrawn_file_stays_and_is_listed_only_when_asked(
    conn: Connection, tmp_path: Path
) -> None:
    line = uuid4()
    given = give(conn, tmp_path, line)
    gone = withdraw_attachment(conn, VIEWER, given.id, "扫错了")
    assert gone.withdrawn_at is not None
    assert list_attachments(conn, [line]) == {line: []}
    assert list_attachments(conn, [line], withdrawn=True) == {line: [gone]}
    assert read_attachment(conn, given.id) == gone
    with pytest.raises(FileUnknownError):
        withdraw_attachment(conn, VIEWER, given.id, "again")
    assert give(conn, tmp_path, line).id != given.id


def test_a_photo_is_shown_upright_small_and_without_where_it_was_taken(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jpg", original := picture(size=(2400, 1200)))
    shown = shrink_photo(path, longest_px=600)
    assert path.read_bytes() == original
    with Image.open(path) as before, Image.open(BytesIO(shown)) as after:
        assert before.getexif().get_ifd(0x8825)
        assert dict(after.getexif()) == {}
        assert after.size == (300, 600)
    assert b"PhoneMaker" not in shown


def test_the_columns_named_lightly_are_those_of_the_real_table() -> None:
    real = metadata.tables[above.app_user.name]
    assert {column.name for column in above.app_user.columns} <= {c.name for c in real.columns}
