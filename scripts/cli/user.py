"""``yutu user``: accounts and what they may do where."""

from __future__ import annotations

import secrets
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Connection

from geo.access import grants, users
from geo.access.jurisdiction import ROLES, Role
from geo.access.users import User
from geo.db.engine import reading, transaction
from geo.errors import OptionInvalidError
from geo.texts import say as in_words
from scripts.cli.database import open_database
from scripts.cli.me import ME
from scripts.cli.show import console, help_text, one_line, say, show_json
from scripts.cli.show import langs as spoken

app = typer.Typer(no_args_is_help=True, help=help_text("user"))

Json = Annotated[bool, typer.Option("--json", help=help_text("json"))]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help=help_text("user.password_stdin"))
]
Division = Annotated[str | None, typer.Option(help=help_text("user.division"))]
RoleName = Annotated[str, typer.Argument(help=help_text("user.role"))]


@app.command(help=help_text("user.add"))
def add(
    name: str,
    *,
    display_name: Annotated[str, typer.Option(help=help_text("user.display_name"))] = "",
    role: Annotated[str | None, typer.Option(help=help_text("user.role"))] = None,
    division: Division = None,
    password_stdin: PasswordStdin = False,
    as_json: Json = False,
) -> None:
    """Add an account, with a role if one is named; a password that is made is shown once."""
    if division and not role:
        raise OptionInvalidError(option="--role", value="", allowed=list(ROLES))
    password, made = ask_password(from_stdin=password_stdin)
    with open_database() as engine, transaction(engine, ME.actor) as conn:
        user = users.add_user(conn, ME, name, password, display_name=display_name)
        if role:
            user = give(conn, user.name, role, division)
    tell(user, "cli.user.added", as_json=as_json, password=password if made else None)


@app.command("list", help=help_text("user.list"))
def show_list(*, as_json: Json = False) -> None:
    """List the accounts and their roles."""
    with open_database() as engine, reading(engine) as conn:
        found = users.list_users(conn, ME)
    if as_json:
        show_json([asdict(user) for user in found])
        return
    table = Table(box=None, pad_edge=False)
    for column in ("name", "display_name", "grants", "disabled"):
        table.add_column(one_line(f"cli.user.column.{column}"), overflow="fold")
    for user in found:
        disabled = f"{user.disabled_at.astimezone():%Y-%m-%d %H:%M}" if user.disabled_at else ""
        table.add_row(user.name, user.display_name, grants_in_words(user), disabled)
    console.print(table)


@app.command(help=help_text("user.disable"))
def disable(name: str, *, as_json: Json = False) -> None:
    """Disable an account; its tokens and sessions end at once."""
    with open_database() as engine, transaction(engine, ME.actor) as conn:
        user = users.disable_user(conn, ME, name, now=datetime.now(UTC))
    tell(user, "cli.user.disabled", as_json=as_json)


@app.command(help=help_text("user.enable"))
def enable(name: str, *, as_json: Json = False) -> None:
    """Let a disabled account log in again."""
    with open_database() as engine, transaction(engine, ME.actor) as conn:
        user = users.enable_user(conn, ME, name)
    tell(user, "cli.user.enabled", as_json=as_json)


@app.command(help=help_text("user.passwd"))
def passwd(name: str, *, password_stdin: PasswordStdin = False, as_json: Json = False) -> None:
    """Set an account's password; its tokens and sessions end at once."""
    password, made = ask_password(from_stdin=password_stdin)
    with open_database() as engine, transaction(engine, ME.actor) as conn:
        user = users.set_password(conn, ME, name, password, now=datetime.now(UTC))
    tell(user, "cli.user.passwd", as_json=as_json, password=password if made else None)


@app.command(help=help_text("user.grant"))
def grant(name: str, role: RoleName, *, division: Division = None, as_json: Json = False) -> None:
    """Give an account a role at a division, or everywhere."""
    with open_database() as engine, transaction(engine, ME.actor) as conn:
        user = give(conn, name, role, division)
    tell(user, "cli.user.granted", as_json=as_json)


@app.command(help=help_text("user.withdraw"))
def withdraw(
    name: str, role: RoleName, *, division: Division = None, as_json: Json = False
) -> None:
    """Take a role from an account."""
    with open_database() as engine, transaction(engine, ME.actor) as conn:
        place = grants.find_place(conn, division) if division else None
        user = grants.withdraw_grant(conn, ME, name, as_role(role), place)
    tell(user, "cli.user.withdrawn", as_json=as_json)


def give(conn: Connection, name: str, role: str, division: str | None) -> User:
    """Give a role at the division of a code."""
    place = grants.find_place(conn, division) if division else None
    return grants.give_grant(conn, ME, name, as_role(role), place)


def as_role(role: str) -> Role:
    """Return a role that was typed.

    Raises
    ------
    OptionInvalidError
    """
    if role not in ROLES:
        raise OptionInvalidError(option="role", value=role, allowed=list(ROLES))
    return role


def ask_password(*, from_stdin: bool) -> tuple[str, bool]:
    """Return a password and whether it was made here: read, asked for, or made without a terminal.

    It is never an option: the list of processes and the shell's history would show it.
    """
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    if sys.stdin.isatty():
        typed = typer.prompt(
            one_line("cli.user.new_password"), hide_input=True, confirmation_prompt=True, err=True
        )
        return str(typed), False
    return secrets.token_urlsafe(12), True


def tell(user: User, key: str, *, as_json: bool, password: str | None = None) -> None:
    """Say what became of an account; a password that was made is shown this once."""
    if as_json:
        show_json({**asdict(user), **({"password": password} if password else {})})
        return
    say(key, user=user.name, grants=[one.in_words() for one in user.grants])
    if password:
        say("cli.user.password_made")
        sys.stdout.write(password + "\n")


def grants_in_words(user: User) -> str:
    """Return an account's grants in the first language that is spoken."""
    return in_words([one.in_words() for one in user.grants], spoken()[0])
