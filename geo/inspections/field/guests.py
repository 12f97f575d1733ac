"""Who is invited to one inspection, for a time: somebody of a side, or its contractor (作业单位).

A guest's account has no grant, so it reaches nothing else. It never signs or concludes: a signature
binds a government, and only an account that the side's own administrator gave a role proves whose
it is; a side without such an account is bound by its sealed paper.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, Text, cast, func, insert, select, update

from geo.access.jurisdiction import Viewer
from geo.access.tables import app_user
from geo.access.users import find_user, make_account, normal_name
from geo.db.ids import new_id
from geo.errors import (
    GuestUnknownError,
    NotPartyError,
    OptionInvalidError,
    UserExistsError,
    UserUnknownError,
)
from geo.inspections.facts import Inspection, Party
from geo.inspections.feed import tell
from geo.inspections.parties import (
    find_party,
    is_superior,
    own_divisions,
    require_party,
    why_not,
)
from geo.inspections.read import lock_inspection
from geo.inspections.tables import inspection_guest
from geo.texts import Text as Words

ROLES = ("invited", "contractor")
"""``guest_role.<key>`` in the catalogue."""
LONGEST = timedelta(days=731)
"""An inspection is over in a year or two; who is still needed then is invited anew."""
guest = inspection_guest.c


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestFacts:
    """An invitation to be made, from ``valid_from`` to before ``valid_to``.

    ``user`` is the name of the account: a new one, or one invited before; None makes a name.
    ``subjects`` are the markers and sections of a contractor, by id.
    """

    side: str | None
    role: str
    valid_from: date
    valid_to: date
    user: str | None = None
    display_name: str | None = None
    organisation: str | None = None
    subjects: Collection[UUID] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """An invitation; ``ended`` says why it does not hold today, None where it does."""

    id: UUID
    user: str
    display_name: str
    division_id: UUID
    role: str
    organisation: str | None
    subjects: tuple[UUID, ...] | None
    valid_from: date
    valid_to: date
    revoked_at: datetime | None
    actor_name: str
    at: datetime
    ended: Words | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """A guest, and the password of its new account, told once; None for one that has its own."""

    guest: Guest
    password: str | None


def invite_guest(
    conn: Connection, viewer: Viewer, found: Inspection, facts: GuestFacts, *, today: date
) -> Invited:
    """Invite somebody for a side; who was invited before for the same is invited for longer.

    Raises
    ------
    NotPartyError, GuestRefusedError
        Unless the viewer is an account of the side, or the superior of all.
    OptionInvalidError
        If role, days or subjects do not hold together.
    UserExistsError
        If the name is that of an account with a role of its own, or of another side's guest.
    """
    party = _require_host(conn, viewer, found, facts.side, today)
    _check(found, party, facts, today)
    lock_inspection(conn, found.id)
    user_id, password = _find_account(conn, facts)
    known = conn.execute(
        select(guest.id, guest.division_id, guest.role).where(
            guest.inspection_id == found.id, guest.user_id == user_id
        )
    ).one_or_none()
    if known is not None and (known.division_id, known.role) != (party.id, facts.role):
        raise UserExistsError(user=facts.user)
    values = {
        "organisation": facts.organisation,
        "subjects": None if facts.subjects is None else list(facts.subjects),
        "valid_from": facts.valid_from,
        "valid_to": facts.valid_to,
        "revoked_at": None,
    }
    if known is not None:
        made = known.id
        conn.execute(update(inspection_guest).where(guest.id == made).values(values))
    else:
        made = new_id()
        own: dict[str, Any] = {
            "inspection_id": found.id,
            "user_id": user_id,
            "division_id": party.id,
        }
        own |= {"id": made, "role": facts.role, "actor": viewer.actor}
        conn.execute(insert(inspection_guest).values({**values, **own}))
    given = read_guest(conn, found, made, today)
    tell(
        conn, viewer, found.id, f"invited_{facts.role}", party.id,
        name=given.organisation or given.display_name,
    )  # fmt: skip
    return Invited(guest=given, password=password)


def revoke_guest(
    conn: Connection, viewer: Viewer, found: Inspection, guest_id: UUID, *, today: date
) -> Guest:
    """End an invitation at once; what was recorded under it stays. Revoked twice it is revoked.

    Raises
    ------
    GuestUnknownError, NotPartyError, GuestRefusedError
    """
    known = read_guest(conn, found, guest_id, today)
    _require_host(conn, viewer, found, str(known.division_id), today)
    done = conn.execute(
        update(inspection_guest)
        .where(guest.id == guest_id, guest.revoked_at.is_(None))
        .values(revoked_at=func.clock_timestamp())
    )
    if done.rowcount:
        name = known.organisation or known.display_name
        tell(conn, viewer, found.id, "guest_revoked", known.division_id, name=name)
    return read_guest(conn, found, guest_id, today)


def list_guests(conn: Connection, viewer: Viewer, found: Inspection, today: date) -> list[Guest]:
    """List the invitations of an inspection in their order; a guest sees only its own.

    Who may see the inspection was asked before.
    """
    wanted = _select().where(guest.inspection_id == found.id)
    if not viewer.grants:
        wanted = wanted.where(guest.user_id == viewer.user_id)
    return [_guest(one, today) for one in conn.execute(wanted.order_by(guest.at, guest.id))]


def read_guest(conn: Connection, found: Inspection, guest_id: UUID, today: date) -> Guest:
    """Return one invitation of an inspection.

    Raises
    ------
    GuestUnknownError
    """
    wanted = _select().where(guest.inspection_id == found.id, guest.id == guest_id)
    row = conn.execute(wanted).one_or_none()
    if row is None:
        raise GuestUnknownError(guest=guest_id)
    return _guest(row, today)


def _require_host(
    conn: Connection, viewer: Viewer, found: Inspection, said: str | None, today: date
) -> Party:
    """Return the side for which the viewer may invite: its own, or any for the superior of all."""
    if said is not None and is_superior(conn, viewer, found):
        return find_party(found, said)
    what = Words("doing.invite")
    acting = require_party(conn, viewer, found, said, what=what, today=today, concludes=True)
    # For a side without accounts others enter paper; they do not choose who speaks for it.
    if acting.party.id not in own_divisions(conn, viewer, found.party_ids, "editor"):
        raise NotPartyError(
            what=what,
            parties=[f"{acting.party.name} {acting.party.code}"],
            grants=[grant.in_words() for grant in viewer.grants],
        )
    return acting.party


def _check(found: Inspection, party: Party, facts: GuestFacts, today: date) -> None:
    if facts.role not in ROLES:
        names = [Words(f"guest_role.{one}") for one in ROLES]
        raise OptionInvalidError(option="role", value=facts.role, allowed=[*ROLES, *names])
    first = max(today, facts.valid_from)
    if not first < facts.valid_to <= first + LONGEST:
        limits = {"first": first + timedelta(days=1), "last": first + LONGEST}
        allowed = Words("allowed.days", limits)
        raise OptionInvalidError(option="valid_to", value=facts.valid_to, allowed=allowed)
    if facts.role == "contractor" and not facts.organisation:
        raise OptionInvalidError(
            option="organisation",
            value=Words("reason.not_given"),
            allowed=Words("allowed.organisation"),
        )
    if facts.role == "contractor" or facts.subjects is not None:
        _check_subjects(found, party, facts)


def _check_subjects(found: Inspection, party: Party, facts: GuestFacts) -> None:
    own = {one.id for one in found.subjects if party.id in one.sides}
    wrong = [one for one in facts.subjects or () if one not in own]
    if wrong or not facts.subjects:
        raise OptionInvalidError(
            option="subjects",
            value=wrong[0] if wrong else Words("reason.not_given"),
            allowed=Words("allowed.subjects", {"party": party.name}),
        )


def _find_account(conn: Connection, facts: GuestFacts) -> tuple[UUID, str | None]:
    """Return the guest's account, newly made with its password where the name is free."""
    shown = facts.display_name or facts.organisation or ""
    password = secrets.token_urlsafe(12)
    if facts.user is None:
        name = f"guest-{secrets.token_hex(4)}"
        return make_account(conn, name, password, display_name=shown).id, password
    try:
        known = find_user(conn, facts.user)
    except UserUnknownError:
        name = normal_name(facts.user)
        return make_account(conn, name, password, display_name=shown).id, password
    before = select(guest.id).where(guest.user_id == known.id).limit(1)
    if known.grants or known.disabled_at or conn.execute(before).scalar() is None:
        raise UserExistsError(user=facts.user)
    return known.id, None


def _select() -> Select[Any]:
    host = app_user.alias("host")
    return (
        select(
            *inspection_guest.c,
            app_user.c.name.label("user"),
            app_user.c.display_name,
            func.coalesce(host.c.name, guest.actor).label("actor_name"),
        )
        .join_from(inspection_guest, app_user, app_user.c.id == guest.user_id)
        .outerjoin(host, cast(host.c.id, Text) == guest.actor)
    )


def _guest(row: Row[Any], today: date) -> Guest:
    return Guest(
        id=row.id,
        user=row.user,
        display_name=row.display_name,
        division_id=row.division_id,
        role=row.role,
        organisation=row.organisation,
        subjects=None if row.subjects is None else tuple(row.subjects),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        revoked_at=row.revoked_at,
        actor_name=row.actor_name,
        at=row.at,
        ended=why_not(row, today),
    )
