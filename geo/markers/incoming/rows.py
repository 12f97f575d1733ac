"""Markers on their way in: each row of a table by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from shapely import Point

from geo.crs.local_fit import LocalFit, apply_fit
from geo.crs.systems import read_crs
from geo.crs.transform import transform_points
from geo.exchange.findings import Collector, Finding
from geo.exchange.schema import CellError, parse_number
from geo.exchange.stage import Staged
from geo.markers.facts import ObjectFacts, Position
from geo.markers.incoming.cells import SetUp
from geo.markers.incoming.schema import MOST_OBJECTS, SITES
from geo.markers.numbers import match_number, split_member
from geo.texts import Text


@dataclass(slots=True, kw_only=True)
class Row:
    """A row that may go in; what is not yet known (lines, sides, the marker it is) comes later.

    ``lines_said`` and ``sides_said`` are as they were written. ``point`` is in EPSG:4490.
    ``split_from`` is the one cell that said set-up and faces together.
    """

    row: int
    number: str
    member: str | None
    set_up: str | None
    faces: int | None
    lines_said: tuple[str, ...]
    line_names: tuple[str, ...]
    sides_said: tuple[str, ...]
    managing_said: str | None
    sites: tuple[str | None, ...]
    point: Point | None
    given: Point | None
    position: Position | None
    objects: tuple[ObjectFacts, ...]
    values: Mapping[str, Any]
    lines: tuple[UUID, ...] = ()
    sides: tuple[UUID, ...] = ()
    managing: UUID | None = None
    own_sites: Mapping[UUID, str] = field(default_factory=dict)
    known: UUID | None = None
    split_from: str | None = None

    @property
    def called(self) -> str:
        """Return the number as it stands on the stone."""
        return f"{self.number}{self.member or ''}"


@dataclass(slots=True)
class Reading:
    """What a table came to: the rows without an error, and what was found in all of them."""

    rows: list[Row] = field(default_factory=list)
    found: Collector = field(default_factory=Collector)

    def drop(self, bad: Mapping[int, Finding]) -> None:
        """Leave out the rows of these numbers, each with its finding."""
        self.found.extend(bad.values())
        self.rows = [one for one in self.rows if one.row not in bad]


def read_rows(staged: Staged, rules: frozenset[str], fit: LocalFit | None = None) -> Reading:
    """Read the rows of a staged table, each by itself; rows with an error are left out.

    Parameters
    ----------
    rules
        The forms of numbers that count.
    fit
        What moved the places of the table from an old datum, and moves those of its objects.
    """
    reading = Reading()
    bad = staged.bad_rows
    for values in staged.rows.to_dict("records"):
        if values["row"] in bad:
            continue
        wrong = _wrong_faces(values, staged) or _wrong_objects(values, staged)
        if wrong is None:
            reading.rows.append(_as_row(values, staged, rules, reading.found, fit))
        else:
            reading.found.add(wrong)
    return reading


def head_of(staged: Staged, column: str) -> str:
    """Return how the file calls a column."""
    return staged.heads.get(column, column)


def _wrong_faces(values: Mapping[Any, Any], staged: Staged) -> Finding | None:
    """Return that one cell says another number of faces than the other."""
    said: SetUp | None = values["set_up"]
    if said is None or said.faces in (None, values["faces"]) or values["faces"] is None:
        return None
    return Finding(
        rule="faces_differ",
        severity="error",
        row=values["row"],
        column=head_of(staged, "faces"),
        value=str(values["faces"]),
        allowed=str(said.faces),
        facts={"other": head_of(staged, "set_up")},
    )


def _wrong_objects(values: Mapping[Any, Any], staged: Staged) -> Finding | None:
    """Return that a reference object has a bearing or a distance and no name."""
    for number in range(1, MOST_OBJECTS + 1):
        named = values[f"object{number}_name"]
        for what in ("bearing", "magnetic", "distance", "x", "y"):
            column = f"object{number}_{what}"
            if named is None and values[column] is not None:
                return Finding(
                    rule="object_without_name",
                    severity="error",
                    row=values["row"],
                    column=head_of(staged, column),
                    value=str(values[column]),
                    facts={"ordinal": number},
                )
    return None


def _as_row(
    values: Mapping[Any, Any],
    staged: Staged,
    rules: frozenset[str],
    found: Collector,
    fit: LocalFit | None,
) -> Row:
    said: SetUp = values["set_up"] or SetUp(None, None, "")
    number, member, set_up = _settle_number(values, said.set_up, rules)
    point = values["geometry"]
    point = point if isinstance(point, Point) and not point.is_empty else None
    row = Row(
        row=values["row"],
        number=number,
        member=member,
        set_up=set_up,
        faces=values["faces"] or said.faces,
        lines_said=values["line"] or (),
        line_names=values["line_name"] or (),
        sides_said=values["sides"] or _each(values, "side"),
        managing_said=values["managing"],
        sites=tuple(values[f"site{number}"] for number in range(1, SITES + 1)),
        point=point,
        given=None if point is None else values["given"],
        position=None if point is None else _position(values, point, staged),
        objects=_read_objects(values, staged, found, fit),
        values={name: values[name] for name in KEPT},
        split_from=said.written if said.set_up and said.faces else None,
    )
    _tell_number(row, rules, staged, found)
    return row


KEPT = (
    "material", "grade", "height", "height_datum", "method", "accuracy", "surveyed_on", "set_on",
    "state", "position_text", "note",
)  # fmt: skip
"""What goes from the row to the card as it is."""


def _each(values: Mapping[Any, Any], name: str) -> tuple[str, ...]:
    said = (values[f"{name}{number}"] for number in range(1, SITES + 1))
    return tuple(one for one in said if one is not None)


def _settle_number(
    values: Mapping[Any, Any], set_up: str | None, rules: frozenset[str]
) -> tuple[str, str | None, str | None]:
    """Return number, member and set-up: a set's letter at the end of the number is the member.

    Together number and member are the number as it was written; nothing is added to it.
    """
    number, member = values["number"], values["member"]
    if member is None and set_up in (None, "double", "triple"):
        parted = split_member(number, rules)
        if parted is not None:
            letter = parted[1]
            says = {form.set_up.get(letter) for form in match_number(number, rules)}
            if set_up in says or set_up is None:
                return *parted, set_up or next(one for one in says if one)
    return number, member, set_up


def _tell_number(row: Row, rules: frozenset[str], staged: Staged, found: Collector) -> None:
    """Say that a number has none of the forms, or a letter that speaks of another set-up."""
    forms = match_number(row.called, rules) or match_number(row.number, rules)
    head = head_of(staged, "number")
    if not forms:
        found.add(
            Finding(
                rule="number_of_no_form",
                severity="warning",
                row=row.row,
                column=head,
                value=row.called,
                facts={"forms": sorted(rules)},
            )
        )
    for form in forms:
        letter = form.parts(row.called).get(form.member or "")
        says = form.set_up.get(letter or "")
        if says and row.set_up and says != row.set_up:
            facts = {"says": Text(f"set_up.{says}"), "set_up": Text(f"set_up.{row.set_up}")}
            found.add(
                Finding(
                    rule="number_says_set_up",
                    severity="warning",
                    row=row.row,
                    column=head,
                    value=row.called,
                    facts=facts,
                )
            )


def _position(values: Mapping[Any, Any], point: Point, staged: Staged) -> Position:
    given = values["given"]
    return Position(
        lon=point.x,
        lat=point.y,
        given_x=_written(values.get("given_x"), given.x),
        given_y=_written(values.get("given_y"), given.y),
        source_crs=staged.source_crs,
        fit_id=staged.fit_id,
        method=values["method"],
        accuracy_m=values["accuracy"],
    )


def _written(cell: object, number: float) -> str:
    """Return a coordinate as it was written; a number as its shortest digits."""
    if isinstance(cell, str):
        return cell
    # The shortest digits that mean this number are those that were typed.
    typed = format(Decimal(repr(number)), "f")
    return typed.removesuffix(".0")


def _read_objects(
    values: Mapping[Any, Any], staged: Staged, found: Collector, fit: LocalFit | None
) -> tuple[ObjectFacts, ...]:
    objects = []
    for number in range(1, MOST_OBJECTS + 1):
        name = values[f"object{number}_name"]
        if name is None:
            continue
        objects.append(
            ObjectFacts(
                ordinal=number,
                name=name,
                part=values[f"object{number}_part"],
                grid_bearing_deg=values[f"object{number}_bearing"],
                magnetic_bearing_deg=values[f"object{number}_magnetic"],
                distance_m=values[f"object{number}_distance"],
                position=_object_position(values, number, staged, found, fit),
                note=values[f"object{number}_note"],
            )
        )
    return tuple(objects)


def _object_position(
    values: Mapping[Any, Any],
    number: int,
    staged: Staged,
    found: Collector,
    fit: LocalFit | None,
) -> Position | None:
    """Return where a reference object stands, in the system of the file's own places."""
    said: Sequence[object] = [values[f"object{number}_{axis}"] for axis in "xy"]
    if None in said or staged.source_crs is None:
        return None
    try:
        xy = np.array([[parse_number(one) for one in said]])
        crs = read_crs(staged.source_crs)
        lonlat = transform_points(xy, crs) if fit is None else apply_fit(fit, xy, crs)
    except CellError:
        lonlat = np.full((1, 2), np.nan)
    lon, lat = lonlat[0].tolist()
    if not np.isfinite(lonlat).all():
        found.add(
            Finding(
                rule="object_place_unread",
                severity="warning",
                row=values["row"],
                column=head_of(staged, f"object{number}_x"),
                value=f"{said[0]}, {said[1]}",
                facts={"ordinal": number},
            )
        )
        return None
    return Position(
        lon=lon,
        lat=lat,
        given_x=str(said[0]),
        given_y=str(said[1]),
        source_crs=staged.source_crs,
    )
