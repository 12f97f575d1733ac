from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from sqlalchemy import Connection

from geo.errors import FileUnreadableError, OptionInvalidError
from geo.population import places as places_module
from geo.population.places import deal_out, spread_people
from tests.geo.exchange.making import reason
from tests.geo.population.making import rules, stored, table, take

HALF_KM = shapely.box(118.34, 34.60, 118.3455, 34.6045)
SMALL = shapely.box(118.35, 34.60, 118.3505, 34.6005)


def _layer(path: Path, *rows: tuple[shapely.Geometry | None, dict[str, object]]) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
        }
        for shape, properties in rows
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    content = {"type": "FeatureCollection", "crs": crs, "features": features}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def test_points_of_a_table_with_a_column_for_each_age(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    path = table(
        tmp_path / "村.csv",
        ("村", "经度", "纬度", "总人口", "60岁及以上"),
        ("甲村", 118.35, 34.61, 1200, 260),
        ("乙村", 118.36, 34.62, 800, 190.5),
        ("空村", 118.37, 34.62, 0, 0),
        ("合计", "", "", 2000, 450.5),
    )
    done = take(conn, path, home, crs="EPSG:4490")
    found, cells = stored(conn, home)
    assert (done.state, done.findings) == ("applied", [])
    assert (found.name, found.ages, found.cells) == ("村", ("total", "60+"), 2)
    assert found.people == {"total": 2000, "60+": 450.5}
    assert found.cell_size_m is None
    assert cells.lon.tolist() == [118.35, 118.36]


def test_bands_and_a_mapping_say_which_columns_are_people(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    path = table(
        tmp_path / "p.csv",
        ("lon", "lat", "total", "60+", "old"),
        (118.35, 34.61, 10, 4, 3),
    )
    take(conn, path, home, bands="60+", name="one", crs="EPSG:4490")
    assert stored(conn, home, "one")[0].people == {"60+": 4}
    take(conn, path, home, bands="70+", name="two", crs="EPSG:4490", mapping={"70+": "old"})
    assert stored(conn, home, "two")[0].people == {"70+": 3}
    with pytest.raises(OptionInvalidError, match="--bands") as caught:
        take(conn, path, home, bands="60+,90+", crs="EPSG:4490")
    assert all("90+" in told for told in reason(caught.value))


def test_a_table_without_people_or_without_place_and_code_is_refused(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    without_people = table(tmp_path / "a.csv", ("lon", "lat"), (118.35, 34.61))
    with pytest.raises(OptionInvalidError) as caught:
        take(conn, without_people, home, crs="EPSG:4490")
    reason(caught.value)
    without_place = table(tmp_path / "b.csv", ("村", "总人口"), ("甲村", 5))
    with pytest.raises(OptionInvalidError) as caught:
        take(conn, without_place, home)
    reason(caught.value)


def test_each_bad_row_is_told_and_keeps_the_file_out(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    path = table(
        tmp_path / "p.csv",
        ("lon", "lat", "total", "60+"),
        (118.35, 34.61, 10, -4),
        (118.35, 34.62, "many", 4),
        ("", "", 7, 4),
        (118.35, 34.63, 1e11, 4),
        (118.35, 34.64, 9, ""),
    )
    done = take(conn, path, home, crs="EPSG:4490")
    assert done.state == "refused"
    told = {(finding.row, finding.rule, finding.severity) for finding in done.findings}
    assert told == {
        (2, "people_negative", "error"),
        (3, "number_invalid", "error"),
        (4, "geometry_missing", "error"),
        (5, "people_too_many", "error"),
        (6, "people_missing", "warning"),
    }
    take(conn, path, home, crs="EPSG:4490", accept_findings=True)
    assert stored(conn, home)[0].people == {"total": 9, "60+": 0}


def test_a_large_polygon_is_spread_over_a_grid_and_a_small_one_is_a_point_inside(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    path = _layer(
        tmp_path / "社区.geojson",
        (HALF_KM, {"name": "大", "total": 1001, "60+": 0.1}),
        (SMALL, {"name": "小", "total": 30, "60+": 7}),
        (shapely.Point(118.36, 34.61), {"name": "点", "total": 5, "60+": 1}),
    )
    done = take(conn, path, home)
    found, cells = stored(conn, home)
    assert done.findings == []
    assert found.people == {"total": 1036, "60+": 8.1}
    assert found.cell_size_m == 100
    large, small = (shapely.contains_xy(shape, cells.lon, cells.lat) for shape in (HALF_KM, SMALL))
    assert (large.sum(), small.sum(), len(cells)) == (25, 1, 27)
    assert math.fsum(cells.people[large, 0]) == 1001
    assert np.ptp(cells.people[large, 0]) < 1e-4
    told = next(one for one in done.conclusions if one.rule == "population_spread")
    assert (told.facts["polygons"], told.facts["spread"], told.facts["points"]) == (2, 1, 25)


def test_the_points_of_a_grid_are_a_hundred_metres_apart() -> None:
    shapes = np.array([HALF_KM], dtype=object)
    cells = spread_people(shapes, np.array([[100.0]]), file_name="x").cells
    _, _, away = Geod(ellps="GRS80").inv(cells.lon[0], cells.lat[0], cells.lon[1], cells.lat[1])
    assert away == pytest.approx(100, rel=1e-4)


@given(st.lists(st.floats(0, 1e7), min_size=1, max_size=4), st.integers(2, 900))
def test_people_dealt_out_add_up_to_themselves(people: list[float], places: int) -> None:
    dealt = deal_out(np.array(people), places)
    assert (dealt >= 0).all()
    for band, whole in enumerate(people):
        assert math.fsum(dealt[:, band]) == whole
        assert dealt[:, band].max() - dealt[:, band].min() <= places * 2**-20 + whole * 1e-12


def test_a_polygon_too_large_to_spread_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places_module, "MOST_POINTS", 20)
    with pytest.raises(FileUnreadableError, match="too_many_cells"):
        spread_people(np.array([HALF_KM], dtype=object), np.ones((1, 1)), file_name="x")


def test_a_thin_polygon_between_the_points_of_the_grid_keeps_its_people() -> None:
    thin = shapely.box(118.34, 34.60, 118.35, 34.60001)
    found = spread_people(np.array([thin], dtype=object), np.array([[7.0]]), file_name="x")
    assert math.fsum(found.cells.people[:, 0]) == 7


def test_a_bow_tie_is_an_error(conn: Connection, home: Path, tmp_path: Path) -> None:
    bow = shapely.Polygon([(118.3, 34.6), (118.4, 34.7), (118.4, 34.6), (118.3, 34.7)])
    done = take(conn, _layer(tmp_path / "x.geojson", (bow, {"total": 5})), home)
    assert (done.state, "geometry_invalid" in rules(done)) == ("refused", True)


def test_a_layer_without_rows_is_nobody(conn: Connection, home: Path, tmp_path: Path) -> None:
    done = take(conn, _layer(tmp_path / "x.geojson"), home)
    assert (done.state, rules(done)) == ("applied", ["population_none"])
