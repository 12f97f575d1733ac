from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from rasterio.io import MemoryFile

from maps.palette import NO_NETWORK, REACH
from maps.run_picture import (
    CLASS_NO_NETWORK,
    Drawn,
    classify,
    count_people,
    draw_run,
    frame_run,
)
from maps.run_words import make_legend
from tests.maps.runs import make_cells

PITCH = 1 / 1200
# Machado, Oliveira, Fernandes (2009), doi:10.1109/TVCG.2009.113, severity 1.0, linear RGB.
COLOUR_VISION = {
    "all cones": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                 [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                [0.004733, 0.691367, 0.303900]],
}  # fmt: skip


def _open(drawn: Drawn) -> tuple[np.ndarray[Any, Any], dict[int, tuple[int, ...]]]:
    unplaced = pytest.warns(rasterio.errors.NotGeoreferencedWarning)
    with MemoryFile(drawn.png) as file, unplaced, file.open() as picture:
        return picture.read(1), picture.colormap(1)


def _block(rows: int, columns: int, **changed: Any) -> Any:
    row, column = (axis.ravel() for axis in np.indices((rows, columns)))
    facts = {"lon": 114.0 + column * PITCH, "lat": 30.0 + row * PITCH}
    return make_cells(**(facts | changed))


def test_a_picture_has_a_pixel_for_each_cell_and_no_gap() -> None:
    distance = np.tile(np.linspace(10, 3000, 40), 30)
    image, colours = _open(draw_run(_block(30, 40, distance_m=distance), 900))
    assert image.shape == (30, 40)
    assert set(np.unique(image)) == set(range(6))
    # A row of the picture is a row of cells, the north on top.
    assert image.tolist() == [classify(distance[:40], 900).tolist()] * 30
    assert "#{:02X}{:02X}{:02X}".format(*colours[0][:3]) == REACH[0].colour


def test_a_large_grid_leaves_no_gap_wherever_mercator_stretches_it() -> None:
    image, colours = _open(draw_run(_block(900, 300, distance_m=np.zeros(270_000)), 900))
    assert (image == 0).all()
    assert colours[0][3] == 255
    assert colours[CLASS_NO_NETWORK + 1][3] == 0


def test_the_bounds_are_the_outer_edges_of_the_cells() -> None:
    cells = _block(30, 40)
    west, south, east, north = draw_run(cells, 900).bounds
    half = PITCH / 2
    assert (west, east) == pytest.approx((114 - half, 114 + 39 * PITCH + half), abs=1e-8)
    assert (south, north) == pytest.approx((30 - half, 30 + 29 * PITCH + half), abs=1e-6)
    assert frame_run(cells) == (west, south, east, north)


def test_a_cell_lies_in_the_picture_where_pyproj_puts_it() -> None:
    lon, lat = np.array([114.0, 114.3, 114.1]), np.array([30.0, 30.4, 31.2])
    cells = make_cells(lon=lon, lat=lat, distance_m=np.array([1.0, 800.0, 3000.0]))
    drawn = draw_run(cells, 900)
    image, _ = _open(drawn)
    mercator = Transformer.from_crs(4326, 3857, always_xy=True)
    x, y = mercator.transform(lon, lat)
    west, south = mercator.transform(*drawn.bounds[:2])
    east, north = mercator.transform(*drawn.bounds[2:])
    columns = ((x - west) / (east - west) * image.shape[1]).astype(int)
    rows = ((north - y) / (north - south) * image.shape[0]).astype(int)
    assert image[rows, columns].tolist() == [0, 2, 5]


def test_cells_without_streets_are_a_chequer_and_those_without_a_way_are_the_farthest() -> None:
    image, _ = _open(draw_run(_block(4, 4, distance_m=np.full(16, np.nan)), 900))
    assert (image == CLASS_NO_NETWORK).sum() == 8
    assert classify(np.array([np.inf, np.nan]), 900).tolist() == [5, CLASS_NO_NETWORK]


def test_a_distance_of_exactly_the_limit_is_covered() -> None:
    classes = classify(np.array([300.0, 300.1, 900.0, 900.001, 1350.0, 1800.0, 1800.1]), 900)
    assert classes.tolist() == [0, 1, 2, 3, 3, 4, 5]
    assert [REACH[one].covered for one in (2, 3)] == [True, False]


def test_where_cells_share_a_pixel_the_one_with_more_people_shows() -> None:
    cells = _block(1, 2, lon=np.array([114.0, 114.0]), distance_m=np.array([1.0, 9000.0]))
    cells = make_cells(
        lon=cells.lon, lat=cells.lat, distance_m=cells.distance_m, people=np.array([5.0, 2.0])
    )
    image, _ = _open(draw_run(cells, 900))
    assert (image == 0).all()


@pytest.mark.parametrize("size", [None, 100.0])
def test_people_given_as_points_are_drawn_as_squares(size: float | None) -> None:
    rng = np.random.default_rng(7)
    lon, lat = 114 + rng.random(50), 30 + rng.random(50)
    image, _ = _open(draw_run(make_cells(lon=lon, lat=lat, cell_size_m=size), 900))
    assert max(image.shape) <= 4096
    assert (image == 0).sum() >= 40


def test_nobody_gives_an_empty_picture() -> None:
    image, colours = _open(draw_run(_block(0, 0), 900))
    assert colours[int(image[0, 0])][3] == 0


def test_people_are_counted_by_class() -> None:
    cells = _block(1, 3, distance_m=np.array([100.0, np.inf, np.nan]), people=np.array([1.0, 2, 4]))
    assert count_people(cells, 900).tolist() == [1, 0, 0, 0, 0, 2, 4]


def test_the_legend_names_every_class_in_minutes() -> None:
    words = [one.words for one in make_legend(900, 60, "zh")]
    assert words[:3] == ["0–5 分钟", "5–10 分钟", "10–15 分钟"]
    assert len(words) == len(REACH) + 1
    assert make_legend(900, 60, "en")[-1].chequered


@pytest.mark.parametrize("eyes", COLOUR_VISION)
def test_covered_and_not_covered_differ_for_every_colour_vision(eyes: str) -> None:
    covered = [_lab(one.colour, eyes) for one in REACH if one.covered]
    others = [_lab(one.colour, eyes) for one in REACH if not one.covered]
    nearest = min(float(np.linalg.norm(a - b)) for a in covered for b in others)
    assert nearest > 12, "a difference of 2.3 is the least that is seen"


def test_classes_beside_each_other_differ() -> None:
    colours = [_lab(one, "all cones") for one in [*(one.colour for one in REACH), NO_NETWORK]]
    assert min(np.linalg.norm(a - b) for a, b in pairwise(colours)) > 12


def _lab(colour: str, eyes: str) -> np.ndarray[Any, Any]:
    """Return CIELAB of a colour as seen by eyes (sRGB, D65)."""
    shares = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    light = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(COLOUR_VISION[eyes]) @ light, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ seen / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
