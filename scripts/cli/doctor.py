"""``yutu doctor``: whether this machine and its database are fit, and what to do if not."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text as Line

from geo.db import cluster
from geo.db.inspect import POSTGRES_MIN, DatabaseFacts, administrators_sql, inspect_database
from geo.errors import YutuError
from geo.settings import settings
from geo.texts import Text
from geo.texts import say as words_of
from maps.fonts import INSTALL, choose_fonts, find_sketch_font, list_fonts
from maps.to_pdf import INSTALL_OFFICE, find_office
from scripts.cli.errors import SYSTEM_FAILED
from scripts.cli.show import console, help_text, langs, one_line, say, show_json

MIB = 1024 * 1024
NEEDED_MB = 1024

app = typer.Typer()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; ``found`` says what is there, ``advice`` what to do about it."""

    name: str
    ok: bool
    found: object
    advice: object = None


@app.command(help=help_text("doctor"))
def doctor(
    *, as_json: Annotated[bool, typer.Option("--json", help=help_text("json"))] = False
) -> None:
    """Check everything; exit code 3 if something is not right. Nothing is started or changed."""
    given = settings()
    checks = [*_machine(given.home), *_database(given.home, given.database_url), *_papers()]
    sql = None
    if given.database_url is not None:
        sql = administrators_sql(given.database_url, given.database_owner_url)
    ok = all(check.ok for check in checks)
    if as_json:
        show_json({"ok": ok, "checks": checks, "sql": sql})
    else:
        _show(checks, sql)
    if not ok:
        raise typer.Exit(SYSTEM_FAILED)


def _machine(home: Path) -> Iterator[Check]:
    version = platform.python_version()
    yield Check("python", sys.version_info >= (3, 11), version, Text("doctor.python"))
    existing = next(path for path in (home, *home.parents) if path.exists())
    free_mb = shutil.disk_usage(existing).free // MIB
    yield Check("disk", free_mb >= NEEDED_MB, f"{existing}: {free_mb} MB", Text("doctor.disk"))
    encoding = sys.getfilesystemencoding().lower()
    yield Check("locale", encoding == "utf-8", encoding, Text("doctor.locale"))


def _database(home: Path, url: str | None) -> Iterator[Check]:
    if url is not None:
        yield from _existing(url)
        return
    data = home / "pg"
    yield _binaries(data if data.exists() else None)
    running = cluster.status(home)
    if running is None:
        yield Check("database", ok=True, found=Text("doctor.not_running"))
    else:
        yield from _existing(running.app_url)


def _existing(url: str) -> Iterator[Check]:
    try:
        found = inspect_database(url)
    except YutuError as error:
        yield Check("database", ok=False, found=Text(f"error.{error.code}", error.facts))
        return
    yield from _fit(found)


def _fit(found: DatabaseFacts) -> Iterator[Check]:
    where = f"{found.database}, {found.role}, PostgreSQL {found.server}"
    yield Check("database", found.server >= POSTGRES_MIN, where, Text("doctor.postgres"))
    encoding = f"{found.encoding}, {found.ctype}"
    yield Check("encoding", found.locale_fits, encoding, Text("doctor.encoding"))
    missing = list(found.extensions)
    yield Check("extensions", not missing, missing or "-", Text("doctor.extensions"))
    yield Check("postgis", found.postgis_fits, found.postgis or "-", Text("doctor.postgis"))
    safe = not (found.superuser or found.writes_audit)
    yield Check("roles", safe, found.role, Text("doctor.roles"))
    schema = Text("cli.db.current" if found.current else "cli.db.behind")
    yield Check("schema", ok=True, found=schema)


def _binaries(data: Path | None) -> Check:
    try:
        found = cluster.find_binaries(data=data)
    except YutuError as error:
        return Check("postgres", ok=False, found=Text(f"error.{error.code}", error.facts))
    return Check(
        "postgres", ok=True, found=f"{found.major}, PostGIS {found.postgis}, {found.folder}"
    )


def _papers() -> Iterator[Check]:
    """Look at what papers are printed with; without it .docx and .xlsx are made all the same."""
    office = find_office() or Text("doctor.no_office", {"command": INSTALL_OFFICE})
    yield Check("office", ok=True, found=office)
    fonts = list_fonts()
    if find_sketch_font(fonts) is None:
        yield Check("fonts", ok=True, found=Text("doctor.no_fonts", {"command": INSTALL}))
        return
    told = [f"{one.asked} → {one.used or '-'}" for one in choose_fonts(fonts)]
    yield Check("fonts", ok=True, found=told)


def _show(checks: list[Check], sql: str | None) -> None:
    for check in checks:
        mark, style = ("+", "green") if check.ok else ("!", "bold red")
        console.print(
            Line(f"{mark} {one_line(f'doctor.name.{check.name}')}: ", style=style), end=""
        )
        console.print(
            Line(" / ".join(dict.fromkeys(words_of(check.found, lang) for lang in langs())))
        )
        if not check.ok and check.advice is not None:
            for lang in langs():
                console.print(Line(f"    {words_of(check.advice, lang)}"))
    if sql is not None:
        say("doctor.sql")
        sys.stdout.write(sql + "\n")
