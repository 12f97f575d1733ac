"""What a list of facilities may hold: its columns, their heads, and what a cell of each may be."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from geo.exchange.schema import (
    NOTHING,
    CellError,
    Column,
    Schema,
    parse_code,
    parse_int,
    parse_text,
)
from geo.facilities.tables import POSITION_QUALITIES
from geo.texts import LANGS, Text, text

MOST_BEDS = 20_000
"""The largest hospital of the country has some 10,000."""
MOST_CAPACITY = 2_000_000
"""The largest cemetery has some hundred thousand graves."""
UNITS = "张个人位穴床格户间"


def parse_word(value: object) -> str | None:
    """Return text, or None for what people write where there is nothing."""
    found = parse_text(value)
    return None if found.casefold() in NOTHING else found


def parse_some_code(value: object) -> str | None:
    """Return a code, or None for what people write where there is none."""
    return None if str(value).strip().casefold() in NOTHING else parse_code(value)


def parse_size(most: int) -> Callable[[object], int | None]:
    """Return a parser of how many; ``120张`` and full-width digits are read, ``-`` is nothing.

    Negative numbers and those above ``most`` are refused.
    """

    def parse(value: object) -> int | None:
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).strip().rstrip(UNITS).strip()
            if not value or value.casefold() in NOTHING:
                return None
        found = parse_int(value)
        if not 0 <= found <= most:
            raise CellError("number_out_of_range", f"0–{most}")
        return found

    return parse


def parse_quality(value: object) -> str:
    """Return how well a place is known, from its key or its name in either language."""
    plain = "".join(str(value).split()).casefold()
    names = {
        text(f"position.{key}", lang).casefold(): key
        for key in POSITION_QUALITIES
        for lang in LANGS
    }
    found = {**QUALITY_ALIASES, **names, **{key: key for key in POSITION_QUALITIES}}.get(plain)
    if found is None:
        raise CellError("quality_unknown", ALLOWED_QUALITIES)
    return found


QUALITY_ALIASES = {
    "无": "none",
    "无坐标": "none",
    "乡级": "township",
    "镇级": "township",
    "乡镇": "township",
    "村": "village",
    "社区": "village",
    "图上标注": "mapped",
    "地图标注": "mapped",
    "图上": "mapped",
    "实测": "measured",
    "测量": "measured",
    "gps": "measured",
    "rtk": "measured",
}
ALLOWED_QUALITIES = Text(
    "allowed.named", {"names": [Text(f"position.{key}") for key in POSITION_QUALITIES]}
)

DIVISION = Column(
    "division",
    (
        "division_code",
        "区划代码",
        "行政区划代码",
        "行政区代码",
        "所属区划代码",
        "所在区划代码",
        "所在地区划代码",
        "区划编码",
        "行政区划编码",
        "村代码",
        "社区代码",
        "乡镇代码",
        "街道代码",
        "县区代码",
        "区划",
        "行政区划",
        "所属区划",
        "adcode",
        "xzqdm",
    ),
    parse_some_code,
)

SCHEMA = Schema(
    kind="facilities",
    columns=(
        Column(
            "name",
            (
                "名称",
                "机构名称",
                "设施名称",
                "单位名称",
                "养老机构名称",
                "养老服务机构名称",
                "公墓名称",
                "墓地名称",
                "站点名称",
                "网点名称",
                "医院名称",
                "项目名称",
                "场所名称",
                "机构全称",
                "单位全称",
                "全称",
                "机构",
                "mc",
            ),
            lambda value: parse_text(value, max_len=100),
            required=True,
        ),
        Column(
            "kind",
            ("类型", "类别", "设施类型", "设施类别", "机构类型", "机构类别", "种类", "type"),
            parse_word,
        ),
        DIVISION,
        Column(
            "code",
            (
                "编号",
                "统一社会信用代码",
                "社会信用代码",
                "信用代码",
                "备案号",
                "备案编号",
                "设施编号",
                "机构编号",
                "机构代码",
                "公墓编号",
                "网点编号",
                "站点编号",
                "许可证号",
                "登记号",
                "编码",
            ),
            parse_some_code,
        ),
        Column(
            "address",
            ("地址", "详细地址", "机构地址", "所在地址", "位置", "坐落", "住所"),
            parse_word,
        ),
        Column(
            "capacity",
            (
                "容量",
                "设计容量",
                "收养能力",
                "服务能力",
                "可容纳人数",
                "设计人数",
                "墓穴数",
                "墓位数",
                "墓穴总数",
                "计划墓穴总数",
                "格位数",
            ),
            parse_size(MOST_CAPACITY),
        ),
        Column(
            "beds",
            (
                "床位数",
                "床位",
                "总床位数",
                "总床位",
                "床位总数",
                "核定床位",
                "核定床位数",
                "养老床位数",
            ),
            parse_size(MOST_BEDS),
        ),
        Column(
            "nursing_beds",
            (
                "护理型床位",
                "护理型床位数",
                "护理床位",
                "护理床位数",
                "其中护理型床位",
                "其中护理型床位数",
            ),
            parse_size(MOST_BEDS),
        ),
        Column(
            "position_quality",
            ("位置精度", "坐标精度", "定位精度", "位置质量", "坐标质量", "精度", "quality"),
            parse_quality,
        ),
    ),
    geometry=frozenset({"Point"}),
)
