from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from geo.access.users import make_first_admin
from geo.db import cluster
from geo.db.backup import DUMP, MANIFEST, Manifest, backup, restore
from geo.db.engine import reading, transaction
from geo.db.migrate import migrate
from geo.db.state import known_revisions, read_state
from geo.errors import DatabaseNotEmptyError, FileUnreadableError, MigrationError
from geo.files.store import find_file, keep_file
from tests.conftest import Database, copy_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geo.db.cluster import Cluster


TEMPLATE = b"PK office"
KEY_TEXT = "ab" * 32


@pytest.fixture(scope="module")
def programs() -> Path:
    return cluster.find_binaries().folder


@pytest.fixture
def other_database(server: Cluster, template: str) -> Iterator[Database]:
    with copy_database(server, template) as made:
        yield made


@pytest.fixture
def archive(database: Any, tmp_path: Path, programs: Path) -> Path:
    """Return a backup of an office with an administrator and one kept file."""
    source = tmp_path / "source.csv"
    source.write_text("名称\n泰安市\n")
    files = tmp_path / "files"
    with transaction(database.engine, "system:test") as conn:
        make_first_admin(conn, "correct horse")
        keep_file(conn, source, files)
    target = tmp_path / "office.backup"
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "marker_register.docx").write_bytes(TEMPLATE)
    (papers / "~$rker_register.docx").write_bytes(b"lock")
    key = tmp_path / "keys" / "instance.key"
    key.parent.mkdir()
    key.write_text(KEY_TEXT)
    done = backup(database.owner_url, files, target, papers=papers, key=key, programs=programs)
    assert (done.files, done.revision) == (1, max(known_revisions()))
    assert list(done.papers) == ["marker_register.docx"]
    assert target.stat().st_mode & 0o777 == 0o600
    return target


@pytest.fixture
def restored(tmp_path: Path) -> Path:
    folder = tmp_path / "restored"
    folder.mkdir()
    return folder


def _restore(database: Any, folder: Path, archive: Path, programs: Path) -> Manifest:
    places = {"papers": folder / "papers", "key": folder / "keys" / "instance.key"}
    return restore(database.owner_url, folder / "files", archive, **places, programs=programs)


def change(archive: Path, edit: Callable[[str, bytes], bytes | None]) -> Path:
    """Return a copy of an archive with its members edited; None leaves one out."""
    changed = archive.with_suffix(".changed")
    with tarfile.open(archive) as old, tarfile.open(changed, "w") as new:
        for member in old.getmembers():
            file = old.extractfile(member)
            content = edit(member.name, file.read() if file else b"")
            if content is not None:
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))
    return changed


def test_a_backup_is_restored_with_its_files_and_may_be_used_at_once(
    archive: Path, restored: Path, other_database: Any, programs: Path
) -> None:
    done = _restore(other_database, restored, archive, programs)
    assert done.files == 1
    migrate(other_database.owner_url, "yutu_app")
    assert read_state(other_database.app_url).current
    with reading(other_database.engine) as conn:
        assert conn.execute(text("SELECT name FROM app_user")).scalar() == "admin"
        logged = text("SELECT count(*) FROM audit_log WHERE table_name = 'app_user'")
        assert conn.execute(logged).scalar() == 1
        sha256 = conn.execute(text("SELECT sha256 FROM file")).scalar_one()
        kept = find_file(conn, sha256, restored / "files")
    assert kept.path.read_text() == "名称\n泰安市\n"
    assert [one.name for one in (restored / "papers").iterdir()] == ["marker_register.docx"]
    assert (restored / "papers/marker_register.docx").read_bytes() == TEMPLATE
    key = restored / "keys/instance.key"
    assert key.read_text() == KEY_TEXT
    assert key.stat().st_mode & 0o777 == 0o600
    # The audit goes on, and the serving role still cannot touch it.
    with transaction(other_database.engine, "system:test") as conn:
        conn.execute(text("UPDATE app_user SET display_name = '管理员'"))
        may = text("SELECT has_table_privilege('audit_log', 'UPDATE')")
        assert conn.execute(may).scalar() is False


def test_a_database_that_is_not_empty_is_left_alone(
    archive: Path, restored: Path, database: Any, programs: Path
) -> None:
    with pytest.raises(DatabaseNotEmptyError):
        _restore(database, restored, archive, programs)


def test_an_archive_that_is_cut_off_is_refused(
    archive: Path, restored: Path, other_database: Any, programs: Path
) -> None:
    cut = archive.with_suffix(".cut")
    content = archive.read_bytes()
    cut.write_bytes(content[: len(content) // 2])
    for broken in (cut, change(archive, lambda name, had: None if name == MANIFEST else had)):
        with pytest.raises(FileUnreadableError):
            _restore(other_database, restored, broken, programs)
    assert not (restored / "files").exists()


def test_a_damaged_dump_or_file_is_refused_before_anything_is_touched(
    archive: Path, restored: Path, other_database: Any, programs: Path
) -> None:
    def damage_dump(name: str, had: bytes) -> bytes:
        return had[:-1] + b"?" if name == DUMP else had

    def damage_file(name: str, had: bytes) -> bytes:
        return had + b"?" if name.startswith("files/") else had

    def damage_paper(name: str, had: bytes) -> bytes:
        return had + b"?" if name.startswith("papers/") else had

    def damage_key(name: str, had: bytes) -> bytes:
        return had + b"0" if name.startswith("keys/") else had

    for damage in (damage_dump, damage_file, damage_paper, damage_key):
        broken = change(archive, damage)
        with pytest.raises(FileUnreadableError):
            _restore(other_database, restored, broken, programs)
    assert read_state(other_database.app_url).current


def test_a_backup_of_a_newer_release_is_refused(
    archive: Path, restored: Path, other_database: Any, programs: Path
) -> None:
    def make_newer(name: str, had: bytes) -> bytes:
        return (
            json.dumps(json.loads(had) | {"revision": "9999"}).encode() if name == MANIFEST else had
        )

    newer = change(archive, make_newer)
    with pytest.raises(MigrationError):
        _restore(other_database, restored, newer, programs)


def test_a_member_that_would_leave_the_folder_is_refused(
    archive: Path, restored: Path, other_database: Any, programs: Path
) -> None:
    with tarfile.open(archive, "a") as file:
        file.addfile(tarfile.TarInfo("../../evil"), io.BytesIO())
    with pytest.raises(FileUnreadableError):
        _restore(other_database, restored, archive, programs)


def test_a_template_that_somebody_made_here_is_left_alone(
    archive: Path, restored: Path, other_database: Any, programs: Path
) -> None:
    there = restored / "papers/marker_register.docx"
    there.parent.mkdir()
    there.write_bytes(b"PK another")
    with pytest.raises(DatabaseNotEmptyError) as refused:
        _restore(other_database, restored, archive, programs)
    assert refused.value.facts["what"] == "papers/marker_register.docx"
    assert there.read_bytes() == b"PK another"
    assert not (restored / "files").exists()
    there.write_bytes(TEMPLATE)
    assert _restore(other_database, restored, archive, programs).files == 1


def test_a_backup_of_before_templates_were_kept_is_restored(
    archive: Path, restored: Path, other_database: Any, programs: Path
) -> None:
    def make_older(name: str, had: bytes) -> bytes | None:
        if name.startswith("papers/"):
            return None
        if name != MANIFEST:
            return had
        said = json.loads(had)
        del said["papers"]
        return json.dumps(said).encode()

    older = change(archive, make_older)
    assert _restore(other_database, restored, older, programs).papers == {}
    assert not (restored / "papers").exists()


def test_the_key_of_an_instance_that_signed_already_is_left_alone(
    archive: Path, restored: Path, other_database: Any, programs: Path
) -> None:
    there = restored / "keys/instance.key"
    there.parent.mkdir()
    there.write_text("cd" * 32)
    with pytest.raises(DatabaseNotEmptyError) as refused:
        _restore(other_database, restored, archive, programs)
    assert refused.value.facts["what"] == "instance.key"
    assert there.read_text() == "cd" * 32
