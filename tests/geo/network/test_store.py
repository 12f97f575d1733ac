from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest
from sqlalchemy import Connection, func, select

from geo.access.jurisdiction import Grant, Viewer, public_viewer, system_viewer
from geo.errors import (
    NetworkEmptyError,
    NetworkUnknownError,
    NotPublishedError,
    StoppedError,
)
from geo.network.make import MOST_PARTS, arrays_of
from geo.network.store import (
    Network,
    Origin,
    find_network,
    keep_graph,
    list_networks,
    open_graph,
    read_network,
    read_streets,
    store_network,
)
from geo.network.streets import TAGS, Streets, rule_of
from geo.network.tables import network, network_edge, network_graph
from geo.office import office, set_office
from tests.geo.network.town import BLOCKS, RULE, join, make

SYSTEM = system_viewer("test")
PUBLIC = public_viewer(demo_open=False)
TAGGED = {
    "ABC": {"way": "7", "highway": "residential", "name": "解放路\t东段\\N", "foot": "yes"},
    "BEH": {"highway": "motorway", "access": "no"},
}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return tmp_path / "files"


def put(
    conn: Connection,
    name: str,
    *courses: str,
    publication: str = "unpublished",
    streets: Streets | None = None,
) -> UUID:
    given = streets or join(*(courses or BLOCKS)).streets
    return store_network(conn, given, Origin(name=name, source="t", publication=publication))


def names(found: list[Network]) -> list[str]:
    return [one.name for one in found]


def test_streets_come_back_from_the_database_as_they_were(conn: Connection) -> None:
    streets = join("ABC", "BEH", "DEF", **TAGGED).streets
    again = read_streets(conn, put(conn, "t", streets=streets))
    assert again.nodes == streets.nodes
    for name in ("ends", "starts", "lonlat", "length_m"):
        assert np.array_equal(getattr(again, name), getattr(streets, name)), name
        assert getattr(again, name).dtype == getattr(streets, name).dtype, name
    for tag in TAGS:
        assert again.tags[tag].tolist() == streets.tags[tag].tolist()
    assert again.sha256() == streets.sha256()


def test_a_network_says_what_it_holds(conn: Connection) -> None:
    streets = join(*BLOCKS).streets
    put(conn, "城区", streets=streets)
    found = find_network(conn, "城区", demo=None)
    assert found is not None
    assert (found.edges, found.nodes, found.length_km) == (12, 9, streets.length_km)
    assert found.content_sha256 == streets.sha256()
    srid = conn.execute(select(func.ST_SRID(network_edge.c.geom)).distinct()).scalars().all()
    assert srid == [4490]


def test_the_newest_of_a_name_is_found_and_the_newest_of_all(conn: Connection) -> None:
    put(conn, "甲")
    newer = put(conn, "甲", "AB")
    newest = put(conn, "乙")
    assert find_network(conn, "丙", demo=None) is None
    one, any_ = find_network(conn, "甲", demo=None), find_network(conn, None, demo=None)
    assert one is not None
    assert any_ is not None
    assert (one.id, any_.id) == (newer, newest)


def test_a_real_network_goes_before_a_newer_demo(conn: Connection) -> None:
    demo = put(conn, "示例", publication="demo")
    only = find_network(conn, None, demo=None)
    assert only is not None
    assert only.id == demo
    assert find_network(conn, None, demo=False) is None
    real = put(conn, "城区")
    demo = put(conn, "示例", "AB", publication="demo")
    for wanted, expected in ((None, real), (False, real), (True, demo)):
        found = find_network(conn, None, demo=wanted)
        assert found is not None
        assert found.id == expected
    assert find_network(conn, "示例", demo=False) is None


def test_of_one_name_two_networks_are_kept_and_no_edge_of_the_others(
    conn: Connection, files: Path
) -> None:
    first = put(conn, "甲")
    open_graph(conn, first, office(conn), files)
    kept = [put(conn, "甲", "AB"), put(conn, "乙"), put(conn, "甲", "BC")]
    demo = put(conn, "甲", publication="demo")
    assert set(conn.execute(select(network.c.id)).scalars()) == {*kept, demo}
    for table in (network_edge, network_graph):
        stored = select(table.c.network_id).where(table.c.network_id == first)
        assert conn.execute(stored).first() is None


def test_storing_stops_when_it_is_told_to(conn: Connection) -> None:
    with pytest.raises(StoppedError):
        store_network(
            conn,
            join(*BLOCKS).streets,
            Origin(name="t", source="t"),
            progress=lambda _share, _doing: False,
        )


def test_whoever_is_logged_in_sees_all_networks_and_the_public_what_is_open(
    conn: Connection,
) -> None:
    for name, state in (("内部", "unpublished"), ("公开", "published"), ("示例", "demo")):
        put(conn, name, publication=state)
    clerk = Viewer(uuid4(), "县", (Grant("viewer", uuid4(), "县"),), demo_open=False, actor="x")
    assert names(list_networks(conn, SYSTEM)) == ["示例", "公开", "内部"]
    assert names(list_networks(conn, clerk)) == ["示例", "公开", "内部"]
    assert names(list_networks(conn, PUBLIC)) == ["公开"]
    assert names(list_networks(conn, public_viewer(demo_open=True))) == ["示例", "公开"]


def test_a_network_is_read_with_what_is_walkable_of_it(conn: Connection, files: Path) -> None:
    stored = put(conn, "t", "ABC", "BEH", "XYZ")
    assert read_network(conn, stored, SYSTEM, office(conn))[1] is None
    opened = open_graph(conn, stored, office(conn), files)
    found, walkable = read_network(conn, stored, SYSTEM, office(conn))
    assert found.id == stored
    assert walkable is not None
    assert (walkable.nodes, walkable.edges, walkable.components) == (6, 4, 2)
    assert walkable.parts == opened.parts
    assert len(walkable.parts) <= MOST_PARTS
    set_office(conn, SYSTEM, "network.foot_closed", "no")
    assert read_network(conn, stored, SYSTEM, office(conn))[1] is None


def test_a_network_that_is_not_there_or_not_public_is_refused(conn: Connection) -> None:
    with pytest.raises(NetworkUnknownError):
        read_network(conn, uuid4(), SYSTEM, office(conn))
    with pytest.raises(NotPublishedError):
        read_network(conn, put(conn, "t"), PUBLIC, office(conn))


def test_a_graph_is_made_once_and_read_from_its_file_then(
    conn: Connection, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = put(conn, "t", *BLOCKS, "XYZ")
    first = open_graph(conn, stored, office(conn), files)
    monkeypatch.setattr("geo.network.store.read_streets", None)
    again = open_graph(conn, stored, office(conn), files)
    assert again.graph.sha256 == first.graph.sha256 != ""
    for name, array in arrays_of(first.graph).items():
        assert np.array_equal(arrays_of(again.graph)[name], array), name
    assert (again.parts, again.components, again.length_km) == (
        first.parts, first.components, first.length_km,
    )  # fmt: skip


def test_the_same_network_gives_the_same_file_from_memory_and_from_the_database(
    conn: Connection, files: Path
) -> None:
    streets = join(*BLOCKS, "XYZ", BEH=TAGGED["BEH"]).streets
    one, other = put(conn, "甲", streets=streets), put(conn, "乙", streets=streets)
    kept = keep_graph(conn, one, RULE, make(streets), files)
    assert open_graph(conn, other, office(conn), files).graph.sha256 == kept.graph.sha256


def test_another_rule_makes_another_graph_and_both_stay(conn: Connection, files: Path) -> None:
    streets = join("ABC", "BEH", **TAGGED).streets
    stored = put(conn, "t", streets=streets)
    closed = open_graph(conn, stored, office(conn), files)
    set_office(conn, SYSTEM, "network.highways_closed", "steps")
    set_office(conn, SYSTEM, "network.access_closed", "private")
    opened = open_graph(conn, stored, office(conn), files)
    assert (len(closed.graph.ends), len(opened.graph.ends)) == (2, 3)
    rules = conn.execute(select(network_graph.c.rule)).scalars().all()
    assert set(rules) == {str(RULE), str(rule_of(office(conn)))}


def test_a_graph_whose_file_is_gone_is_made_again(conn: Connection, files: Path) -> None:
    stored = put(conn, "t")
    first = open_graph(conn, stored, office(conn), files)
    shutil.rmtree(files)
    again = open_graph(conn, stored, office(conn), files)
    assert again.graph.sha256 == first.graph.sha256
    assert any(path.is_file() for path in files.rglob("*"))


def test_a_network_that_is_not_there_has_no_graph(conn: Connection, files: Path) -> None:
    with pytest.raises(NetworkUnknownError):
        open_graph(conn, uuid4(), office(conn), files)


def test_a_network_without_a_walkable_street_has_no_graph(conn: Connection, files: Path) -> None:
    streets = join("ABC", ABC={"highway": "motorway"}).streets
    stored = put(conn, "高速", streets=streets)
    with pytest.raises(NetworkEmptyError) as refusal:
        open_graph(conn, stored, office(conn), files)
    assert refusal.value.facts["name"] == "高速"
    nothing = replace(join("AA").streets)
    with pytest.raises(NetworkEmptyError):
        open_graph(conn, put(conn, "空", streets=nothing), office(conn), files)
