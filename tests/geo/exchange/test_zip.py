from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from geo.errors import FileRefusedError, FileUnreadableError, OptionInvalidError
from geo.exchange import unpack
from tests.geo.exchange.making import concluded, reason, shapefile, sheet, staged

CSV = "代码,名称\n1,甲\n"


def pack(path: Path, members: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def parts(folder: Path, name: str = "set") -> dict[str, bytes]:
    folder.mkdir(exist_ok=True)
    path = shapefile(folder / f"{name}.shp")
    return {part.suffix: part.read_bytes() for part in path.parent.glob(f"{name}.*")}


def in_gbk(path: Path, names: dict[str, bytes]) -> Path:
    """Write a zip as Chinese Windows does: names in GBK, no flag."""
    stand_in = {f"{number:04d}": name for number, name in enumerate(names)}
    pack(path, {key: names[name] for key, name in stand_in.items()})
    raw = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        infos = [(info.header_offset, info.filename) for info in archive.infolist()]
    out, directory, offsets = b"", b"", []
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = stand_in[info.filename].encode("gbk")
            start = info.header_offset + 30 + len(info.filename)
            data = raw[start : start + info.compress_size]
            offsets.append(len(out))
            common = struct.pack(
                "<HHHHHIII",
                20,
                0,
                info.compress_type,
                0,
                0x21,
                info.CRC,
                info.compress_size,
                info.file_size,
            )
            out += b"PK\x03\x04" + common + struct.pack("<HH", len(name), 0) + name + data
            directory += (
                b"PK\x01\x02"
                + struct.pack("<H", 20)
                + common
                + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, offsets[-1])
                + name
            )
    end = struct.pack("<HHHHIIH", 0, 0, len(infos), len(infos), len(directory), len(out), 0)
    path.write_bytes(out + directory + b"PK\x05\x06" + end)
    return path


def test_a_zipped_shapefile_in_a_sub_folder_is_read(tmp_path: Path) -> None:
    files = parts(tmp_path / "s")
    members: dict[str, bytes | str] = {f"数据/2020/set{s}": b for s, b in files.items()}
    found = staged(pack(tmp_path / "区划.zip", {**members, "readme.txt": "x", "a.shp.xml": "<x/>"}))
    assert found.rows["name"].tolist() == ["泰安市", "济南市"]
    assert concluded(found)["zip_member"]["member"] == "set.shp"
    assert found.file_name == "区划.zip"
    assert found.source_crs == "EPSG:4490"


def test_names_in_gbk_are_read_as_chinese(tmp_path: Path) -> None:
    files = parts(tmp_path / "s")
    path = in_gbk(tmp_path / "x.zip", {f"界线\\县界{s}": b for s, b in files.items()})
    found = staged(path)
    assert concluded(found)["zip_member"]["member"] == "县界.shp"
    assert len(found.rows) == 2


def test_capitals_and_one_folder_of_two_sets_are_kept_apart(tmp_path: Path) -> None:
    files = parts(tmp_path / "s")
    members: dict[str, bytes | str] = {f"A/X{s.upper()}": b for s, b in files.items()}
    members |= {f"B/Y{s}": b for s, b in files.items()}
    path = pack(tmp_path / "x.zip", members)
    with pytest.raises(OptionInvalidError) as caught:
        staged(path)
    assert "X.shp、Y.shp" in reason(caught.value)[0]
    assert len(staged(path, layer="X").rows) == 2
    assert len(staged(path, layer="Y.shp").rows) == 2


def test_names_that_climb_out_land_under_names_of_ours(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    path = pack(inner / "x.zip", {"../../böse.csv": CSV})
    assert staged(path).rows["code"].tolist() == ["1"]
    pack(path, {"/etc/evil.csv": CSV})
    assert staged(path).rows["code"].tolist() == ["1"]
    assert sorted(tmp_path.iterdir()) == [inner]
    assert list(inner.iterdir()) == [path]


def test_a_csv_or_a_workbook_may_come_in_a_zip(tmp_path: Path) -> None:
    book = sheet(tmp_path / "表.xlsx", [["代码", "名称"], ["1", "甲"]])
    members: dict[str, bytes | str] = {
        "表.xlsx": book.read_bytes(),
        "__MACOSX/._表.xlsx": "x",
        ".DS_Store": "x",
        "~$表.xlsx": "x",
    }
    assert staged(pack(tmp_path / "x.zip", members)).rows["name"].tolist() == ["甲"]
    assert staged(pack(tmp_path / "y.zip", {"a.csv": CSV})).rows["name"].tolist() == ["甲"]


def test_an_archive_in_an_archive_is_refused(tmp_path: Path) -> None:
    inner = pack(tmp_path / "in.zip", {"a.csv": CSV})
    for name in ("in.zip", "in.rar", "in.7z", "in.tar.gz"):
        with pytest.raises(FileRefusedError) as caught:
            staged(pack(tmp_path / "x.zip", {"a.csv": CSV, name: inner.read_bytes()}))
        assert name in reason(caught.value)[0]


def test_a_bomb_is_refused_by_its_sizes(tmp_path: Path) -> None:
    path = pack(tmp_path / "x.zip", {"a.csv": b"1," * 20_000_000})
    assert path.stat().st_size < 100_000
    with pytest.raises(FileRefusedError) as caught:
        staged(path, max_unpacked_bytes=2**20)
    assert "解压后超过 1 MB" in reason(caught.value)[0]


def test_a_bomb_with_a_forged_size_is_broken(tmp_path: Path) -> None:
    path = pack(tmp_path / "x.zip", {"a.csv": b"1,2\n" * 1_000_000})
    raw = path.read_bytes()
    forged = raw.replace(struct.pack("<I", 4_000_000), struct.pack("<I", 100))
    path.write_bytes(forged)
    with pytest.raises(FileUnreadableError) as caught:
        staged(path, max_unpacked_bytes=2**20)
    assert "损坏" in reason(caught.value)[0]


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    members: dict[str, bytes | str] = {f"{n}.txt": "" for n in range(unpack.MAX_ENTRIES + 1)}
    with pytest.raises(FileRefusedError) as caught:
        staged(pack(tmp_path / "x.zip", members))
    assert "1001" in reason(caught.value)[1]


def test_an_encrypted_archive_is_refused_in_words(tmp_path: Path) -> None:
    path = pack(tmp_path / "x.zip", {"a.csv": CSV})
    raw = bytearray(path.read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(FileRefusedError) as caught:
        staged(path)
    assert "密码" in reason(caught.value)[0]


@pytest.mark.parametrize("left", [0.1, 0.6, 0.95])
def test_a_cut_archive_is_broken(tmp_path: Path, left: float) -> None:
    path = pack(tmp_path / "x.zip", {"a.csv": CSV * 100})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * left)])
    with pytest.raises(FileUnreadableError) as caught:
        staged(path)
    reason(caught.value)


def test_a_damaged_member_is_broken(tmp_path: Path) -> None:
    path = pack(tmp_path / "x.zip", {"a.csv": CSV * 100})
    raw = bytearray(path.read_bytes())
    raw[50:60] = b"\x00" * 10
    path.write_bytes(raw)
    with pytest.raises(FileUnreadableError):
        staged(path)


def test_an_archive_without_a_file_for_us_says_what_would_be_one(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError) as caught:
        staged(pack(tmp_path / "x.zip", {"a.docx": "x"}))
    assert ".gpkg" in reason(caught.value)[0]


def test_a_shp_without_its_dbf_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    files = parts(tmp_path / "s")
    path = pack(tmp_path / "x.zip", {"a/set.shp": files[".shp"], "b/set.dbf": files[".dbf"]})
    with pytest.raises(FileUnreadableError):
        staged(path)
