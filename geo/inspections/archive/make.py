"""The archive package (归档) of an inspection: everything, with a manifest the instance signed.

What it holds is read again by :mod:`geo.inspections.archive.verify`, from the file alone.
"""

from __future__ import annotations

import mimetypes
import tempfile
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, insert, select

from geo.access.jurisdiction import Viewer
from geo.db.ids import new_id
from geo.files.attach import Attachment, list_attachments
from geo.files.store import KeptFile, find_file, keep_file
from geo.inspections.archive.packing import Package
from geo.inspections.archive.words import README
from geo.inspections.facts import Inspection, Photo, Record
from geo.inspections.feed import list_events, tell
from geo.inspections.field.recorded import list_record_versions, list_records
from geo.inspections.read import read_inspection
from geo.inspections.signing.canonical import canonical, digest
from geo.inspections.signing.content import READER, build_content, content_sha256, open_day
from geo.inspections.signing.signatures import Signature, list_signatures, read_signed_content
from geo.inspections.tables import inspection_archive
from geo.inspections.workflow import list_steps
from geo.progress import Progress, never_stop, report
from geo.settings import settings
from geo.texts import Text
from geo.upkeep.tables import work_order

FINAL = ("accepted", "archived")
"""States in which an archive is the last word; before, it is marked as interim."""
MOST_EVENTS = 1_000_000
kept = inspection_archive.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An archive package as it is kept; ``size`` in bytes."""

    id: UUID
    sha256: str
    size: int
    path: Path
    content_sha256: str
    fingerprint: str
    title: str
    final: bool


def make_archive(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    key: Ed25519PrivateKey,
    *,
    files: Path,
    now: datetime,
    progress: Progress = never_stop,
) -> Made:
    """Make and keep the archive package of an inspection; that which is of the same is given again.

    Parameters
    ----------
    key
        The instance's.
    files
        Folder of kept files.

    Raises
    ------
    NotFoundError
        If the content of a photo or document is gone from the data folder.
    """
    whole = read_inspection(conn, found.id, READER, open_day(found))
    parts = [read_inspection(conn, one, READER, open_day(whole)) for one in whole.parts]
    basis = _basis(conn, [whole, *parts], key)
    standing = find_archive(conn, whole.id, basis, files)
    if standing is not None:
        return standing
    facts = _facts(conn, whole, now)
    scratch = settings().tmp if settings().tmp.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="yutu-", dir=scratch) as folder:
        path = Path(folder) / "archive.zip"
        with zipfile.ZipFile(path, "w", allowZip64=True) as archive:
            package = Package(archive)
            package.put("README.txt", README.format(**facts).encode())
            _put_inspection(conn, package, whole, "", files, progress)
            for part in parts:
                _put_inspection(conn, package, part, f"parts/{part.id}/", files, progress)
            manifest = package.close(key, facts)
        report(progress, 0.9, "doing.archive_keep")
        kept_file = keep_file(conn, path, files)
    return _store(conn, viewer, whole, kept_file, manifest, basis)


def find_archive(conn: Connection, inspection_id: UUID, basis: str, files: Path) -> Made | None:
    """Return the archive that was made of the same state of things."""
    row = conn.execute(
        select(inspection_archive)
        .where(kept.inspection_id == inspection_id, kept.imported.is_(False))
        .where(kept.content["basis"].astext == basis)
        .order_by(kept.at.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    file = find_file(conn, row.file_sha256, files)
    return _made(row.id, file, row.content["manifest"], row.title)


def read_basis(conn: Connection, found: Inspection, key: Ed25519PrivateKey) -> tuple[str, int]:
    """Return what an archive of now would be made of, as a digest, and its size in bytes."""
    whole = read_inspection(conn, found.id, READER, open_day(found))
    parts = [read_inspection(conn, one, READER, open_day(whole)) for one in whole.parts]
    sizes: dict[str, int] = {}
    for one in (whole, *parts):
        for record in list_records(conn, one.id):
            sizes |= {photo.sha256: photo.size for photo in record.photos}
        for given in list_attachments(conn, [one.id], withdrawn=True)[one.id]:
            sizes[given.sha256] = given.size
    return _basis(conn, [whole, *parts], key), sum(sizes.values())


def _basis(conn: Connection, all_of_it: Collection[Inspection], key: Ed25519PrivateKey) -> str:
    said = []
    for one in all_of_it:
        present = content_sha256(build_content(conn, one))
        signatures = list_signatures(conn, one, present=present)
        given = list_attachments(conn, [one.id], withdrawn=True)[one.id]
        said.append(
            {
                "id": str(one.id),
                "state": one.state,
                "content": present,
                "records": sorted(f"{r.id} {r.version} {r.counts}" for r in _records(conn, one)),
                "signatures": [f"{s.id} {s.valid}" for s in signatures],
                "files": [f"{file.id} {file.withdrawn_at}" for file in given],
                "steps": [str(step.id) for step in list_steps(conn, one.id)],
                "orders": [str(order["state"]) for order in _work_orders(conn, one.id)],
            }
        )
    return digest({"key": key.public_key().public_bytes_raw().hex(), "of": said})


def _facts(conn: Connection, whole: Inspection, now: datetime) -> dict[str, Any]:
    round_of = {"round": whole.round} if whole.round else {}
    title = Text(
        "archive.title" if whole.round else "archive.title_special",
        {"line": whole.line_name, "year": whole.year, **round_of},
    )
    return {
        "inspection": str(whole.id),
        "title": str(title),
        "state": whole.state,
        "final": whole.state in FINAL,
        "accepted_on": whole.accepted_on.isoformat() if whole.accepted_on else None,
        "content_sha256": content_sha256(build_content(conn, whole)),
        "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
    }


def _put_inspection(
    conn: Connection,
    package: Package,
    whole: Inspection,
    prefix: str,
    files: Path,
    progress: Progress,
) -> None:
    content = build_content(conn, whole)
    package.put(f"{prefix}content.json", canonical(content))
    report(progress, 0.1, "doing.archive_records")
    records = _records(conn, whole)
    entries = {one["id"]: one for one in content["records"]}
    for one in records:
        package.put_json(f"{prefix}records/{one.id}.json", _record(conn, one, entries))
    report(progress, 0.2, "doing.archive_photos")
    for one in records:
        for photo in one.photos:
            source = find_file(conn, photo.sha256, files).path
            package.put_file(f"{prefix}photos/{_photo_name(photo)}", source, photo.sha256)
    report(progress, 0.7, "doing.archive_documents")
    given = list_attachments(conn, [whole.id], withdrawn=True)[whole.id]
    for file in given:
        source = find_file(conn, file.sha256, files).path
        package.put_file(f"{prefix}documents/{_document_name(file)}", source, file.sha256)
    documents = [asdict(one) | {"path": f"documents/{_document_name(one)}"} for one in given]
    package.put_json(f"{prefix}documents.json", documents)
    _put_signatures(conn, package, whole, prefix, content, {one.id: one.sha256 for one in given})
    package.put_json(f"{prefix}steps.json", [asdict(one) for one in list_steps(conn, whole.id)])
    events = list_events(conn, [whole.id], limit=MOST_EVENTS)
    package.put_json(f"{prefix}events.json", [asdict(one) for one in events])
    package.put_json(f"{prefix}work_orders.json", _work_orders(conn, whole.id))


def _put_signatures(
    conn: Connection,
    package: Package,
    whole: Inspection,
    prefix: str,
    content: Mapping[str, Any],
    scans: Mapping[UUID, str],
) -> None:
    present = content_sha256(content)
    given = list_signatures(conn, whole, present=present)
    package.put_json(f"{prefix}signatures.json", [_signature(one, scans) for one in given])
    for older in sorted({one.content_sha256 for one in given} - {present}):
        spelled = read_signed_content(conn, older)
        if spelled is not None:
            package.put(f"{prefix}contents/{older}.json", spelled)


def _records(conn: Connection, whole: Inspection) -> list[Record]:
    return list_records(conn, whole.id)


def _record(conn: Connection, one: Record, entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with its history; ``record`` is what the content has of it, None if none."""
    return {
        "record": entries.get(str(one.id)),
        "counts": one.counts,
        "withdrawn_at": one.withdrawn_at,
        "withdrawn_reason": one.withdrawn_reason,
        "versions": list_record_versions(conn, one.id),
    }


def _signature(one: Signature, scans: Mapping[UUID, str]) -> dict[str, Any]:
    said = asdict(one)
    said["why_void"] = None if one.why_void is None else str(one.why_void)
    said["scan_sha256"] = scans.get(one.scan_id) if one.scan_id else None
    return said


def _work_orders(conn: Connection, inspection_id: UUID) -> list[dict[str, Any]]:
    order = work_order.c
    rows = conn.execute(
        select(work_order).where(order.cause_id == inspection_id).order_by(order.id)
    ).mappings()
    return [dict(row) for row in rows]


def _photo_name(photo: Photo) -> str:
    return f"{photo.sha256}{mimetypes.guess_extension(photo.media_type) or ''}"


def _document_name(given: Attachment) -> str:
    return f"{given.sha256}{PurePosixPath(given.name).suffix.casefold()}"


def _store(
    conn: Connection,
    viewer: Viewer,
    whole: Inspection,
    file: KeptFile,
    manifest: Mapping[str, Any],
    basis: str,
) -> Made:
    made = new_id()
    said = {name: value for name, value in manifest.items() if name != "files"}
    conn.execute(
        insert(inspection_archive).values(
            id=made,
            inspection_id=whole.id,
            file_sha256=file.sha256,
            content_sha256=manifest["content_sha256"],
            fingerprint=manifest["fingerprint"],
            title=manifest["title"],
            content={"manifest": said, "basis": basis},
            sides=list(whole.party_ids),
            imported=False,
            actor=viewer.actor,
        )
    )
    kind = "archive_made" if manifest["final"] else "archive_interim"
    tell(conn, viewer, whole.id, kind, fingerprint=manifest["fingerprint"][:19])
    return _made(made, file, said, manifest["title"])


def _made(made: UUID, file: KeptFile, manifest: Mapping[str, Any], title: str) -> Made:
    return Made(
        id=made,
        sha256=file.sha256,
        size=file.size,
        path=file.path,
        content_sha256=manifest["content_sha256"],
        fingerprint=manifest["fingerprint"],
        title=title,
        final=manifest["final"],
    )
