"""Streets on their way in: the rows of a line file, and what can be wrong with a network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from geo.access.jurisdiction import require_role
from geo.errors import NetworkEmptyError
from geo.exchange.findings import Collector, Conclusion, Finding
from geo.exchange.schema import Column, Schema, parse_code, parse_text
from geo.exchange.stage import Staged
from geo.incoming import Outcome, Task
from geo.network.build import Joined, join_streets
from geo.network.make import OpenGraph, make_graph
from geo.network.store import Origin, find_network, keep_graph, store_network
from geo.network.streets import Mask, rule_of
from geo.office import office
from geo.progress import part_of, report

TAG_LENGTH = 60
LABEL_LENGTH = 200
FROM_HEADS = ("from_node", "from", "u", "fnode", "f_node", "起点", "起点编号", "起始节点")
TO_HEADS = ("to_node", "to", "v", "tnode", "t_node", "终点", "终点编号", "终止节点")


def parse_node(value: object) -> str:
    """Return the id of a node as text; whole numbers, and codes as they stand."""
    return str(value) if type(value) is int else parse_code(value)


def parse_label(value: object) -> str:
    """Return text of which the beginning is enough, such as the ids of all ways of a street."""
    return parse_text(value, max_len=10 * LABEL_LENGTH)[:LABEL_LENGTH]


def parse_tag(value: object) -> str:
    """Return the value of an OSM tag; of a list written as text it is the first that counts."""
    found = parse_label(value)
    if found[:1] in "[(" and found[-1:] in "])":
        found = found[1:-1].split(",")[0].strip(" '\"")
    return found[:TAG_LENGTH]


SCHEMA = Schema(
    kind="roads",
    columns=(
        Column("way", ("way", "osm_id", "osmid", "way_id", "id", "编号", "道路编号"), parse_label),
        Column(
            "highway",
            ("highway", "fclass", "class", "type", "道路等级", "道路类型", "等级", "类型"),
            parse_tag,
        ),
        Column("name", ("name", "名称", "道路名称", "路名", "mc"), parse_label),
        Column("foot", ("foot", "步行", "行人"), parse_tag),
        Column("access", ("access", "通行"), parse_tag),
        Column("from_node", FROM_HEADS, parse_node),
        Column("to_node", TO_HEADS, parse_node),
    ),
    geometry=frozenset({"LineString", "MultiLineString"}),
    geometry_required=True,
    extent=None,
)


def check_roads(task: Task) -> Outcome:
    """Check staged streets and join them to a network.

    Raises
    ------
    NetworkEmptyError
        If there is no street in it, or none that one may walk on.
    RoleMissingError, UnauthenticatedError
        Unless the viewer is an editor everywhere: streets are no one division's.
    """
    require_role(task.conn, task.viewer, "editor", [None], what=task.staged.file_name)
    name = task.options.facts.get("name") or _stem(task.staged.file_name)
    outcome = Outcome()
    rows = _good_rows(task.staged, outcome)
    report(task.progress, 0.0, "doing.streets_join")
    joined = join_streets(rows)
    rule = rule_of(office(task.conn))
    if joined.streets.edges == 0:
        raise NetworkEmptyError(name=name, edges=0, rule=str(rule))
    report(task.progress, 0.3, "doing.streets_graph")
    made = make_graph(joined.streets, rule, name)
    outcome.findings.extend(_warnings(joined, made))
    outcome.conclusions.append(_network_made(name, joined, made))

    def apply() -> Mapping[str, int]:
        return _apply(task, name, joined, made)

    outcome.apply = apply
    return outcome


def _apply(task: Task, name: str, joined: Joined, made: OpenGraph) -> Mapping[str, int]:
    """Store the network, unless the newest of its name is the same."""
    streets, rule = joined.streets, rule_of(office(task.conn))
    origin = Origin(
        name=name,
        source=task.staged.file_name,
        crs=task.staged.source_crs,
        import_id=task.run_id,
        publication=task.options.publication,
    )
    newest = find_network(task.conn, name, demo=origin.publication == "demo")
    if newest is not None and (newest.content_sha256, newest.publication) == (
        streets.sha256(),
        origin.publication,
    ):
        keep_graph(task.conn, newest.id, rule, made, task.files)
        return {"added": 0, "unchanged": streets.edges}
    stored = store_network(
        task.conn,
        streets,
        origin,
        progress=part_of(task.progress, 0.5, 1.0),
    )
    keep_graph(task.conn, stored, rule, made, task.files)
    return {"added": streets.edges, "unchanged": 0}


def _stem(file_name: str) -> str:
    """Return the name of a file without its suffixes, ``.osm.pbf`` being two."""
    return Path(file_name).name.split(".")[0] or file_name


def _good_rows(staged: Staged, outcome: Outcome) -> gpd.GeoDataFrame:
    """Return the rows that may go in; what is wrong with their nodes is found here."""
    bad = staged.bad_rows
    rows = staged.rows[~staged.rows["row"].isin(bad)]
    if "nodes" in rows:
        return rows
    rows = rows.copy()
    found = Collector()
    _merge_pieces(rows)
    starts, ends = rows["from_node"].notna(), rows["to_node"].notna()
    if starts.any() or ends.any():
        for column, there in (("from_node", starts), ("to_node", ends)):
            _find_missing(staged, rows, column, there.to_numpy(), found)
        pieces = shapely.get_num_geometries(rows.geometry.to_numpy()) > 1
        for row in rows["row"].to_numpy()[pieces].tolist():
            found.add(Finding(rule="street_in_pieces", severity="error", row=row))
    outcome.findings.extend(found.listed())
    return rows[~rows["row"].isin(found.bad_rows)]


def _merge_pieces(rows: gpd.GeoDataFrame) -> None:
    """Make one line of the parts of a street where they follow each other, in place."""
    shapes = np.array(rows.geometry.to_numpy(), dtype=object)
    many = shapely.get_type_id(shapes) == shapely.GeometryType.MULTILINESTRING
    shapes[many] = shapely.line_merge(shapes[many])
    rows["geometry"] = gpd.GeoSeries(shapes, index=rows.index, crs=rows.crs)


def _find_missing(
    staged: Staged, rows: gpd.GeoDataFrame, column: str, there: Mask, found: Collector
) -> None:
    head = staged.heads.get(column, column)
    for row in rows["row"].to_numpy()[~there].tolist():
        found.add(Finding(rule="cell_missing", severity="error", row=row, column=head))


def _warnings(joined: Joined, made: OpenGraph) -> list[Finding]:
    counted = (
        ("streets_without_length", joined.without_length),
        ("streets_twice", joined.twice),
        ("nodes_apart", joined.apart),
    )
    found = [
        Finding(rule=rule, severity="warning", facts={"count": count})
        for rule, count in counted
        if count
    ]
    if made.components > 1:
        first, second = made.parts[:2]
        facts = {
            "parts": made.components,
            "percent": f"{first.share * 100:.2f}",
            "next_km": f"{second.length_km:.2f}",
        }
        place = (round(second.lon, 6), round(second.lat, 6))
        found.append(Finding(rule="network_in_parts", severity="warning", place=place, facts=facts))
    return found


def _network_made(name: str, joined: Joined, made: OpenGraph) -> Conclusion:
    return Conclusion(
        rule="network_made",
        facts={
            "name": name,
            "edges": joined.streets.edges,
            "km": f"{joined.streets.length_km:.1f}",
            "walkable": len(made.graph.ends),
            "walkable_km": f"{made.length_km:.1f}",
        },
    )
