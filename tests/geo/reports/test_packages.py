from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pyogrio
import pytest
from pyproj import Transformer
from sqlalchemy import Connection, insert, update
from sqlalchemy.dialects.postgresql import Range

from geo.access.jurisdiction import Viewer
from geo.boundaries.record import RecordFacts, put_record
from geo.db.ids import new_id
from geo.divisions.apply import Source
from geo.errors import (
    OutsideJurisdictionError,
    PackageUnknownError,
    PlatformInvalidError,
    PlatformUnknownError,
    ReceiptRefusedError,
    RoleMissingError,
    UnauthenticatedError,
)
from geo.files.attach import attach_file
from geo.markers.facts import MarkerFacts, ObjectFacts, Position
from geo.markers.read import list_markers
from geo.markers.store import store_markers
from geo.markers.tables import marker_event, marker_version
from geo.reports.make import make_package
from geo.reports.packages import Package, find_package_file, list_items, list_packages, read_package
from geo.reports.platforms import FOLDER, find_platform, list_platforms, read_platform
from geo.reports.preview import preview_changes
from geo.reports.receipts import Receipt, enter_receipt, read_receipt_file
from tests.border import PUBLIC, Border, card, draw_border, set_marker
from tests.geo.divisions.given import FROM, TODAY
from tests.geo.files.papers import PDF, picture, write

SHANDONG = "shandong"
LATER = date(2026, 11, 1)
OBJECT = ObjectFacts(ordinal=1, name="石桥", part="东北角", grid_bearing_deg=43.5, distance_m=21.3)
ALL = Receipt(number="鲁民界〔2026〕1号", dated=TODAY, refused={})
ROWS = {"new": 0, "changed": 0, "ended": 0}


@pytest.fixture
def border(conn: Connection) -> Border:
    """Two markers and the record of their line, one marker on a line without a record."""
    drawn = draw_border(conn)
    set_marker(
        conn,
        drawn,
        card(drawn, "001", objects=(OBJECT,), height_m=88.5, material="㙍石"),
        card(drawn, "002", position=Position(lon=117.2, lat=36.25)),
        card(drawn, "003", line="AC", position=Position(lon=117.1, lat=36.1)),
    )
    put_record(
        conn,
        drawn.viewer("city"),
        drawn.lines["AB"],
        RecordFacts(
            code="2123",
            name="东西线",
            official_length_km=22.5,
            length_basis="agreement",
            length_document="协议书",
            begins_at="三县交会处",
        ),
        valid_from=FROM,
        source=Source(name="协议书"),
        seen=0,
    )
    return drawn


def make(conn: Connection, border: Border, folder: Path, who: str = "A") -> Package:
    within = border.sides.get(who, border.city)
    viewer = border.viewer(who)
    return make_package(conn, viewer, SHANDONG, within, files=folder / "files", today=TODAY)


def open_zip(conn: Connection, done: Package, folder: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(find_package_file(conn, done, folder / "files").path)


def table(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    """Read a table as anybody's program would."""
    content = archive.read(f"属性数据/{name}.csv").decode("gb18030")
    return list(csv.DictReader(io.StringIO(content, newline="")))


def change(conn: Connection, border: Border, number: str, known: Any, **facts: object) -> None:
    changed = replace(card(border, number, **facts), known=known)
    _store(conn, changed)


def _store(conn: Connection, one: MarkerFacts) -> None:
    store_markers(conn, [one], valid_from=LATER, source=Source(name="改"), actor="system:test")


def test_the_first_package_has_everything_of_the_division_and_no_more(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    for who, markers, unrecorded in (("A", 3, 1), ("B", 2, 1), ("C", 1, 2)):
        done = make(conn, border, tmp_path, who)
        assert done.counts["marker"] == ROWS | {"new": markers}, who
        assert done.counts["line"] == ROWS | {"new": 1 if who != "C" else 0}
        assert done.counts["lines_without_record"] == unrecorded
        assert (done.number, done.state, done.receipt) == (1, "made", None)


def test_a_foreign_program_reads_the_tables(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    archive = open_zip(conn, make(conn, border, tmp_path), tmp_path)
    markers = {row["JZBH"]: row for row in table(archive, "JZ")}
    first = markers["001"]
    to_zone = Transformer.from_crs("EPSG:4490", "EPSG:4548", always_xy=True)
    easting, northing = to_zone.transform(117.2, 36.15)
    assert float(first["HZB"]) == pytest.approx(easting, abs=0.001)
    assert float(first["ZZB"]) == pytest.approx(northing, abs=0.001)
    assert (first["DH"], first["JZLX"], first["JZMS"], first["BGLX"]) == ("39", "1", "1", "1")
    assert (first["JXDM"], first["JZCZ"], first["JZZT"]) == ("2123", "㙍石", "完好在位")
    assert (first["YHFWWWZ"], first["YHFWWFWJ"]) == ("石桥（东北角）", "43.5")
    assert first["WZMS"].startswith("001号界桩为单立")
    assert (first["SZD1"], first["SZD2"], first["SZD3"]) == ("东岭县", "西川县", "")
    (line,) = table(archive, "JX")
    assert (line["JXMC"], line["JXCD"], line["JZKS"], line["DLZKS"]) == ("东西线", "22.5", "2", "2")
    assert (line["JXDJ"], line["SFZY"], line["JXQD"]) == ("3", "0", "三县交会处")
    book = openpyxl.load_workbook(io.BytesIO(archive.read("属性数据/JZ.xlsx")), read_only=True)
    rows = list(book.active.iter_rows(values_only=True))
    assert list(rows[0]) == list(find_platform(SHANDONG).tables["marker"].columns)
    assert len(rows) == 4


def test_gdal_reads_the_shapes(conn: Connection, border: Border, tmp_path: Path) -> None:
    archive = open_zip(conn, make(conn, border, tmp_path), tmp_path)
    archive.extractall(tmp_path / "out")
    markers = pyogrio.read_dataframe(tmp_path / "out/空间数据/JZ.shp")
    lines = pyogrio.read_dataframe(tmp_path / "out/空间数据/JX.shp")
    assert markers.crs.to_epsg() == 4490
    assert sorted(markers["JZBH"]) == ["001", "002", "003"]
    place = markers.set_index("JZBH").geometry["001"]
    assert (place.x, place.y) == pytest.approx((117.2, 36.15))
    assert lines["JXMC"].tolist() == ["东西线"]
    assert lines.geometry[0].length == pytest.approx(0.2, abs=1e-9)


def test_a_platform_may_want_geojson_and_csv_alone(
    conn: Connection, border: Border, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = replace(find_platform(SHANDONG), spatial="geojson", formats=("csv",))
    monkeypatch.setattr("geo.reports.make.find_platform", lambda _: wanted)
    archive = open_zip(conn, make(conn, border, tmp_path), tmp_path)
    assert not [name for name in archive.namelist() if name.endswith((".xlsx", ".shp", ".zip"))]
    archive.extractall(tmp_path / "out")
    lines = pyogrio.read_dataframe(tmp_path / "out/空间数据/JX.geojson")
    assert lines["JXMC"].tolist() == ["东西线"]


def test_the_manifest_names_every_file_with_its_hash(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    done = make(conn, border, tmp_path)
    archive = open_zip(conn, done, tmp_path)
    manifest = json.loads(archive.read("清单.json"))
    assert {one["path"] for one in manifest["files"]} | {"清单.json"} == set(archive.namelist())
    for one in manifest["files"]:
        content = archive.read(one["path"])
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (one["sha256"], one["size"])
    assert manifest["verified"] is False
    assert (manifest["number"], manifest["division"]) == (1, "东岭县 370921")
    assert manifest["counts"]["marker"] == ROWS | {"new": 3}


def test_documents_and_photos_go_along_once_under_their_hash(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    viewer, folder = border.viewer("city"), tmp_path / "files"
    marker_id = next(one.object_id for one in list_items(conn, make(conn, border, tmp_path).id)
                     if one.object_kind == "marker")  # fmt: skip
    photo = write(tmp_path, "桩.jpg", picture())
    paper = write(tmp_path, "协议书.pdf", PDF)
    for kind, object_id, name, path in (
        ("marker", marker_id, "photo", photo),
        ("line", border.lines["AB"], "agreement", paper),
        ("marker", marker_id, "record", paper),
    ):
        attach_file(
            conn, viewer, path, files=folder, object_kind=kind, object_id=object_id, kind=name,  # type: ignore[arg-type]
            name=path.name, number="〔2020〕5号" if path == paper else None, dated=FROM,
        )  # fmt: skip
    done = make(conn, border, tmp_path)
    archive = open_zip(conn, done, tmp_path)
    listed = table(archive, "FJ")
    assert [one["WJLX"] for one in listed] == ["协议书", "照片", "记录"]
    assert listed[0]["KJSJBSM"] == str(border.lines["AB"])
    assert listed[0]["WJRQ"] == "20200101"
    for one in listed:
        assert hashlib.sha256(archive.read(one["WJLJ"])).hexdigest() == one["WJZY"]
    assert done.counts["files"] == 2
    assert len([name for name in archive.namelist() if name.startswith("多媒体数据/")]) == 2


def test_right_after_all_was_accepted_a_package_is_empty(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    first = make(conn, border, tmp_path)
    done = enter_receipt(conn, border.viewer("A"), first.id, ALL)
    assert (done.state, done.receipt and done.receipt["accepted"]) == ("accepted", 4)
    second = make(conn, border, tmp_path)
    assert (second.number, second.counts["marker"], second.counts["line"]) == (2, ROWS, ROWS)
    archive = open_zip(conn, second, tmp_path)
    assert table(archive, "JZ") == []
    assert not any(name.startswith("空间数据/") for name in archive.namelist())


def test_until_a_receipt_comes_everything_comes_again(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    first, second = (make(conn, border, tmp_path) for _ in range(2))
    assert (first.number, second.number) == (1, 2)
    assert first.counts == second.counts


def test_one_changed_marker_gives_one_row(conn: Connection, border: Border, tmp_path: Path) -> None:
    first = make(conn, border, tmp_path)
    enter_receipt(conn, border.viewer("A"), first.id, ALL)
    known = {row.key: row for row in list_items(conn, first.id)}
    archive = open_zip(conn, first, tmp_path)
    key = next(row["KJSJBSM"] for row in table(archive, "JZ") if row["JZBH"] == "002")
    change(
        conn, border, "002", known[key].object_id,
        position=Position(lon=117.2, lat=36.25), material="花岗岩",
    )  # fmt: skip
    second = make(conn, border, tmp_path)
    assert second.counts["marker"] == ROWS | {"changed": 1}
    assert second.counts["line"] == ROWS
    (row,) = table(open_zip(conn, second, tmp_path), "JZ")
    assert (row["KJSJBSM"], row["JZBH"], row["BGLX"], row["JZCZ"]) == (key, "002", "2", "花岗岩")


def test_a_marker_that_is_no_more_is_ended_once(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    first = make(conn, border, tmp_path)
    enter_receipt(conn, border.viewer("A"), first.id, ALL)
    conn.execute(
        update(marker_version)
        .where(marker_version.c.number == "003")
        .values(valid=Range(FROM, LATER))
    )
    second = make(conn, border, tmp_path)
    assert second.counts["marker"] == ROWS | {"ended": 1}
    (row,) = table(open_zip(conn, second, tmp_path), "JZ")
    assert (row["JZBH"], row["BGLX"]) == ("003", "3")
    enter_receipt(conn, border.viewer("A"), second.id, ALL)
    assert make(conn, border, tmp_path).counts["marker"] == ROWS


def test_a_marker_that_another_division_has_now_is_not_ended_by_the_one_that_had_it(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    first = make(conn, border, tmp_path)
    enter_receipt(conn, border.viewer("A"), first.id, ALL)
    key = next(
        row["KJSJBSM"]
        for row in table(open_zip(conn, first, tmp_path), "JZ")
        if row["JZBH"] == "003"
    )
    change(conn, border, "003", UUID(key), line="BC", position=Position(lon=117.1, lat=36.1))
    assert make(conn, border, tmp_path).counts["marker"] == ROWS
    assert make(conn, border, tmp_path, "C").counts["marker"] == ROWS | {"changed": 1}


def test_a_scrapped_marker_is_ended(conn: Connection, border: Border, tmp_path: Path) -> None:
    first = make(conn, border, tmp_path)
    enter_receipt(conn, border.viewer("A"), first.id, ALL)
    (one,) = list_markers(conn, border.viewer("A"), TODAY, number="002").items
    conn.execute(
        insert(marker_event).values(
            id=new_id(), marker_id=one.id, kind="scrapped", at=LATER, state="scrapped", actor="x"
        )
    )
    second = make(conn, border, tmp_path)
    assert second.counts["marker"] == ROWS | {"ended": 1}
    # The line has a stone less.
    assert second.counts["line"] == ROWS | {"changed": 1}


def test_what_one_division_reported_the_other_side_need_not_report_again(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    enter_receipt(conn, border.viewer("A"), make(conn, border, tmp_path).id, ALL)
    assert make(conn, border, tmp_path, "B").counts["marker"] == ROWS
    # What C lost sight of is not ended: it never was C's.
    assert make(conn, border, tmp_path, "C").counts["marker"] == ROWS


def test_a_refused_row_comes_again_in_the_next_package(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    first = make(conn, border, tmp_path)
    key = table(open_zip(conn, first, tmp_path), "JZ")[0]["KJSJBSM"]
    done = enter_receipt(
        conn, border.viewer("A"), first.id, replace(ALL, refused={key: "坐标系不明"})
    )
    assert done.state == "partly"
    (refused,) = [one for one in list_items(conn, first.id) if one.accepted is False]
    assert (refused.key, refused.reason) == (key, "坐标系不明")
    again = table(open_zip(conn, make(conn, border, tmp_path), tmp_path), "JZ")
    assert [(row["KJSJBSM"], row["BGLX"]) for row in again] == [(key, "1")]


def test_a_receipt_file_is_read_and_what_it_does_not_answer_stays_open(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    first = make(conn, border, tmp_path)
    keys = [one.key for one in list_items(conn, first.id)]
    lines = [
        "KJSJBSM,审核结果,退回原因",
        f"{keys[0]},通过,",
        f"{keys[1]},退回,缺照片",
        f"{keys[2]},1,",
    ]
    path = write(tmp_path, "回执.csv", ("\n".join(lines) + "\n").encode("gb18030"))
    receipt = read_receipt_file(
        conn, SHANDONG, path, name="回执.csv", files=tmp_path / "files", number="1", dated=TODAY
    )
    done = enter_receipt(conn, border.viewer("A"), first.id, receipt)
    assert done.receipt is not None
    assert {name: done.receipt[name] for name in ("accepted", "refused", "open")} == {
        "accepted": 2,
        "refused": 1,
        "open": 1,
    }
    assert (done.state, len(done.receipt["file_sha256"])) == ("partly", 64)
    second = make(conn, border, tmp_path)
    assert {one.key for one in list_items(conn, second.id)} == {keys[1], keys[3]}


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["KJSJBSM,结果", "x,也许"], "receipt_result_invalid"),
        (["KJSJBSM,结果"], "receipt_empty"),
        (["KJSJBSM,结果", ",通过"], "cell_missing"),
    ],
)
def test_a_receipt_file_that_says_nothing_clear_is_refused(
    conn: Connection, tmp_path: Path, lines: list[str], reason: str
) -> None:
    path = write(tmp_path, "回执.csv", ("\n".join(lines) + "\n").encode())
    with pytest.raises(ReceiptRefusedError) as refused:
        read_receipt_file(
            conn, SHANDONG, path, name="回执.csv", files=tmp_path / "f", number="1", dated=TODAY
        )
    told = refused.value.facts["reason"]
    assert reason in str([one.key for one in told] if isinstance(told, list) else told.key)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"refused": {"nobody": "x"}}, "receipt_keys"),
        ({"accepted": frozenset({"nobody"})}, "receipt_keys"),
    ],
)
def test_a_receipt_of_other_rows_is_refused_whole(
    conn: Connection, border: Border, tmp_path: Path, wrong: Mapping[str, Any], reason: str
) -> None:
    first = make(conn, border, tmp_path)
    with pytest.raises(ReceiptRefusedError) as refused:
        enter_receipt(conn, border.viewer("A"), first.id, replace(ALL, **wrong))
    assert refused.value.facts["reason"].key == f"reason.{reason}"
    assert read_package(conn, border.viewer("A"), first.id).state == "made"
    assert {one.accepted for one in list_items(conn, first.id)} == {None}


def test_a_refusal_needs_its_reason_and_a_second_receipt_needs_one_too(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    first = make(conn, border, tmp_path)
    key = list_items(conn, first.id)[0].key
    with pytest.raises(ReceiptRefusedError):
        enter_receipt(conn, border.viewer("A"), first.id, replace(ALL, refused={key: " "}))
    enter_receipt(conn, border.viewer("A"), first.id, ALL)
    wrong = replace(ALL, refused={key: "缺照片"})
    with pytest.raises(ReceiptRefusedError):
        enter_receipt(conn, border.viewer("A"), first.id, wrong)
    done = enter_receipt(conn, border.viewer("A"), first.id, wrong, corrects="看错了一行")
    assert done.state == "partly"


def test_only_an_editor_of_the_division_reports_and_others_see_nothing(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    first = make(conn, border, tmp_path)

    def reports(viewer: Viewer) -> None:
        make_package(
            conn, viewer, SHANDONG, border.sides["A"], files=tmp_path / "files", today=TODAY
        )

    with pytest.raises(UnauthenticatedError):
        reports(PUBLIC)
    with pytest.raises(RoleMissingError):
        reports(border.viewer("A", role="viewer"))
    with pytest.raises(OutsideJurisdictionError):
        reports(border.viewer("B"))
    with pytest.raises(OutsideJurisdictionError):
        read_package(conn, border.viewer("B"), first.id)
    with pytest.raises(OutsideJurisdictionError):
        enter_receipt(conn, border.viewer("C"), first.id, ALL)
    with pytest.raises(UnauthenticatedError):
        list_packages(conn, PUBLIC)
    assert list_packages(conn, border.viewer("B")) == []
    assert [one.id for one in list_packages(conn, border.viewer("city", role="viewer"))] == [
        first.id
    ]
    with pytest.raises(PackageUnknownError):
        read_package(conn, border.viewer("A"), new_id())


def test_a_cell_that_a_spreadsheet_would_run_is_no_formula(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    set_marker(conn, border, card(border, "009", note="=HYPERLINK(1)"))
    rows = table(open_zip(conn, make(conn, border, tmp_path), tmp_path), "JZ")
    assert [row["BZ"] for row in rows if row["JZBH"] == "009"] == ["'=HYPERLINK(1)"]


def test_every_described_platform_can_be_read_and_an_unknown_one_is_told() -> None:
    for name in list_platforms():
        assert find_platform(name).title
    assert SHANDONG in list_platforms()
    assert find_platform(SHANDONG).verified is False
    with pytest.raises(PlatformUnknownError):
        find_platform("../shandong")


@pytest.mark.parametrize("columns", [{"KJSJBSM": "key", "X": "soul"}, {"X": "number"}])
def test_a_platform_whose_file_does_not_hold_together_is_refused(
    columns: dict[str, str],
) -> None:
    said: dict[str, Any] = {"key": "KJSJBSM", "formats": [], "tables": {
        "marker": {"name": "JZ", "columns": columns}}}  # fmt: skip
    with pytest.raises(PlatformInvalidError):
        read_platform("x", said)
    assert FOLDER.is_dir()


def test_the_rows_of_a_package_are_read_page_by_page_under_the_names_people_use(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    made = make(conn, border, tmp_path)
    everything = list_items(conn, made.id)
    assert {one.name for one in everything} == {"东西线", "001", "002", "003"}
    first = list_items(conn, made.id, limit=3)
    last = first[-1]
    rest = list_items(
        conn, made.id, after=(last.object_kind, last.key, str(last.object_id)), limit=3
    )
    assert [*first, *rest] == everything
    assert list_items(conn, made.id, answer="open") == everything
    assert list_items(conn, made.id, answer="accepted") == []


def test_what_changed_is_told_without_a_package(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    viewer = border.viewer("A")
    seen = preview_changes(conn, viewer, SHANDONG, border.sides["A"], today=TODAY)
    assert seen.total == len(seen.items) == 4
    assert seen.counts["marker"] == {**ROWS, "new": 3}
    assert list_packages(conn, viewer) == []
    made = make(conn, border, tmp_path)
    assert {one.key for one in list_items(conn, made.id)} == {one.key for one in seen.items}
    with pytest.raises(OutsideJurisdictionError):
        preview_changes(conn, border.viewer("C"), SHANDONG, border.sides["A"], today=TODAY)
