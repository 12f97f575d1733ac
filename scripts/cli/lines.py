"""``yutu lines``: the register of boundary lines, with records, papers and printed lengths."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import Connection

from api.clock import china_day
from geo.boundaries.find import LineFilter, LineFound, find_line_ids, find_lines, read_found
from geo.boundaries.record import list_records
from geo.boundaries.surveys import compare_surveys
from geo.boundaries.versions import list_versions
from geo.db.engine import reading
from geo.divisions.codes import LEVELS
from geo.divisions.read import find_division
from geo.errors import LineUnknownError, OptionInvalidError
from geo.files.attach import list_attachments
from geo.revisions.changes import read_revision
from geo.texts import text
from scripts.cli.database import open_database
from scripts.cli.me import ME
from scripts.cli.show import console, help_text, langs, say, show_json

app = typer.Typer(no_args_is_help=True, help=help_text("lines"))
At = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=help_text("at"))]
AsJson = Annotated[bool, typer.Option("--json", help=help_text("json"))]


@app.command("list", help=help_text("lines.list"))
def list_all(
    query: Annotated[str | None, typer.Argument(help=help_text("lines.query"))] = None,
    *,
    within: Annotated[str | None, typer.Option(help=help_text("topology.within"))] = None,
    level: Annotated[str | None, typer.Option(help=help_text("topology.level"))] = None,
    limit: Annotated[int, typer.Option(min=1, help=help_text("lines.limit"))] = 1000,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """List lines by code, name or sides."""
    if level is not None and level not in LEVELS:
        raise OptionInvalidError(option="--level", value=level, allowed=list(LEVELS))
    day = at.date() if at else china_day()
    with open_database() as engine, reading(engine) as conn:
        wanted = LineFilter(
            query=query,
            within=find_division(conn, within) if within else None,
            unit_level=level,
        )
        found = find_lines(conn, ME, day, wanted, limit=limit)
    if as_json:
        show_json(asdict(found))
        return
    for one in found.items:
        console.print(_line(one), markup=False)
    say(
        "cli.lines.total",
        total=found.total,
        printed_km=f"{found.printed_km:,.1f}",
        official=found.official,
        length_km=f"{found.length_km:,.1f}",
    )


@app.command(help=help_text("lines.show"))
def show(
    line: Annotated[str, typer.Argument(help=help_text("lines.line"))],
    *,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Show the lines that an id or a statutory code names, with all versions and papers."""
    day = at.date() if at else china_day()
    with open_database() as engine, reading(engine) as conn:
        shown = [_whole(conn, one, day) for one in find_line_ids(conn, line)]
    if not shown:
        raise LineUnknownError(line=line)
    if as_json:
        show_json(shown)
        return
    for whole in shown:
        console.print(_line(whole["found"]), markup=False)
        for name in ("courses", "records", "documents", "surveys"):
            for one in whole[name]:
                facts = asdict(one).items()
                said = [f"{key}={value}" for key, value in facts if value not in (None, "")]
                console.print(f"  {name}: " + "  ".join(said)[:400], markup=False)


def _whole(conn: Connection, line_id: UUID, day: date) -> dict[str, Any]:
    found = read_found(conn, ME, line_id, day)
    if found is None:
        raise LineUnknownError(line=line_id)
    return {
        "found": found,
        "revision": read_revision(conn, line_id),
        "courses": list_versions(conn, line_id),
        "records": list_records(conn, line_id),
        "documents": list_attachments(conn, [line_id])[line_id],
        "surveys": compare_surveys(conn, line_id, day),
    }


def _line(one: LineFound) -> str:
    line, said = one.line, one.record
    basis = text(f"length_basis.{one.printed.basis}", langs()[0])
    words = (
        said.code if said and said.code else "—",
        said.name if said and said.name else f"{line.left_name}—{line.right_name}",
        f"{line.left_code} {line.right_code}",
        text(f"page.level.{line.level}", langs()[0]),
        f"{one.printed.km:,.1f} km ({basis})",
        text(f"page.origin.{line.origin}", langs()[0]),
        str(line.id),
    )
    return "  ".join(words)
