"""What a table of markers may hold: its columns, their heads, and what a cell of each may be."""

from __future__ import annotations

from geo.exchange.schema import Column, Schema, parse_date, parse_text
from geo.exchange.stage import read_mapping
from geo.markers.incoming.cells import (
    parse_accuracy,
    parse_bearing,
    parse_distance,
    parse_faces,
    parse_height,
    parse_listed,
    parse_method,
    parse_number_text,
    parse_set_up,
    parse_state,
    parse_word,
)
from geo.settings import REFERENCE

MOST_OBJECTS = 6
"""Reference objects a row may have; three are the least."""
SITES = 3
MAPPING = REFERENCE / "mappings" / "markers_pinyin.toml"

HEADS: dict[str, tuple[str, ...]] = {
    "number": ("界桩编号", "界桩号", "界桩编码", "桩号", "编号", "界桩名称"),
    "member": ("同号桩序", "界桩分号", "分号", "桩位", "组内序号"),
    "line": ("界线代码", "界线编码", "界线", "所在界线", "边界线", "所属界线"),
    "line_name": ("界线名称", "边界线名称"),
    "sides": ("毗邻行政区", "相邻行政区", "毗邻单位", "相邻单位", "界线双方", "各方"),
    "side1": ("甲方", "第一方", "甲方行政区"),
    "side2": ("乙方", "第二方", "乙方行政区"),
    "side3": ("丙方", "第三方", "丙方行政区"),
    "set_up": ("类型", "界桩类型", "设立类型", "设立方式", "埋设类型", "立桩方式"),
    "faces": ("面数", "界桩面数", "面型", "界桩面型"),
    "material": ("材质", "界桩材质", "材料"),
    "grade": ("等级", "界桩等级", "级别"),
    "managing": ("管理方", "负责管理方", "管理单位", "管护方", "管护单位"),
    "height": ("高程", "高程值", "海拔", "高度"),
    "height_datum": ("高程基准", "高程系统", "高程系"),
    "method": ("测量方法", "测定方法", "施测方法", "测量方式"),
    "accuracy": ("点位精度", "点位中误差", "平面精度", "中误差", "精度"),
    "surveyed_on": ("测量日期", "测定日期", "施测日期", "测量时间"),
    "set_on": ("埋设日期", "设立日期", "埋石日期", "埋设时间", "设立时间", "立桩日期"),
    "state": ("现状", "状态", "界桩状态", "界桩现状", "完好情况"),
    "site1": ("所在地1", "所在地一", "甲方所在地", "所在地甲"),
    "site2": ("所在地2", "所在地二", "乙方所在地", "所在地乙"),
    "site3": ("所在地3", "所在地三", "丙方所在地", "所在地丙"),
    "position_text": ("位置说明", "界桩位置说明", "位置描述", "界桩点位置说明"),
    "note": ("备注", "说明"),
}
"""Heads by column; those of a reference object and in pinyin come behind."""

PARSERS = {
    "number": parse_number_text,
    "line": parse_listed,
    "line_name": parse_listed,
    "sides": parse_listed,
    "set_up": parse_set_up,
    "faces": parse_faces,
    "height": parse_height,
    "method": parse_method,
    "accuracy": parse_accuracy,
    "surveyed_on": parse_date,
    "set_on": parse_date,
    "state": parse_state,
    "position_text": lambda value: parse_text(value, max_len=2000),
    "note": lambda value: parse_text(value, max_len=2000),
}
"""Every column without a parser here holds a word, or nothing."""

OBJECT_HEADS: dict[str, tuple[str, ...]] = {
    "name": ("", "名称", "物名", "位置"),
    "part": ("部位", "量测部位", "测量部位"),
    "bearing": ("坐标方位角", "方位角", "网格方位角"),
    "magnetic": ("磁方位角",),
    "distance": ("距离", "平距", "水平距离"),
    "x": ("横坐标", "东坐标", "经度"),
    "y": ("纵坐标", "北坐标", "纬度"),
    "note": ("备注", "说明"),
}
OBJECT_PARSERS = {
    "bearing": parse_bearing,
    "magnetic": parse_bearing,
    "distance": parse_distance,
}
NUMERALS = "一二三四五六"


def _columns() -> tuple[Column, ...]:
    pinyin = {name: head.removesuffix("?") for name, head in read_mapping(MAPPING).items()}
    plain = [
        Column(
            name,
            (*heads, *((pinyin[name],) if name in pinyin else ())),
            PARSERS.get(name, parse_word),
            required=name == "number",
        )
        for name, heads in HEADS.items()
    ]
    return (*plain, *_object_columns(pinyin))


def _object_columns(pinyin: dict[str, str]) -> list[Column]:
    columns = []
    for number, numeral in enumerate(NUMERALS[:MOST_OBJECTS], 1):
        for what, words in OBJECT_HEADS.items():
            name = f"object{number}_{what}"
            heads = [
                f"{called}{word}"
                for word in words
                for called in (f"方位物{number}", f"方位物{numeral}", f"第{numeral}方位物")
            ]
            heads += [pinyin[name]] if name in pinyin else []
            columns.append(Column(name, tuple(heads), OBJECT_PARSERS.get(what, parse_word)))
    return columns


SCHEMA = Schema(
    kind="markers", columns=_columns(), geometry=frozenset({"Point"}), compares_places=True
)
