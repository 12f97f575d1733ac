"""Take in an archive package of another instance: verified, kept, its round entered as a fact."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select

from geo.access.jurisdiction import Viewer, require_role
from geo.boundaries.find import find_line_ids
from geo.boundaries.sides import Sides, read_many_sides
from geo.boundaries.tables import boundary_line_version
from geo.db.ids import new_id
from geo.db.sql import any_uuid
from geo.divisions.read import find_division
from geo.errors import ArchiveInvalidError, DivisionUnknownError, PastRoundInvalidError
from geo.files.store import keep_file
from geo.inspections.archive.packing import MANIFEST
from geo.inspections.archive.verify import Verified, read_json, verify_archive
from geo.inspections.facts import RESULTS
from geo.inspections.planning.past import enter_past_round, read_known_rounds
from geo.inspections.planning.round_faults import PastRoundFacts
from geo.inspections.tables import inspection_archive
from geo.texts import Text

MOST_SHOWN = 5
kept = inspection_archive.c
version = boundary_line_version.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of it; ``notes`` say which sides or line are not known here, and what followed.

    ``was_there`` is True for a package that was taken in before.
    """

    id: UUID
    verified: Verified
    sides: tuple[UUID, ...]
    past_round_id: UUID | None
    was_there: bool
    notes: list[Text] = field(default_factory=list)


def restore_archive(
    conn: Connection,
    viewer: Viewer,
    path: Path,
    *,
    files: Path,
    today: date,
    expected: str | None = None,
) -> Restored:
    """Verify a package and keep it; its round becomes a past one where the line is known here.

    Parameters
    ----------
    files
        Folder of kept files.
    expected
        The fingerprint printed on the report.

    Raises
    ------
    ArchiveInvalidError
        If it does not verify; nothing is taken in.
    RoleMissingError, OutsideJurisdictionError
        Unless the viewer administers the instance.
    """
    require_role(conn, viewer, "administrator", [None], what=path.name)
    verified = verify_archive(path, expected=expected)
    if not verified.ok:
        raise ArchiveInvalidError(file=path.name, problems=verified.problems[:MOST_SHOWN])
    with zipfile.ZipFile(path) as archive:
        manifest, content = read_json(archive, MANIFEST), read_json(archive, "content.json")
    notes: list[Text] = []
    sides = _find_sides(conn, content, notes)
    sha256 = keep_file(conn, path, files).sha256
    standing = _find_standing(conn, sha256, content)
    if standing is not None:
        return Restored(
            id=standing, verified=verified, sides=tuple(sides.values()), past_round_id=None,
            was_there=True, notes=notes,
        )  # fmt: skip
    made = _store(conn, viewer, sha256, manifest, content, sides)
    past = _enter_round(conn, viewer, manifest, content, sides, notes, today)
    return Restored(
        id=made, verified=verified, sides=tuple(sides.values()), past_round_id=past,
        was_there=False, notes=notes,
    )  # fmt: skip


def _find_sides(conn: Connection, content: Mapping[str, Any], notes: list[Text]) -> dict[str, UUID]:
    """Return the parties that are known here, by code."""
    found = {}
    for one in content["parties"]:
        try:
            found[one["code"]] = find_division(conn, one["code"])
        except DivisionUnknownError:
            facts = {"name": one["name"], "code": one["code"]}
            notes.append(Text("restore.side_unknown", facts))
    return found


def _find_standing(conn: Connection, sha256: str, content: Mapping[str, Any]) -> UUID | None:
    return conn.execute(
        select(kept.id).where(
            kept.inspection_id == UUID(content["inspection"]["id"]), kept.file_sha256 == sha256
        )
    ).scalar_one_or_none()


def _store(
    conn: Connection,
    viewer: Viewer,
    sha256: str,
    manifest: Mapping[str, Any],
    content: Mapping[str, Any],
    sides: Mapping[str, UUID],
) -> UUID:
    made = new_id()
    said = {name: value for name, value in manifest.items() if name != "files"}
    conn.execute(
        insert(inspection_archive).values(
            id=made,
            inspection_id=UUID(content["inspection"]["id"]),
            file_sha256=sha256,
            content_sha256=manifest["content_sha256"],
            fingerprint=manifest["fingerprint"],
            title=manifest["title"],
            content={"manifest": said},
            sides=list(sides.values()),
            imported=True,
            actor=viewer.actor,
        )
    )
    return made


def _enter_round(
    conn: Connection,
    viewer: Viewer,
    manifest: Mapping[str, Any],
    content: Mapping[str, Any],
    sides: Mapping[str, UUID],
    notes: list[Text],
    today: date,
) -> UUID | None:
    """Enter the round as completed, unless it is none, or known already; say why not."""
    about = content["inspection"]
    if not (manifest["final"] and about["round"] and manifest["accepted_on"]):
        notes.append(Text("restore.no_round"))
        return None
    line = _find_line(conn, content, sides, today)
    if line is None:
        notes.append(Text("restore.line_unknown", {"line": about["line"]["name"]}))
        return None
    if about["round"] in read_known_rounds(conn, [line.line_id]).get(line.line_id, {}):
        notes.append(Text("restore.round_known", {"line": line.name, "round": about["round"]}))
        return None
    facts = _round_facts(manifest, content, sides, line)
    try:
        return enter_past_round(conn, viewer, facts, today=today)
    except PastRoundInvalidError as error:
        found = error.facts["findings"]
        why = [one.as_text() for one in found] if isinstance(found, list) else []
        notes.append(Text("restore.round_invalid", {"round": about["round"], "why": why}))
        return None


def _round_facts(
    manifest: Mapping[str, Any],
    content: Mapping[str, Any],
    sides: Mapping[str, UUID],
    line: Sides,
) -> PastRoundFacts:
    about = content["inspection"]
    lead = next(one["code"] for one in content["parties"] if one["role"] == "lead")
    states = Counter(
        one["state"]
        for one in content["outcomes"]
        if one["subject"]["kind"] == "marker" and one["state"] in RESULTS["marker"]
    )
    return PastRoundFacts(
        line_id=line.line_id,
        round=about["round"],
        started_on=date.fromisoformat(about["field_from"]) if about["field_from"] else None,
        finished_on=date.fromisoformat(manifest["accepted_on"]),
        lead_id=sides.get(lead) if sides.get(lead) in line.ids else None,
        states=dict(states),
        source=manifest["title"],
    )


def _find_line(
    conn: Connection, content: Mapping[str, Any], sides: Mapping[str, UUID], today: date
) -> Sides | None:
    """Return the line by its id or code, else the only one between the two sides."""
    roles = {one["role"]: sides.get(one["code"]) for one in content["parties"]}
    two = {roles.get("lead"), roles.get("cooperating")}
    said = content["inspection"]["line"]
    given = [one for one in (said["id"], said["code"]) if one]
    named = [line for one in given for line in find_line_ids(conn, one)]
    both = version.left_id == any_uuid(two), version.right_id == any_uuid(two)
    between = conn.execute(select(version.line_id).where(*both).distinct()).scalars().all()
    for ids in (named, between):
        known = [one for one in read_many_sides(conn, ids, today).values() if set(one.ids) == two]
        if len(known) == 1:
            return known[0]
    return None
