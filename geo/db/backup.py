"""Backups: the database as PostgreSQL dumps it, kept files, templates, the key, a manifest.

The database is dumped first. A file is written before the row that names it commits and is never
changed, so what the dump names is on the disk when the files are read afterwards.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from geo.db.metadata import QUEUE_SCHEMA, SCHEMA
from geo.db.state import driver_url, known_revisions
from geo.errors import (
    DatabaseNotEmptyError,
    FileUnreadableError,
    MigrationError,
    ProgramFailedError,
)
from geo.texts import Text

FORMAT = 1
DUMP = "database.dump"
MANIFEST = "manifest.json"
FILES = "files/"
PAPERS = "papers/"
KEY = "keys/instance.key"
TAIL_LINES = 12
HOLDS_DATA = ("app_user", "division", "import_run", "audit_log")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds; it stands last in it, so an archive that is cut off has none."""

    format: int
    made_at: str
    revision: str
    """The schema's last migration."""
    dump_sha256: str
    files: int
    bytes: int
    papers: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the office's own templates by their path; archives of before had none."""
    key_sha256: str | None = None
    """Of the file of the instance's key; None where there was none yet."""


def backup(
    owner_url: str, files: Path, target: Path, *, papers: Path, key: Path, programs: Path
) -> Manifest:
    """Write a backup of the database, the kept files, the templates and the key to one archive.

    Parameters
    ----------
    owner_url
        SQLAlchemy URL of the role that owns the schema.
    files
        Folder of the kept files.
    target
        The archive; it appears under its name only when it is whole.
    papers
        Folder of the office's own templates (.docx); it need not be there.
    key
        File of the instance's key; it need not be there.
    programs
        Folder of ``pg_dump``, not older than the server.

    Raises
    ------
    ProgramFailedError
    """
    revision = _read_revision(owner_url)
    new = target.with_name(target.name + ".new")
    try:
        with tempfile.TemporaryDirectory(dir=target.absolute().parent) as folder:
            dump = Path(folder) / DUMP
            _run(programs / "pg_dump", owner_url, "--format=custom", f"--file={dump}", *_schemas())
            # It holds password hashes and unpublished data.
            new.touch(mode=0o600)
            with tarfile.open(new, "w") as archive:
                archive.add(dump, DUMP)
                kept = _add_files(archive, files)
                made_at = datetime.now(UTC).isoformat(timespec="seconds")
                digest = _sha256(dump)
                own, secret = _add_papers(archive, papers), _add_key(archive, key)
                manifest = Manifest(FORMAT, made_at, revision, digest, *kept, own, secret)
                written = Path(folder) / MANIFEST
                written.write_text(_as_json(manifest), encoding="utf-8")
                archive.add(written, MANIFEST)
        with new.open("rb") as file:
            os.fsync(file.fileno())
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
    return manifest


def restore(
    owner_url: str, files: Path, source: Path, *, papers: Path, key: Path, programs: Path
) -> Manifest:
    """Restore an archive into an empty database; the caller migrates afterwards.

    Nothing is touched before the whole archive was checked; the database is restored in one
    transaction, after the files.

    Raises
    ------
    FileUnreadableError
        If it is no backup, or cut off or damaged.
    MigrationError
        If it was made by a newer release.
    DatabaseNotEmptyError
        If there is data already, another template under the name of one in the archive, or another
        key.
    ProgramFailedError
    """
    _check_empty(owner_url)
    with tempfile.TemporaryDirectory(dir=files.parent) as folder:
        manifest = _unpack(source, Path(folder))
        if manifest.revision not in known_revisions():
            raise MigrationError(reason=Text("backup.newer", {"revision": manifest.revision}))
        _check_papers(papers, manifest)
        _check_key(key, manifest)
        _place_files(Path(folder) / FILES, files)
        _place_files(Path(folder) / PAPERS, papers)
        _place_key(Path(folder) / KEY, key)
        with psycopg.connect(driver_url(owner_url)) as conn:
            # A schema without data, as a first start leaves it, would be in the way.
            conn.execute(
                sql.SQL("DROP SCHEMA IF EXISTS {}, {} CASCADE").format(
                    sql.Identifier(SCHEMA), sql.Identifier(QUEUE_SCHEMA)
                )
            )
        dump = str(Path(folder) / DUMP)
        safely = ("--single-transaction", "--exit-on-error", dump)
        _run(programs / "pg_restore", owner_url, *safely)
    return manifest


def _schemas() -> tuple[str, ...]:
    # Without the extensions: a role that may not create them must be able to restore.
    return (f"--schema={SCHEMA}", f"--schema={QUEUE_SCHEMA}")


def _run(program: Path, url: str, *options: str) -> None:
    target = make_url(driver_url(url))
    env = dict(os.environ)
    if target.password is not None:
        # Not among the arguments, which every user of the machine can read.
        env["PGPASSWORD"] = str(target.password)
    dbname = target.set(password=None).render_as_string(hide_password=False)
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [str(program), f"--dbname={dbname}", "--no-owner", "--no-privileges", *options],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        tail = "\n".join(done.stderr.strip().splitlines()[-TAIL_LINES:])
        raise ProgramFailedError(program=program.name, tail=tail)


def _read_revision(url: str) -> str:
    with psycopg.connect(driver_url(url)) as conn:
        row = conn.execute(
            sql.SQL("SELECT version_num FROM {}").format(sql.Identifier(SCHEMA, "alembic_version"))
        ).fetchone()
    if row is None:
        raise MigrationError(reason="alembic_version")
    revision: str = row[0]
    return revision


def _check_empty(url: str) -> None:
    with psycopg.connect(driver_url(url)) as conn:
        for table in HOLDS_DATA:
            there = conn.execute("SELECT to_regclass(%s)", [f"{SCHEMA}.{table}"]).fetchone()
            if there is None or there[0] is None:
                continue
            name = sql.Identifier(SCHEMA, table)
            row = conn.execute(sql.SQL("SELECT count(*) FROM {}").format(name)).fetchone()
            if row is not None and row[0]:
                raise DatabaseNotEmptyError(what=f"{table} ({row[0]})")


def _add_files(archive: tarfile.TarFile, files: Path) -> tuple[int, int]:
    count = size = 0
    for path in sorted(files.rglob("*")):
        if path.is_file() and _is_kept(path.name):
            archive.add(path, f"{FILES}{path.relative_to(files)}")
            count, size = count + 1, size + path.stat().st_size
    return count, size


def _add_papers(archive: tarfile.TarFile, papers: Path) -> dict[str, str]:
    """Add the office's templates; return the SHA-256 of each by its path in their folder."""
    added = {}
    for path in sorted(papers.rglob("*.docx")):
        # Word keeps a lock beside a document that is open.
        if path.is_file() and not path.name.startswith("~$"):
            name = path.relative_to(papers).as_posix()
            archive.add(path, f"{PAPERS}{name}")
            added[name] = _sha256(path)
    return added


def _add_key(archive: tarfile.TarFile, key: Path) -> str | None:
    if not key.is_file():
        return None
    archive.add(key, KEY)
    return _sha256(key)


def _check_key(key: Path, manifest: Manifest) -> None:
    """Refuse to put the key in the place of another, with which archives were signed here."""
    if manifest.key_sha256 and key.exists() and _sha256(key) != manifest.key_sha256:
        raise DatabaseNotEmptyError(what=key.name)


def _place_key(unpacked: Path, key: Path) -> None:
    if unpacked.is_file():
        key.parent.mkdir(parents=True, exist_ok=True)
        unpacked.chmod(0o600)
        unpacked.replace(key)


def _as_json(manifest: Manifest) -> str:
    return json.dumps(asdict(manifest), indent=2, ensure_ascii=False)


def _check_papers(papers: Path, manifest: Manifest) -> None:
    """Refuse to put a template in the place of another that somebody made here."""
    for name, sha256 in manifest.papers.items():
        there = papers / name
        if there.exists() and _sha256(there) != sha256:
            raise DatabaseNotEmptyError(what=f"{papers.name}/{name}")


def _is_kept(name: str) -> bool:
    return len(name) == hashlib.sha256().digest_size * 2 and all(
        letter in "0123456789abcdef" for letter in name
    )


def _extract(archive: tarfile.TarFile, folder: Path) -> None:
    """Write the files of an archive into a folder, and nowhere else.

    ``extractall`` can do this by itself only from Python 3.11.4 on; Debian 12 has 3.11.2.
    """
    for member in archive:
        parts = PurePosixPath(member.name).parts
        if member.isdir():
            continue
        if not member.isfile() or ".." in parts or member.name.startswith("/"):
            raise tarfile.TarError(member.name)
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.extractfile(member) as reader, target.open("wb") as writer:  # type: ignore[union-attr]
            shutil.copyfileobj(reader, writer)


def _unpack(source: Path, folder: Path) -> Manifest:
    try:
        with tarfile.open(source) as archive:
            _extract(archive, folder)
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, tarfile.TarError, ValueError, TypeError) as error:
        raise _unreadable(source, Text("backup.cut")) from error
    if manifest.format != FORMAT:
        raise _unreadable(source, Text("backup.format", {"format": manifest.format}))
    if _sha256(folder / DUMP) != manifest.dump_sha256:
        raise _unreadable(source, Text("backup.damaged", {"name": DUMP}))
    for path in (folder / FILES).rglob("*"):
        if path.is_file() and _sha256(path) != path.name:
            raise _unreadable(source, Text("backup.damaged", {"name": path.name}))
    papers = {
        path.relative_to(folder / PAPERS).as_posix(): _sha256(path)
        for path in (folder / PAPERS).rglob("*")
        if path.is_file()
    }
    if papers != dict(manifest.papers):
        raise _unreadable(source, Text("backup.damaged", {"name": PAPERS}))
    key = folder / KEY
    if (_sha256(key) if key.is_file() else None) != manifest.key_sha256:
        raise _unreadable(source, Text("backup.damaged", {"name": KEY}))
    return manifest


def _unreadable(source: Path, reason: Text) -> FileUnreadableError:
    return FileUnreadableError(file=source.name, format="Yutu", reason=reason)


def _place_files(unpacked: Path, files: Path) -> None:
    for path in sorted(unpacked.rglob("*")):
        if path.is_file():
            target = files / path.relative_to(unpacked)
            target.parent.mkdir(parents=True, exist_ok=True)
            with path.open("rb") as file:
                os.fsync(file.fileno())
            path.replace(target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
