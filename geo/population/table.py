"""People from a table or a layer: which column is which age group, and what a cell may hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from geo.errors import OptionInvalidError
from geo.exchange.formats import FORMATS
from geo.exchange.grid import is_total
from geo.exchange.schema import CellError, Column, Schema, parse_code, parse_number, parse_text
from geo.exchange.stage import Staged, stage
from geo.incoming import ImportOptions, Reader
from geo.population.ages import LIKELY, heads_of, parse_bands, read_age
from geo.progress import Progress
from geo.texts import Text

TOTAL = "合计"
LONGEST_NAME = 100
MOST_PEOPLE = 1e10
"""More people than there are."""

CODE = (
    "code", "代码", "区划代码", "行政区划代码", "行政区代码", "gb", "adcode", "xzqdm", "单位代码",
)  # fmt: skip
NAME = (
    "name", "名称", "区划名称", "行政区划名称", "行政区名称", "地区", "地名", "单位", "单位名称",
    "乡镇", "乡镇名称", "乡镇街道", "村", "村居", "社区", "小区",
)  # fmt: skip
AGE = ("age", "ages", "age_group", "年龄", "年龄组", "年龄段", "年龄分组")


def parse_people(value: object) -> float:
    """Return a number of people: 0 or more, and not beyond reason."""
    number = parse_number(value)
    if number < 0:
        raise CellError("people_negative", Text("allowed.people"))
    if number > MOST_PEOPLE:
        raise CellError("people_too_many", Text("allowed.people"))
    return number


def parse_code_or_total(value: object) -> str:
    """Return a division's code as text; the word of a total row is 合计."""
    return TOTAL if is_total(value) else parse_code(value)


def parse_name(value: object) -> str:
    """Return a name; that of a total row is 合计."""
    return TOTAL if is_total(value) else parse_text(value, max_len=LONGEST_NAME)


def parse_age_cell(value: object) -> str:
    """Return the canonical form of the age group in a cell."""
    age = read_age(parse_text(value))
    if age is None:
        raise CellError("age_invalid", Text("allowed.age"))
    return str(age)


def schema_for(bands: str | None = None, mapping: Mapping[str, str] | None = None) -> Schema:
    """Return the rows an import of people takes.

    Parameters
    ----------
    bands
        The age groups of ``--bands``; only their columns are taken then, and all are needed.
    mapping
        Heads by column; the columns of people are named by their age group in it.
    """
    asked = parse_bands(bands) if bands is not None else ()
    mapped = tuple(name for name in mapping or {} if str(read_age(name)) == name)
    ages = asked or tuple(dict.fromkeys((*mapped, *LIKELY)))
    return Schema(
        kind="population",
        columns=(
            Column("code", CODE, parse_code_or_total),
            Column("name", NAME, parse_name),
            Column("age", AGE, parse_age_cell),
            *(Column(age, heads_of(age), parse_people) for age in ages),
        ),
        geometry=frozenset({"Point", "MultiPolygon"}),
        invalid_geometry="error",
        keeps_totals=True,
    )


SCHEMA = schema_for()


def read_table(path: Path, options: ImportOptions, file_name: str, progress: Progress) -> Staged:
    """Stage a table or a layer with people by age; the shape of :data:`geo.incoming.Reader`.

    Raises
    ------
    OptionInvalidError
        If no column of people is found, or not all that ``--bands`` names.
    YutuError
        As :func:`geo.exchange.stage.stage`.
    """
    bands = options.facts.get("bands")
    schema = schema_for(bands, options.reading.mapping)
    staged = stage(path, schema, options.reading, progress, file_name=file_name)
    asked = parse_bands(bands) if bands is not None else ()
    lacking = [age for age in asked if age not in staged.heads]
    if (lacking or not ages_in(staged)) and len(staged.rows):
        value = lacking or Text("reason.not_given")
        allowed = Text("reason.people_columns", {"heads": list(staged.heads.values()) or ["-"]})
        raise OptionInvalidError(option="--bands", value=value, allowed=allowed)
    return staged


def ages_in(staged: Staged) -> tuple[str, ...]:
    """Return the age groups whose columns were found, in the order of the schema."""
    found = (str(name) for name in staged.rows.columns)
    return tuple(name for name in found if name in staged.heads and str(read_age(name)) == name)


READERS: Mapping[str, Reader] = dict.fromkeys((*FORMATS, ".zip"), cast("Reader", read_table))
