"""Vector tiles, read with GDAL as any map program would."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import select

from geo.boundaries.tables import boundary_line_version
from geo.db.engine import transaction
from geo.divisions.apply import Source
from geo.markers.facts import MarkerFacts, Position
from geo.markers.store import store_markers
from geo.tiles import LAYERS
from tests.api.country import COUNTIES, FIRST, take
from tests.api.routers.conftest import LogIn
from tests.conftest import Database

MIDDLE = (117.2, 36.15)
SEA = (1.0, 1.0)


FIRST_ZOOMS = {"streets": 14}
"""Zoom from which a layer has all it has; the others have it from 8."""


@pytest.fixture(scope="module")
def furnished(country: Database, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Return the small country with a hospital, streets and a marker in its middle."""
    folder = tmp_path_factory.mktemp("furnished")
    lon, lat = MIDDLE
    hospital = folder / "hospital.csv"
    hospital.write_text(f"name,lon,lat\n泰安医院,{lon},{lat}\n", encoding="utf-8")
    streets = folder / "streets.geojson"
    gpd.GeoDataFrame(
        {"highway": ["primary", "footway", "motorway"], "name": ["解放路", None, None]},
        geometry=[
            shapely.LineString([(lon - 0.003, lat + step), (lon + 0.003, lat + step)])
            for step in (0.0, 0.001, 0.002)
        ],
        crs=4326,
    ).to_file(streets)
    take(country.engine, folder, hospital, kind="facilities", facts={"kind": "hospital"})
    take(country.engine, folder, streets, kind="roads")
    set_marker(country)
    return country


def set_marker(country: Database) -> None:
    """Put a marker of some line into the middle."""
    line, (lon, lat) = boundary_line_version.c, MIDDLE
    with transaction(country.engine, "system:test") as conn:
        row = conn.execute(select(line.line_id, line.left_id, line.right_id).limit(1)).one()
        facts = MarkerFacts(
            number="001",
            lines=(row.line_id,),
            sides=(row.left_id, row.right_id),
            position=Position(lon=lon, lat=lat),
        )
        source = Source(name="test")
        store_markers(conn, [facts], valid_from=FIRST, source=source, actor="system:test")


@pytest.fixture
def database(furnished: Database) -> Database:
    return furnished


def tile_at(zoom: int, place: tuple[float, float] = MIDDLE) -> tuple[int, int, int]:
    lon, lat = place
    side = 1 << zoom
    north = math.asinh(math.tan(math.radians(lat)))
    return zoom, int((lon + 180) / 360 * side), int((1 - north / math.pi) / 2 * side)


def fetch(client: TestClient, layer: str, zoom: int, **params: Any) -> Any:
    z, x, y = tile_at(zoom)
    return client.get(f"/tiles/{layer}/{z}/{x}/{y}.mvt", params=params)


def read(folder: Path, answer: Any, layer: str, zoom: int) -> gpd.GeoDataFrame:
    """Read one source layer of a tile; in Web Mercator."""
    assert answer.status_code == 200, answer.text
    path = folder / "tile.mvt"
    path.write_bytes(answer.content)
    z, x, y = tile_at(zoom)
    return pyogrio.read_dataframe(path, layer=layer, Z=str(z), X=str(x), Y=str(y))


def test_every_layer_gives_a_feature_in_each_of_its_source_layers(
    admin: TestClient, tmp_path: Path
) -> None:
    for layer, source_layers in LAYERS.items():
        first = FIRST_ZOOMS.get(layer, 8)
        for zoom in (first, first + 2):
            answer = fetch(admin, layer, zoom)
            assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
            for name in source_layers:
                assert len(read(tmp_path, answer, name, zoom)), (layer, name, zoom)


def test_divisions_and_labels_carry_what_the_map_needs(admin: TestClient, tmp_path: Path) -> None:
    answer = fetch(admin, "divisions", 8)
    found = read(tmp_path, answer, "divisions", 8)
    counties = found[found["level"] == "county"]
    assert set(counties["code"]) == {code for code, _ in COUNTIES.values()}
    assert dict(zip(counties["code"], counties["name"], strict=True))["370902"] == "泰山区"
    assert set(found["publication"]) == {"unpublished"}
    assert set(found.geom_type) == {"Polygon"}
    labels = read(tmp_path, answer, "division_labels", 8)
    assert set(labels.geom_type) == {"Point"}
    assert set(labels["code"]) == set(found["code"])


def test_shapes_lie_where_they_are(admin: TestClient, tmp_path: Path) -> None:
    found = read(tmp_path, fetch(admin, "divisions", 10), "divisions", 10)
    county = found[found["code"] == "370921"].to_crs(4326)
    # One unit of this tile's grid is some 10 m.
    assert county.total_bounds == pytest.approx([117.1, 36.1, 117.3, 36.2], abs=2e-4)


def test_lines_carry_their_sides_and_ids(admin: TestClient, tmp_path: Path) -> None:
    found = read(tmp_path, fetch(admin, "boundary_lines", 8), "boundary_lines", 8)
    listed = admin.get("/api/v1/boundary-lines").json()["items"]
    assert set(found["id"]) == {one["id"] for one in listed}
    row = found.set_index("id").loc[listed[0]["id"]]
    for key in ("level", "unit_level", "left_code", "left_name", "right_code", "right_name"):
        assert row[key] == listed[0][key]
    assert row["length_km"] == pytest.approx(listed[0]["length_km"])
    assert row["origin"] == "derived"
    assert set(found["level"]) == {"province", "prefecture", "county"}


@pytest.mark.parametrize(
    ("zoom", "levels"),
    [
        (0, {"province"}),
        (4, {"province"}),
        (5, {"province", "prefecture"}),
        (7, {"province", "prefecture", "county"}),
    ],
)
def test_levels_appear_with_the_zoom(
    admin: TestClient, tmp_path: Path, zoom: int, levels: set[str]
) -> None:
    answer = fetch(admin, "divisions", zoom)
    assert set(read(tmp_path, answer, "division_labels", zoom)["level"]) == levels


def test_a_tile_shows_the_names_of_the_day(admin: TestClient, tmp_path: Path) -> None:
    def name(at: str) -> str:
        found = read(tmp_path, fetch(admin, "divisions", 8, at=at), "divisions", 8)
        return str(found.set_index("code").loc["370921", "name"])

    assert (name("2023-12-31"), name("2024-01-01")) == ("宁阳县", "新宁阳县")
    assert fetch(admin, "divisions", 8, at="1999-01-01").status_code == 204


def test_large_streets_appear_before_the_others(admin: TestClient, tmp_path: Path) -> None:
    def classes(zoom: int) -> set[str]:
        return set(read(tmp_path, fetch(admin, "streets", zoom), "streets", zoom)["highway"])

    assert fetch(admin, "streets", 11).status_code == 204
    assert classes(12) == {"primary", "motorway"}
    assert classes(14) == {"primary", "motorway", "footway"}
    found = read(tmp_path, fetch(admin, "streets", 14), "streets", 14).set_index("highway")
    assert found.loc["primary", "name"] == "解放路"
    assert set(found["publication"]) == {"unpublished"}


def test_streets_are_those_of_the_newest_network_of_a_name(
    admin: TestClient, furnished: Database, tmp_path: Path
) -> None:
    lon, lat = MIDDLE
    path = tmp_path / "streets.geojson"
    shape = shapely.LineString([(lon - 0.003, lat), (lon + 0.003, lat)])
    gpd.GeoDataFrame({"highway": ["trunk"]}, geometry=[shape], crs=4326).to_file(path)
    before = fetch(admin, "streets", 14)
    take(furnished.engine, tmp_path, path, kind="roads", facts={"name": "另一个"})
    both = read(tmp_path, fetch(admin, "streets", 14), "streets", 14)
    assert set(both["highway"]) == {"primary", "motorway", "footway", "trunk"}
    gpd.GeoDataFrame({"highway": ["steps"]}, geometry=[shape], crs=4326).to_file(path)
    take(furnished.engine, tmp_path, path, kind="roads", facts={"name": "另一个"})
    newer = read(tmp_path, fetch(admin, "streets", 14), "streets", 14)
    assert set(newer["highway"]) == {"primary", "motorway", "footway", "steps"}
    assert before.headers["etag"] != fetch(admin, "streets", 14).headers["etag"]


def test_an_empty_tile_is_204_and_not_an_error(admin: TestClient) -> None:
    for layer in LAYERS:
        z, x, y = tile_at(8, SEA)
        answer = admin.get(f"/tiles/{layer}/{z}/{x}/{y}.mvt")
        assert (answer.status_code, answer.content) == (204, b"")


def test_a_tile_that_has_not_changed_is_304(admin: TestClient) -> None:
    first = fetch(admin, "divisions", 8)
    z, x, y = tile_at(8)
    url = f"/tiles/divisions/{z}/{x}/{y}.mvt"
    again = admin.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert admin.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
    assert "private" in first.headers["cache-control"]


def test_tiles_show_each_one_what_that_one_may_see(
    client: TestClient, log_in: LogIn, tmp_path: Path
) -> None:
    assert fetch(client, "divisions", 8).status_code == 204
    assert fetch(client, "boundary_lines", 8).status_code == 204
    assert fetch(client, "streets", 14).status_code == 204
    client.headers.update(log_in("taishan", ("viewer", "370902")))
    found = read(tmp_path, fetch(client, "divisions", 8), "divisions", 8)
    assert set(found["code"]) == {"370902"}
    lines = read(tmp_path, fetch(client, "boundary_lines", 8), "boundary_lines", 8)
    beside = lines[["left_code", "right_code"]].eq("370902").any(axis=1)
    assert beside.all()


@pytest.mark.parametrize("place", ["21/0/0", "3/8/0", "3/0/8", "-1/0/0", "3/-1/2"])
def test_a_tile_that_cannot_be_is_refused(admin: TestClient, place: str) -> None:
    answer = admin.get(f"/tiles/divisions/{place}.mvt")
    assert (answer.status_code, answer.json()["code"]) == (422, "option_invalid")


def test_an_unknown_layer_and_a_wrong_number_are_refused(admin: TestClient) -> None:
    answer = admin.get("/tiles/rivers/3/6/3.mvt")
    assert (answer.status_code, answer.json()["code"]) == (404, "layer_unknown")
    assert answer.json()["allowed"] == sorted(LAYERS)
    assert admin.get("/tiles/divisions/a/b/c.mvt").status_code == 422
    assert admin.get("/tiles/divisions/99999999999999999999/0/0.mvt").status_code == 422
