"""What a run is asked of: gathered from the database once, kept by content, read back to repeat it.

Three files hold all of it: the graph, the cells, and ``asked``: the facilities, the divisions of
the cells, the official totals. A run that has them needs no database.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from geo.coverage.area import Area, Region, find_area, locate
from geo.coverage.choose import Chosen
from geo.coverage.officials import Official, find_officials
from geo.coverage.question import Question
from geo.facilities.read import read_places
from geo.files.arrays import keep_arrays, read_arrays
from geo.files.store import find_file
from geo.network.graph import Graph
from geo.network.make import graph_of
from geo.network.store import Network, open_graph
from geo.office import Office
from geo.population.read import Cells, CellSet, read_cell_arrays
from geo.progress import Progress, report


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A facility of a run; ``lon`` and ``lat`` are None where it is not on the map."""

    name: str
    kind: str
    code: str | None
    lon: float | None
    lat: float | None
    position_quality: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A division by which the answer is told apart."""

    code: str
    name: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """All that an answer depends on besides the rules.

    ``inside`` says of each cell whether it is asked for, ``place`` is its index in ``groups`` (-1:
    none), ``official_place`` that in ``officials``.
    """

    graph: Graph
    cells: Cells
    cell_ages: tuple[str, ...]
    cell_size_m: float | None
    ages: tuple[str, ...]
    facilities: tuple[Place, ...]
    groups: tuple[Group, ...]
    officials: tuple[Official, ...]
    inside: npt.NDArray[np.bool_]
    place: npt.NDArray[np.int32]
    official_place: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The inputs of a run with their files by SHA-256, and what they are called."""

    inputs: Inputs
    files: Mapping[str, str]
    data: Mapping[str, Any]
    within_id: UUID | None


def gather_inputs(
    conn: Connection,
    question: Question,
    chosen: Chosen,
    office: Office,
    files: Path,
    progress: Progress,
) -> Gathered:
    """Gather what a question is asked of and keep it by content.

    Raises
    ------
    DivisionUnknownError, AreaWithoutPolygonError
    """
    network, cell_set, demo = chosen.network, chosen.cells, chosen.demo
    report(progress, 0.0, "doing.graph")
    opened = open_graph(conn, network.id, office, files)
    report(progress, 0.2, "doing.people")
    cells = read_cell_arrays(find_file(conn, cell_set.file_sha256, files).path)
    area = find_area(conn, cells.lon, cells.lat, within=question.within, at=question.at)
    lonlat = np.column_stack([cells.lon, cells.lat])
    officials = find_officials(conn, question, cell_set, lonlat, demo=demo)
    inputs = Inputs(
        graph=opened.graph,
        cells=cells,
        cell_ages=cell_set.ages,
        cell_size_m=cell_set.cell_size_m,
        ages=question.ages or cell_set.ages,
        facilities=_find_facilities(conn, question, area, demo=demo),
        groups=tuple(_as_group(region) for region in area.regions),
        officials=officials.used,
        inside=area.inside,
        place=area.place,
        official_place=officials.place,
    )
    asked = keep_arrays(conn, _as_arrays(inputs), files)
    return Gathered(
        inputs=inputs,
        files={
            "graph": opened.graph.sha256,
            "cells": cell_set.file_sha256,
            "asked": asked.sha256,
        },
        data={
            "within_name": area.within.name if area.within else None,
            "network": _name_network(network),
            "population": _name_cells(cell_set),
            "totals": officials.name,
            "not_scaled": [asdict(one) for one in officials.left_out],
        },
        within_id=area.within.id if area.within else None,
    )


def read_inputs(conn: Connection, kept: Mapping[str, str], files: Path) -> Inputs:
    """Read the inputs of a run back from its files.

    Raises
    ------
    NotFoundError
        If one of the files is gone.
    """
    graph, cells = (find_file(conn, kept[name], files).path for name in ("graph", "cells"))
    return Inputs(
        graph=graph_of(read_arrays(graph), kept["graph"]),
        cells=read_cell_arrays(cells),
        **read_asked(conn, kept, files),
    )


def read_asked(conn: Connection, kept: Mapping[str, str], files: Path) -> dict[str, Any]:
    """Read the inputs of a run without graph and cells: the other fields of `Inputs` by name.

    Raises
    ------
    NotFoundError
        If the file is gone.
    """
    arrays = read_arrays(find_file(conn, kept["asked"], files).path)
    said = json.loads(arrays.pop("said").tobytes())
    return {
        **arrays,
        "cell_ages": tuple(said["cell_ages"]),
        "cell_size_m": said["cell_size_m"],
        "ages": tuple(said["ages"]),
        "facilities": tuple(Place(**one) for one in said["facilities"]),
        "groups": tuple(Group(**one) for one in said["groups"]),
        "officials": tuple(Official(**one) for one in said["officials"]),
    }


def _as_arrays(inputs: Inputs) -> dict[str, npt.NDArray[Any]]:
    said = {
        "cell_ages": inputs.cell_ages,
        "cell_size_m": inputs.cell_size_m,
        "ages": inputs.ages,
        "facilities": [asdict(one) for one in inputs.facilities],
        "groups": [asdict(one) for one in inputs.groups],
        "officials": [asdict(one) for one in inputs.officials],
    }
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, allow_nan=False)
    return {
        "said": np.frombuffer(text.encode(), dtype=np.uint8),
        "inside": inputs.inside,
        "place": inputs.place,
        "official_place": inputs.official_place,
    }


def _find_facilities(
    conn: Connection, question: Question, area: Area, *, demo: bool
) -> tuple[Place, ...]:
    found = [
        Place(
            name=one.name,
            kind=one.kind,
            code=one.code,
            lon=one.lon,
            lat=one.lat,
            position_quality=one.position_quality,
        )
        for one in read_places(conn, question.kinds, question.at, demo=demo)
    ]
    # By what they are and not by their ids, so that equal content has equal order and digits.
    found.sort(key=lambda one: (one.kind, one.name, one.code or "", one.lon or 0, one.lat or 0))
    if not question.inside_only or area.within is None:
        return tuple(found)
    return tuple(one for one in found if _is_in(one, area.within))


def _is_in(place: Place, region: Region) -> bool:
    if place.lon is None or place.lat is None:
        return False
    return bool(locate(np.array([[place.lon, place.lat]]), [region])[0] >= 0)


def _as_group(region: Region) -> Group:
    return Group(code=region.code, name=region.name, level=region.level)


def _name_network(network: Network) -> dict[str, Any]:
    return {
        "name": network.name,
        "source": network.source,
        "imported_at": network.imported_at.isoformat(),
        "edges": network.edges,
    }


def _name_cells(cells: CellSet) -> dict[str, Any]:
    return {
        "name": cells.name,
        "source": cells.source,
        "as_of": cells.as_of.isoformat() if cells.as_of else None,
        "cells": cells.cells,
        "people": dict(cells.people),
    }
