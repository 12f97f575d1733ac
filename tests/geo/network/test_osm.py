from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geo.errors import (
    FileRefusedError,
    FileUnreadableError,
    OptionInvalidError,
    StoppedError,
    YutuError,
)
from geo.exchange.stage import Options, Staged
from geo.incoming import ImportOptions
from geo.network import osm
from geo.network.build import join_streets
from geo.network.osm import stage_osm
from geo.progress import Progress, never_stop
from tests.geo.network.extracts import node_id, write_extract
from tests.geo.network.town import courses, letters
from tests.real_data import REAL, needs_real_data

HOUSE = {"building": "yes"}
STREET = {"highway": "residential"}


def stage(path: Path, progress: Progress = never_stop, **reading: Any) -> Staged:
    options = ImportOptions(valid_from=date(2026, 1, 1), reading=Options(**reading))
    return stage_osm(path, options, path.name, progress)


def words(staged: Staged) -> list[str]:
    return [letters(shape.coords) for shape in staged.rows.geometry]


def test_ways_with_highway_are_rows_with_their_tags_and_nodes(tmp_path: Path) -> None:
    path = write_extract(
        tmp_path / "town.osm.pbf",
        [
            ("ABC", STREET | {"name": "解放路", "surface": "asphalt"}),
            ("DEF", HOUSE),
            ("BE", {"highway": "path", "foot": "designated", "access": "no"}),
        ],
    )
    staged = stage(path)
    assert words(staged) == ["ABC", "BE"]
    assert staged.rows[["way", "highway", "foot", "access", "name"]].to_numpy().tolist() == [
        ["1", "residential", None, None, "解放路"],
        ["3", "path", "designated", "no", None],
    ]
    assert staged.rows["row"].tolist() == [1, 2]
    assert [nodes.tolist() for nodes in staged.rows["nodes"]] == [
        [node_id(letter) for letter in word] for word in ("ABC", "BE")
    ]
    assert (staged.kind, staged.source_crs, staged.findings) == ("roads", "EPSG:4326", [])
    assert staged.rows.crs.to_epsg() == 4490
    assert staged.rows["given"].tolist() == staged.rows.geometry.tolist()
    (found,) = staged.conclusions
    assert found.facts == {"ways": 2, "nodes": 5}


def test_ways_are_split_at_the_nodes_they_share(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "a.osm.pbf", [("ABC", STREET), ("BEH", STREET)])
    assert courses(join_streets(stage(path).rows).streets) == ["AB", "BC", "BEH"]


def test_a_way_is_cut_where_its_nodes_are_missing_and_counted(tmp_path: Path) -> None:
    path = write_extract(
        tmp_path / "a.osm.pbf",
        [("ABCEFI", STREET), ("DEF", STREET), ("GCH", STREET), ("XCY", STREET)],
        missing="C",
    )
    staged = stage(path)
    assert words(staged) == ["AB", "EFI", "DEF"]
    assert staged.rows["row"].tolist() == [1, 1, 2]
    (finding,) = staged.findings
    assert (finding.rule, finding.severity, finding.facts) == ("ways_cut", "warning", {"ways": 3})


def test_text_is_made_visible_and_short(tmp_path: Path) -> None:
    name = "\u202e人民\u0007  路 " + "长" * 300
    path = write_extract(
        tmp_path / "a.osm.pbf", [("AB", STREET | {"name": name, "foot": "\u200b"})]
    )
    row = stage(path).rows.iloc[0]
    assert row["name"].startswith("人民 路 长")
    assert len(row["name"]) == 200
    assert row["foot"] is None


def test_a_large_extract_keeps_positions_on_the_disk(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_extract(tmp_path / "a.osm.pbf", [("ABC", STREET), ("BEH", STREET)])
    expected = words(stage(path))
    monkeypatch.setattr(osm, "SMALL_BYTES", 10)
    (home / "tmp").mkdir()
    assert words(stage(path)) == expected
    assert list((home / "tmp").iterdir()) == []


def refusal(path: Path, kind: type[YutuError], **reading: Any) -> YutuError:
    with pytest.raises(kind) as raised:
        stage(path, **reading)
    return raised.value


def test_an_extract_without_streets_is_refused(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "a.osm.pbf", [("ABC", HOUSE)])
    assert "osm_without_streets" in str(refusal(path, FileRefusedError))


def test_an_extract_without_the_nodes_of_its_ways_is_refused(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "a.osm.pbf", [("ABC", STREET)], nodes=False)
    assert "osm_without_nodes" in str(refusal(path, FileRefusedError))


def test_a_full_history_is_refused(tmp_path: Path) -> None:
    plain = write_extract(tmp_path / "a.osh.pbf", [("ABC", STREET)])
    assert "osm_history" in str(refusal(plain, FileRefusedError))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        ("不是地图\n".encode() * 100, "signature"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "signature"),
        (b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x10" + bytes(16), "damaged"),
    ],
)
def test_what_is_no_extract_says_so(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "roads.osm.pbf"
    path.write_bytes(content)
    error = refusal(path, FileUnreadableError)
    assert error.facts["file"] == "roads.osm.pbf"
    assert f"reason.{reason}" in str(error)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_cut_extract_is_refused(tmp_path: Path, share: float) -> None:
    whole = write_extract(tmp_path / "a.osm.pbf", [("ABC", STREET), ("BEH", STREET)]).read_bytes()
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole[: int(len(whole) * share)])
    refusal(path, FileUnreadableError)


def test_another_coordinate_system_than_that_of_openstreetmap_is_refused(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "a.osm.pbf", [("ABC", STREET)])
    error = refusal(path, OptionInvalidError, crs="EPSG:32650")
    assert error.facts["allowed"] == "EPSG:4326"
    assert words(stage(path, crs="EPSG:4490")) == ["ABC"]


def test_reading_stops_when_it_is_told_to(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "a.osm.pbf", [("ABC", STREET)])
    with pytest.raises(StoppedError):
        stage(path, lambda share, _doing: share < 0.5)


@needs_real_data[0]
@needs_real_data[1]
def test_porto_is_read_whole_and_a_half_of_it_is_refused(tmp_path: Path) -> None:
    path = REAL / "porto.osm.pbf"
    shares: list[float] = []

    def note(share: float, _doing: str) -> bool:
        shares.append(share)
        return True

    staged = stage(path, note)
    assert staged.conclusions[0].facts == {"ways": 51349, "nodes": 426961}
    assert len(np.unique(np.concatenate(staged.rows["nodes"].tolist()))) <= 347_944
    assert shares == sorted(shares)
    assert len(shares) > 5
    west, south, east, north = staged.rows.total_bounds
    assert -9.2 < west < east < -7.5
    assert 40.5 < south < north < 42
    half = tmp_path / "half.osm.pbf"
    content = path.read_bytes()
    half.write_bytes(content[: len(content) // 2])
    assert "reason.damaged" in str(refusal(half, FileUnreadableError))
