"""What a package can say of a line, a marker and a file: values by name, for any platform's heads.

A value is None where nothing is known; a number is metres, kilometres or degrees as its name says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from geo.boundaries.find import LineFound
from geo.files.attach import Attachment
from geo.markers.facts import SideFacts
from geo.markers.objects import ReferenceObject
from geo.markers.read import Marker
from geo.texts import text

KINDS = ("line", "marker")
OBJECTS = 3
"""Reference objects that have columns of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An object as it is to be reported, with what belongs to it.

    ``zone``, ``easting`` and ``northing`` (metres, without zone number) are those of the 3-degree
    zone a marker lies in; ``by_set_up`` counts the markers of a line.
    """

    thing: Marker | LineFound
    files: Sequence[Attachment] = ()
    objects: Sequence[ReferenceObject] = ()
    own: Mapping[UUID, SideFacts] | None = None
    position_text: str | None = None
    zone: int | None = None
    easting: float | None = None
    northing: float | None = None
    by_set_up: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A file that goes along, and where it lies in the package."""

    key: str
    file: Attachment
    path: str


Value = Callable[[Any], object]
"""Takes a :class:`Said` (of a file a :class:`Given`) and returns what is to be written."""


def _marker(name: str) -> Value:
    return lambda said: getattr(said.thing, name)


def _own(name: str) -> Value:
    return lambda said: getattr(said, name)


def _record(name: str) -> Value:
    return lambda said: getattr(said.thing.record, name)


def _file(name: str) -> Value:
    return lambda given: getattr(given.file, name)


def _site(place: int) -> Value:
    def site(said: Said) -> str | None:
        sides = said.thing.sides if isinstance(said.thing, Marker) else ()
        if place > len(sides):
            return None
        side = sides[place - 1]
        own = (said.own or {}).get(side.id)
        return f"{side.name}{(own and own.site) or ''}"

    return site


def _object(place: int, name: str) -> Value:
    def value(said: Said) -> object:
        found = next((one for one in said.objects if one.ordinal == place), None)
        if found is None:
            return None
        if name == "name":
            return f"{found.name}（{found.part}）" if found.part else found.name
        return getattr(found, name)

    return value


def _line_codes(said: Said) -> str | None:
    lines = said.thing.lines if isinstance(said.thing, Marker) else ()
    return ";".join(one.code for one in lines if one.code) or None


def _markers(set_up: str | None) -> Value:
    def count(said: Said) -> int:
        counts = said.by_set_up or {}
        return sum(counts.values()) if set_up is None else counts.get(set_up, 0)

    return count


MARKER: dict[str, Value] = {
    "key": lambda said: str(said.thing.id),
    **{
        name: _marker(name)
        for name in (
            "number", "member", "set_up", "faces", "material", "grade", "state", "lon", "lat",
            "height_datum", "set_on", "surveyed_on", "note",
        )
    },
    "height": _marker("height_m"),
    "managing": lambda said: said.thing.managing and said.thing.managing.name,
    "line_codes": _line_codes,
    "zone": _own("zone"),
    "easting": _own("easting"),
    "northing": _own("northing"),
    "easting_with_zone": lambda said: (
        None if said.easting is None else said.zone * 1_000_000 + said.easting
    ),
    "position_text": _own("position_text"),
    **{f"site{place}": _site(place) for place in range(1, OBJECTS + 1)},
    **{
        f"object{place}_{name}": _object(place, column)
        for place in range(1, OBJECTS + 1)
        for name, column in (
            ("name", "name"), ("bearing", "grid_bearing_deg"), ("distance", "distance_m"),
        )
    },
}  # fmt: skip
LINE: dict[str, Value] = {
    "key": lambda said: str(said.thing.line.id),
    **{
        name: _record(name)
        for name in (
            "code", "name", "length_document", "begins_at", "ends_at", "settled_on", "approved_by",
            "approval_document", "approved_on", "published_by", "published_on", "note",
        )
    },
    "disputed": lambda said: "yes" if said.thing.record.disputed else "no",
    "level": lambda said: said.thing.line.level,
    "length_km": lambda said: round(said.thing.printed.km, 3),
    "length_basis": lambda said: said.thing.printed.basis,
    "left_code": lambda said: said.thing.line.left_code,
    "left_name": lambda said: said.thing.line.left_name,
    "right_code": lambda said: said.thing.line.right_code,
    "right_name": lambda said: said.thing.line.right_name,
    "markers": _markers(None),
    **{f"markers_{one}": _markers(one) for one in ("single", "double", "triple")},
}  # fmt: skip
FILE: dict[str, Value] = {
    "key": lambda given: given.key,
    "path": lambda given: given.path,
    "kind": lambda given: text(f"paper_kind.{given.file.kind}"),
    **{
        name: _file(name)
        for name in ("name", "title", "number", "dated", "issuer", "sha256", "media_type")
    },
}
OPERATION = "operation"
"""Whether a row is new, changed or ended; no part of what is compared."""
VALUES: dict[str, dict[str, Value]] = {
    "line": LINE | {OPERATION: lambda _: None},
    "marker": MARKER | {OPERATION: lambda _: None},
    "file": FILE,
}
WORDS = {
    "set_up": "set_up.{}",
    "faces": "faces.{}",
    "state": "marker_state.{}",
    "level": "page.level.{}",
    "length_basis": "length_basis.{}",
    OPERATION: "report_operation.{}",
}
"""Values that are one of a list, and the key of their word in the catalogue."""
