"""``yutu tls``: the office's own certificates."""

from __future__ import annotations

from typing import Annotated

import typer

from api.tls import init_tls
from geo.settings import settings
from scripts.cli.show import help_text, say, show_json
from scripts.tls import own_names

app = typer.Typer(no_args_is_help=True, help=help_text("tls"))


@app.callback()
def _tls() -> None:
    pass


@app.command(help=help_text("tls.init"))
def init(
    name: Annotated[list[str] | None, typer.Option(help=help_text("tls.name"))] = None,
    *,
    new_ca: Annotated[bool, typer.Option("--new-ca", help=help_text("tls.new_ca"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=help_text("json"))] = False,
) -> None:
    """Make the office's CA if there is none, and a server certificate for this machine."""
    made = init_tls(settings().home, [*(name or ()), *own_names()], new_ca=new_ca)
    if as_json:
        show_json(made)
        return
    say("cli.tls.made", names=made.names, until=made.valid_until.date())
    say("cli.tls.ca_new" if made.new_ca else "cli.tls.ca_kept", file=made.ca)
    say("cli.tls.fingerprint", fingerprint=made.fingerprint)
    say("cli.tls.next")
