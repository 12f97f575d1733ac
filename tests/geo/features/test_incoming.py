from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import Connection

from geo.access.jurisdiction import Grant, Viewer, public_viewer, system_viewer
from geo.db.ids import new_id
from geo.errors import OptionInvalidError, OutsideJurisdictionError, UnauthenticatedError
from geo.features.read import list_layers, read_near
from geo.imports import ImportReport, run_import
from geo.incoming import ImportOptions

SYSTEM = system_viewer("test")
DAY = date(2025, 6, 1)
TODAY = date(2026, 11, 21)
RIVER = shapely.LineString([(117.0, 36.0), (117.05, 36.02), (117.1, 36.0)])
ROAD = shapely.LineString([(117.02, 35.95), (117.02, 36.05)])
FACTS = {"kind": "water", "name": "水系图", "source": "县水利局", "licence": "内部使用"}


def take(
    conn: Connection,
    folder: Path,
    *rows: tuple[str | None, shapely.Geometry],
    viewer: Viewer = SYSTEM,
    day: date = DAY,
    publication: str = "unpublished",
    **facts: str,
) -> ImportReport:
    features = [
        {
            "type": "Feature",
            "properties": {"name": name, "kind": "river"},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for name, shape in rows
    ]
    path = folder / "river.geojson"
    content = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    options = ImportOptions(valid_from=day, facts=FACTS | facts, publication=publication)
    return run_import(
        conn, "features", path, options, viewer=viewer, today=TODAY, files=folder / "files"
    )


def test_a_layer_keeps_its_source_date_licence_and_what_it_covers(
    conn: Connection, tmp_path: Path
) -> None:
    done = take(conn, tmp_path, ("柳河", RIVER), (None, ROAD), extent="116.5,35.5,117.5,36.5")
    assert (done.state, done.counts) == ("applied", {"added": 2, "unchanged": 0})
    (layer,) = list_layers(conn, SYSTEM, TODAY)
    assert (layer.layer, layer.name, layer.source) == ("water", "水系图", "县水利局")
    assert (layer.licence, layer.as_of, layer.features) == ("内部使用", DAY, 2)
    assert layer.extent == (116.5, 35.5, 117.5, 36.5)
    assert "116.5000, 35.5000" in done.conclusions[-1].message()


def test_the_same_file_again_changes_nothing_and_a_newer_one_follows_it(
    conn: Connection, tmp_path: Path
) -> None:
    take(conn, tmp_path, ("柳河", RIVER))
    assert take(conn, tmp_path, ("柳河", RIVER)).counts == {"added": 0, "unchanged": 1}
    take(conn, tmp_path, ("新柳河", RIVER), day=date(2026, 1, 1))
    names = {
        at: [one.name for one in read_near(conn, RIVER, at, within_m=100).features]
        for at in (date(2025, 1, 1), date(2025, 12, 31), TODAY)
    }
    assert list(names.values()) == [[], ["柳河"], ["新柳河"]]
    assert len(list_layers(conn, SYSTEM, TODAY)) == 1


def test_outside_its_extent_a_layer_knows_nothing(conn: Connection, tmp_path: Path) -> None:
    take(conn, tmp_path, ("柳河", RIVER), extent="116.9,35.9,117.2,36.1")
    inside = read_near(conn, shapely.Point(117.05, 35.95), TODAY, within_m=100)
    beside = read_near(conn, shapely.Point(117.1999, 35.95), TODAY, within_m=100)
    beyond = read_near(conn, shapely.Point(118.0, 35.95), TODAY, within_m=100)
    assert [one.covered for one in (inside, beside, beyond)] == [{"water"}, set(), set()]


def test_only_named_features_near_a_line_are_read(conn: Connection, tmp_path: Path) -> None:
    take(conn, tmp_path, ("柳河", RIVER), (None, ROAD), ("远河", shapely.Point(117.9, 36.4)))
    (found,) = read_near(conn, RIVER, TODAY, within_m=50).features
    assert (found.name, found.layer, found.kind) == ("柳河", "water", "river")
    assert found.geom.equals(RIVER)


def test_a_feature_outside_the_extent_goes_in_with_a_warning(
    conn: Connection, tmp_path: Path
) -> None:
    done = take(conn, tmp_path, ("柳河", RIVER), extent="118.0,35.5,118.5,36.5")
    assert [(one.rule, one.severity, one.row) for one in done.findings] == [
        ("feature_outside_extent", "warning", 1)
    ]


@pytest.mark.parametrize(
    "facts",
    [{"kind": "sea"}, {"kind": ""}, {"extent": "1,2,3"}, {"extent": "118,36,117,37"},
     {"extent": "nan,1,2,3"}, {"name": "x\x07"}],
)  # fmt: skip
def test_facts_that_cannot_be_are_refused(
    conn: Connection, tmp_path: Path, facts: dict[str, Any]
) -> None:
    with pytest.raises(OptionInvalidError):
        take(conn, tmp_path, ("柳河", RIVER), **facts)
    assert list_layers(conn, SYSTEM, TODAY) == []


def test_a_river_is_no_one_divisions(conn: Connection, tmp_path: Path) -> None:
    county = Viewer(new_id(), "县", (Grant("administrator", new_id(), "县"),), True, "县")
    with pytest.raises(OutsideJurisdictionError):
        take(conn, tmp_path, ("柳河", RIVER), viewer=county)
    with pytest.raises(UnauthenticatedError):
        take(conn, tmp_path, ("柳河", RIVER), viewer=public_viewer(demo_open=True))


def test_the_public_sees_open_layers_only(conn: Connection, tmp_path: Path) -> None:
    take(conn, tmp_path, ("柳河", RIVER))
    take(conn, tmp_path, ("示例河", RIVER), name="示例", publication="demo")
    seen = [
        [one.name for one in list_layers(conn, public_viewer(demo_open=is_open), TODAY)]
        for is_open in (True, False)
    ]
    assert seen == [["示例"], []]
