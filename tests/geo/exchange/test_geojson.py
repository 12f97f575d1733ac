from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely

from geo.errors import CrsRefusedError, FileRefusedError, FileUnreadableError
from tests.geo.exchange.making import (
    DIVISIONS,
    JINAN,
    PLACES,
    TAIAN,
    collection,
    concluded,
    reason,
    rules,
    staged,
)

BOWTIE = shapely.Polygon([(117, 36), (118, 37), (118, 36), (117, 37)])


def geojson(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "区划.geojson"
    path.write_bytes(text.encode(encoding))
    return path


def named(name: str) -> dict[str, object]:
    return {"type": "name", "properties": {"name": name}}


def test_a_collection_is_staged_with_features_counted_from_1(tmp_path: Path) -> None:
    found = staged(geojson(tmp_path, collection([TAIAN, JINAN])))
    assert found.findings == []
    assert found.rows["row"].tolist() == [1, 2]
    assert found.rows.geometry.geom_type.tolist() == ["MultiPolygon"] * 2
    assert found.source_crs == "OGC:CRS84"
    assert "crs_by_standard" in concluded(found)


def test_the_old_crs_member_is_honoured(tmp_path: Path) -> None:
    text = collection([TAIAN], crs=named("urn:ogc:def:crs:EPSG::4490"))
    found = staged(geojson(tmp_path, text))
    assert found.source_crs == "EPSG:4490"
    assert found.rows.geometry[0].equals(TAIAN)
    zone = shapely.box(39_500_000, 4_000_000, 39_500_100, 4_000_100)
    found = staged(geojson(tmp_path, collection([zone], crs=named("EPSG:4527"))))
    assert found.rows.geometry[0].bounds[0] == pytest.approx(117.0)
    assert found.source_crs == "EPSG:4527"


def test_a_crs_member_of_xian_80_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(CrsRefusedError) as caught:
        staged(geojson(tmp_path, collection([TAIAN], crs=named("EPSG:4610"))))
    assert "1980西安坐标系" in reason(caught.value)[0]


def test_a_crs_member_nobody_knows_is_refused_and_null_is_no_statement(tmp_path: Path) -> None:
    for member in (named("gcj02"), {"type": "link"}, "EPSG:4490"):
        with pytest.raises(FileRefusedError) as caught:
            staged(geojson(tmp_path, collection([TAIAN], crs=member)))
        reason(caught.value)
    assert rules(staged(geojson(tmp_path, collection([TAIAN], crs=None)))) == ["crs_guessed"]


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.99])
def test_a_cut_file_is_said_to_be_cut(tmp_path: Path, cut: float) -> None:
    text = collection([TAIAN, JINAN] * 20)
    with pytest.raises(FileUnreadableError) as caught:
        staged(geojson(tmp_path, text[: int(len(text) * cut)]))
    assert "不完整" in reason(caught.value)[0]


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "Topology", "objects": {}}',
        '{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read /etc/passwd"}',
        '{"type": "FeatureCollection"}',
        '{"type": "FeatureCollection", "features": {}}',
        '{"a": 1,}',
        "{}",
        '{"type": "Point", "coordinates": [1, 2]}',
        '{"x": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"type": "Feature", "properties": {"代码": ' + "9" * 5000 + "}}",
    ],
)
def test_other_json_is_refused_and_never_reaches_gdal(tmp_path: Path, text: str) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        staged(geojson(tmp_path, text))
    reason(caught.value)


def test_json_that_is_no_object_is_not_even_opened(tmp_path: Path) -> None:
    for text in ("[1, 2]", "<OGRVRTDataSource/>", "PK\x03\x04"):
        with pytest.raises(FileUnreadableError) as caught:
            staged(geojson(tmp_path, text))
        assert "扩展名" in reason(caught.value)[0]


def test_a_gbk_file_is_read_as_such(tmp_path: Path) -> None:
    text = json.dumps(json.loads(collection([TAIAN])), ensure_ascii=False)
    found = staged(geojson(tmp_path, text, "gbk"))
    assert found.rows["name"].tolist() == ["区0"]
    assert "encoding_gb18030" in concluded(found)


def test_nan_and_infinite_coordinates_are_found_with_their_vertex(tmp_path: Path) -> None:
    nan = collection([TAIAN, TAIAN, JINAN]).replace("36.3", "NaN", 1)
    text = nan.replace("36.1", "1e999", 5).replace("1e999", "36.1", 2)
    found = staged(geojson(tmp_path, text))
    assert rules(found) == ["coordinates_not_finite"] * len(found.findings)
    assert found.bad_rows == {1, 2}
    assert [one.facts["vertex"] for one in found.findings] == [2, 1]
    assert found.rows.geometry[0] is None
    assert found.rows.geometry[2] is not None


def test_a_broken_feature_or_geometry_is_one_finding_not_the_end(tmp_path: Path) -> None:
    broken = [
        {"type": "Polygon", "coordinates": [[[117, 36], [118, 37]]]},
        {"type": "Point", "coordinates": ["a", "b"]},
        {"type": "Polygon", "coordinates": None},
        {"type": "Kreis", "coordinates": []},
        {"coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": [[[117, 36, 1], [118, 37], [118, 36], [117, 36]]]},
    ]
    content = json.loads(collection([*broken, TAIAN]))
    content["features"].extend([5, None, {"type": "Feature", "properties": [1]}])
    content["features"].append({"type": "Feature", "properties": None, "geometry": "x"})
    found = staged(geojson(tmp_path, json.dumps(content)))
    assert found.bad_rows == {1, 2, 4, 5, 6, 8, 9, 10, 11}
    assert {"geometry_broken", "feature_broken", "cell_missing"} <= set(rules(found))
    assert found.rows.geometry[6] is not None


def test_missing_geometry_is_normal_unless_it_is_required(tmp_path: Path) -> None:
    path = geojson(tmp_path, collection([None, None]))
    found = staged(path, DIVISIONS)
    assert found.findings == []
    assert found.source_crs is None
    assert rules(staged(path, PLACES)) == ["geometry_missing"] * 2


def test_an_empty_geometry_is_a_warning_or_an_error_where_it_is_required(tmp_path: Path) -> None:
    path = geojson(tmp_path, collection([{"type": "Polygon", "coordinates": []}, TAIAN]))
    found = staged(path)
    assert [(one.rule, one.severity) for one in found.findings] == [("geometry_empty", "warning")]
    assert found.rows.geometry[0] is None
    points = collection([{"type": "Point", "coordinates": []}])
    assert staged(geojson(tmp_path, points), PLACES).bad_rows == {1}


def test_a_ring_that_crosses_itself_is_told_with_reason_and_place(tmp_path: Path) -> None:
    found = staged(geojson(tmp_path, collection([BOWTIE, TAIAN])))
    (finding,) = found.findings
    assert (finding.rule, finding.severity, finding.row) == ("geometry_invalid", "warning", 1)
    assert finding.place == (117.5, 36.5)
    assert "自相交" in finding.message()
    assert "crosses itself" in finding.message("en")
    assert not found.rows.geometry[0].is_valid  # never mended in silence


def test_wrong_types_are_findings_and_single_ones_are_promoted(tmp_path: Path) -> None:
    line = shapely.LineString([(117, 36), (118, 37)])
    mixed = shapely.GeometryCollection([TAIAN, line])
    found = staged(
        geojson(tmp_path, collection([line, mixed, TAIAN, shapely.MultiPolygon([JINAN])]))
    )
    assert [(one.rule, one.row) for one in found.findings] == [
        ("geometry_type", 1),
        ("geometry_type", 2),
    ]
    assert (
        found.findings[0].message("en")
        == "The geometry is a line; only multipolygon can stand here."
    )
    assert found.rows.geometry.isna().tolist() == [True, True, False, False]


def test_heights_are_dropped(tmp_path: Path) -> None:
    high = shapely.force_3d(TAIAN, 500.0)
    found = staged(geojson(tmp_path, collection([high])))
    assert not found.rows.geometry[0].has_z


def test_coordinates_outside_china_are_an_error_of_their_row(tmp_path: Path) -> None:
    paris = shapely.box(2.2, 48.8, 2.4, 48.9)
    found = staged(geojson(tmp_path, collection([TAIAN, paris, JINAN, shapely.box(0, 0, 1, 1)])))
    assert [(one.rule, one.row) for one in found.findings] == [
        ("coordinates_outside", 2),
        ("coordinates_outside", 4),
    ]
    assert found.findings[0].place == pytest.approx((2.4, 48.8))
    assert found.findings[0].allowed == "73–136 E, 3–54.5 N"
    assert found.bad_rows == {2, 4}


def test_a_polygon_that_reaches_out_with_one_vertex_is_found(tmp_path: Path) -> None:
    spike = shapely.Polygon([(117, 36), (118, 36), (118, 80)])
    found = staged(geojson(tmp_path, collection([spike, TAIAN, JINAN])))
    assert found.findings[0].value == "118.000000, 80.000000"


def test_swapped_axes_refuse_the_file_and_are_not_corrected(tmp_path: Path) -> None:
    swapped = [shapely.box(36.1, 117.0, 36.3, 117.2), shapely.box(36.5, 116.9, 36.7, 117.1)]
    with pytest.raises(FileRefusedError) as caught:
        staged(geojson(tmp_path, collection(swapped)))
    zh, en = reason(caught.value)
    assert "100% 的坐标经纬度颠倒" in zh
    assert "swapped" in en
    for extra in ({"crs": None}, {"crs": named("EPSG:4490")}):
        with pytest.raises(FileRefusedError):
            staged(geojson(tmp_path, collection(swapped, **extra)))


def test_one_swapped_row_among_good_ones_is_named_as_such(tmp_path: Path) -> None:
    found = staged(geojson(tmp_path, collection([TAIAN, JINAN, shapely.box(36, 117, 37, 118)])))
    assert [(one.rule, one.row) for one in found.findings] == [("axes_swapped", 3)]


def test_properties_of_all_kinds_come_as_cells(tmp_path: Path) -> None:
    feature = {
        "type": "Feature",
        "id": "f-1",
        "properties": {"代码": 370900, "名称": {"zh": "泰安"}, "日期": " "},
        "geometry": None,
    }
    found = staged(geojson(tmp_path, json.dumps(feature)))
    assert found.rows["code"].tolist() == ["370900"]
    assert found.rows["name"].tolist() == ['{"zh": "泰安"}']
    assert found.rows["since"].tolist() == [None]
    assert "id" in concluded(found)["columns_unused"]["heads"]  # type: ignore[operator]


def test_too_many_features_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError):
        staged(geojson(tmp_path, collection([None] * 11)), max_rows=10)
