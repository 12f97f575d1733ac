"""``yutu report``: packages of what changed for a platform, and what the platform answered."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from api.clock import china_day
from geo.db.engine import reading, transaction
from geo.divisions.read import find_division
from geo.errors import OptionInvalidError
from geo.reports.make import make_package
from geo.reports.packages import Package, find_package_file, list_packages, read_package
from geo.reports.platforms import find_platform
from geo.reports.receipts import Receipt, enter_receipt, read_receipt_file
from geo.settings import settings
from geo.texts import text
from scripts.cli.database import open_database
from scripts.cli.me import ME
from scripts.cli.show import console, help_text, langs, say, show_json, show_steps

OPERATIONS = ("new", "changed", "ended")

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _report() -> None:
    pass


@app.command("make", help=help_text("report.make"))
def make(
    platform: Annotated[str, typer.Argument(help=help_text("report.platform"))],
    *,
    within: Annotated[str | None, typer.Option(help=help_text("report.within"))] = None,
    out: Annotated[Path | None, typer.Option(help=help_text("report.out"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=help_text("json"))] = False,
) -> None:
    """Make a package and say what is in it; with ``--out`` save it too."""
    described = find_platform(platform)
    if out is not None and not out.absolute().parent.is_dir():
        raise OptionInvalidError(option="--out", value=str(out), allowed=str(Path.cwd() / "x.zip"))
    with open_database() as engine, transaction(engine, ME.actor) as conn:
        done = make_package(
            conn,
            ME,
            platform,
            find_division(conn, within) if within else None,
            files=settings().files,
            today=china_day(),
            progress=show_steps(),
        )
        if out is not None:
            shutil.copyfile(find_package_file(conn, done, settings().files).path, out)
    if as_json:
        show_json(done)
        return
    counts = {one: done.counts["line"][one] + done.counts["marker"][one] for one in OPERATIONS}
    say(
        "cli.report.made",
        title=described.title,
        number=done.number,
        files=done.counts["files"],
        package=done.id,
        **counts,
    )
    if not described.verified:
        say("cli.report.unverified", style="yellow", note=described.note)
    if out is not None:
        say("cli.report.saved", file=str(out))


@app.command("list", help=help_text("report.list"))
def list_all(
    *, as_json: Annotated[bool, typer.Option("--json", help=help_text("json"))] = False
) -> None:
    """List the newest packages."""
    with open_database() as engine, reading(engine) as conn:
        found = list_packages(conn, ME)
    if as_json:
        show_json(found)
        return
    for one in found:
        state = " ".join(text(f"report_state.{one.state}", lang) for lang in langs())
        place = one.division or "—"
        line = f"{one.id}  {one.created_at:%Y-%m-%d}  {one.platform} {place} {one.number}  {state}"
        console.print(line, markup=False)


@app.command("receipt", help=help_text("report.receipt"))
def enter(
    package: UUID,
    *,
    number: Annotated[str, typer.Option(help=help_text("report.number"))],
    dated: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help=help_text("report.dated"))],
    refuse: Annotated[list[str] | None, typer.Option(help=help_text("report.refuse"))] = None,
    file: Annotated[Path | None, typer.Option(help=help_text("report.file"))] = None,
    correct: Annotated[str | None, typer.Option(help=help_text("report.correct"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=help_text("json"))] = False,
) -> None:
    """Enter a receipt by hand, or from the table the platform sent."""
    refused = _read_refused(refuse or [])
    if file is not None and (refused or not file.is_file()):
        raise OptionInvalidError(option="--file", value=str(file), allowed=str(Path.cwd()))
    with open_database() as engine, transaction(engine, ME.actor) as conn:
        receipt = Receipt(number=number, dated=dated.date(), refused=refused)
        if file is not None:
            receipt = read_receipt_file(
                conn,
                read_package(conn, ME, package).platform,
                file,
                name=file.name,
                files=settings().files,
                number=number,
                dated=dated.date(),
            )
        done = enter_receipt(conn, ME, package, receipt, corrects=correct)
    if as_json:
        show_json(done)
    else:
        _show_receipt(done)


def _show_receipt(done: Package) -> None:
    said = done.receipt or {}
    say("cli.report.received", **{one: said[one] for one in ("accepted", "refused", "open")})


def _read_refused(given: list[str]) -> dict[str, str]:
    refused = {}
    for one in given:
        key, sign, reason = one.partition("=")
        if not sign or not key.strip():
            raise OptionInvalidError(option="--refuse", value=one, allowed="KEY=REASON")
        refused[key.strip()] = reason.strip()
    return refused
