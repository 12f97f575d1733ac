"""What keeps a completed round of a line out of the register: its dates, its lead, its place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from uuid import UUID

from geo.boundaries.sides import Side
from geo.exchange.findings import Finding
from geo.inspections.facts import RESULTS
from geo.texts import Text

MOST_ROUNDS = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRoundFacts:
    """A completed round of a line.

    ``started_on`` and ``finished_on`` are the first and last day as the report has them;
    ``lead_id`` the side that led, where it is known; ``states`` counts the markers by what was
    found (``RESULTS["marker"]``). ``source`` names the paper or list it is taken from.
    """

    line_id: UUID
    round: int
    started_on: date | None = None
    finished_on: date
    lead_id: UUID | None = None
    states: Mapping[str, int] = field(default_factory=dict)
    note: str | None = None
    source: str

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of its facts."""
        return tuple(one.name for one in fields(cls))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRound:
    """A round the register has of a line; without ``id`` it is inspected here.

    ``finished_on`` is None while that inspection is under way.
    """

    id: UUID | None
    facts: PastRoundFacts | None
    finished_on: date | None


def says_same(facts: PastRoundFacts, known: KnownRound) -> bool:
    """Return whether two say the same of a round; note and source make no difference."""
    return known.facts is not None and all(
        getattr(facts, name) == getattr(known.facts, name)
        for name in ("line_id", "round", "started_on", "finished_on", "lead_id", "states")
    )


def find_faults(
    facts: PastRoundFacts,
    sides: Collection[Side],
    known: Mapping[int, KnownRound],
    today: date,
    *,
    row: int | None = None,
) -> list[Finding]:
    """Return what is wrong with a completed round.

    Parameters
    ----------
    known
        The other rounds of the line, by their number.
    row
        Of the list it stands in.
    """
    return [
        Finding(rule=rule, severity="error", row=row, value=value, allowed=allowed, facts=said)
        for rule, value, allowed, said in (
            *_wrong_numbers(facts),
            *_wrong_days(facts, today),
            *_wrong_lead(facts, sides),
            *_wrong_place(facts, known),
        )
    ]


Fault = tuple[str, str, Text | str | None, dict[str, object]]


def _wrong_numbers(facts: PastRoundFacts) -> Iterator[Fault]:
    if not 1 <= facts.round <= MOST_ROUNDS:
        yield "round_number_invalid", str(facts.round), f"1–{MOST_ROUNDS}", {}
    if not facts.source.strip():
        yield "round_without_source", facts.source, Text("allowed.paper_name"), {}
    names = [Text(f"result.marker.{state}") for state in RESULTS["marker"]]
    for state, count in facts.states.items():
        if state not in RESULTS["marker"] or count < 0:
            allowed = Text("allowed.named", {"names": names})
            yield "round_states_invalid", f"{state}: {count}", allowed, {}


def _wrong_days(facts: PastRoundFacts, today: date) -> Iterator[Fault]:
    if facts.started_on is not None and facts.started_on > facts.finished_on:
        yield "round_reversed", f"{facts.started_on} – {facts.finished_on}", None, {}
    if facts.finished_on > today:
        allowed = Text("allowed.until", {"last": today})
        yield "round_in_future", str(facts.finished_on), allowed, {}


def _wrong_lead(facts: PastRoundFacts, sides: Collection[Side]) -> Iterator[Fault]:
    if facts.lead_id is not None and facts.lead_id not in {side.id for side in sides}:
        named = [f"{side.name} {side.code}" for side in sides]
        allowed = Text("allowed.named", {"names": named})
        yield "round_lead_no_side", str(facts.lead_id), allowed, {}


def _wrong_place(facts: PastRoundFacts, known: Mapping[int, KnownRound]) -> Iterator[Fault]:
    same = known.get(facts.round)
    if same is not None and same.facts is None:
        yield "round_inspected", str(facts.round), None, {}
    elif same is not None:
        source = same.facts.source if same.facts else ""
        told: dict[str, object] = {"finished": same.finished_on, "source": source}
        yield "round_known_otherwise", str(facts.round), None, told
    for number, other in sorted(known.items()):
        if other.finished_on is None or number == facts.round:
            continue
        before = number < facts.round
        if (
            (other.finished_on >= facts.finished_on)
            if before
            else (other.finished_on <= facts.finished_on)
        ):
            told = {"other": number, "finished": other.finished_on, "round": facts.round}
            yield "round_out_of_order", str(facts.finished_on), None, told
