from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from geo.access.jurisdiction import system_viewer
from geo.db.engine import transaction
from geo.errors import (
    ArchiveInvalidError,
    ArchiveUnknownError,
    FileUnknownError,
    OutsideJurisdictionError,
)
from geo.inspections.archive.kept import (
    find_archive_file,
    list_archives,
    read_archive,
    read_archived_photo,
    read_contents,
)
from geo.inspections.archive.make import Made
from geo.inspections.archive.restore import Restored, restore_archive
from geo.inspections.planning.past import list_past_rounds
from tests.border import Border, draw_border
from tests.conftest import Database
from tests.geo.inspections.packed import accept, change_record, pack, recompute, repack, unpack
from tests.geo.inspections.walked import TODAY, Walk, open_walk, walk_all

SYSTEM = system_viewer("test")
LATER = TODAY.replace(month=12)


@pytest.fixture
def walk(conn: Connection, tmp_path: Path) -> Walk:
    walk = walk_all(conn, tmp_path / "files")
    accept(walk)
    return walk


@pytest.fixture
def made(walk: Walk) -> Made:
    return pack(walk)


@pytest.fixture
def elsewhere(database: Database) -> Iterator[Connection]:
    """Give a connection to another, empty instance."""
    with transaction(database.engine, "system:test") as other:
        yield other
        other.rollback()


def take_in(conn: Connection, made: Made, folder: Path) -> Restored:
    folder.mkdir(exist_ok=True)
    return restore_archive(conn, SYSTEM, made.path, files=folder, today=LATER)


def test_an_archive_goes_into_an_empty_instance_and_is_read_there(
    made: Made, elsewhere: Connection, tmp_path: Path
) -> None:
    files = tmp_path / "elsewhere"
    done = take_in(elsewhere, made, files)
    assert (done.was_there, done.sides, done.past_round_id) == (False, (), None)
    assert [one.key for one in done.notes] == [
        "restore.side_unknown",
        "restore.side_unknown",
        "restore.line_unknown",
    ]
    (listed,) = list_archives(elsewhere, SYSTEM)
    assert (listed.id, listed.imported, listed.final) == (done.id, True, True)
    assert (listed.title, listed.fingerprint) == (made.title, made.fingerprint)
    found = read_archive(elsewhere, SYSTEM, done.id)
    assert find_archive_file(elsewhere, found, files).sha256 == made.sha256
    inside = read_contents(elsewhere, found, files)
    assert [one["code"] for one in inside["content"]["parties"]] == ["370921", "370923"]
    assert len(inside["signatures"]) == 2
    content, kind = read_archived_photo(elsewhere, found, inside["photos"][0], files)
    assert (content[:2], kind) == (b"\xff\xd8", "image/jpeg")
    with pytest.raises(FileUnknownError):
        read_archived_photo(elsewhere, found, "0" * 64, files)
    with pytest.raises(ArchiveUnknownError):
        read_archive(elsewhere, SYSTEM, found.inspection_id)


def test_the_same_archive_again_is_the_one_that_is_there(
    made: Made, elsewhere: Connection, tmp_path: Path
) -> None:
    first = take_in(elsewhere, made, tmp_path / "elsewhere")
    again = take_in(elsewhere, made, tmp_path / "elsewhere")
    assert (again.id, again.was_there) == (first.id, True)


@pytest.fixture
def border(elsewhere: Connection) -> Border:
    return draw_border(elsewhere)


def test_its_round_becomes_a_completed_one_where_the_line_is_known(
    made: Made, elsewhere: Connection, border: Border, tmp_path: Path
) -> None:
    done = take_in(elsewhere, made, tmp_path / "elsewhere")
    assert done.notes == []
    assert set(done.sides) == {border.sides["A"], border.sides["B"]}
    (past,) = list_past_rounds(elsewhere, SYSTEM, LATER)
    assert past.id == done.past_round_id
    assert (past.line.id, past.round) == (border.lines["AB"], 5)
    assert past.finished_on.isoformat() == "2026-07-01"
    assert past.states == {"in_place": 1}
    assert past.lead is not None
    assert past.lead.id == border.sides["A"]
    assert past.source == made.title


def test_only_its_sides_and_those_above_see_it(
    made: Made, elsewhere: Connection, border: Border, tmp_path: Path
) -> None:
    done = take_in(elsewhere, made, tmp_path / "elsewhere")
    for who in ("A", "B", "city"):
        assert read_archive(elsewhere, border.viewer(who), done.id).id == done.id
        assert len(list_archives(elsewhere, border.viewer(who))) == 1
    assert list_archives(elsewhere, border.viewer("C")) == []
    with pytest.raises(OutsideJurisdictionError):
        read_archive(elsewhere, border.viewer("C"), done.id)


def test_a_round_that_is_known_is_not_entered_again(made: Made, walk: Walk, tmp_path: Path) -> None:
    # The instance it was made on has the inspection itself.
    changed = repack(made.path, unpack(made.path), "again.zip")
    done = restore_archive(walk.conn, SYSTEM, changed, files=tmp_path / "files", today=LATER)
    assert not done.was_there
    assert [one.key for one in done.notes] == ["restore.round_known"]


def test_an_interim_archive_is_kept_but_no_round(
    conn: Connection, elsewhere: Connection, tmp_path: Path
) -> None:
    interim = pack(open_walk(conn, tmp_path / "files"))
    done = take_in(elsewhere, interim, tmp_path / "elsewhere")
    assert done.notes[-1].key == "restore.no_round"
    assert elsewhere.execute(text("SELECT count(*) FROM past_round")).scalar() == 0


def test_an_archive_that_does_not_verify_is_not_taken_in(
    made: Made, elsewhere: Connection, tmp_path: Path
) -> None:
    files = unpack(made.path)
    change_record(files)
    recompute(files)
    changed = repack(made.path, files)
    with pytest.raises(ArchiveInvalidError) as refused:
        restore_archive(elsewhere, SYSTEM, changed, files=tmp_path, today=LATER)
    assert refused.value.facts["problems"]
    with pytest.raises(ArchiveInvalidError):
        restore_archive(
            elsewhere, SYSTEM, made.path, files=tmp_path, today=LATER, expected="0" * 64
        )
    assert list_archives(elsewhere, SYSTEM) == []


def test_only_who_looks_after_the_instance_takes_archives_in(
    made: Made, elsewhere: Connection, border: Border, tmp_path: Path
) -> None:
    with pytest.raises(OutsideJurisdictionError):
        restore_archive(elsewhere, border.viewer("A"), made.path, files=tmp_path, today=LATER)
