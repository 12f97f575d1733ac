"""The one catalogue of texts people see: Chinese first, English second.

Keys are flat and dotted (``error.not_published``, ``finding.code_unknown``, ``page.search``). A
text names its facts in braces; a missing fact is a programming error and raises ``KeyError``. A
fact that is itself a text (a reason, a word for a geometry type) is a `Text` and speaks the
language asked; a list of facts is joined with that language's comma.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")
COMMA: dict[Lang, str] = {"zh": "、", "en": ", "}


@dataclass(frozen=True, slots=True)
class Text:
    """A fact that is a text of the catalogue, put into words when the text that names it is."""

    key: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return say(self, "zh")


@cache
def catalogue(lang: Lang) -> dict[str, str]:
    """Return all texts of one language, by key."""
    raw = (Path(__file__).parent / f"{lang}.json").read_text(encoding="utf-8")
    texts: dict[str, str] = json.loads(raw)
    return texts


def text(key: str, lang: Lang = "zh", /, **facts: object) -> str:
    """Return the text of a key with its facts filled in.

    Raises
    ------
    KeyError
        If the catalogue has no such key or a fact that the text names is missing.
    """
    words = {
        name: say(fact, lang) if isinstance(fact, Text | list | tuple) else fact
        for name, fact in facts.items()
    }
    return catalogue(lang)[key].format(**words)


def say(fact: object, lang: Lang = "zh", /) -> str:
    """Return one fact in words: a `Text` in the language asked, a list joined with its comma."""
    if isinstance(fact, Text):
        return text(fact.key, lang, **fact.facts)
    if isinstance(fact, list | tuple):
        return COMMA[lang].join(say(part, lang) for part in fact)
    return str(fact)


def both(key: str, /, **facts: object) -> str:
    """Return the Chinese text and the English one, a line each."""
    return "\n".join(text(key, lang, **facts) for lang in LANGS)


def choose_lang(wanted: str | None) -> Lang:
    """Choose a language from an ``Accept-Language`` header or a setting; Chinese when in doubt.

    The first of zh and en by the header's own weights wins.
    """
    best: tuple[float, Lang] = (0.0, "zh")
    for part in (wanted or "").split(","):
        tag, _, rest = part.strip().partition(";")
        lang = tag.lower().split("-")[0]
        weight = _weight(rest)
        if weight > best[0]:
            if lang == "zh":
                best = (weight, "zh")
            elif lang == "en":
                best = (weight, "en")
    return best[1]


def _weight(rest: str) -> float:
    try:
        return float(rest.strip().removeprefix("q=")) if rest.strip() else 1.0
    except ValueError:
        return 0.0
