from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Connection, func, select

from geo.access.jurisdiction import Grant, Viewer, public_viewer, system_viewer
from geo.errors import (
    ColumnMissingError,
    FileRefusedError,
    FileUnreadableError,
    NetworkEmptyError,
    OutsideJurisdictionError,
    UnauthenticatedError,
    YutuError,
)
from geo.exchange.runs import read_run
from geo.exchange.stage import Options
from geo.imports import ImportReport, run_import
from geo.incoming import ImportOptions
from geo.network.store import Network, find_network, read_network, read_streets
from geo.network.tables import network, network_edge
from geo.office import office
from geo.progress import Progress, never_stop
from tests.geo.network.extracts import write_extract
from tests.geo.network.town import PLACES, courses

SYSTEM = system_viewer("test")
STREET = {"highway": "residential"}
DAY = date(2026, 11, 21)


def line(word: str) -> shapely.LineString:
    return shapely.LineString([PLACES[letter] for letter in word])


def write(path: Path, *given: tuple[str | shapely.Geometry, Mapping[str, Any]]) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": dict(tags),
            "geometry": json.loads(shapely.to_geojson(line(at) if isinstance(at, str) else at)),
        }
        for at, tags in given
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    content = {"type": "FeatureCollection", "crs": crs, "features": features}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def take(
    conn: Connection,
    path: Path,
    home: Path,
    *,
    viewer: Viewer = SYSTEM,
    progress: Progress = never_stop,
    **options: Any,
) -> ImportReport:
    return run_import(
        conn,
        "roads",
        path,
        ImportOptions(valid_from=DAY, **options),
        viewer=viewer,
        today=DAY,
        files=home / "files",
        progress=progress,
    )


def stored(conn: Connection, name: str | None = None) -> Network:
    found = find_network(conn, name, demo=None)
    assert found is not None
    return found


def rules(done: ImportReport) -> list[str]:
    return [finding.rule for finding in done.findings]


def test_an_extract_becomes_a_network_by_the_name_of_its_file(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    path = write_extract(
        tmp_path / "tancheng-latest.osm.pbf",
        [("ABC", STREET | {"name": "人民路"}), ("BEH", STREET), ("XYZ", {"highway": "footway"})],
    )
    done = take(conn, path, home)
    assert (done.state, done.counts, done.rows) == ("applied", {"added": 4, "unchanged": 0}, 3)
    found = stored(conn)
    assert (found.name, found.source) == ("tancheng-latest", "tancheng-latest.osm.pbf")
    assert (found.edges, found.nodes) == (4, 6)
    _, walkable = read_network(conn, found.id, SYSTEM, office(conn))
    assert walkable is not None
    assert walkable.components == 2
    (finding,) = done.findings
    assert (finding.rule, finding.severity) == ("network_in_parts", "warning")
    assert finding.facts["parts"] == 2
    assert "2" in finding.message("zh")
    run = read_run(conn, done.id)
    assert run.applied == 4


def test_a_network_can_be_named(conn: Connection, home: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "a.geojson", ("ABC", STREET))
    take(conn, path, home, facts={"name": "郯城 2026"})
    assert stored(conn).name == "郯城 2026"


def test_the_same_file_again_changes_nothing_and_another_follows(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.geojson", ("ABC", STREET), ("BEH", STREET))
    take(conn, path, home)
    first = stored(conn)
    again = take(conn, path, home)
    assert again.counts == {"added": 0, "unchanged": 3}
    assert stored(conn) == first
    take(conn, write(path, ("ABC", STREET)), home)
    assert stored(conn).id != first.id
    assert conn.execute(select(func.count()).select_from(network)).scalar() == 2


def test_a_dry_run_finds_the_same_and_stores_nothing(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.geojson", ("ABC", STREET), ("XYZ", STREET))
    tried = take(conn, path, home, dry_run=True)
    assert find_network(conn, None, demo=None) is None
    done = take(conn, path, home)
    assert (tried.state, done.state) == ("staged", "applied")
    assert (tried.counts, rules(tried)) == (done.counts, rules(done))


@pytest.mark.parametrize("suffix", ["parquet", "gpkg", "geojson", "shp"])
def test_line_files_of_every_format_give_the_same_network(
    conn: Connection, home: Path, tmp_path: Path, suffix: str
) -> None:
    words = ("ABC", "BEH", "DEF")
    frame = gpd.GeoDataFrame(
        {"highway": ["primary", "footway", "steps"], "name": ["人民路", None, None]},
        geometry=[line(word) for word in words],
        crs=4490,
    )
    path = tmp_path / f"roads.{suffix}"
    frame.to_parquet(path) if suffix == "parquet" else frame.to_file(path, encoding="utf-8")
    reading = Options(encoding="utf-8") if suffix == "shp" else Options()
    take(conn, path, home, reading=reading)
    streets = read_streets(conn, stored(conn).id)
    assert courses(streets) == ["AB", "BC", "BE", "EH", "DE", "EF"]
    assert streets.tags["highway"].tolist() == ["primary"] * 2 + ["footway"] * 2 + ["steps"] * 2
    assert streets.tags["name"].tolist()[:3] == ["人民路", "人民路", None]


def test_columns_can_be_mapped_and_chinese_heads_are_known(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    given = {"道路等级": "motorway", "路名": "京沪高速", "起点": "1", "终点": "2"}
    path = write(tmp_path / "a.geojson", ("ABC", given), ("BEH", STREET | {"起点": 3, "终点": 4}))
    take(conn, path, home, reading=Options(mapping={"highway": "道路等级"}))
    streets = read_streets(conn, stored(conn).id)
    assert streets.tags["highway"].tolist() == ["motorway", None]
    assert streets.tags["name"].tolist() == ["京沪高速", None]
    assert courses(streets) == ["ABC", "BEH"]
    mapped = write(tmp_path / "b.geojson", ("ABC", {"dj": "trunk", "a": 1, "b": 2}))
    mapping = {"highway": "dj", "from_node": "a", "to_node": "b"}
    take(conn, mapped, home, reading=Options(mapping=mapping))
    assert read_streets(conn, stored(conn).id).tags["highway"].tolist() == ["trunk"]
    with pytest.raises(ColumnMissingError):
        take(conn, mapped, home, reading=Options(mapping={"highway": "gibt es nicht"}))


def test_lists_written_as_text_give_their_first_class(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    tags = {"highway": "['residential', 'service']", "osmid": str(list(range(100)))}
    take(conn, write(tmp_path / "a.geojson", ("ABC", tags)), home)
    streets = read_streets(conn, stored(conn).id)
    assert streets.tags["highway"].tolist() == ["residential"]
    assert len(streets.tags["way"][0]) == 200


def test_a_street_of_several_parts_is_taken_whole_where_they_follow_each_other(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    joined = shapely.MultiLineString([line("AB"), line("BC")])
    apart = shapely.MultiLineString([line("DE"), line("HI")])
    nodes = {"u": 1, "v": 2}
    path = write(tmp_path / "a.geojson", (joined, nodes), (apart, {"u": 3, "v": 4}))
    refused = take(conn, path, home)
    assert refused.state == "refused"
    (finding,) = [one for one in refused.findings if one.severity == "error"]
    assert (finding.rule, finding.row) == ("street_in_pieces", 2)
    take(conn, path, home, accept_findings=True)
    assert courses(read_streets(conn, stored(conn).id)) == ["ABC"]
    take(conn, write(tmp_path / "b.geojson", (joined, {}), (apart, {})), home)
    assert courses(read_streets(conn, stored(conn).id)) == ["ABC", "DE", "HI"]


def test_a_street_with_one_node_named_only_is_an_error_in_its_row(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    path = write(
        tmp_path / "a.geojson", ("AB", {"u": 1, "v": 2}), ("BC", {"u": 2}), ("CF", {"u": 2, "v": 3})
    )
    done = take(conn, path, home)
    assert done.state == "refused"
    errors = [one for one in done.findings if one.severity == "error"]
    assert [(one.rule, one.row, one.column) for one in errors] == [("cell_missing", 2, "v")]
    assert take(conn, path, home, accept_findings=True).counts["added"] == 2


def test_points_among_the_streets_are_errors(conn: Connection, home: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "a.geojson", ("AB", STREET), (shapely.Point(PLACES["C"]), STREET))
    done = take(conn, path, home)
    assert (done.state, rules(done)) == ("refused", ["geometry_type"])
    assert take(conn, path, home, accept_findings=True).counts["added"] == 1


def test_what_is_doubtful_in_a_network_is_counted(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.geojson", ("AB", {}), ("BA", {}), ("BC", {}), ("AA", {}))
    done = take(conn, path, home)
    assert done.state == "applied"
    found = {finding.rule: finding.facts.get("count") for finding in done.findings}
    assert found["streets_without_length"] == 1
    assert found["streets_twice"] == 1
    named = write(tmp_path / "b.geojson", ("AB", {"u": 1, "v": 2}), ("EF", {"u": 2, "v": 3}))
    assert "nodes_apart" in rules(take(conn, named, home))


@pytest.mark.parametrize("tags", [{"highway": "motorway"}, {"foot": "no"}, {"access": "private"}])
def test_a_file_without_a_walkable_street_is_refused(
    conn: Connection, home: Path, tmp_path: Path, tags: dict[str, str]
) -> None:
    with pytest.raises(NetworkEmptyError):
        take(conn, write(tmp_path / "a.geojson", ("ABC", tags)), home)
    assert find_network(conn, None, demo=None) is None


def test_a_file_without_any_street_is_refused(conn: Connection, home: Path, tmp_path: Path) -> None:
    with pytest.raises(NetworkEmptyError):
        take(conn, write(tmp_path / "a.geojson"), home)


def bad_files(folder: Path) -> dict[str, tuple[Path, type[YutuError]]]:
    whole = write_extract(folder / "whole.osm.pbf", [("ABC", STREET)])
    cut = folder / "cut.osm.pbf"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    text = folder / "text.pbf"
    text.write_text("道路\n" * 100, encoding="utf-8")
    empty = folder / "empty.osm.pbf"
    empty.touch()
    houses = write_extract(folder / "houses.osm.pbf", [("ABC", {"building": "yes"})])
    return {
        "cut": (cut, FileUnreadableError),
        "text": (text, FileUnreadableError),
        "empty": (empty, FileUnreadableError),
        "houses": (houses, FileRefusedError),
    }


@pytest.mark.parametrize("what", ["cut", "text", "empty", "houses"])
def test_a_bad_extract_is_refused_and_nothing_is_stored(
    conn: Connection, home: Path, tmp_path: Path, what: str
) -> None:
    path, kind = bad_files(tmp_path)[what]
    with pytest.raises(kind):
        take(conn, path, home)
    assert conn.execute(select(func.count()).select_from(network_edge)).scalar() == 0
    assert find_network(conn, None, demo=None) is None


def test_streets_are_no_one_division_s(conn: Connection, home: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "a.geojson", ("ABC", STREET))
    county = Viewer(uuid4(), "县", (Grant("editor", uuid4(), "县"),), demo_open=False, actor="x")
    with pytest.raises(OutsideJurisdictionError):
        take(conn, path, home, viewer=county)
    with pytest.raises(UnauthenticatedError):
        take(conn, path, home, viewer=public_viewer(demo_open=True))


def test_progress_only_grows(conn: Connection, home: Path, tmp_path: Path) -> None:
    path = write_extract(tmp_path / "a.osm.pbf", [("ABC", STREET), ("BEH", STREET)])
    shares: list[float] = []

    def note(share: float, _doing: str) -> bool:
        shares.append(share)
        return True

    take(conn, path, home, progress=note)
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1
