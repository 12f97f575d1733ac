"""What a list of lines may hold: its columns with their heads, and what a cell of each may be.

The heads in capitals are the pinyin initials that exchange files of the field have (MZ/T 150 and
systems in use); what the standard's own table says was not at hand.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from geo.boundaries.tables import LENGTH_BASES
from geo.exchange.schema import (
    NOTHING,
    CellError,
    Column,
    Schema,
    parse_bool,
    parse_date,
    parse_number,
    parse_text,
)
from geo.texts import LANGS, Text, text

LEVEL_WORDS = {
    "province": ("省", "省级", "省界", "省级界线"),
    "prefecture": ("市", "市级", "市界", "地级", "地市级", "市级界线"),
    "county": ("县", "县级", "县界", "县级界线"),
    "township": ("乡", "镇", "乡级", "乡镇级", "乡镇", "乡级界线"),
}
BASIS_WORDS = {
    "agreement": ("协议", "协议书", "界线协议书", "边界协议书", "agreement"),
    "published_list": ("名录", "公布名录", "公布", "公告", "published_list", "list"),
}


def some(parse: Callable[[object], object]) -> Callable[[object], object]:
    """Return a parser that takes what people write where there is nothing as nothing."""

    def parse_some(value: object) -> object:
        return None if str(value).strip().casefold() in NOTHING else parse(value)

    return parse_some


def parse_level(value: object) -> str:
    """Return the level of a line; a code that only another system knows is left as it stands."""
    said = "".join(parse_text(value).split())
    for level, words in LEVEL_WORDS.items():
        if said == level or said in words:
            return level
    return said


def parse_basis(value: object) -> str:
    """Return where an official length stands, from its key or its name in either language."""
    said = parse_text(value).casefold()
    for basis in LENGTH_BASES:
        if said == basis or said in BASIS_WORDS[basis]:
            return basis
        if said in (text(f"length_basis.{basis}", lang).casefold() for lang in LANGS):
            return basis
    names = [Text(f"length_basis.{one}") for one in LENGTH_BASES]
    raise CellError("length_basis_unknown", Text("allowed.named", {"names": names}))


def parse_disputed(value: object) -> bool:
    """Return whether a line is disputed: 是/否 and the like, 有争议/无争议."""
    said = unicodedata.normalize("NFKC", str(value)).strip()
    if said in ("有", "有争议", "争议"):
        return True
    return False if said in ("无", "无争议", "没有") else parse_bool(value)


def parse_length(value: object) -> float:
    """Return a length in kilometres; ``20.5km``, ``20.5公里`` and ``20500米`` are read."""
    said = unicodedata.normalize("NFKC", str(value)).strip().casefold()
    for unit, km in (("公里", 1.0), ("千米", 1.0), ("km", 1.0), ("米", 0.001), ("m", 0.001)):
        if said.endswith(unit):
            return parse_number(said.removesuffix(unit).strip()) * km
    return parse_number(value)


def parse_word(value: object) -> str:
    """Return text of at most 400 characters."""
    return parse_text(value, max_len=400)


COLUMNS = (
    Column("code", ("code", "代码", "界线代码", "line_code", "JXDM"), some(parse_word)),
    Column("name", ("name", "名称", "界线名称", "line_name", "JXMC"), some(parse_word)),
    Column("level", ("level", "等级", "级别", "界线等级", "JXDJ"), some(parse_level)),
    Column(
        "side_1",
        ("side_1", "side1", "一方", "甲方", "甲方代码", "甲方名称", "一侧", "左侧", "left",
         "left_code", "左侧代码", "行政区1", "ZCDM", "ZCXZQ"),
        some(parse_word),
    ),
    Column(
        "side_2",
        ("side_2", "side2", "另一方", "乙方", "乙方代码", "乙方名称", "另一侧", "右侧", "right",
         "right_code", "右侧代码", "行政区2", "YCDM", "YCXZQ"),
        some(parse_word),
    ),
    Column(
        "official_length_km",
        ("official_length_km", "法定长度", "界线长度", "长度", "长度（公里）", "length_km", "JXCD"),
        some(parse_length),
    ),
    Column("length_basis", ("length_basis", "长度依据", "长度来源"), some(parse_basis)),
    Column("length_document", ("length_document", "长度文件", "长度依据文件"), some(parse_word)),
    Column("length_dated", ("length_dated", "长度文件日期"), some(parse_date)),
    Column("begins_at", ("begins_at", "起点", "起点位置", "界线起点", "JXQD"), some(parse_word)),
    Column("ends_at", ("ends_at", "止点", "终点", "止点位置", "JXZD"), some(parse_word)),
    Column("settled_on", ("settled_on", "设立时间", "勘定日期", "SLSJ"), some(parse_date)),
    Column("approved_by", ("approved_by", "批准机关", "PZJG"), some(parse_word)),
    Column(
        "approval_document", ("approval_document", "批复", "批准文号", "勘界批复", "PZWH"),
        some(parse_word),
    ),
    Column("approved_on", ("approved_on", "批准日期", "PZRQ"), some(parse_date)),
    Column("published_by", ("published_by", "公布机关"), some(parse_word)),
    Column("published_on", ("published_on", "公布日期"), some(parse_date)),
    Column("disputed", ("disputed", "是否争议", "有无争议", "SFZY"), parse_disputed),
    Column(
        "note", ("note", "备注", "其他信息", "QTXX", "BZ"),
        some(lambda value: parse_text(value, max_len=4000)),
    ),
)  # fmt: skip

SCHEMA = Schema(kind="lines", columns=COLUMNS, geometry=frozenset({"MultiLineString"}))
