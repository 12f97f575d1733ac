"""Small extracts of OpenStreetMap, written with osmium."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import osmium
from osmium.osm.mutable import Node, Way

from tests.geo.network.town import PLACES


def write_extract(
    path: Path,
    ways: Sequence[tuple[str, Mapping[str, str]]],
    *,
    missing: str = "",
    nodes: bool = True,
) -> Path:
    """Write an extract of ways drawn as words; the nodes of the letters ``missing`` are not in it.

    The id of a letter's node is 100 and its place in the alphabet, that of a way 1 and so on.
    """
    with osmium.SimpleWriter(str(path)) as writer:
        for letter, (lon, lat) in sorted(PLACES.items()):
            if nodes and letter not in missing:
                writer.add_node(Node(id=node_id(letter), location=(lon, lat), version=1))
        for number, (word, tags) in enumerate(ways, 1):
            refs = [node_id(letter) for letter in word]
            writer.add_way(Way(id=number, nodes=refs, tags=dict(tags), version=1))
    return path


def node_id(letter: str) -> int:
    return 100 + ord(letter) - ord("A")
