"""The hospitals of Wuhan as the web map gave them, against its streets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import Connection

from geo.crs.gcj02 import SHIFTED, from_gcj02
from geo.db.engine import transaction
from geo.facilities.read import list_facilities, read_places
from geo.facilities.shift import TRUE, suspect_shift
from geo.facilities.streets import Floats, Neighbourhood, distances_to_streets, open_neighbourhood
from geo.network.store import find_network
from tests.conftest import Database
from tests.geo.divisions.given import TODAY
from tests.geo.facilities.given import SYSTEM, put_network, rules, take
from tests.real_data import REAL, needs_real_data

pytestmark = needs_real_data

HOSPITALS = REAL / "wuhan_hospitals_gcj02.csv"
LIKELY = {"GCJ-02": "gcj02", "BD-09": "bd09", TRUE: TRUE}


@pytest.fixture(scope="module")
def wuhan(module_database: Database) -> Iterator[Connection]:
    streets = gpd.read_parquet(REAL / "wuhan_8989.parquet").to_crs(4490)
    with transaction(module_database.engine, "system:test") as conn:
        put_network(conn, shapely.force_2d(streets.geometry.to_numpy()), name="武汉")
        yield conn
        conn.rollback()


@pytest.fixture(scope="module")
def true() -> Floats:
    """Where the hospitals are, those far outside the streets left out."""
    given = pd.read_csv(HOSPITALS)[["lon", "lat"]].to_numpy(dtype=np.float64)
    return np.delete(from_gcj02(given), [4, 38], axis=0)


@pytest.fixture(scope="module")
def streets(wuhan: Connection, true: Floats) -> Neighbourhood:
    network = find_network(wuhan, None, demo=False)
    assert network is not None
    return open_neighbourhood(wuhan, network.id, true)


def _face(true: Floats, system: str) -> Floats:
    """Return places as the coordinates of a system have them."""
    return SHIFTED[system].from_true(true) if system in SHIFTED else true


@pytest.mark.parametrize("system", [TRUE, "GCJ-02", "BD-09"])
@pytest.mark.parametrize("declared", [TRUE, "GCJ-02", "BD-09"])
def test_a_wrong_declaration_is_seen_and_the_right_one_named(
    streets: Neighbourhood, true: Floats, system: str, declared: str
) -> None:
    found = suspect_shift(streets, _face(true, system), declared)
    if system == declared:
        assert found is None
        return
    assert found is not None
    assert (found.likely, found.places) == (LIKELY[system], 45)
    assert found.likely_m < 0.75 * found.declared_m
    assert 400 < found.shift_m < 1500


@pytest.mark.parametrize("system", [TRUE, "GCJ-02", "BD-09"])
def test_a_few_places_rightly_declared_are_left_in_peace(
    streets: Neighbourhood, true: Floats, system: str
) -> None:
    face = _face(true, system)
    random = np.random.default_rng(2026)
    for _ in range(60):
        some = random.choice(len(face), 10, replace=False)
        assert suspect_shift(streets, face[some], system) is None


def test_too_few_places_or_none_near_a_street_say_nothing(
    streets: Neighbourhood, true: Floats
) -> None:
    assert suspect_shift(streets, _face(true, "GCJ-02")[:7], TRUE) is None
    assert suspect_shift(streets, true + 3.0, TRUE) is None


def test_distances_are_those_of_a_search_through_all_streets(
    wuhan: Connection, true: Floats
) -> None:
    network = find_network(wuhan, None, demo=False)
    assert network is not None
    places = np.vstack([true, [[114.9, 30.6], [117.0, 36.0]]])
    found = distances_to_streets(wuhan, network.id, places)
    lines = gpd.read_parquet(REAL / "wuhan_8989.parquet").geometry
    points = gpd.GeoSeries.from_xy(places[:, 0], places[:, 1], crs=4490).to_crs(32650)
    expected = np.array([lines.distance(point).min() for point in points])
    # UTM itself is 4 in 10,000 off here, and 4 in 1,000 at 117° E.
    np.testing.assert_allclose(found, expected, rtol=4e-3, atol=0.05)


def test_the_real_list_goes_in_by_its_own_declaration_without_a_word_of_shifting(
    wuhan: Connection, tmp_path: Path
) -> None:
    path = tmp_path / HOSPITALS.name
    path.write_bytes(HOSPITALS.read_bytes())
    with wuhan.begin_nested() as point:
        done = take(wuhan, path, kind="hospital", crs="gcj02")
        assert (done.state, done.counts["added"]) == ("applied", 47)
        assert rules(done) == ["no_division_here_many", "far_from_street", "far_from_street"]
        (told,) = [one for one in done.conclusions if one.rule == "crs_shifted"]
        assert told.facts == {"crs": "GCJ-02", "moved_m": 587}
        places = read_places(wuhan, ["hospital"], TODAY, demo=False)
        assert len(places) == 47
        assert {one.source_crs for one in places} == {"GCJ-02"}
        nearest = list_facilities(wuhan, SYSTEM, TODAY, near=(114.293, 30.5377), limit=3)
        assert nearest.total == 47
        assert nearest.items[0].name == "武汉大学人民医院"
        point.rollback()


def test_the_real_list_declared_otherwise_is_told_with_the_shift(
    wuhan: Connection, tmp_path: Path
) -> None:
    path = tmp_path / HOSPITALS.name
    path.write_bytes(HOSPITALS.read_bytes())
    for declared in ("EPSG:4326", "EPSG:4490", "bd09", None):
        with wuhan.begin_nested() as point:
            done = take(wuhan, path, kind="hospital", crs=declared)
            (finding,) = [one for one in done.findings if one.rule == "looks_shifted"]
            assert done.state == "applied"
            assert finding.facts["likely"] == "gcj02"
            assert "--crs gcj02" in finding.message()
            assert "--crs gcj02" in finding.message("en")
            point.rollback()
