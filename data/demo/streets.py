"""Streets of the synthetic town: nodes, pieces between them, and what crosses what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Street:
    """A piece of street between two nodes; ``xy`` its vertices, the nodes' own at both ends."""

    start: int
    end: int
    xy: Floats
    highway: str
    name: str
    access: str = ""


@dataclass(slots=True)
class Streets:
    """A network in the making."""

    nodes: list[Floats] = field(default_factory=list)
    pieces: list[Street] = field(default_factory=list)

    def add_node(self, at: Floats) -> int:
        """Add a node and return its number."""
        self.nodes.append(np.asarray(at, dtype=np.float64))
        return len(self.nodes) - 1

    def join(
        self,
        start: int,
        end: int,
        highway: str,
        name: str = "",
        *,
        bends: Sequence[Floats] = (),
        access: str = "",
    ) -> None:
        """Join two nodes by a piece of street, straight or with bends."""
        xy = np.array([self.nodes[start], *bends, self.nodes[end]])
        self.pieces.append(Street(start, end, xy, highway, name, access))


@dataclass(frozen=True, slots=True)
class Place:
    """A town gate, a township or a village: its middle, and the nodes where roads may begin."""

    at: Floats
    ports: tuple[int, ...]

    def port_towards(self, streets: Streets, other: Floats) -> int:
        """Return the port nearest to another place."""
        return min(
            self.ports, key=lambda port: (float(np.hypot(*(streets.nodes[port] - other))), port)
        )


class Union:
    """Which of n things hang together."""

    def __init__(self, size: int) -> None:
        self.above = list(range(size))

    def top(self, one: int) -> int:
        """Return what stands for the part that one belongs to."""
        while self.above[one] != one:
            self.above[one] = self.above[self.above[one]]
            one = self.above[one]
        return one

    def join(self, one: int, other: int) -> bool:
        """Join two parts; say whether they were two."""
        one, other = self.top(one), self.top(other)
        self.above[max(one, other)] = min(one, other)
        return one != other


def crosses(xy: Floats, lines: Iterable[shapely.Geometry]) -> bool:
    """Say whether a piece crosses any of the lines."""
    piece = shapely.LineString(xy)
    return any(shapely.intersects(piece, line) for line in lines)


def bend(rng: np.random.Generator, start: Floats, end: Floats) -> list[Floats]:
    """Return two points between two others, a little beside the straight line."""
    along = end - start
    length = float(np.hypot(*along))
    beside = np.array([-along[1], along[0]]) / max(length, 1.0)
    shifts = np.clip(rng.normal(0.0, 0.05 * length, 2), -70.0, 70.0)
    return [
        start + share * along + shift * beside
        for share, shift in zip((0.34, 0.67), shifts, strict=True)
    ]
