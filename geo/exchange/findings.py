"""What was found in a file (by row and column), and what was concluded about it (and why)."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from geo.texts import Lang, Text, say, text

Severity = Literal["error", "warning"]

SHOWN = 80
UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def show(value: object) -> str:
    r"""Return a value as people may see it: at most 80 characters, nothing invisible in it.

    Control, private-use and lone surrogate characters appear as ``\uXXXX``: a bell or a turned
    writing direction in a cell must not reach a terminal, and a surrogate no JSON.
    """
    shown = "".join(
        f"\\u{ord(char):04x}" if unicodedata.category(char) in UNSEEN else char
        for char in str(value)[: SHOWN + 1]
    )
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 1] + "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong or doubtful in a file.

    ``rule`` is the catalogue key ``finding.<rule>``. ``row`` is the row as a clerk sees it (sheet
    row with the head as row 1; feature number from 1), ``column`` the head as in the file,
    ``place`` longitude and latitude in EPSG:4490. A ``Text`` in ``allowed`` or in the facts speaks
    the language asked.
    """

    rule: str
    severity: Severity
    row: int | None = None
    column: str | None = None
    value: str | None = None
    allowed: str | Text | None = None
    place: tuple[float, float] | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("value", "column"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, show(given))

    def as_text(self) -> Text:
        """Return what was found, to be put into words later."""
        own = {"row": self.row, "column": self.column, "value": self.value, "allowed": self.allowed}
        return Text(f"finding.{self.rule}", {**own, **self.facts})

    def message(self, lang: Lang = "zh") -> str:
        """Return what was found, in words."""
        return say(self.as_text(), lang)

    def as_dict(self, lang: Lang = "zh") -> dict[str, object]:
        """Return the finding for JSON, with its message in the language asked and in English."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "allowed": None if self.allowed is None else say(self.allowed, lang),
            "place": None if self.place is None else list(self.place),
            "message": self.message(lang),
            "message_en": self.message("en"),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """One thing recognised in a file, and why; its text is ``conclusion.<rule>``."""

    rule: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def message(self, lang: Lang = "zh") -> str:
        """Return what was concluded and why, in words."""
        return text(f"conclusion.{self.rule}", lang, **self.facts)

    def as_dict(self, lang: Lang = "zh") -> dict[str, object]:
        """Return the conclusion for JSON."""
        return {
            "rule": self.rule,
            "message": self.message(lang),
            "message_en": self.message("en"),
        }


LISTED = 1000


class Collector:
    """Gathers findings: at most 1,000 of one rule and column are listed, the rest counted.

    A file with a million bad rows must not become an answer of a million lines; ``bad_rows`` knows
    all of them nevertheless.
    """

    def __init__(self) -> None:
        self.bad_rows: set[int] = set()
        self._listed: list[Finding] = []
        self._counts: Counter[tuple[str, str | None, Severity]] = Counter()

    def add(self, finding: Finding) -> None:
        """Take one finding in."""
        kind = (finding.rule, finding.column, finding.severity)
        self._counts[kind] += 1
        if self._counts[kind] <= LISTED:
            self._listed.append(finding)
        if finding.severity == "error" and finding.row is not None:
            self.bad_rows.add(finding.row)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Take many findings in."""
        for finding in findings:
            self.add(finding)

    def listed(self) -> list[Finding]:
        """Return the findings by row, those of the whole file first, then the unlisted counted."""
        ordered = sorted(self._listed, key=lambda found: -1 if found.row is None else found.row)
        first: dict[tuple[str, str | None, Severity], Text] = {}
        for found in self._listed:
            first.setdefault((found.rule, found.column, found.severity), found.as_text())
        more = [
            Finding(
                rule="more",
                severity=kind[2],
                column=kind[1],
                facts={"more": count - LISTED, "like": first[kind]},
            )
            for kind, count in self._counts.items()
            if count > LISTED
        ]
        return ordered + more
