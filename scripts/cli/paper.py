"""``yutu paper``: print a paper of a marker, a line, an inspection or a plan to a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import Connection

from api.clock import china_day
from geo.boundaries.find import find_line_ids
from geo.db.engine import reading
from geo.divisions.read import find_division
from geo.errors import (
    InspectionUnknownError,
    LineUnknownError,
    MarkerUnknownError,
    OptionInvalidError,
)
from geo.inspections.read import list_inspections, read_inspection
from geo.markers.read import list_markers
from geo.settings import settings
from scripts.cli.database import open_database
from scripts.cli.me import ME
from scripts.cli.show import help_text, say, show_json

MOST_NAMED = 20

app = typer.Typer()


@app.command(help=help_text("paper"))
def paper(
    name: Annotated[str, typer.Argument(help=help_text("paper.name"))],
    of: Annotated[str, typer.Argument(metavar="OBJECT", help=help_text("paper.object"))],
    *,
    out: Annotated[Path, typer.Option(help=help_text("paper.out"))],
    wanted: Annotated[str, typer.Option("--format", help=help_text("paper.format"))] = "docx",
    year: Annotated[
        int | None, typer.Option(min=1996, max=2200, help=help_text("paper.year"))
    ] = None,
    at: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=help_text("at"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=help_text("json"))] = False,
) -> None:
    """Make a paper and write it to a file; say which fonts stood in for others in a PDF."""
    # Here and not above: --help must not pay for what draws.
    from api.paper_facts import gather_facts  # noqa: PLC0415
    from maps.papers import check_format, find_paper, make_paper  # noqa: PLC0415

    chosen = find_paper(name)
    ending = check_format(chosen, wanted)
    if not out.absolute().parent.is_dir():
        raise OptionInvalidError(option="--out", value=str(out), allowed=str(Path.cwd() / "FILE"))
    day = at.date() if at else china_day()
    with open_database() as engine, reading(engine) as conn:
        found = FIND[chosen.object_kind](conn, of, day)
        facts = gather_facts(conn, ME, chosen, found, day, settings().files, year)
    made = make_paper(chosen, facts, ending, settings().home)
    out.write_bytes(made.content)
    if as_json:
        show_json({"file": out, "size": len(made.content), "stand_ins": made.stand_ins})
        return
    say("cli.paper.written", file=str(out), kb=f"{len(made.content) / 1000:.0f}")
    for one in made.stand_ins:
        say("cli.paper.stand_in", asked=one.asked, used=one.used or "-")


def _find_marker(conn: Connection, of: str, at: date) -> UUID:
    """Return the marker of an id or of a whole number (its letter included where it has one)."""
    try:
        return UUID(of)
    except ValueError:
        wanted = of.strip()
    found = [
        one
        for one in list_markers(conn, ME, at, number=wanted.rstrip("ABCDE"), limit=10_000).items
        if wanted in (one.number, f"{one.number}{one.member}")
    ]
    if not found:
        raise MarkerUnknownError(marker=of)
    if len(found) > 1:
        allowed = [f"{one.number}{one.member} {one.id}" for one in found[:MOST_NAMED]]
        raise OptionInvalidError(option="OBJECT", value=of, allowed=allowed)
    return found[0].id


def _find_line(conn: Connection, of: str, _at: date) -> UUID:
    found = find_line_ids(conn, of)
    if not found:
        raise LineUnknownError(line=of)
    if len(found) > 1:
        raise OptionInvalidError(option="OBJECT", value=of, allowed=[str(one) for one in found])
    return found[0]


def _find_inspection(conn: Connection, of: str, at: date) -> UUID:
    """Return the inspection of an id, or the newest of the line that an id or a code names."""
    try:
        return read_inspection(conn, UUID(of), ME, at).id
    except (ValueError, InspectionUnknownError):
        line_id = _find_line(conn, of, at)
    page = list_inspections(conn, ME, at, line_id=line_id, whole=True, limit=MOST_NAMED)
    newest = next((one for one in page.items if one.state != "withdrawn"), None)
    if newest is None:
        raise InspectionUnknownError(inspection=of)
    return newest.id


def _find_division(conn: Connection, of: str, _at: date) -> UUID:
    """Return the division of a code."""
    return find_division(conn, of)


FIND: Mapping[str, Callable[[Connection, str, date], UUID]] = {
    "marker": _find_marker,
    "line": _find_line,
    "inspection": _find_inspection,
    "plan": _find_division,
}
"""Kind of object → how it is found by what was typed."""
