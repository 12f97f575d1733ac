"""Proposals as pages show them: what they are about, and what who looks may say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from api.register import Visit
from geo.access.jurisdiction import Viewer, roles_at
from geo.agreements.agreed import LINE_KINDS
from geo.boundaries.sides import read_sides
from geo.errors import YutuError
from geo.files.attach import Attachment, list_attachments
from geo.markers.read import DivisionRef, list_markers, list_versions, name_sides
from geo.proposals.proposals import Proposal, Said
from maps.page_proposals import ProposalView, tell_body

MOST_MARKERS = 5000


def view_proposals(conn: Connection, visit: Visit, found: Sequence[Proposal]) -> list[ProposalView]:
    """Return proposals with their words, in their order."""
    named = name_sides(conn, {side for one in found for side in one.sides}, visit.today)
    papers = list_attachments(conn, [one.id for one in found])
    return [_view(conn, visit, one, named, papers[one.id]) for one in found]


def _view(
    conn: Connection,
    visit: Visit,
    one: Proposal,
    named: dict[UUID, DivisionRef],
    papers: Sequence[Attachment],
) -> ProposalView:
    sides = [named[side] for side in one.sides if side in named]
    mine = roles_at(conn, visit.asker, "editor", one.waits_for)
    # Any side may bring the paper of one that has no account.
    enters = one.state == "proposed" and bool(roles_at(conn, visit.asker, "editor", one.sides))
    title, address = _name(conn, visit, one)
    return ProposalView(
        proposal=one,
        title=title,
        address=address,
        sides=sides,
        body=tell_body(
            _name_ends(conn, visit, one), visit.frame.lang, of_record=one.kind == "line_record"
        ),
        may=_may_say(conn, visit.asker, one, consents=bool(mine)),
        may_consent=[side for side in sides if side.id in mine],
        may_enter=[side for side in sides if enters and side.id in one.waits_for],
        may_enter_approval=enters and one.needs_approval,
        papers=papers,
    )


def _name_ends(conn: Connection, visit: Visit, one: Proposal) -> Mapping[str, Any]:
    """Return what is proposed; the markers at the ends of sections are named by their numbers."""
    sections = one.body.get("sections")
    if one.kind != "line_sections" or one.object_id is None or not isinstance(sections, list):
        return one.body
    found = list_markers(
        conn, visit.asker, visit.today, lines=[one.object_id], limit=MOST_MARKERS
    ).items
    numbers = {str(marker.id): f"{marker.number}{marker.member}" for marker in found}
    named = [
        {
            **section,
            "from_text": numbers.get(section.get("from_marker_id")) or section.get("from_text"),
            "to_text": numbers.get(section.get("to_marker_id")) or section.get("to_text"),
        }
        for section in sections
    ]
    return {**one.body, "sections": named}


def _may_say(conn: Connection, asker: Viewer, one: Proposal, *, consents: bool) -> list[Said]:
    if one.state != "proposed":
        return []
    may: list[Said] = ["consent"] if consents else []
    if one.needs_approval and len(roles_at(conn, asker, "approver", one.sides)) == len(one.sides):
        may.append("approval")
    if roles_at(conn, asker, "editor", one.sides):
        may.append("return")
    if asker.actor == one.actor:
        may.append("withdrawal")
    return may


def _name(conn: Connection, visit: Visit, one: Proposal) -> tuple[str, str | None]:
    """Return what a proposal is about and its page; nothing for what does not exist yet."""
    number = f"{one.body.get('number') or ''}{one.body.get('member') or ''}"
    try:
        if one.object_id is None:
            line = UUID(str(one.body["lines"][0]))
            return f"{number} · {read_sides(conn, line, visit.today).name}", f"/lines/{line}"
        if one.kind in LINE_KINDS:
            return read_sides(conn, one.object_id, visit.today).name, f"/lines/{one.object_id}"
        last = list_versions(conn, one.object_id, visit.asker, visit.today)[-1]
    except (YutuError, ValueError, LookupError, TypeError):
        # A new marker's line may be named in words, and what a proposal is about may have ended.
        return number, None
    return f"{last.number}{last.member}", f"/markers/{one.object_id}"
