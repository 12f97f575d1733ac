"""How a side takes part: by accounts or by paper, whom to write to, and who looks after it there.

A side without accounts cannot say so itself, so the others may; one that has any says it itself.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import get_args
from uuid import UUID

from sqlalchemy import Connection, select, update

from geo.access.jurisdiction import Viewer, load_viewer
from geo.access.tables import app_user, division_closure, role_grant
from geo.access.users import find_user
from geo.db.sql import any_uuid
from geo.errors import OptionInvalidError, PartyHasAccountsError
from geo.inspections.facts import Inspection, Party, TakesPart
from geo.inspections.feed import tell
from geo.inspections.parties import find_party, is_superior, own_divisions, require_party
from geo.inspections.tables import inspection_party
from geo.revisions.changes import change_object
from geo.texts import Text

row = inspection_party.c


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyFacts:
    """How a side takes part; ``clerk`` is the name of the account that looks after it."""

    takes_part: str = "account"
    contact: str | None = None
    clerk: str | None = None


def set_party(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    said: str,
    facts: PartyFacts,
    *,
    today: date,
    seen: int | None = None,
) -> int:
    """Say how a side takes part; return the inspection's new revision.

    Raises
    ------
    OptionInvalidError
        If there is no such side, no such way, or the clerk acts for another side.
    PartyHasAccountsError
        If the viewer is of another side and this one has accounts of its own.
    NotPartyError, GuestRefusedError, UserUnknownError, ChangedMeanwhileError
    """
    party = find_party(found, said)
    _require_voice(conn, viewer, found, party, today)
    if facts.takes_part not in get_args(TakesPart):
        names = [Text(f"takes_part.{one}") for one in get_args(TakesPart)]
        allowed = [*get_args(TakesPart), *names]
        raise OptionInvalidError(option="takes_part", value=facts.takes_part, allowed=allowed)
    clerk_id = _find_clerk(conn, found, party, facts.clerk, today) if facts.clerk else None
    revision = change_object(
        conn, viewer, "inspection", found.id, "inspection_party", seen=seen, needs_seen=False,
        party=party.name,
    )  # fmt: skip
    conn.execute(
        update(inspection_party)
        .where(row.inspection_id == found.id, row.division_id == party.id)
        .values(takes_part=facts.takes_part, contact=facts.contact, clerk_id=clerk_id)
    )
    if facts.takes_part != party.takes_part:
        tell(conn, viewer, found.id, f"party_by_{facts.takes_part}", party.id, party=party.name)
    return revision


def has_accounts(conn: Connection, found: Inspection, party: Party) -> bool:
    """Return whether an account in use writes for a side and for no other."""
    closure, grant = division_closure.c, role_grant.c
    reached: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for place, below in conn.execute(
        select(grant.division_id, closure.descendant_id)
        .join_from(role_grant, app_user, app_user.c.id == grant.user_id)
        .join(division_closure, closure.ancestor_id == grant.division_id)
        .where(app_user.c.disabled_at.is_(None), grant.role != "viewer")
        .where(closure.descendant_id == any_uuid(found.party_ids))
    ):
        reached[place].add(below)
    return {party.id} in reached.values()


def _require_voice(
    conn: Connection, viewer: Viewer, found: Inspection, party: Party, today: date
) -> None:
    """Refuse who may not say how a side takes part."""
    own = own_divisions(conn, viewer, found.party_ids, "editor")
    if party.id in own or is_superior(conn, viewer, found):
        return
    if not own:
        what = Text("doing.set_party", {"party": party.name})
        require_party(conn, viewer, found, party.code, what=what, today=today, concludes=True)
    if has_accounts(conn, found, party):
        raise PartyHasAccountsError(party=party.name)


def _find_clerk(conn: Connection, found: Inspection, party: Party, name: str, today: date) -> UUID:
    user = find_user(conn, name)
    clerk = load_viewer(conn, user.id, demo_open=False, today=today)
    if party.id not in own_divisions(conn, clerk, found.party_ids, "editor"):
        allowed = Text("allowed.clerk", {"party": party.name})
        raise OptionInvalidError(option="clerk", value=name, allowed=allowed)
    return user.id
