"""``yutu job``: what runs, what ran, and cancelling."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table
from rich.text import Text

from geo.db.engine import reading, transaction
from geo.jobs.jobs import Job, ask_cancel, list_jobs, read_job
from geo.texts import catalogue
from scripts.cli.database import open_database
from scripts.cli.me import ME
from scripts.cli.show import console, help_text, langs, say, show_json

app = typer.Typer(no_args_is_help=True, help=help_text("job"))

Json = Annotated[bool, typer.Option("--json", help=help_text("json"))]


@app.command("list", help=help_text("job.list"))
def show_list(
    limit: Annotated[int, typer.Option(min=1, help=help_text("job.limit"))] = 20,
    *,
    as_json: Json = False,
) -> None:
    """List the latest jobs of everybody."""
    with open_database() as engine, reading(engine) as conn:
        found = list_jobs(conn, ME, limit=limit)
    if as_json:
        show_json([_as_json(one) for one in found])
        return
    table = Table(box=None, pad_edge=False)
    for column in ("id", "kind", "state", "%", "created"):
        table.add_column(column)
    for one in found:
        share = f"{one.progress:.0%}"
        created = f"{one.created_at.astimezone():%Y-%m-%d %H:%M}"
        table.add_row(str(one.id), one.kind, one.state, share, created)
    console.print(table)


@app.command("show", help=help_text("job.show"))
def show(job: UUID, *, as_json: Json = False) -> None:
    """Say how far a job is, and what came of it."""
    with open_database() as engine, reading(engine) as conn:
        found = read_job(conn, job, ME)
    if as_json:
        show_json(_as_json(found))
    else:
        _show(found)


@app.command("cancel", help=help_text("job.cancel"))
def cancel(job: UUID, *, as_json: Json = False) -> None:
    """Cancel a job: at once while it waits, at its next step while it runs."""
    with open_database() as engine, transaction(engine, ME.actor) as conn:
        found = ask_cancel(conn, job, ME)
    if as_json:
        show_json(_as_json(found))
    else:
        say("cli.job.cancelled" if found.state == "cancelled" else "cli.job.will_stop")


def _as_json(job: Job) -> dict[str, Any]:
    return {field: getattr(job, field) for field in Job.__dataclass_fields__ if field != "args"}


def _show(job: Job) -> None:
    say(f"cli.job.{job.state}", kind=job.kind, share=f"{job.progress:.0%}")
    if job.state == "running" and job.note:
        console.print(" / ".join(catalogue(lang).get(job.note, job.note) for lang in langs()))
    if job.error:
        for lang in langs():
            console.print(Text(job.error[lang]["detail"], style="red"))
    if job.result:
        show_json(job.result)
