"""``yutu setting``: what the office decides for itself."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from geo.db.engine import reading, transaction
from geo.office import Setting, office, set_office
from scripts.cli.database import open_database
from scripts.cli.me import ME
from scripts.cli.show import console, help_text, langs, one_line, say, show_json

app = typer.Typer(no_args_is_help=True, help=help_text("setting"))

Json = Annotated[bool, typer.Option("--json", help=help_text("json"))]


@app.command("list", help=help_text("setting.list"))
def show_list(*, as_json: Json = False) -> None:
    """List the settings: what holds, what is allowed, what it decides."""
    with open_database() as engine, reading(engine) as conn:
        found = list(office(conn).settings.values())
    if as_json:
        show_json([asdict(one) for one in found])
        return
    for one in found:
        # Lines and not a table: a key that is cut cannot be typed.
        line = f"{one.key} = {value_in_words(one)}  ({allowed_in_words(one)})"
        console.print(Text(line, style="bold"), soft_wrap=True)
        console.print(Text(f"  {one.zh if langs()[0] == 'zh' else one.en}"), soft_wrap=True)


@app.command("set", help=help_text("setting.set"))
def set_value(
    key: str,
    value: Annotated[str | None, typer.Argument(help=help_text("setting.value"))] = None,
    *,
    default: Annotated[bool, typer.Option("--default", help=help_text("setting.default"))] = False,
    as_json: Json = False,
) -> None:
    """Decide a setting, or put its default back."""
    if default == (value is not None):
        raise typer.BadParameter(one_line("cli.setting.which"))
    with open_database() as engine, transaction(engine, ME.actor) as conn:
        setting = set_office(conn, ME, key, value)
    if as_json:
        show_json(asdict(setting))
    else:
        say("cli.setting.set", key=key, value=value_in_words(setting))


def value_in_words(setting: Setting) -> str:
    """Return what holds, with its unit."""
    return f"{setting.value} {setting.unit or ''}".strip()


def allowed_in_words(setting: Setting) -> str:
    """Return the values or the range that are allowed."""
    if setting.allowed:
        return " | ".join(setting.allowed)
    if setting.pattern:
        return setting.pattern
    return f"{setting.least:,} … {setting.most:,}"
