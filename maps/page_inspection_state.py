"""The state of an inspection as a line of steps, and the form of each step that comes next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from geo.errors import YutuError
from geo.inspections.facts import STATES, Inspection, Missing, Party, Step
from geo.inspections.workflow import BY_DOCUMENT, Action, pending_acceptance
from geo.texts import Lang, text

WAY = tuple(one for one in STATES if one not in ("returned", "withdrawn"))
"""The states of an inspection that goes straight through."""
ASIDE = ("return", "withdraw")
"""What leads back or out; it asks why."""
STANDS_AT = {"returned": "submitted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepForm:
    """An action that comes next: the form of it where ``speaks``, else why there is none.

    ``sides`` are those the viewer may speak for; none where the authority above speaks itself.
    ``document`` is ``needed``, ``possible`` or None.
    """

    action: str
    to: str
    speaks: bool
    sides: Sequence[Party]
    blocking: Sequence[Missing]
    waits_for: Sequence[Party]
    document: str | None
    asks_why: bool
    why: str | None

    @property
    def id(self) -> str:
        """Return the id of its form on the page."""
        return f"step-{self.action}"

    @property
    def opens(self) -> bool:
        """Return whether it stands open: somebody may do it, or see what lacks."""
        return not self.asks_why and (self.speaks or bool(self.blocking))


def list_forms(
    found: Inspection,
    actions: Sequence[Action],
    steps: Sequence[Step],
    sides: Sequence[Party],
    lang: Lang,
    *,
    superior: bool,
) -> list[StepForm]:
    """Return the actions of the present state, the way forward first.

    Parameters
    ----------
    sides
        Those the viewer concludes for.
    superior
        Whether the viewer is of the authority above all sides.
    """
    forms = [*_confirmation(found, steps, sides)]
    forms += [_form(found, one, sides, lang, superior=superior) for one in actions]
    shown = [one for one in forms if one.speaks or not one.asks_why]
    return sorted(shown, key=lambda one: one.asks_why)


def find_place(state: str) -> int:
    """Return how far along the way a state is; -1 of one that is off it."""
    at = STANDS_AT.get(state, state)
    return WAY.index(at) if at in WAY else -1


def _form(
    found: Inspection, one: Action, sides: Sequence[Party], lang: Lang, *, superior: bool
) -> StepForm:
    above = superior and (one.who == "superior" or one.action == "withdraw")
    own = [] if above else _speakers(found, one, sides)
    document = None
    if own and one.action in BY_DOCUMENT:
        document = "needed"
    elif any(side.takes_part == "paper" for side in own):
        document = "possible"
    return StepForm(
        action=one.action,
        to=one.to,
        speaks=above or bool(own),
        sides=own,
        blocking=[gap for gap in one.missing if gap.blocks],
        waits_for=one.waits_for,
        document=document,
        asks_why=one.action in ASIDE,
        why=None if one.why is None or above or own else _tell(one.why, lang),
    )


def _speakers(found: Inspection, one: Action, sides: Sequence[Party]) -> list[Party]:
    if one.who == "both":
        waited = {party.id for party in one.waits_for}
        return [side for side in sides if side.id in waited]
    if one.who == "party":
        return list(sides)
    return [side for side in sides if side.id == found.lead.id]


def _confirmation(
    found: Inspection, steps: Sequence[Step], sides: Sequence[Party]
) -> Iterator[StepForm]:
    """Yield the form that confirms an acceptance the lead entered from a document."""
    if found.state != "submitted" or pending_acceptance(steps) is None:
        return
    others = [side for side in sides if side.role != "lead"]
    yield StepForm(
        action="confirm_acceptance",
        to="accepted",
        speaks=bool(others),
        sides=others,
        blocking=(),
        waits_for=[one for one in found.parties if one.role == "cooperating"],
        document="possible" if any(side.takes_part == "paper" for side in others) else None,
        asks_why=False,
        why=None,
    )


def _tell(error: YutuError, lang: Lang) -> str:
    return text(f"error.{error.code}", lang, **error.facts)
