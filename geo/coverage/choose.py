"""Which streets and whose people a question is about, where it does not name them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from geo.access.jurisdiction import Viewer, system_viewer
from geo.coverage.question import Question
from geo.errors import NetworkMissingError, PopulationMissingError
from geo.network.store import Network, find_network, has_streets_in, list_networks
from geo.population.read import CellSet, find_cells, list_sets
from geo.population.tables import population_set

ALL: Viewer = system_viewer("coverage")
"""Who may ask is decided elsewhere; here is only what there is."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Streets and people of one area, both of the demo or both real."""

    network: Network
    cells: CellSet
    demo: bool


def choose_data(conn: Connection, question: Question) -> Chosen:
    """Choose the newest streets and people that lie in one area.

    The demo and real data never mix. What the question names decides which of the two it is; where
    it names nothing it is the real data as soon as there are any real streets or real people.

    Raises
    ------
    NetworkMissingError, PopulationMissingError
        If there are no streets or no people of that sort, or of that name.
    """
    demo = _is_demo(conn, question)
    networks = _networks(conn, question.network, demo=demo)
    cell_sets = _cell_sets(conn, question.population, demo=demo)
    if not networks:
        raise NetworkMissingError(network=question.network or "*")
    if not cell_sets:
        name = networks[0].name
        raise PopulationMissingError(population=question.population or "*", network=name)
    meeting = (
        (network, cells)
        for cells in cell_sets
        for network in networks
        if _meet(conn, network, cells)
    )
    # Where none meet, the newest of each: the answer will say that nobody has streets.
    return Chosen(*next(meeting, (networks[0], cell_sets[0])), demo)


def _is_demo(conn: Connection, question: Question) -> bool:
    if question.network is not None:
        found = find_network(conn, question.network, demo=None)
        return found is not None and found.publication == "demo"
    if question.population is not None:
        cells = find_cells(conn, question.population, demo=None)
        return cells is not None and cells.publication == "demo"
    real = find_network(conn, None, demo=False) or find_cells(conn, None, demo=False)
    return real is None


def _networks(conn: Connection, name: str | None, *, demo: bool) -> list[Network]:
    if name is not None:
        found = find_network(conn, name, demo=demo)
        return [found] if found else []
    return list_networks(conn, ALL, demo=demo)


def _cell_sets(conn: Connection, name: str | None, *, demo: bool) -> list[CellSet]:
    if name is not None:
        found = find_cells(conn, name, demo=demo)
        return [found] if found else []
    return [
        one
        for one in list_sets(conn, ALL)
        if isinstance(one, CellSet) and (one.publication == "demo") is demo
    ]


def _meet(conn: Connection, network: Network, cells: CellSet) -> bool:
    box = select(population_set.c.extent).where(population_set.c.id == cells.id)
    return has_streets_in(conn, network.id, box.scalar_subquery())
