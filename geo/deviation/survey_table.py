"""A table of surveyed positions, row by row as it stands: nothing is refused for where it lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geo.crs.dms import DegreesForm
from geo.exchange.findings import Finding
from geo.exchange.points import is_north_first, parse_coordinate, settle_degrees
from geo.exchange.raw import Options
from geo.exchange.schema import CellError, Column, Schema
from geo.exchange.stage import Staged, stage
from geo.markers.incoming.cells import parse_accuracy, parse_method, parse_number_text, parse_word
from geo.texts import Text

SCHEMA = Schema(
    kind="surveyed positions",
    columns=(
        Column(
            "number",
            ("界桩编号", "界桩号", "桩号", "编号", "jzbh"),
            parse_number_text,
            required=True,
        ),
        Column("line", ("界线代码", "界线编码", "界线", "jxdm"), parse_word),
        Column(
            "x",
            ("横坐标", "东坐标", "经度", "lon", "hzb", "jd", "x坐标", "横坐标y"),
            lambda value: value,
            required=True,
        ),
        Column(
            "y",
            ("纵坐标", "北坐标", "纬度", "lat", "zzb", "wd", "y坐标", "纵坐标x"),
            lambda value: value,
            required=True,
        ),
        Column("method", ("测量方法", "测定方法"), parse_method),
        Column(
            "accuracy", ("点位精度", "点位中误差", "中误差", "精度", "accuracy_m"), parse_accuracy
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyRow:
    """A row: easting or longitude in ``x``, northing or latitude in ``y``."""

    row: int
    number: str
    line: str | None
    x: float
    y: float
    method: str | None
    accuracy_m: float | None


def read_surveys(path: Path, options: Options) -> tuple[list[SurveyRow], list[Finding]]:
    """Read a table of surveyed positions; rows with an error are left out, with their findings.

    Raises
    ------
    FileUnreadableError, FileRefusedError, ColumnMissingError, OptionInvalidError
        If it cannot be read, or its degrees may be ``DDD.MMSSss`` and nobody said so.
    """
    staged = stage(path, SCHEMA, options)
    findings = list(staged.findings)
    heads = [staged.heads[name] for name in ("x", "y")]
    cells = [cell for name in ("x", "y") for cell in staged.rows[name]]
    form = settle_degrees(cells, heads, options)
    rows = []
    for values in staged.rows.to_dict("records"):
        if values["row"] in staged.bad_rows:
            continue
        try:
            rows.append(_row(values, form))
        except CellError as exc:
            findings.append(_unreadable(values, exc, staged))
    if rows and is_north_first(
        np.array([one.x for one in rows]), np.array([one.y for one in rows]), *heads
    ):
        rows = [_turned(one) for one in rows]
    return rows, findings


def _row(values: Mapping[Any, Any], form: DegreesForm | None) -> SurveyRow:
    return SurveyRow(
        row=values["row"],
        number=values["number"],
        line=values["line"],
        x=parse_coordinate(values["x"], form),
        y=parse_coordinate(values["y"], form),
        method=values["method"],
        accuracy_m=values["accuracy"],
    )


def _turned(one: SurveyRow) -> SurveyRow:
    """Return a row of columns X and Y as Chinese tables mean them: X is the northing."""
    return SurveyRow(
        row=one.row, number=one.number, line=one.line, x=one.y, y=one.x, method=one.method,
        accuracy_m=one.accuracy_m,
    )  # fmt: skip


def _unreadable(values: Mapping[Any, Any], exc: CellError, staged: Staged) -> Finding:
    return Finding(
        rule=exc.rule,
        severity="error",
        row=values["row"],
        column=f"{staged.heads['x']}, {staged.heads['y']}",
        value=f"{values['x']}, {values['y']}",
        allowed=exc.allowed or Text("allowed.degrees"),
        facts={"vertex": 1},
    )
