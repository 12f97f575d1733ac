"""``yutu db``: the embedded database, migrations, backups."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from geo.db import cluster
from geo.db.backup import backup, restore
from geo.db.state import driver_url, read_state
from geo.errors import DatabaseGoneError, DatabaseOutsideError, FileUnreadableError, HomeInUseError
from geo.settings import settings
from scripts.cli.database import (
    STAYS,
    Database,
    bring_up_to_date,
    dump_programs,
    owner_url,
    run_child,
    stop_unless_used,
    use_database,
    using,
)
from scripts.cli.show import help_text, say, show_json

app = typer.Typer(no_args_is_help=True, help=help_text("db"))

Json = Annotated[bool, typer.Option("--json", help=help_text("json"))]


@dataclass(frozen=True, slots=True)
class Status:
    """The database of this instance."""

    embedded: bool
    running: bool
    folder: Path | None
    pid: int | None
    url: str | None
    current: bool | None
    """Whether its schema is this release's; None while it does not run."""


@app.command(help=help_text("db.start"))
def start(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help=help_text("db.port"))] = None,
) -> None:
    """Start the embedded database and leave it running."""
    home = _embedded_home()
    with using(home):
        found = cluster.start(home, port=port)
        (home / STAYS).touch()
    say("cli.db.started", url=driver_url(found.tcp_url or found.app_url), folder=found.folder)


@app.command(help=help_text("db.stop"))
def stop() -> None:
    """Stop the embedded database, unless somebody uses it."""
    home = _embedded_home()
    (home / STAYS).unlink(missing_ok=True)
    with cluster.hold_home(home):
        if not stop_unless_used(home):
            raise HomeInUseError(home=home, pid="?")
    say("cli.db.stopped")


@app.command(help=help_text("db.status"))
def status(*, as_json: Json = False) -> None:
    """Say whether the database runs, where, and whether its schema is the present one."""
    found = _status()
    if as_json:
        show_json(found)
        return
    say("cli.db.running" if found.running else "cli.db.not_running")
    if found.url is not None:
        say("cli.db.current" if found.current else "cli.db.behind")
        say("cli.db.where", url=found.url, folder=found.folder or "-")


@app.command(help=help_text("db.url"))
def url(*, owner: Annotated[bool, typer.Option(help=help_text("db.owner"))] = False) -> None:
    """Print the database's URL for other programs."""
    given = settings()
    if given.database_url is not None:
        app_url, owning = given.database_url, given.database_owner_url
    else:
        found = cluster.status(given.home)
        if found is None:
            raise DatabaseGoneError
        app_url, owning = found.tcp_url or found.app_url, found.owner_url
    sys.stdout.write(driver_url((owning or app_url) if owner else app_url) + "\n")


@app.command(help=help_text("db.migrate"))
def migrate() -> None:
    """Bring the database to the schema of this release."""
    run_child("scripts.prepare")


@app.command("backup", help=help_text("db.backup"))
def write_backup(file: Path, *, as_json: Json = False) -> None:
    """Write database and kept files to one archive."""
    with use_database() as found:
        bring_up_to_date(read_state(found.app_url))
        done = backup(owner_url(found), settings().files, file, **_kept_beside(found))
    if as_json:
        show_json(done)
    size = round(file.stat().st_size / 1e6, 1)
    say("cli.db.backed_up", file=file, files=done.files, papers=len(done.papers), mb=size)


@app.command("restore", help=help_text("db.restore"))
def read_backup(file: Path, *, as_json: Json = False) -> None:
    """Restore an archive into an empty database, and migrate it to this release."""
    if not file.is_file():
        raise FileUnreadableError(file=file, format="Yutu", reason="-")
    with use_database() as found:
        files = settings().files
        files.mkdir(parents=True, exist_ok=True)
        done = restore(owner_url(found), files, file, **_kept_beside(found))
        run_child("scripts.prepare")
    if as_json:
        show_json(done)
    say("cli.db.restored", made_at=done.made_at, files=done.files, papers=len(done.papers))


def _kept_beside(found: Database) -> dict[str, Path]:
    """Return what a backup needs to know beside the files: templates, key, programs."""
    # Here and not above: of all commands only these two need to know.
    from maps.papers import OWN_TEMPLATES  # noqa: PLC0415

    return {
        "papers": settings().home / OWN_TEMPLATES,
        "key": settings().instance_key,
        "programs": dump_programs(found),
    }


def _embedded_home() -> Path:
    given = settings()
    if given.database_url is not None:
        raise DatabaseOutsideError
    return given.home


def _status() -> Status:
    given = settings()
    if given.database_url is not None:
        current = read_state(given.database_url).current
        return Status(False, True, None, None, None, current)
    found = cluster.status(given.home)
    if found is None:
        return Status(True, False, None, None, None, None)
    current = read_state(found.app_url).current
    address = driver_url(found.tcp_url or found.app_url)
    return Status(True, True, found.folder, found.pid, address, current)
