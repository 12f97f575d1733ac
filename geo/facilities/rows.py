"""Facilities on their way in: each row of a list by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shapely import Point

from geo.exchange.findings import Collector, Finding
from geo.exchange.stage import Staged
from geo.facilities.kinds import KINDS, Kind, find_kind, near_kinds
from geo.facilities.schema import ALLOWED_QUALITIES
from geo.texts import Text


@dataclass(slots=True, kw_only=True)
class Facility:
    """A row that may go in; ``point`` is in EPSG:4490, ``given`` as it came in the file's system.

    ``known`` is the facility of the register that it is, None for a new one.
    """

    row: int
    kind: str
    name: str
    code: str | None = None
    division_code: str | None = None
    division_id: UUID | None = None
    address: str | None = None
    capacity: int | None = None
    beds: int | None = None
    nursing_beds: int | None = None
    position_quality: str = "none"
    point: Point | None = None
    given: Point | None = None
    known: UUID | None = None


@dataclass(slots=True)
class Reading:
    """What a list came to: the rows without an error, and what was found in all of them."""

    rows: list[Facility] = field(default_factory=list)
    found: Collector = field(default_factory=Collector)

    def drop(self, bad: Mapping[int, Finding]) -> None:
        """Leave out the rows of these numbers, each with its finding."""
        self.found.extend(bad.values())
        self.rows = [one for one in self.rows if one.row not in bad]


def read_rows(staged: Staged, kind: Kind | None) -> Reading:
    """Read the rows of a staged list, each by itself; rows with an error are left out.

    Parameters
    ----------
    kind
        Kind of the rows that name none themselves.
    """
    reading = Reading()
    bad = staged.bad_rows
    for values in staged.rows.to_dict("records"):
        if values["row"] in bad:
            continue
        wrong = _wrong(values, kind, staged)
        if wrong is None:
            reading.rows.append(_as_facility(values, kind, reading.found))
        else:
            reading.found.add(wrong)
    return reading


def head_of(staged: Staged, column: str) -> str:
    """Return how the file calls a column."""
    return staged.heads.get(column, column)


def refuse_private(kind: Kind) -> Text:
    """Return why a kind that stands in private homes is no point, and what to do instead."""
    return Text("reason.private_home", {"kind": kind.name, "key": kind.key})


def _wrong(values: Mapping[Any, Any], kind: Kind | None, staged: Staged) -> Finding | None:
    """Return what keeps a row out, the first of it."""
    checks = (_wrong_kind(values, kind, staged), _wrong_beds(values, staged))
    return next((one for one in (*checks, _wrong_place(values, staged)) if one), None)


def _wrong_kind(values: Mapping[Any, Any], default: Kind | None, staged: Staged) -> Finding | None:
    row, said, head = values["row"], values["kind"], head_of(staged, "kind")
    if said is None:
        if default is None:
            allowed = [
                Text("reason.kind_named", {"kind": one.name, "key": one.key}) for one in SOME
            ]
            return Finding(
                rule="kind_missing",
                severity="error",
                row=row,
                column=head,
                allowed=Text("allowed.named", {"names": allowed}),
            )
        return None
    found = find_kind(said)
    if found is None:
        return Finding(
            rule="kind_unknown",
            severity="error",
            row=row,
            column=head,
            value=said,
            allowed=Text("allowed.named", {"names": near_kinds(said) or list(KINDS)}),
        )
    if found.private_home:
        facts = {"why": refuse_private(found)}
        return Finding(rule="kind_private", severity="error", row=row, column=head, facts=facts)
    return None


SOME = tuple(KINDS[key] for key in ("care_home", "rural_public_cemetery", "hospital"))
"""Kinds named as examples."""


def _wrong_beds(values: Mapping[Any, Any], staged: Staged) -> Finding | None:
    beds, nursing = values["beds"], values["nursing_beds"]
    if beds is None or nursing is None or nursing <= beds:
        return None
    return Finding(
        rule="nursing_beds_exceed",
        severity="error",
        row=values["row"],
        column=head_of(staged, "nursing_beds"),
        value=str(nursing),
        allowed=f"0–{beds}",
        facts={"beds": beds},
    )


def _wrong_place(values: Mapping[Any, Any], staged: Staged) -> Finding | None:
    point = _point(values["geometry"])
    if point is None and values["division"] is None:
        return Finding(rule="place_missing", severity="error", row=values["row"])
    if point is not None and values["position_quality"] == "none":
        return Finding(
            rule="quality_none",
            severity="error",
            row=values["row"],
            column=head_of(staged, "position_quality"),
            allowed=ALLOWED_QUALITIES,
        )
    return None


def _as_facility(values: Mapping[Any, Any], default: Kind | None, found: Collector) -> Facility:
    kind = find_kind(values["kind"]) if values["kind"] is not None else default
    point = _point(values["geometry"])
    quality = values["position_quality"]
    if point is None and quality not in (None, "none"):
        facts = {"quality": Text(f"position.{quality}")}
        found.add(
            Finding(
                rule="quality_without_place", severity="warning", row=values["row"], facts=facts
            )
        )
    return Facility(
        row=values["row"],
        kind=kind.key if kind else "",
        name=values["name"],
        code=values["code"],
        division_code=values["division"],
        address=values["address"],
        capacity=values["capacity"],
        beds=values["beds"],
        nursing_beds=values["nursing_beds"],
        position_quality="none" if point is None else quality or "mapped",
        point=point,
        given=None if point is None else values["given"],
    )


def _point(shape: object) -> Point | None:
    return shape if isinstance(shape, Point) and not shape.is_empty else None
