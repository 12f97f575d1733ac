"""``yutu fit``: local fits from old datums to CGCS2000."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from geo.crs.local_fit import KINDS
from geo.db.engine import reading, transaction
from geo.errors import OptionInvalidError
from geo.exchange.raw import Options
from geo.fits.common import common_points
from geo.fits.points import read_points
from geo.fits.store import StoredFit, list_fits, make_fit, read_fit, retire_fit
from geo.imports import DEGREES
from scripts.cli.database import open_database
from scripts.cli.me import ME
from scripts.cli.show import console, help_text, say, show_json

app = typer.Typer(no_args_is_help=True, help=help_text("fit"))

Json = Annotated[bool, typer.Option("--json", help=help_text("json"))]
Name = Annotated[str, typer.Argument(help=help_text("fit.name"))]


@app.command(help=help_text("fit.make"))
def make(  # noqa: PLR0913 - the options of the command
    name: Name,
    file: Annotated[Path, typer.Argument(exists=False, help=help_text("fit.file"))],
    *,
    crs: Annotated[str, typer.Option(help=help_text("fit.crs"))],
    kind: Annotated[str, typer.Option(help=help_text("fit.kind"))] = "seven",
    to: Annotated[str, typer.Option(help=help_text("fit.to"))] = "EPSG:4490",
    accuracy_m: Annotated[float | None, typer.Option(help=help_text("fit.accuracy"))] = None,
    degrees: Annotated[str | None, typer.Option(help=help_text("import.degrees"))] = None,
    note: Annotated[str | None, typer.Option(help=help_text("fit.note"))] = None,
    as_json: Json = False,
) -> None:
    """Make a fit from a table of common points."""
    chosen = next((one for one in KINDS if one == kind), None)
    if chosen is None:
        raise OptionInvalidError(option="--kind", value=kind, allowed=KINDS)
    if degrees is not None and degrees not in DEGREES:
        raise OptionInvalidError(option="--degrees", value=degrees, allowed=list(DEGREES))
    if accuracy_m is not None and accuracy_m <= 0:
        raise OptionInvalidError(option="--accuracy-m", value=accuracy_m, allowed="> 0")
    if not file.is_file():
        raise OptionInvalidError(option="FILE", value=str(file), allowed=str(Path.cwd()))
    rows = read_points(file, Options(degrees=DEGREES[degrees] if degrees else None))
    with open_database() as engine:
        with transaction(engine, ME.actor) as conn:
            made = make_fit(
                conn,
                ME,
                name=name,
                kind=chosen,
                source_crs=crs,
                points=common_points(rows, to),
                accuracy_m=accuracy_m,
                note=note,
            )
        with reading(engine) as conn:
            stored = read_fit(conn, ME, made.name)
    _show(stored, as_json=as_json)


@app.command("list", help=help_text("fit.list"))
def show_list(*, as_json: Json = False) -> None:
    """List the fits."""
    with open_database() as engine, reading(engine) as conn:
        found = list_fits(conn, ME)
    if as_json:
        show_json([as_dict(one) for one in found])
        return
    for one in found:
        _say(one)


@app.command(help=help_text("fit.show"))
def show(name: Name, *, as_json: Json = False) -> None:
    """Show a fit with the residuals of its points."""
    with open_database() as engine, reading(engine) as conn:
        _show(read_fit(conn, ME, name), as_json=as_json)


@app.command(help=help_text("fit.retire"))
def retire(name: Name, *, as_json: Json = False) -> None:
    """Let a fit serve no new data."""
    with open_database() as engine, transaction(engine, ME.actor) as conn:
        _show(retire_fit(conn, ME, name), as_json=as_json)


def as_dict(one: StoredFit) -> dict[str, Any]:
    """Return a fit as JSON has it."""
    fit = one.fit
    return {
        "id": fit.id,
        "name": fit.name,
        "kind": fit.kind,
        "source_crs": fit.source_crs,
        "rms_m": fit.rms_m,
        "worst_m": fit.worst_m,
        "accuracy_m": fit.accuracy_m,
        "parameters": dict(fit.parameters),
        "points": [
            {"name": point.name, "east_m": point.east_m, "north_m": point.north_m,
             "residual_m": point.residual_m}
            for point in fit.points
        ],
        "bounds": list(fit.area.bounds),
        "note": fit.note,
        "actor_name": one.actor_name,
        "created_at": one.created_at,
        "retired_at": one.retired_at,
    }  # fmt: skip


def _show(one: StoredFit, *, as_json: bool) -> None:
    if as_json:
        show_json(as_dict(one))
        return
    _say(one)
    for point in one.fit.points:
        line = f"  {point.name}  {point.east_m:+.3f}  {point.north_m:+.3f}  {point.residual_m:.3f}"
        console.print(f"{line} m", markup=False)


def _say(one: StoredFit) -> None:
    fit = one.fit
    say(
        "cli.fit.line" if one.retired_at is None else "cli.fit.line_retired",
        name=fit.name,
        kind=fit.kind,
        crs=fit.source_crs,
        points=len(fit.points),
        rms_m=f"{fit.rms_m:.3f}",
        worst_m=f"{fit.worst_m:.3f}",
        accuracy_m=f"{fit.accuracy_m:.3f}",
    )
