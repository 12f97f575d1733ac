"""Who acts for which side of an inspection: by a grant at that side, or as its guest.

A grant counts for a side only when it reaches that side and no other: the city above both counties
is the superior of both, and neither of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from geo.access.jurisdiction import Role, Viewer
from geo.access.tables import division_closure
from geo.db.sql import any_uuid
from geo.errors import GuestRefusedError, NotPartyError, OptionInvalidError, UnauthenticatedError
from geo.inspections.facts import Inspection, Party, Via
from geo.inspections.tables import inspection_guest
from geo.texts import Text

guest = inspection_guest.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """A side that the viewer acts for, and as what; ``subjects`` limits a guest (None: all)."""

    party: Party
    via: Via
    guest_id: UUID | None = None
    subjects: frozenset[UUID] | None = None


def own_parties(
    conn: Connection, viewer: Viewer, inspection: Inspection, today: date, role: Role = "editor"
) -> dict[UUID, Acting]:
    """Return the sides the viewer acts for, by division."""
    by_id = {one.id: one for one in inspection.parties}
    acting = {
        one: Acting(party=by_id[one], via="account")
        for one in own_divisions(conn, viewer, inspection.party_ids, role)
    }
    for row in read_guests(conn, viewer, inspection.id):
        if row.division_id in by_id and why_not(row, today) is None:
            acting.setdefault(
                row.division_id,
                Acting(
                    party=by_id[row.division_id],
                    via="contractor" if row.role == "contractor" else "guest",
                    guest_id=row.id,
                    subjects=None if row.subjects is None else frozenset(row.subjects),
                ),
            )
    return acting


def own_divisions(
    conn: Connection, viewer: Viewer, parties: Collection[UUID], role: Role = "editor"
) -> set[UUID]:
    """Return those of the parties that a grant of the viewer's reaches alone."""
    reached = _reaches(conn, viewer, parties, role)
    return {next(iter(found)) for found in reached if len(found) == 1}


def is_superior(conn: Connection, viewer: Viewer, inspection: Inspection) -> bool:
    """Return whether the viewer approves for all sides: the authority above them."""
    if any(one.division_id is None and one.includes("approver") for one in viewer.grants):
        return True
    all_of_them = set(inspection.party_ids)
    reached = _reaches(conn, viewer, all_of_them, "approver")
    return any(found == all_of_them for found in reached)


def own_of_many(
    conn: Connection, viewer: Viewer, parties: Mapping[UUID, Collection[UUID]]
) -> dict[UUID, set[UUID]]:
    """Return by inspection the parties that a grant of the viewer's reaches alone."""
    everyone = {one for of in parties.values() for one in of}
    reached = _reaches(conn, viewer, everyone, "editor")
    return {
        id_: {next(iter(found & set(of))) for found in reached if len(found & set(of)) == 1}
        for id_, of in parties.items()
    }


def superior_of_many(
    conn: Connection, viewer: Viewer, parties: Mapping[UUID, Collection[UUID]]
) -> set[UUID]:
    """Return the inspections for all of whose sides the viewer approves."""
    if any(one.division_id is None and one.includes("approver") for one in viewer.grants):
        return set(parties)
    everyone = {one for of in parties.values() for one in of}
    reached = _reaches(conn, viewer, everyone, "approver")
    return {id_ for id_, of in parties.items() if any(found >= set(of) for found in reached)}


def _reaches(
    conn: Connection, viewer: Viewer, parties: Collection[UUID], role: Role
) -> list[set[UUID]]:
    """Return, for each grant with the role at a division, which of the parties lie there."""
    roots = {one.division_id for one in viewer.grants if one.division_id and one.includes(role)}
    reached: dict[UUID, set[UUID]] = {root: {root} & set(parties) for root in roots}
    closure = division_closure.c
    for row in conn.execute(
        select(closure.ancestor_id, closure.descendant_id).where(
            closure.ancestor_id == any_uuid(roots), closure.descendant_id == any_uuid(parties)
        )
    ):
        reached[row.ancestor_id].add(row.descendant_id)
    return list(reached.values())


def require_party(
    conn: Connection,
    viewer: Viewer,
    inspection: Inspection,
    said: str | None,
    *,
    what: Text,
    today: date,
    concludes: bool = False,
) -> Acting:
    """Return the side the viewer acts for here.

    Parameters
    ----------
    said
        Code, name, id or role (lead, cooperating, third) of the side; None where the viewer acts
        for one only. A side without accounts (``takes_part`` paper) is acted for by the others.
    what
        What is to be done, for the refusal.
    concludes
        It signs or concludes, which an account of the side does, and no guest.

    Raises
    ------
    UnauthenticatedError, NotPartyError, GuestRefusedError
    OptionInvalidError
        If ``said`` is no side, or nothing was said by who acts for several.
    """
    if viewer.is_public:
        raise UnauthenticatedError
    own = own_parties(conn, viewer, inspection, today)
    party = find_party(inspection, said) if said is not None else _only(own)
    # A contractor records for its county, and for nobody else's paper.
    helpers = [one for one in own.values() if one.via != "contractor"]
    by_paper = party is not None and party.takes_part == "paper" and bool(helpers)
    if party is None or not (party.id in own or by_paper):
        refuse_ended(read_guests(conn, viewer, inspection.id), today)
        raise NotPartyError(
            what=what,
            parties=[f"{one.name} {one.code}" for one in inspection.parties],
            grants=[grant.in_words() for grant in viewer.grants] or Text("grant.none"),
        )
    acting = own.get(party.id) or Acting(party=party, via="paper")
    helper = acting if party.id in own else helpers[0]
    if concludes and helper.via != "account":
        raise GuestRefusedError(reason=Text(f"reason.{helper.via}_concludes"))
    return acting


def find_party(inspection: Inspection, said: str) -> Party:
    """Return the side that a code, a name, an id or a role names.

    Raises
    ------
    OptionInvalidError
    """
    for one in inspection.parties:
        if said in (one.code, one.name, str(one.id), one.role):
            return one
    allowed = [f"{one.code} {one.name}" for one in inspection.parties]
    raise OptionInvalidError(option="side", value=said, allowed=allowed)


def read_guests(conn: Connection, viewer: Viewer, inspection_id: UUID) -> Sequence[Row[Any]]:
    """Return the invitations of the viewer's account to an inspection, ended ones too."""
    if viewer.user_id is None:
        return []
    return conn.execute(
        select(inspection_guest).where(
            guest.inspection_id == inspection_id, guest.user_id == viewer.user_id
        )
    ).all()


def why_not(row: Row[Any], today: date) -> Text | None:
    """Return why an invitation does not hold on a day; None where it does."""
    if row.revoked_at is not None:
        return Text("reason.invitation_revoked")
    if not row.valid_from <= today < row.valid_to:
        return Text("reason.invitation_over", {"begin": row.valid_from, "end": row.valid_to})
    return None


def _only(own: Mapping[UUID, Acting]) -> Party | None:
    """Return the one side the viewer acts for; None for no side.

    Raises
    ------
    OptionInvalidError
        If it acts for several.
    """
    if len(own) > 1:
        allowed = [f"{one.party.code} {one.party.name}" for one in own.values()]
        raise OptionInvalidError(option="side", value=Text("reason.not_given"), allowed=allowed)
    return next((one.party for one in own.values()), None)


def refuse_ended(rows: Sequence[Row[Any]], today: date) -> None:
    """Refuse a guest one of whose invitations does not hold on a day, saying why; nobody else.

    Raises
    ------
    GuestRefusedError
    """
    for row in rows:
        reason = why_not(row, today)
        if reason is not None:
            raise GuestRefusedError(reason=reason)


def contracts_of(
    conn: Connection, viewer: Viewer, inspection: Inspection, today: date
) -> set[UUID] | None:
    """Return the invitations of who is nothing but a contractor here; None for everybody else."""
    if inspection.is_whole:
        return None
    own = own_parties(conn, viewer, inspection, today).values()
    return {one.guest_id for one in own if one.guest_id is not None}


def refuse_contractor(inspection: Inspection, reason: Text) -> None:
    """Refuse who is nothing but a contractor here: it sees its subjects and its own records.

    Raises
    ------
    GuestRefusedError
    """
    if not inspection.is_whole:
        raise GuestRefusedError(reason=reason)
