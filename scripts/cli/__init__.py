"""The command line ``yutu``: one table of commands, one place for errors and exit codes.

Exit codes: 0 done (perhaps with warnings), 1 errors in the input or refused, 2 wrong call, 3 the
system failed. With ``--json`` an error is JSON on standard output too.
"""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from geo.errors import YutuError
from scripts.cli.errors import SYSTEM_FAILED, exit_code
from scripts.cli.show import help_text, show_error

COMMANDS = {
    "serve": "scripts.cli.serve",
    "worker": "scripts.cli.worker",
    "db": "scripts.cli.db",
    "user": "scripts.cli.user",
    "token": "scripts.cli.token",
    "setting": "scripts.cli.setting",
    "import": "scripts.cli.imports",
    "fit": "scripts.cli.fit",
    "lines": "scripts.cli.lines",
    "markers": "scripts.cli.markers",
    "topology": "scripts.cli.topology",
    "coverage": "scripts.cli.coverage",
    "paper": "scripts.cli.paper",
    "report": "scripts.cli.report",
    "inspections": "scripts.cli.inspections",
    "job": "scripts.cli.job",
    "tls": "scripts.cli.tls",
    "doctor": "scripts.cli.doctor",
}
"""Command → the module whose ``app`` (a ``typer.Typer``) it is; ``cli.help.<command>`` is its help.

A module is imported when its command is called, so that no command pays for another's libraries.
An ``app`` with one command and no callback is that command itself (``yutu serve``).
"""


class Commands(TyperGroup):
    """The commands of :data:`COMMANDS`, imported when called, and what their errors become."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        self.commands = {name: TyperCommand(name, help=help_text(name)) for name in COMMANDS}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Import the command that is called."""
        name, _, rest = super().resolve_command(ctx, args)
        if name is None:  # pragma: no cover - only while completing in a shell
            return name, None, rest
        command = get_command(import_module(COMMANDS[name]).app)
        command.name = name
        command.help = command.help or help_text(name)
        return name, command, rest

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Note whether the answer, and so an error too, is wanted as JSON."""
        ctx.meta["json"] = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an error becomes words and an exit code."""
        try:
            return super().invoke(ctx)
        except YutuError as error:
            show_error(error, as_json=ctx.meta["json"])
            raise typer.Exit(exit_code(error)) from error


app = typer.Typer(
    name="yutu",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(help=help_text("yutu"))
def _yutu() -> None:
    pass


def main() -> None:
    """Run the command line; what nobody foresaw is shown whole and ends with exit code 3."""
    try:
        app()
    except Exception:  # noqa: BLE001 - the last place that can turn it into an exit code
        traceback.print_exc()
        sys.exit(SYSTEM_FAILED)
