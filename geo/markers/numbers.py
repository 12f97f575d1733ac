"""Numbers of markers: which of the named forms a number has; it is never derived, never mended.

A number is opaque text. It is compared with the forms in ``data/reference/marker_numbers.toml`` and
with nothing else: ``238184I`` keeps the two digits of a county whose code died in 2015.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

from geo.settings import REFERENCE
from geo.texts import Lang


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberForm:
    """A named form of numbers; ``names`` says what it is, ``groups`` what each of its parts is.

    ``member`` is the part that tells the stones of one number apart, ``set_up`` the set-up that a
    letter there says; ``faces`` how many faces such a stone has. None or empty where the form says
    nothing about it.
    """

    rule: str
    regex: str
    names: Mapping[Lang, str]
    groups: Mapping[str, Mapping[Lang, str]]
    member: str | None
    set_up: Mapping[str, str]
    faces: int | None

    def parts(self, number: str) -> dict[str, str]:
        """Return the parts of a number by name; empty where it is not of this form."""
        match = re.fullmatch(self.regex, number)
        return match.groupdict() if match else {}


@cache
def number_forms() -> Mapping[str, NumberForm]:
    """Return the named forms by rule, in the order of the file."""
    raw = tomllib.loads((REFERENCE / "marker_numbers.toml").read_text(encoding="utf-8"))
    return {
        row["rule"]: NumberForm(
            rule=row["rule"],
            regex=row["regex"],
            names={"zh": row["zh"], "en": row["en"]},
            groups=row.get("groups", {}),
            member=row.get("member"),
            set_up=row.get("set_up", {}),
            faces=row.get("faces"),
        )
        for row in raw["pattern"]
    }


def match_number(number: str, rules: Collection[str] | None = None) -> list[NumberForm]:
    """Return the forms that a number has, in the order of the file; none is a finding, no refusal.

    Parameters
    ----------
    rules
        The forms that count (the office setting ``markers.number_forms``); None counts all.

    References
    ----------
    GB/T 17796 as taught for the surveyor examination; its text was not at hand.
    """
    return [
        form
        for form in number_forms().values()
        if (rules is None or form.rule in rules) and re.fullmatch(form.regex, number)
    ]


def plain_number(written: str) -> str:
    """Return a number as it is kept: NFC, without outer white space; inside nothing is changed.

    Full-width digits stay what they are: that a number is written so is told, not mended.
    """
    return unicodedata.normalize("NFC", written).strip()


def split_member(number: str, rules: Collection[str] | None = None) -> tuple[str, str] | None:
    """Return what the stones of a set share and the letter of this one, where a form says so.

    ``1253165A`` of two stones is ``("1253165", "A")``: together they are the number as it was
    written. None where no form tells the stones apart, or the letter is that of a single stone.
    """
    for form in match_number(number, rules):
        letter = form.parts(number).get(form.member or "")
        if letter and number.endswith(letter) and form.set_up.get(letter, "single") != "single":
            return number.removesuffix(letter), letter
    return None
