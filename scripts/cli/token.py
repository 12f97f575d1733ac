"""``yutu token``: bearer tokens for programs."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from geo.access.tokens import list_tokens, make_token, revoke_all_tokens, revoke_token
from geo.access.users import find_user
from geo.db.engine import reading, transaction
from geo.errors import NotFoundError, UserUnknownError
from geo.settings import settings
from scripts.cli.database import open_database
from scripts.cli.me import ME
from scripts.cli.show import console, help_text, one_line, say, show_json

app = typer.Typer(no_args_is_help=True, help=help_text("token"))

Json = Annotated[bool, typer.Option("--json", help=help_text("json"))]


@app.command(help=help_text("token.create"))
def create(
    name: str,
    *,
    note: Annotated[str, typer.Option(help=help_text("token.note"))] = "",
    days: Annotated[int | None, typer.Option(min=1, max=3650, help=help_text("token.days"))] = None,
    as_json: Json = False,
) -> None:
    """Make a bearer token for an account; it is printed this once, on standard output."""
    life = timedelta(days=days or settings().token_days)
    with open_database() as engine, transaction(engine, ME.actor) as conn:
        user = find_user(conn, name)
        if user.disabled_at:
            raise UserUnknownError(user=name)
        token = make_token(conn, user.id, "bearer", now=datetime.now(UTC), life=life, note=note)
    if as_json:
        show_json({"id": token.id, "access_token": token.secret, "expires_at": token.expires_at})
        return
    say("cli.token.created", user=user.name, until=f"{token.expires_at.astimezone():%Y-%m-%d}")
    sys.stdout.write(token.secret + "\n")


@app.command("list", help=help_text("token.list"))
def show_list(name: str, *, as_json: Json = False) -> None:
    """List an account's tokens and page sessions in force."""
    with open_database() as engine, reading(engine) as conn:
        found = list_tokens(conn, find_user(conn, name).id, now=datetime.now(UTC))
    if as_json:
        show_json(found)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("id", "kind", "note", "expires"):
        table.add_column(one_line(f"cli.token.column.{column}"), overflow="fold")
    for one in found:
        expires = f"{one.expires_at.astimezone():%Y-%m-%d %H:%M}"
        table.add_row(str(one.id), one.kind, one.note, expires)
    console.print(table)


@app.command(help=help_text("token.revoke"))
def revoke(
    token: Annotated[UUID | None, typer.Argument(help=help_text("token.id"))] = None,
    *,
    user: Annotated[str | None, typer.Option(help=help_text("token.user"))] = None,
    as_json: Json = False,
) -> None:
    """Revoke one token by its id, or all tokens and sessions of an account."""
    if (token is None) == (user is None):
        raise typer.BadParameter(one_line("cli.token.which"))
    now = datetime.now(UTC)
    with open_database() as engine, transaction(engine, ME.actor) as conn:
        if token is not None:
            if not revoke_token(conn, token, now=now):
                raise NotFoundError(what=str(token))
            count = 1
        else:
            count = revoke_all_tokens(conn, find_user(conn, user or "").id, now=now)
    if as_json:
        show_json({"revoked": count})
    else:
        say("cli.token.revoked", count=count)
