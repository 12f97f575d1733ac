from __future__ import annotations

from datetime import date
from pathlib import Path

import pyogrio
import shapely
from sqlalchemy import Connection

from geo.access.jurisdiction import system_viewer
from geo.boundaries.follow import apply_with_lines
from geo.divisions.apply import Source
from geo.divisions.codes import read_code
from geo.divisions.parents import Row
from geo.tiles import Tile, make_tile

FROM = date(2020, 1, 1)
VIEWER = system_viewer("test")
WORLD = Tile(0, 0, 0)


def put(conn: Connection, **sides_deg: float) -> None:
    """Put square provinces in, by code, of these sides."""
    rows = []
    for place, (code, side) in enumerate(sides_deg.items()):
        known = read_code(code.removeprefix("p"))
        assert known is not None
        square = shapely.box(100 + place, 30, 100 + place + side, 30 + side)
        rows.append(Row(row=None, code=known, name=code, geom=shapely.MultiPolygon([square])))
    source = Source(name="test")
    apply_with_lines(conn, rows, valid_from=FROM, today=FROM, source=source)


def test_what_is_too_small_for_a_tile_is_left_out(conn: Connection, tmp_path: Path) -> None:
    put(conn, p37=0.001, p42=1.0)
    path = tmp_path / "tile.mvt"
    path.write_bytes(make_tile(conn, "divisions", WORLD, VIEWER, FROM))
    found = pyogrio.read_dataframe(path, layer="divisions", Z="0", X="0", Y="0")
    assert list(found["code"]) == ["420000"]
    labels = pyogrio.read_dataframe(path, layer="division_labels", Z="0", X="0", Y="0")
    assert set(labels["code"]) == {"370000", "420000"}


def test_neighbours_thinned_for_a_tile_leave_no_visible_gap(
    conn: Connection, tmp_path: Path
) -> None:
    wave = [(100 + step / 50, 30 + (step % 7) / 400) for step in range(51)]
    north = shapely.Polygon([*wave, (101, 31), (100, 31)])
    south = shapely.Polygon([*wave, (101, 29), (100, 29)])
    rows = []
    for code, shape in (("37", north), ("42", south)):
        known = read_code(code)
        assert known is not None
        rows.append(Row(row=None, code=known, name=code, geom=shapely.MultiPolygon([shape])))
    apply_with_lines(conn, rows, valid_from=FROM, today=FROM, source=Source(name="test"))
    tile = Tile(6, 49, 26)
    path = tmp_path / "tile.mvt"
    path.write_bytes(make_tile(conn, "divisions", tile, VIEWER, FROM))
    found = pyogrio.read_dataframe(path, layer="divisions", Z="6", X="49", Y="26")
    unit_m = 2 * 20037508.34 / 2**6 / 4096
    gap = found.union_all().convex_hull.difference(found.union_all().buffer(unit_m))
    assert gap.area == 0
