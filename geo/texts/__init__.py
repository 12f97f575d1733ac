"""The one catalogue of texts people see: Chinese first, English second.

Keys are flat and dotted (``error.not_published``, ``finding.code_unknown``, ``page.search``). A text
names its facts in braces; a missing fact is a programming error and raises ``KeyError``.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Literal

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")


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
    return catalogue(lang)[key].format(**facts)


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
