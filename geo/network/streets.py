"""Streets as they are joined: pieces between nodes, in arrays, and what one may walk on."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.network.graph import Floats, Ints
from geo.office import Office

Words = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]
TAGS = ("way", "highway", "foot", "access", "name")
"""What is kept of a street beside its course: its id at the source and its OSM tags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Streets:
    """A network of e pieces between n nodes, as it is stored; walkable or not.

    Piece k runs from node ``ends[k, 0]`` to ``ends[k, 1]`` (int32, below ``nodes``), its vertices
    are ``lonlat[starts[k]:starts[k + 1]]`` (EPSG:4490, degrees) and its length is ``length_m[k]``
    (geodesic on GRS 80). ``tags`` has for each of ``TAGS`` one text or None by piece.
    """

    nodes: int
    ends: Ints
    starts: npt.NDArray[np.int64]
    lonlat: Floats
    length_m: Floats
    tags: Mapping[str, Words]

    @property
    def edges(self) -> int:
        """Return the number of pieces."""
        return len(self.ends)

    @property
    def length_km(self) -> float:
        """Return the length of all pieces, kilometres."""
        return float(self.length_m.sum()) / 1000

    def shapes(self, some: slice) -> Words:
        """Return some of the pieces as LineStrings in EPSG:4490."""
        begin, end, _ = some.indices(self.edges)
        owner = np.repeat(np.arange(end - begin), np.diff(self.starts[begin : end + 1]))
        lonlat = self.lonlat[self.starts[begin] : self.starts[end]]
        return np.asarray(shapely.linestrings(lonlat, indices=owner), dtype=object)

    def sha256(self) -> str:
        """Return the hash of all that is stored of the pieces, in hex."""
        digest = hashlib.sha256()
        for array in (self.ends, self.starts, self.lonlat, self.length_m):
            digest.update(np.ascontiguousarray(array).tobytes())
        for tag in TAGS:
            words = ("\x00" if word is None else word for word in self.tags[tag].tolist())
            digest.update("\x1f".join(words).encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """On which streets one may walk, by their OSM tags; all else is walkable.

    A street whose class is closed stays closed whatever its other tags. Of the others ``foot``
    decides where it is given, whatever ``access`` says (``access=no`` with ``foot=yes`` is a
    footway), and ``access`` where ``foot`` is missing. A street without a class is walkable.
    """

    highways_closed: frozenset[str]
    foot_closed: frozenset[str]
    access_closed: frozenset[str]

    def __str__(self) -> str:
        """Return the rule as text, the same for the same rule; graphs are kept by it."""
        return "; ".join(
            f"{name}={','.join(sorted(words))}"
            for name, words in (
                ("access_closed", self.access_closed),
                ("foot_closed", self.foot_closed),
                ("highways_closed", self.highways_closed),
            )
        )

    def walkable(self, tags: Mapping[str, Words]) -> Mask:
        """Return for each piece whether one may walk on it."""
        foot = tags["foot"]
        by_access = ~_among(tags["access"], self.access_closed)
        by_foot = ~_among(foot, self.foot_closed)
        allowed = np.where(_among(foot, (None,)), by_access, by_foot)
        return np.asarray(allowed & ~_among(tags["highway"], self.highways_closed), dtype=bool)


def rule_of(office: Office) -> Rule:
    """Return the rule an office has set."""
    return Rule(
        highways_closed=office.words("network.highways_closed"),
        foot_closed=office.words("network.foot_closed"),
        access_closed=office.words("network.access_closed"),
    )


def _among(words: Words, listed: Collection[str | None]) -> Mask:
    return np.fromiter((word in listed for word in words.tolist()), dtype=bool, count=len(words))
