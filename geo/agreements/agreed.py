"""Change what the sides of a marker share: by an editor of all of them, or as they agreed.

``KINDS`` says what a proposal of each kind does once every side has consented and the authority
above has approved (Order 353 art. 2, 6, 9).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer, require_role
from geo.agreements.sections import apply_sections
from geo.boundaries.change import LineChange, apply_line_change
from geo.boundaries.sides import read_sides
from geo.db.engine import give_reason
from geo.db.versions import end_versions
from geo.divisions.apply import Source
from geo.errors import OptionInvalidError, ProposalNeededError, StepRefusedError
from geo.exchange.findings import Finding
from geo.markers.card import facts_of, read_card
from geo.markers.events import EventFacts, last_state, write_event
from geo.markers.facts import MarkerFacts
from geo.markers.life import STEPS
from geo.markers.place import read_position
from geo.markers.read import Marker, read_marker
from geo.markers.store import store_markers
from geo.markers.tables import marker_on_line, marker_version
from geo.proposals.proposals import (
    Proposal,
    Statement,
    close_proposal,
    open_proposal,
    read_proposal,
    speak,
)
from geo.revisions.changes import change_object
from geo.sections.recheck import recheck_markers
from geo.texts import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be done: who does it, to what, what would be, as of when, by which proposal."""

    conn: Connection
    viewer: Viewer
    kind: str
    object_id: UUID | None
    body: Mapping[str, Any]
    today: date
    proposal_id: UUID | None = None

    @property
    def at(self) -> date:
        """Return the day from which it holds; today where nothing is said.

        Raises
        ------
        OptionInvalidError
            If it is no day.
        """
        said = self.body.get("at")
        try:
            return date.fromisoformat(said) if said else self.today
        except (TypeError, ValueError):
            raise OptionInvalidError(
                option="at", value=said, allowed=Text("allowed.date")
            ) from None


LINE_KINDS = frozenset({"line_record", "line_geometry", "line_sections"})


def propose(
    conn: Connection,
    viewer: Viewer,
    kind: str,
    object_id: UUID | None,
    body: Mapping[str, Any],
    *,
    today: date,
    note: str | None = None,
) -> Proposal:
    """Open a proposal after trying, and taking back, what it would do.

    Raises
    ------
    OptionInvalidError
        If the kind is none, or what is proposed cannot be read.
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer is an editor of one of the sides.
    """
    if kind not in KINDS:
        raise OptionInvalidError(option="kind", value=kind, allowed=list(KINDS))
    asked = Asked(conn=conn, viewer=viewer, kind=kind, object_id=object_id, body=body, today=today)
    sides = _sides_of(asked)
    made = open_proposal(conn, viewer, kind, object_id=object_id, sides=sides, body=body, note=note)
    trial = conn.begin_nested()
    KINDS[kind](replace(asked, proposal_id=made.id))
    trial.rollback()
    return made


@dataclass(frozen=True, slots=True)
class Answered:
    """A proposal after something was said to it; ``findings`` are what no longer fits since."""

    proposal: Proposal
    findings: list[Finding]


def answer_proposal(
    conn: Connection, viewer: Viewer, proposal_id: UUID, given: Statement, *, today: date
) -> Answered:
    """Say something to a proposal; with the last voice that was missing it is carried out.

    Raises
    ------
    YutuError
        As :func:`geo.proposals.proposals.speak` says, or because what was proposed can no longer
        be done; then nothing was said either.
    """
    found = speak(conn, viewer, proposal_id, given, today=today)
    findings: list[Finding] = []
    if found.state == "proposed" and found.is_agreed:
        asked = Asked(
            conn=conn,
            viewer=viewer,
            kind=found.kind,
            object_id=found.object_id,
            body=found.body,
            today=today,
            proposal_id=found.id,
        )
        findings = KINDS[found.kind](asked)
        close_proposal(conn, proposal_id, "approved")
    return Answered(read_proposal(conn, proposal_id, viewer), findings)


def change_card(  # noqa: PLR0913 - who changes what of which marker, from when, having seen what
    conn: Connection,
    viewer: Viewer,
    marker: Marker,
    body: Mapping[str, Any],
    *,
    today: date,
    seen: int | None,
    correction: bool = False,
    reason: str | None = None,
) -> list[Finding]:
    """Change the card of a marker by an account that is an editor of all its sides.

    A *correction* amends the present version, with its reason; a *change* makes a new one from the
    day in ``body["at"]``. Another place is no change of a card: the marker is relocated, and that
    needs a proposal.

    Returns
    -------
    list of Finding
        That the marker now stands too far off its line.

    Raises
    ------
    OutsideJurisdictionError, RoleMissingError
    ChangedMeanwhileError, RevisionMissingError
    ProposalNeededError
        If the position changes and it is no correction.
    OptionInvalidError
        If a correction has no reason.
    """
    number = f"{marker.number}{marker.member}"
    require_role(conn, viewer, "editor", [one.id for one in marker.sides], what=number)
    if "position" in body and not correction:
        raise ProposalNeededError(kind=Text("marker_event.relocated"))
    if correction and not reason:
        raise OptionInvalidError(
            option="reason", value=Text("reason.not_given"), allowed=Text("allowed.reason")
        )
    fields = [Text(f"page.{name}") for name in sorted(_card_of(body))]
    change_object(conn, viewer, "marker", marker.id, "marker_card", seen=seen, fields=fields)
    asked = Asked(
        conn=conn,
        viewer=viewer,
        kind="marker_change",
        object_id=marker.id,
        body=body,
        today=today,
    )
    day = marker.valid_from if correction and marker.valid_from else asked.at
    facts = read_card(conn, _card_of(body), day, known=facts_of(conn, marker, today))
    require_role(conn, viewer, "editor", facts.sides, what=number)
    _store(asked, facts, day, name=reason or Text("source.direct"))
    return _doubt_place(asked)


def add_card(
    conn: Connection,
    viewer: Viewer,
    body: Mapping[str, Any],
    *,
    today: date,
    number: str,
    dated: date,
) -> tuple[UUID, list[Finding]]:
    """Register a marker that stands already, by an account that is an editor of all its sides.

    One that is still to be set is proposed (``marker_add``, Order 353 art. 6).

    Parameters
    ----------
    number, dated
        Of the paper by which it was agreed or approved.

    Returns
    -------
    tuple
        The marker, and that it stands too far off its line.

    Raises
    ------
    OutsideJurisdictionError, RoleMissingError
    OptionInvalidError
        If no paper is named, or its day lies ahead.
    MarkerInvalidError, NumberTakenError
    """
    if not number.strip() or dated > today:
        option, value = ("paper", number) if not number.strip() else ("dated", dated)
        raise OptionInvalidError(option=option, value=value, allowed=Text("allowed.marker_paper"))
    asked = Asked(
        conn=conn, viewer=viewer, kind="marker_add", object_id=None, body=body, today=today
    )
    facts = read_card(conn, _card_of(body), asked.at)
    require_role(conn, viewer, "editor", facts.sides, what=facts.number)
    source = Text("source.registered", {"number": number.strip(), "dated": dated})
    made = _store(asked, facts, asked.at, name=source)
    return made, _doubt_place(replace(asked, object_id=made))


def _add_marker(asked: Asked) -> list[Finding]:
    facts = replace(read_card(asked.conn, _card_of(asked.body), asked.at), state="set")
    added = replace(asked, object_id=_store(asked, facts, asked.at))
    _write_event(added, "added")
    return _doubt_place(added)


def _move_marker(asked: Asked) -> list[Finding]:
    marker = _marker(asked)
    given = asked.body.get("position")
    if not isinstance(given, Mapping):
        raise OptionInvalidError(option="position", value=given, allowed=Text("allowed.coordinate"))
    facts = facts_of(asked.conn, marker, asked.today)
    if asked.body.get("objects"):
        facts = read_card(asked.conn, {"objects": asked.body["objects"]}, asked.today, known=facts)
    moved = replace(facts, position=read_position(asked.conn, given))
    _note_agreed(asked)
    _store(asked, moved, asked.at)
    _write_event(asked, "relocated")
    return _doubt_place(asked)


def _scrap_marker(asked: Asked) -> list[Finding]:
    marker = _marker(asked)
    _note_agreed(asked)
    _write_event(asked, "scrapped")
    end_versions(asked.conn, marker_version, ["marker_id"], [(marker.id,)], day=asked.at)
    on = [(marker.id, line.id) for line in marker.lines]
    end_versions(asked.conn, marker_on_line, ["marker_id", "line_id"], on, day=asked.at)
    return []


def _change_marker(asked: Asked) -> list[Finding]:
    known = facts_of(asked.conn, _marker(asked), asked.today)
    body = {name: value for name, value in _card_of(asked.body).items() if name != "position"}
    facts = read_card(asked.conn, body, asked.at, known=known)
    _note_agreed(asked)
    _store(asked, facts, asked.at)
    return []


def _doubt_place(asked: Asked) -> list[Finding]:
    """Say that a marker is too far off one of its lines; of a day to come nothing is said."""
    if asked.at > asked.today:
        return []
    marker = _marker(asked)
    found = recheck_markers(asked.conn, [one.id for one in marker.lines], asked.today)
    return [one for one in found if one.value == f"{marker.number}{marker.member}"]


def _change_line(asked: Asked) -> list[Finding]:
    line = _line(asked)
    done = apply_line_change(asked.conn, asked.viewer, line, asked.body, today=asked.today)
    if not isinstance(done, LineChange):
        return []
    return [*done.findings, *recheck_markers(asked.conn, [line], asked.today)]


def _change_sections(asked: Asked) -> list[Finding]:
    apply_sections(asked.conn, asked.viewer, _line(asked), asked.body, at=asked.at)
    return []


def _line(asked: Asked) -> UUID:
    if asked.object_id is None:
        raise OptionInvalidError(
            option="object_id", value=Text("reason.not_given"), allowed=Text("allowed.line")
        )
    return asked.object_id


KINDS: Mapping[str, Callable[[Asked], list[Finding]]] = MappingProxyType(
    {
        "marker_add": _add_marker,
        "marker_move": _move_marker,
        "marker_scrap": _scrap_marker,
        "marker_change": _change_marker,
        "line_record": _change_line,
        "line_geometry": _change_line,
        "line_sections": _change_sections,
    }
)
"""Kind of proposal → what is done; ``proposal_kind.<kind>`` in the catalogue."""


def _sides_of(asked: Asked) -> tuple[UUID, ...]:
    """Return the sides whose consent a proposal needs."""
    if asked.kind == "marker_add":
        return read_card(asked.conn, _card_of(asked.body), asked.at).sides
    if asked.kind in LINE_KINDS:
        return read_sides(asked.conn, _line(asked), asked.today).ids
    return tuple(one.id for one in _marker(asked).sides)


def _card_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in body.items() if name not in ("at", "reason")}


def _marker(asked: Asked) -> Marker:
    if asked.object_id is None:
        raise OptionInvalidError(
            option="object_id", value=Text("reason.not_given"), allowed=Text("allowed.marker")
        )
    return read_marker(asked.conn, asked.object_id, asked.today, asked.viewer)


def _note_agreed(asked: Asked) -> None:
    assert asked.object_id is not None  # noqa: S101 - _marker has asked
    change_object(
        asked.conn,
        asked.viewer,
        "marker",
        asked.object_id,
        "marker_agreed",
        seen=None,
        needs_seen=False,
        proposal=Text(f"proposal_kind.{asked.kind}"),
    )


def _store(asked: Asked, facts: MarkerFacts, day: date, *, name: object = None) -> UUID:
    agreed = Text("source.agreed", {"kind": Text(f"proposal_kind.{asked.kind}")})
    source = Source(name=str(name or agreed))
    give_reason(asked.conn, source.name)
    stored = store_markers(
        asked.conn,
        [facts],
        valid_from=day,
        source=source,
        actor=asked.viewer.actor,
        counts_revision=False,
    )
    return stored.ids[0]


def _write_event(asked: Asked, kind: str) -> None:
    """Write the step that a proposal was about.

    Raises
    ------
    StepRefusedError
        If the marker's state does not allow it.
    """
    marker = _marker(asked)
    state, _since = last_state(asked.conn, marker.id)
    starts = STEPS[kind].starts
    if starts and state not in starts:
        raise StepRefusedError(
            kind=Text(f"marker_event.{kind}"),
            state=Text(f"marker_state.{state}"),
            allowed=Text("grant.none"),
        )
    facts = EventFacts(kind=kind, at=asked.at, note=asked.body.get("reason"))
    write_event(asked.conn, asked.viewer, marker, facts, state=state, proposal_id=asked.proposal_id)
