"""Codes and names of lines: which of the named forms they have; never derived, never mended."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from geo.exchange.findings import Finding
from geo.office import Office
from geo.settings import REFERENCE
from geo.texts import Lang


@dataclass(frozen=True, slots=True, kw_only=True)
class LineForm:
    """A named form of codes or names; without ``levels`` lines of every level may have it."""

    rule: str
    of: str
    regex: str
    levels: frozenset[str]
    names: Mapping[Lang, str]


@cache
def line_forms() -> Mapping[str, LineForm]:
    """Return the named forms by rule, in the order of the file."""
    raw = tomllib.loads((REFERENCE / "line_codes.toml").read_text(encoding="utf-8"))
    return {
        row["rule"]: LineForm(
            rule=row["rule"],
            of=row["of"],
            regex=row["regex"],
            levels=frozenset(row.get("levels", ())),
            names={"zh": row["zh"], "en": row["en"]},
        )
        for row in raw["pattern"]
    }


def check_words(
    code: str | None, name: str | None, level: str, office: Office, *, row: int | None = None
) -> list[Finding]:
    """Return a warning for a code and for a name that have none of the forms the office takes.

    Parameters
    ----------
    level
        Level of the line, ``province`` to ``village``.
    """
    found = []
    for of, written in (("code", code), ("name", name)):
        taken = office.words(f"lines.{of}_forms")
        forms = [
            form
            for form in line_forms().values()
            if form.of == of and form.rule in taken and (not form.levels or level in form.levels)
        ]
        if written and not any(re.fullmatch(form.regex, written) for form in forms):
            facts = {"forms": [f"{form.names['zh']} / {form.names['en']}" for form in forms]}
            rule = f"line_{of}_unusual"
            found.append(
                Finding(rule=rule, severity="warning", row=row, value=written, facts=facts)
            )
    return found
