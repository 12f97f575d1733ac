"""What the command line prints: answers on standard output, words about them on standard error.

Words come from the catalogue, Chinese first and English second; ``YUTU_LANG=en`` leaves English
alone.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.text import Text

from geo.errors import YutuError
from geo.progress import Progress
from geo.texts import LANGS, Lang, text
from geo.texts import Text as Words

# In a file or a pipe nobody gains by tables cut to 80 columns.
console = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 200)


def langs() -> tuple[Lang, ...]:
    """Return the languages to print, in order."""
    # Not through the settings: --help must not pay for their library.
    return ("en",) if os.environ.get("YUTU_LANG") == "en" else LANGS


def words(key: str, /, **facts: object) -> str:
    """Return a text of the catalogue, a line for each language."""
    return "\n".join(text(key, lang, **facts) for lang in langs())


def help_text(command: str) -> str:
    """Return the help of a command or an option: ``cli.help.<command>``, on one line."""
    return one_line(f"cli.help.{command}")


def say(key: str, /, *, style: str = "", **facts: object) -> None:
    """Print a text of the catalogue to standard error; later languages are dimmed."""
    for number, lang in enumerate(langs()):
        line = Text(text(key, lang, **facts), style=style if number == 0 else "dim")
        # A terminal wraps by itself; an address or a password must stay one word in a file.
        console.print(line, soft_wrap=True)


@contextmanager
def step(key: str, /) -> Iterator[None]:
    """Print what is being done, and when it is done how long it took."""
    begun = time.monotonic()
    console.print(Text(f"{one_line(key)} …"), soft_wrap=True)
    yield
    console.print(Text(f"  {time.monotonic() - begun:.1f} s", style="dim"))


def show_steps() -> Progress:
    """Return a progress that prints each new thing that is done on a terminal, and never stops."""
    last = ""

    def progress(_share: float, doing: str) -> bool:
        nonlocal last
        if doing not in ("", last):
            last = doing
            if console.is_terminal:
                console.print(Text(f"  {one_line(doing)}", style="dim"), soft_wrap=True)
        return True

    return progress


def one_line(key: str, /) -> str:
    """Return a text of the catalogue on one line, in each language."""
    return " ".join(text(key, lang) for lang in langs())


def show_json(answer: object) -> None:
    """Print an answer as JSON to standard output; dataclasses, dates and ids are understood."""
    sys.stdout.write(
        json.dumps(_plain(answer), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    )
    sys.stdout.flush()


def show_error(error: YutuError, *, as_json: bool = False) -> None:
    """Print what went wrong, and with ``as_json`` the code and the facts as JSON too."""
    say(f"error.{error.code}", style="bold red", **error.facts)
    if as_json:
        detail = {lang: text(f"error.{error.code}", lang, **error.facts) for lang in LANGS}
        facts = {name: _plain(value, or_str=True) for name, value in error.facts.items()}
        show_json({"code": error.code, "detail": detail["zh"], "detail_en": detail["en"], **facts})


def _plain(value: Any, *, or_str: bool = False) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item, or_str=or_str) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, or_str=or_str) for item in value]
    if isinstance(value, UUID | Path | Words):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    known = value is None or isinstance(value, str | int | float | bool)
    return str(value) if or_str and not known else value
