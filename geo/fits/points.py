"""Common points of a fit, from a table: a point's name, its old coordinates, its new ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.crs.dms import DegreesForm
from geo.errors import FileRefusedError
from geo.exchange.points import parse_coordinate, settle_degrees
from geo.exchange.raw import Options
from geo.exchange.schema import CellError, Column, Schema, parse_text
from geo.exchange.stage import Staged, stage
from geo.fits.common import PointRow
from geo.texts import Text

EAST, NORTH = ("横坐标", "东坐标", "经度", "y坐标"), ("纵坐标", "北坐标", "纬度", "x坐标")
"""Chinese survey tables call the easting Y (横坐标) and the northing X (纵坐标)."""


def _heads(name: str, words: tuple[str, ...], *olds: str) -> tuple[str, ...]:
    return (*(f"{old}{word}" for old in olds for word in words), name.replace("_", ""))


def _cell(value: object) -> object:
    return value


OLD, NEW = ("旧", "原", "源", "老"), ("新", "2000", "cgcs2000", "目标")
SCHEMA = Schema(
    kind="fit points",
    columns=(
        Column("name", ("点名", "点号", "名称", "编号"), parse_text, required=True),
        Column("old_x", (*_heads("old_x", EAST, *OLD), "old_lon"), _cell, required=True),
        Column("old_y", (*_heads("old_y", NORTH, *OLD), "old_lat"), _cell, required=True),
        Column("new_x", (*_heads("new_x", EAST, *NEW), "new_lon"), _cell, required=True),
        Column("new_y", (*_heads("new_y", NORTH, *NEW), "new_lat"), _cell, required=True),
    ),
)
NUMBERS = ("old_x", "old_y", "new_x", "new_y")


def read_points(path: Path, options: Options) -> list[PointRow]:
    """Read the points of a table: 点名, 旧横坐标, 旧纵坐标, 新横坐标, 新纵坐标, or old_x … new_y.

    Raises
    ------
    FileUnreadableError, FileRefusedError, ColumnMissingError, OptionInvalidError
        If it cannot be read, a cell is no coordinate, or degrees may be ``DDD.MMSSss``.
    """
    staged = stage(path, SCHEMA, options)
    rows = staged.rows
    forms: dict[str, DegreesForm | None] = {}
    for pair in (NUMBERS[:2], NUMBERS[2:]):
        heads = [staged.heads[name] for name in pair]
        form = settle_degrees([cell for name in pair for cell in rows[name]], heads, options)
        forms.update(dict.fromkeys(pair, form))
    read = []
    for row in rows.to_dict("records"):
        x, y, to_x, to_y = (_number(row, name, forms[name], staged) for name in NUMBERS)
        name = row["name"] or f"#{row['row']}"
        read.append(PointRow(name=name, old=(x, y), new=(to_x, to_y)))
    return read


def _number(row: Mapping[Any, Any], name: str, form: DegreesForm | None, staged: Staged) -> float:
    cell = row[name]
    try:
        return parse_coordinate("" if cell is None else cell, form)
    except CellError as exc:
        allowed = exc.allowed or Text("allowed.degrees")
        facts = {"row": row["row"], "column": staged.heads[name], "value": str(cell or "")}
        reason = Text("reason.cell_unreadable", {**facts, "allowed": allowed})
        raise FileRefusedError(file=staged.file_name, reason=reason) from None
