from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Geod, Transformer
from rasterio.warp import transform as warp
from sqlalchemy import Connection, func, select

from geo.access.jurisdiction import Grant, Viewer
from geo.errors import (
    CrsRefusedError,
    FileRefusedError,
    FileUnreadableError,
    OptionInvalidError,
    RoleMissingError,
    StoppedError,
)
from geo.population import raster as raster_module
from geo.population.read import find_cells
from geo.population.tables import population_set
from tests.geo.exchange.making import reason
from tests.geo.population.making import NORTH_UP, TODAY, raster, rules, stored, take
from tests.real_data import REAL, needs_real_data

TWO = [[[1, 2.5], [0, 4]], [[0.5, 0], [0, 3]]]


def _sets(conn: Connection) -> int:
    return int(conn.execute(select(func.count()).select_from(population_set)).scalar_one())


def test_cells_with_people_become_points_at_their_middles_row_by_row(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    path = raster(tmp_path / "people.tif", TWO)
    done = take(conn, path, home, bands="total, 60+")
    found, cells = stored(conn, home)
    assert (done.state, done.rows, done.counts) == ("applied", 3, {"added": 3})
    with rasterio.open(path) as file:
        expected = [file.xy(row, column) for row, column in ((0, 0), (0, 1), (1, 1))]
    assert np.allclose(np.column_stack([cells.lon, cells.lat]), expected, atol=1e-12, rtol=0)
    assert cells.people.tolist() == [[1, 0.5], [2.5, 0], [4, 3]]
    assert (found.name, found.ages, found.cells) == ("people", ("total", "60+"), 3)
    assert found.people == {"total": 7.5, "60+": 3.5}
    assert (found.source, found.as_of, found.publication) == ("people.tif", None, "unpublished")


def test_the_same_raster_gives_the_same_file_of_cells(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    path = raster(tmp_path / "people.tif", TWO)
    take(conn, path, home, bands="total,60+", name="甲")
    take(conn, path, home, bands="total,60+", name="乙", valid_from=TODAY.replace(year=2020))
    one, other = find_cells(conn, "甲", demo=None), find_cells(conn, "乙", demo=None)
    assert one is not None
    assert other is not None
    assert one.file_sha256 == other.file_sha256
    assert (one.as_of, other.as_of) == (None, TODAY.replace(year=2020))


def test_a_turned_raster_in_metres_lies_where_rasterio_puts_it(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    turned = Affine.translation(620_000, 3_840_000) @ Affine.rotation(30) @ Affine.scale(100, -100)
    path = raster(tmp_path / "turned.tif", np.ones((1, 5, 7)), crs="EPSG:32650", transform=turned)
    take(conn, path, home, bands="60+")
    found, cells = stored(conn, home)
    rows, columns = np.divmod(np.arange(35), 7)
    with rasterio.open(path) as file:
        lon, lat = warp("EPSG:32650", "EPSG:4326", *file.xy(rows, columns))
    assert np.abs(cells.lon - lon).max() < 1e-9
    assert np.abs(cells.lat - lat).max() < 1e-9
    assert found.cell_size_m == pytest.approx(100, rel=1e-3)


def test_the_size_of_a_cell_is_that_on_the_ground(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    take(conn, raster(tmp_path / "people.tif", np.ones((1, 10, 10))), home, bands="60+")
    found, _ = stored(conn, home)
    _, _, width = Geod(ellps="GRS80").inv(118.305, 34.695, 118.306, 34.695)
    _, _, height = Geod(ellps="GRS80").inv(118.305, 34.694, 118.305, 34.695)
    assert found.cell_size_m == pytest.approx(math.sqrt(width * height), rel=1e-4)


def test_web_mercator_and_zones_are_taken_too(conn: Connection, home: Path, tmp_path: Path) -> None:
    for crs in ("EPSG:3857", "EPSG:4527", "EPSG:4509"):
        to = Transformer.from_crs(4490 if crs != "EPSG:3857" else 4326, crs, always_xy=True)
        x, y = to.transform(118.35, 34.61)
        path = raster(
            tmp_path / "zone.tif", np.ones((1, 2, 2)), crs=crs,
            transform=Affine(100, 0, x - 100, 0, -100, y + 100),
        )  # fmt: skip
        take(conn, path, home, bands="60+", name=crs)
        _, cells = stored(conn, home, crs)
        assert cells.lon.mean() == pytest.approx(118.35, abs=1e-5)
        assert cells.lat.mean() == pytest.approx(34.61, abs=1e-5)


def test_bands_that_describe_themselves_need_no_option(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    path = raster(tmp_path / "people.tif", TWO, descriptions=("pop20plus", "60岁及以上人口"))
    done = take(conn, path, home)
    found, _ = stored(conn, home)
    assert found.ages == ("20+", "60+")
    assert "bands_described" in {told.rule for told in done.conclusions}


@pytest.mark.parametrize(
    ("bands", "shown"),
    [
        (None, "2"),
        ("60+", "2"),
        ("20+,60+,80+", "2"),
        ("60+,60+", "60+,60+"),
        ("0+,total", "0+,total"),
        ("70-60,20+", "70-60"),
        ("old,60+", "old"),
        ("", ""),
        ("60+,", ""),
        ("0-200,60+", "0-200"),
    ],
)
def test_bands_that_do_not_fit_are_an_error_of_the_option(
    conn: Connection, home: Path, tmp_path: Path, bands: str | None, shown: str
) -> None:
    path = raster(tmp_path / "people.tif", TWO)
    with pytest.raises(OptionInvalidError) as caught:
        take(conn, path, home, **({} if bands is None else {"bands": bands}))
    assert all(shown in told and "--bands" in told for told in reason(caught.value))
    assert _sets(conn) == 0


def test_nodata_and_nan_are_nobody_without_a_word(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    lowest = float(np.finfo("float32").min)
    for number, nodata in enumerate((-99999.0, -1.0, lowest, -3.4e38, math.nan)):
        values = [[[nodata, 2], [math.nan, 3]]]
        path = raster(tmp_path / f"{number}.tif", values, nodata=nodata)
        done = take(conn, path, home, bands="60+")
        assert (done.findings, done.rows) == ([], 2)


def test_a_raster_of_whole_numbers_keeps_its_nodata(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    path = raster(tmp_path / "p.tif", [[[65535, 2], [7, 0]]], dtype="uint16", nodata=65535)
    take(conn, path, home, bands="60+")
    assert stored(conn, home)[0].people == {"60+": 9}


@pytest.mark.parametrize("value", [-99999, -9999, -3.4e38, -999, 3.4e38, -32768])
def test_an_undeclared_sentinel_is_nobody_and_told_with_its_number(
    conn: Connection, home: Path, tmp_path: Path, value: float
) -> None:
    done = take(conn, raster(tmp_path / "p.tif", [[[value, 2], [value, 3]]]), home, bands="60+")
    assert (done.state, rules(done)) == ("applied", ["population_sentinel"])
    told = done.findings[0]
    assert told.facts["count"] == 2
    assert f"{np.float32(value):g}" in told.message("en")
    assert stored(conn, home)[0].people == {"60+": 5}


@pytest.mark.parametrize("value", [-1, -0.001, math.inf, -math.inf, 2e8])
def test_what_cannot_be_people_keeps_the_file_out_and_is_shown_with_its_place(
    conn: Connection, home: Path, tmp_path: Path, value: float
) -> None:
    path = raster(tmp_path / "p.tif", [[[1, 2], [3, value]], [[1, 1], [value, 1]]])
    done = take(conn, path, home, bands="20+,60+")
    assert (done.state, done.errors, _sets(conn)) == ("refused", 2, 0)
    first = done.findings[0]
    assert first.place == pytest.approx((118.3015, 34.6985))
    assert (first.facts["pixel_row"], first.facts["pixel_column"]) == (2, 2)
    take(conn, path, home, bands="20+,60+", accept_findings=True)
    assert stored(conn, home)[0].people == {"20+": 3, "60+": 2}


def test_a_raster_without_a_coordinate_system_asks_for_one(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    path = raster(tmp_path / "p.tif", TWO, crs=None)
    with pytest.raises(OptionInvalidError) as caught:
        take(conn, path, home, bands="20+,60+")
    assert all("--crs" in told for told in reason(caught.value))
    done = take(conn, path, home, bands="20+,60+", crs="EPSG:4490")
    assert done.state == "applied"


def test_a_declared_system_must_be_that_of_the_file(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    path = raster(tmp_path / "p.tif", TWO)
    assert rules(take(conn, path, home, bands="20+,60+", crs="CGCS2000")) == ["crs_taken_as_same"]
    with pytest.raises(OptionInvalidError):
        take(conn, path, home, bands="20+,60+", crs="EPSG:32650")
    with pytest.raises(CrsRefusedError):
        take(conn, raster(tmp_path / "x.tif", TWO, crs="EPSG:4610"), home, bands="20+,60+")


def test_a_raster_declared_in_gcj02_is_put_back(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    path = raster(tmp_path / "p.tif", TWO, crs=None)
    take(conn, path, home, bands="20+,60+", crs="gcj02", name="shifted")
    take(conn, path, home, bands="20+,60+", crs="EPSG:4490", name="true")
    shifted, true = (stored(conn, home, name)[1] for name in ("shifted", "true"))
    moved = np.hypot(*(np.radians(shifted.lon - true.lon), np.radians(shifted.lat - true.lat)))
    assert 200 < moved.max() * 6_371_000 < 900


def test_swapped_axes_and_a_place_abroad_are_refused(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    swapped = Affine(0.001, 0, 34.7, 0, -0.001, 118.3)
    path = raster(tmp_path / "s.tif", TWO, crs=None, transform=swapped)
    with pytest.raises(FileRefusedError):
        take(conn, path, home, bands="20+,60+", crs="EPSG:4326")
    porto = Affine(0.001, 0, -8.6, 0, -0.001, 41.2)
    done = take(conn, raster(tmp_path / "a.tif", TWO, transform=porto), home, bands="20+,60+")
    assert (done.state, rules(done)) == ("refused", ["cells_outside", "population_none"])
    assert done.findings[0].facts["count"] == 3


def test_a_raster_without_anybody_is_an_answer(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    for values in (np.zeros((1, 3, 3)), np.full((1, 3, 3), np.nan)):
        done = take(conn, raster(tmp_path / "none.tif", values), home, bands="60+")
        assert (done.state, rules(done), done.counts) == ("applied", ["population_none"], {})
    assert find_cells(conn, None, demo=None) is None


@pytest.mark.parametrize("keep", [0, 3, 200, 0.5, 0.99])
def test_a_cut_raster_is_refused_in_words(
    conn: Connection, home: Path, tmp_path: Path, keep: float
) -> None:
    noise = np.random.default_rng(1).random((1, 200, 200))
    whole = raster(tmp_path / "whole.tif", noise, compress="deflate").read_bytes()
    path = tmp_path / "cut.tif"
    path.write_bytes(whole[: int(keep if keep > 1 or keep == 0 else keep * len(whole))])
    with pytest.raises(FileUnreadableError) as caught:
        take(conn, path, home, bands="60+")
    reason(caught.value)
    assert _sets(conn) == 0


def test_other_contents_under_the_name_of_a_raster_are_refused(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    vrt = b'<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand/></VRTDataset>'
    for content in (b"\x89PNG\r\n\x1a\n" + b"0" * 200, vrt, b"II*\0" + b"\xff" * 300):
        path = tmp_path / "people.tif"
        path.write_bytes(content)
        with pytest.raises(FileUnreadableError) as caught:
            take(conn, path, home, bands="60+")
        reason(caught.value)


def test_a_picture_that_lies_nowhere_is_refused(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        path = raster(tmp_path / "p.tif", TWO, crs="EPSG:4326", transform=Affine.identity())
    path.with_suffix(".tfw").write_text("0.001\n0\n0\n-0.001\n118.3\n34.7\n")
    with pytest.raises(FileUnreadableError, match="raster_no_place"):
        take(conn, path, home, bands="20+,60+")


def test_side_files_are_not_looked_at(conn: Connection, home: Path, tmp_path: Path) -> None:
    path = raster(tmp_path / "p.tif", [[[5.0, 2.0]]])
    (tmp_path / "p.tif.aux.xml").write_text(
        "<PAMDataset><PAMRasterBand band='1'><NoDataValue>5</NoDataValue>"
        "</PAMRasterBand></PAMDataset>"
    )
    take(conn, path, home, bands="60+")
    assert stored(conn, home)[0].people == {"60+": 7}


def test_a_large_raster_is_read_in_strips_and_gives_the_same(
    conn: Connection, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.random.default_rng(2).random((2, 90, 70)).round(2)
    path = raster(tmp_path / "p.tif", values, tiled=True, blockxsize=16, blockysize=16)
    take(conn, path, home, bands="20+,60+", name="whole")
    steps: list[float] = []
    monkeypatch.setattr(raster_module, "STRIP_CELLS", 70 * 2 * 40)
    take(
        conn, path, home, bands="20+,60+", name="strips",
        progress=lambda share, doing: doing != "doing.population_cells" or not steps.append(share),
    )  # fmt: skip
    assert len(steps) == 3
    whole, strips = (find_cells(conn, name, demo=None) for name in ("whole", "strips"))
    assert whole is not None
    assert strips is not None
    assert whole.file_sha256 == strips.file_sha256
    with pytest.raises(StoppedError):
        take(conn, path, home, bands="20+,60+", progress=lambda share, _: share < 0.01)


def test_too_many_cells_are_refused(
    conn: Connection, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raster_module, "MOST_CELLS", 5)
    with pytest.raises(FileUnreadableError, match="too_many_cells"):
        take(conn, raster(tmp_path / "p.tif", np.ones((1, 3, 2))), home, bands="60+")


def test_only_an_editor_of_everything_brings_cells_in(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    viewer = Viewer(None, "x", (Grant("viewer", None, "全国"),), demo_open=False, actor="x")
    with pytest.raises(RoleMissingError):
        take(conn, raster(tmp_path / "p.tif", TWO), home, bands="20+,60+", viewer=viewer)


def test_a_name_nobody_can_read_is_refused(conn: Connection, home: Path, tmp_path: Path) -> None:
    for name in ("", " ", "x" * 101, "a\x07b"):
        with pytest.raises(OptionInvalidError, match="--name"):
            take(conn, raster(tmp_path / "p.tif", TWO), home, bands="20+,60+", name=name)


def test_the_transform_of_the_tests_is_that_of_tancheng() -> None:
    assert NORTH_UP @ (0, 0) == (118.3, 34.7)


@pytest.mark.real_data
@needs_real_data[1]
def test_wuhan_has_the_people_that_rasterio_counts(conn: Connection, home: Path) -> None:
    path = REAL / "wuhan_worldpop_20plus_60plus.tif"
    done = take(conn, path, home, bands="20+,60+")
    found, cells = stored(conn, home)
    assert (done.rows, found.cells, done.findings) == (208_767, 208_767, [])
    assert found.people == {"20+": 7431463.6247701645, "60+": 1464749.7190858126}
    assert (round(found.people["20+"]), round(found.people["60+"])) == (7_431_464, 1_464_750)
    with rasterio.open(path) as file:
        values = file.read().astype(float)
        rows, columns = np.nonzero((values > 0).any(axis=0))
        x, y = file.xy(rows, columns)
    assert np.array_equal(cells.people, values[:, rows, columns].T)
    assert np.abs(cells.lon - x).max() < 1e-9
    assert np.abs(cells.lat - y).max() < 1e-9
    assert found.cell_size_m == pytest.approx(86, abs=1)
