"""``yutu worker``: one process that runs jobs, beside ``serve`` or on another machine."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from api.jobs import run_worker
from api.log import configure_log
from api.tasks import TASKS
from scripts.children import die_with
from scripts.cli.database import use_database
from scripts.cli.show import help_text

NICE = 5
"""Pages come before jobs where both want the processor."""

app = typer.Typer()


@app.command(help=help_text("worker"))
def worker(parent: Annotated[int | None, typer.Option(hidden=True)] = None) -> None:
    """Run jobs until SIGTERM or Ctrl-C; ``parent`` is the process to die with."""
    if parent is not None:
        die_with(parent)
    os.nice(NICE)
    configure_log()
    with use_database() as found:
        run_worker(found.app_url, TASKS)
