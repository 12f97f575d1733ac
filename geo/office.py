"""What an office decides for itself while the service runs: settings as data, with defaults.

The defaults, ranges and notes stand in ``data/reference/office.toml``; what an administrator set
otherwise stands in the database, and every change in the audit log.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import isfinite
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from geo.access.jurisdiction import Viewer, require_role
from geo.db.tables import office_setting
from geo.errors import NotFoundError, OptionInvalidError
from geo.settings import REFERENCE
from geo.texts import Text

Value = str | float


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing an office may decide, and what holds now.

    ``allowed`` are the values of a text, or ``pattern`` the form of a free one; ``least`` and
    ``most`` are the range of a number, in ``unit``.
    """

    key: str
    value: Value
    default: Value
    unit: str | None
    allowed: tuple[str, ...] | None
    pattern: str | None
    least: float | None
    most: float | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Office:
    """All settings as they hold now, by key."""

    settings: Mapping[str, Setting]

    @property
    def merge_city_districts(self) -> bool:
        """Return whether the districts of one city count as one unit."""
        return self.settings["boundary_lines.districts_of_one_city"].value == "merged"

    @property
    def topology_min_area_m2(self) -> float:
        """Return the area below which a gap or an overlap is counted but not listed."""
        return float(self.settings["topology.min_area_m2"].value)

    @property
    def line_tolerance_m(self) -> float:
        """Return how far the edge of a polygon may be from the line of record."""
        return float(self.settings["topology.line_tolerance_m"].value)

    def number(self, key: str) -> float:
        """Return the value of a setting that is a number."""
        return float(self.settings[key].value)

    def words(self, key: str) -> frozenset[str]:
        """Return the words of a setting that lists them with commas."""
        listed = str(self.settings[key].value).split(",")
        return frozenset(word.strip() for word in listed if word.strip())

    def printed(self) -> dict[str, object]:
        """Return the values by key, to be printed on whatever they influenced."""
        return {key: setting.value for key, setting in self.settings.items()}


@cache
def default_settings() -> Mapping[str, Setting]:
    """Return the settings with the values they have when nobody decided otherwise."""
    raw = tomllib.loads((REFERENCE / "office.toml").read_text(encoding="utf-8"))
    return {row["key"]: _as_setting(row) for row in raw["setting"]}


def office(conn: Connection) -> Office:
    """Return the office's settings: the defaults and what was decided otherwise."""
    rows = conn.execute(select(office_setting.c.key, office_setting.c.value))
    decided = {row.key: row.value for row in rows}
    return Office(
        {
            key: replace(setting, value=decided.get(key, setting.default))
            for key, setting in default_settings().items()
        }
    )


def set_office(conn: Connection, viewer: Viewer, key: str, value: Value | None) -> Setting:
    """Set what holds from now on; the audit log keeps who decided it.

    Parameters
    ----------
    value
        A number may come as text. None puts the default back.

    Raises
    ------
    NotFoundError
        If there is no such setting.
    OptionInvalidError
        If the value is not allowed.
    RoleMissingError
        Unless the viewer is an administrator of the whole country.
    """
    setting = default_settings().get(key)
    if setting is None:
        raise NotFoundError(what=key)
    require_role(conn, viewer, "administrator", [None], what=key)
    if value is None:
        conn.execute(delete(office_setting).where(office_setting.c.key == key))
        return setting
    value = check_value(setting, value)
    conn.execute(
        insert(office_setting)
        .values(key=key, value=value)
        .on_conflict_do_update(index_elements=["key"], set_={"value": value})
    )
    return replace(setting, value=value)


def check_value(setting: Setting, value: Value) -> Value:
    """Return a value in the type of its setting.

    Raises
    ------
    OptionInvalidError
        If it is not one of those allowed, or not a number in the range.
    """
    if setting.allowed is not None:
        if value not in setting.allowed:
            raise OptionInvalidError(option=setting.key, value=value, allowed=setting.allowed)
        return value
    if setting.pattern is not None:
        if not re.fullmatch(setting.pattern, str(value)):
            raise OptionInvalidError(option=setting.key, value=value, allowed=setting.pattern)
        return str(value)
    least, most = setting.least or 0.0, setting.most or 0.0
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not isfinite(number) or not least <= number <= most:
        unit = f" {setting.unit}" if setting.unit else ""
        allowed = Text("setting.range", {"least": least, "most": most, "unit": unit})
        raise OptionInvalidError(option=setting.key, value=value, allowed=allowed)
    return number


def _as_setting(row: Mapping[str, Any]) -> Setting:
    allowed = row.get("allowed")
    return Setting(
        key=row["key"],
        value=row["value"],
        default=row["value"],
        unit=row.get("unit"),
        allowed=tuple(allowed) if allowed else None,
        pattern=row.get("pattern"),
        least=row.get("least"),
        most=row.get("most"),
        zh=row["zh"],
        en=row["en"],
    )
