"""Keep networks in the database, and their graphs as files beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import numpy as np
import psycopg
import shapely
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    delete,
    exists,
    func,
    insert,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from geo.access.jurisdiction import Viewer, refuse_hidden, visible
from geo.db.ids import new_id
from geo.db.sql import CGCS2000
from geo.errors import NetworkUnknownError, NotFoundError
from geo.files.arrays import keep_arrays, read_arrays
from geo.files.store import find_file
from geo.network.make import OpenGraph, Part, arrays_of, graph_of, make_graph
from geo.network.streets import TAGS, Rule, Streets, rule_of
from geo.network.tables import network, network_edge, network_graph
from geo.office import Office
from geo.progress import Progress, never_stop, report

KEPT_OF_A_NAME = 2
"""Networks of one name that are kept: the newest, and the one before it."""
EDGES_AT_ONCE = 20_000
COPY_EDGES = (
    "COPY network_edge (network_id, number, from_node, to_node, way, highway, foot, access, name,"
    " length_m, geom) FROM STDIN"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network as it was imported once; ``length_km`` and the counts are of all its streets."""

    id: UUID
    name: str
    source: str
    publication: str
    edges: int
    nodes: int
    length_km: float
    imported_at: datetime
    content_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Walkable:
    """What of a network is walkable, and the parts it falls into, the longest first."""

    nodes: int
    edges: int
    length_km: float
    components: int
    parts: list[Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a network comes from; it stands in its row."""

    name: str
    source: str
    crs: str | None = None
    import_id: UUID | None = None
    publication: str = "unpublished"


def store_network(
    conn: Connection, streets: Streets, origin: Origin, *, progress: Progress = never_stop
) -> UUID:
    """Store a network and return its id.

    A later network of the same name follows the earlier one. The newest two of a name are kept and
    those before them are deleted with their edges and graphs: a run of a coverage keeps its own
    inputs as files, so that nothing that was computed depends on them. Demo and real networks of
    one name are counted apart.
    """
    made = new_id()
    conn.execute(
        insert(network).values(
            id=made,
            name=origin.name,
            source=origin.source,
            source_crs=origin.crs,
            import_id=origin.import_id,
            # Of two networks of one transaction the later one is the newer.
            imported_at=func.clock_timestamp(),
            edges=streets.edges,
            nodes=streets.nodes,
            length_km=streets.length_km,
            content_sha256=streets.sha256(),
            publication=origin.publication,
        )
    )
    _copy_edges(conn, made, streets, progress)
    _forget_old(conn, origin.name, is_demo=origin.publication == "demo")
    return made


def _copy_edges(conn: Connection, network_id: UUID, streets: Streets, progress: Progress) -> None:
    driver = cast("psycopg.Connection[Any]", conn.connection.driver_connection)
    key = str(network_id)
    with driver.cursor() as cursor, cursor.copy(COPY_EDGES) as copy:
        for begin in range(0, streets.edges, EDGES_AT_ONCE):
            report(progress, begin / streets.edges, "doing.streets_store")
            for row in _edge_rows(streets, slice(begin, begin + EDGES_AT_ONCE), begin):
                copy.write_row((key, *row))


def _edge_rows(streets: Streets, some: slice, begin: int) -> Any:
    ends = streets.ends[some]
    shapes = shapely.set_srid(streets.shapes(some), CGCS2000)
    return zip(
        range(begin, begin + len(ends)),
        ends[:, 0].tolist(),
        ends[:, 1].tolist(),
        *(streets.tags[tag][some].tolist() for tag in TAGS),
        streets.length_m[some].tolist(),
        shapely.to_wkb(shapes, hex=True, include_srid=True).tolist(),
        strict=True,
    )


def _forget_old(conn: Connection, name: str, *, is_demo: bool) -> None:
    table = network.c
    newest = (
        select(table.id)
        .where(table.name == name, (table.publication == "demo").is_(is_demo))
        .order_by(table.imported_at.desc(), table.id.desc())
        .offset(KEPT_OF_A_NAME)
    )
    conn.execute(delete(network).where(table.id.in_(newest.scalar_subquery())))


def list_networks(conn: Connection, viewer: Viewer, *, demo: bool | None = None) -> list[Network]:
    """List the networks a viewer may see, the newest first; ``demo`` for those of the demo or not.

    Streets belong to no division: whoever is logged in sees all of them, the public what is
    published, and the demo where it is open.
    """
    found = _networks().where(may_see(viewer))
    if demo is not None:
        found = found.where((network.c.publication == "demo").is_(demo))
    return [Network(**row) for row in conn.execute(found).mappings()]


def may_see(viewer: Viewer) -> ColumnElement[bool]:
    """Return the SQL condition on which a viewer may see a row of ``network``."""
    return visible(viewer, network.c.publication) if viewer.is_public else true()


def newest_networks(viewer: Viewer) -> Select[tuple[UUID]]:
    """Return the statement for the newest network of each name that a viewer may see."""
    table = network.c
    is_demo = table.publication == "demo"
    return (
        select(table.id)
        .where(may_see(viewer))
        .ext(distinct_on(table.name, is_demo))
        .order_by(table.name, is_demo, *_newest_first())
    )


def find_network(conn: Connection, name: str | None, *, demo: bool | None) -> Network | None:
    """Return the newest network of a name, or of all; None where there is none.

    Parameters
    ----------
    demo
        Whether it must be of the demo, or must not; None takes a real one if there is any.
    """
    found = _networks()
    is_demo = network.c.publication == "demo"
    if name is not None:
        found = found.where(network.c.name == name)
    if demo is None:
        found = found.order_by(None).order_by(is_demo, *_newest_first())
    else:
        found = found.where(is_demo.is_(demo))
    row = conn.execute(found.limit(1)).mappings().first()
    return None if row is None else Network(**row)


def has_streets_in(conn: Connection, network_id: UUID, area: ColumnElement[Any]) -> bool:
    """Return whether any street of a network reaches into the box of a geometry in EPSG:4490."""
    edge = network_edge.c
    street = exists().where(edge.network_id == network_id, edge.geom.op("&&")(area))
    return bool(conn.execute(select(street)).scalar_one())


def read_network(
    conn: Connection, network_id: UUID, viewer: Viewer, office: Office
) -> tuple[Network, Walkable | None]:
    """Return a network, and what of it is walkable by the office's settings of now.

    The second is None where the settings were changed and no graph was made since.

    Raises
    ------
    NetworkUnknownError
    NotPublishedError
        If nobody is logged in and it is not public.
    """
    row = conn.execute(_networks().where(network.c.id == network_id)).mappings().first()
    if row is None:
        raise NetworkUnknownError(network=str(network_id))
    found = Network(**row)
    seen = conn.execute(select(network.c.id).where(network.c.id == network_id, may_see(viewer)))
    if seen.first() is None:
        refuse_hidden(conn, viewer, [None], what=found.name)
    kept = _find_graph(conn, network_id, rule_of(office))
    if kept is None:
        return found, None
    walkable = Walkable(
        nodes=kept.nodes,
        edges=kept.edges,
        length_km=kept.length_km,
        components=kept.components,
        parts=[Part(**part) for part in kept.parts],
    )
    return found, walkable


def open_graph(conn: Connection, network_id: UUID, office: Office, files: Path) -> OpenGraph:
    """Return the graph of what is walkable of a network by the office's settings.

    It is read from its file where it was made before; else made, kept and recorded, which needs a
    transaction that may write.

    Raises
    ------
    NetworkUnknownError
    NetworkEmptyError
        If one may walk nowhere in it.
    """
    rule = rule_of(office)
    kept = _find_graph(conn, network_id, rule)
    if kept is not None:
        try:
            path = find_file(conn, kept.file_sha256, files).path
        except NotFoundError:  # a backup without its files: make it again
            pass
        else:
            return OpenGraph(
                graph=graph_of(read_arrays(path), kept.file_sha256),
                parts=[Part(**part) for part in kept.parts],
                components=kept.components,
                length_km=kept.length_km,
            )
    name = conn.execute(select(network.c.name).where(network.c.id == network_id)).scalar()
    if name is None:
        raise NetworkUnknownError(network=str(network_id))
    made = make_graph(read_streets(conn, network_id), rule, name)
    return keep_graph(conn, network_id, rule, made, files)


def keep_graph(
    conn: Connection, network_id: UUID, rule: Rule, made: OpenGraph, files: Path
) -> OpenGraph:
    """Keep the arrays of a graph as a file, record it, and return it with the file's SHA-256."""
    kept = keep_arrays(conn, arrays_of(made.graph), files)
    values = {
        "file_sha256": kept.sha256,
        "nodes": made.graph.nodes,
        "edges": len(made.graph.ends),
        "length_km": made.length_km,
        "components": made.components,
        "parts": [asdict(part) for part in made.parts],
    }
    conn.execute(
        upsert(network_graph)
        .values(network_id=network_id, rule=str(rule), **values)
        .on_conflict_do_update(index_elements=["network_id", "rule"], set_=values)
    )
    return OpenGraph(
        graph=graph_of(arrays_of(made.graph), kept.sha256),
        parts=made.parts,
        components=made.components,
        length_km=made.length_km,
    )


def read_streets(conn: Connection, network_id: UUID) -> Streets:
    """Return the streets of a stored network, as they were joined."""
    table = network_edge.c
    rows = conn.execute(
        select(
            table.from_node,
            table.to_node,
            table.length_m,
            *(table[tag] for tag in TAGS),
            func.ST_AsBinary(table.geom).label("wkb"),
        )
        .where(table.network_id == network_id)
        .order_by(table.number)
    ).all()
    return _as_streets(rows)


def _as_streets(rows: Sequence[Any]) -> Streets:
    columns = list(zip(*rows, strict=True)) or [()] * (len(TAGS) + 4)
    start, end, length_m, *tags, wkb = columns
    shapes = shapely.from_wkb(np.array([*wkb, None], dtype=object)[:-1])
    lonlat, owner = shapely.get_coordinates(shapes, return_index=True)
    ends = np.array([start, end], dtype=np.int32).T
    return Streets(
        nodes=int(ends.max(initial=-1)) + 1,
        ends=ends,
        starts=np.append(0, np.cumsum(np.bincount(owner, minlength=len(rows)))),
        lonlat=lonlat,
        length_m=np.array(length_m, dtype=np.float64),
        tags={
            tag: np.array([*words, None], dtype=object)[:-1]
            for tag, words in zip(TAGS, tags, strict=True)
        },
    )


def _networks() -> Any:
    columns = (network.c[name] for name in Network.__dataclass_fields__)
    return select(*columns).order_by(*_newest_first())


def _newest_first() -> tuple[ColumnElement[Any], ...]:
    return network.c.imported_at.desc(), network.c.id.desc()


def _find_graph(conn: Connection, network_id: UUID, rule: Rule) -> Row[Any] | None:
    table = network_graph.c
    return conn.execute(
        select(network_graph).where(table.network_id == network_id, table.rule == str(rule))
    ).first()
