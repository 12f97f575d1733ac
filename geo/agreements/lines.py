"""Change what both sides of a line share: at once by an editor of both, else by a proposal.

References
----------
行政区域界线管理条例 (Order 353) art. 2, 6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer, require_role, roles_at
from geo.agreements.agreed import propose
from geo.boundaries.body import read_record_body
from geo.boundaries.record import FACTS, RecordFacts, check_facts, put_record, read_record
from geo.boundaries.sides import read_sides
from geo.divisions.apply import Source
from geo.errors import NothingChangedError
from geo.proposals.proposals import Proposal
from geo.revisions.changes import require_seen
from geo.sections.register import SectionFacts, facts_of, list_sections, put_sections
from geo.texts import Text


def change_record(
    conn: Connection,
    viewer: Viewer,
    line_id: UUID,
    body: Mapping[str, Any],
    *,
    today: date,
    seen: int | None,
    note: str | None = None,
) -> Proposal | None:
    """Write the record of a line as a form says it, or propose what it changes.

    Parameters
    ----------
    body
        All facts of the record as JSON has them, ``valid_from`` and ``source``; with ``corrects``,
        the reason of a correction, the version of that day is amended.
    note
        Why it is proposed.

    Returns
    -------
    Proposal or None
        The proposal that was opened; None where it was written at once.

    Raises
    ------
    LineUnknownError, LineNotThenError, LineInvalidError
    NothingChangedError
        If the record says all that already.
    ChangedMeanwhileError, RevisionMissingError
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer is an editor of one of the sides.
    """
    said = {name: value for name, value in body.items() if name != "corrects"}
    facts, valid_from = read_record_body(said, today=today)
    check_facts(facts)
    at_once = _writes_at_once(conn, viewer, line_id, today)
    require_seen(conn, line_id, seen)
    known = read_record(conn, line_id, valid_from) or RecordFacts()
    changed = [name for name in FACTS if getattr(known, name) != getattr(facts, name)]
    if not changed:
        raise NothingChangedError
    if not at_once:
        beside = {"valid_from": valid_from.isoformat(), "source": body.get("source")}
        proposed = {name: said.get(name) for name in changed} | beside
        return propose(conn, viewer, "line_record", line_id, proposed, today=today, note=note)
    source = Source(name=str(body.get("source") or Text("source.direct")))
    put_record(
        conn,
        viewer,
        line_id,
        facts,
        valid_from=valid_from,
        source=source,
        seen=seen,
        corrects=body.get("corrects"),
    )
    return None


def change_sections(  # noqa: PLR0913 - who says what of which line, from when, by which paper
    conn: Connection,
    viewer: Viewer,
    line_id: UUID,
    sections: Sequence[SectionFacts],
    *,
    valid_from: date,
    source: str,
    today: date,
    seen: int | None,
    note: str | None = None,
) -> Proposal | None:
    """Write the sections of a line, all of them in their order, or propose them.

    Parameters
    ----------
    source
        The paper that says so.
    note
        Why it is proposed.

    Returns
    -------
    Proposal or None
        The proposal that was opened; None where they were written at once.

    Raises
    ------
    LineUnknownError, SectionInvalidError
    NothingChangedError
        If the line has just these sections.
    ChangedMeanwhileError, RevisionMissingError
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer is an editor of one of the sides.
    """
    at_once = _writes_at_once(conn, viewer, line_id, today)
    require_seen(conn, line_id, seen)
    if list(sections) == [facts_of(one) for one in list_sections(conn, line_id, valid_from)]:
        raise NothingChangedError
    if at_once:
        put_sections(
            conn, viewer, line_id, sections, valid_from=valid_from, source=source, seen=seen
        )
        return None
    body = {
        "sections": [_as_json(one) for one in sections],
        "source": source,
        "at": valid_from.isoformat(),
    }
    return propose(conn, viewer, "line_sections", line_id, body, today=today, note=note)


def _writes_at_once(conn: Connection, viewer: Viewer, line_id: UUID, today: date) -> bool:
    """Return whether the viewer edits both sides; who edits neither is refused."""
    sides = read_sides(conn, line_id, today)
    mine = roles_at(conn, viewer, "editor", sides.ids)
    if not mine:
        require_role(conn, viewer, "editor", sides.ids, what=sides.name)
    return len(mine) == len(sides.ids)


def _as_json(one: SectionFacts) -> dict[str, Any]:
    """Return a section as a proposal keeps it; what is not said is left out."""
    return {
        name: str(value) if isinstance(value, UUID) else value
        for name, value in asdict(one).items()
        if value is not None
    }
