"""``yutu topology check``: what the polygons of a level give, and what is wrong with them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from api.clock import china_day
from geo.boundaries.check import Found, TopologyReport, check_topology
from geo.db.engine import reading
from geo.divisions.codes import LEVELS
from geo.divisions.read import find_division, units_below
from geo.errors import OptionInvalidError
from scripts.cli.database import open_database
from scripts.cli.show import console, help_text, say, show_json, show_steps

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _topology() -> None:
    pass


@app.command(help=help_text("topology.check"))
def check(
    *,
    level: Annotated[str, typer.Option(help=help_text("topology.level"))] = "county",
    within: Annotated[str | None, typer.Option(help=help_text("topology.within"))] = None,
    at: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=help_text("at"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=help_text("json"))] = False,
) -> None:
    """Derive the lines of a level anew, look for faults, print both; nothing is changed."""
    if level not in LEVELS:
        raise OptionInvalidError(option="--level", value=level, allowed=list(LEVELS))
    day = at.date() if at else china_day()
    with open_database() as engine, reading(engine) as conn:
        among = units_below(conn, find_division(conn, within), day) if within else None
        report = check_topology(conn, level, day, among=among, progress=show_steps())
    if as_json:
        show_json(asdict(report))
    else:
        _show(report)


def _show(report: TopologyReport) -> None:
    say(
        "cli.topology.result",
        units=report.units,
        pairs=report.pairs,
        lines=report.lines,
        length_km=f"{report.length_km:,.1f}",
    )
    for kind, faults in (
        ("overlaps", report.overlaps),
        ("gaps", report.gaps),
        ("invalid", report.invalid),
    ):
        say(f"cli.topology.{kind}", count=len(faults))
        for fault in faults:
            console.print(f"  {_line(fault)}", markup=False)
    say("cli.topology.differs", count=len(report.differs))


def _line(fault: Found) -> str:
    units = " ".join(f"{code} {name}" for code, name in zip(fault.codes, fault.names, strict=True))
    size = fault.reason if fault.area_m2 is None else f"{fault.area_m2:,.0f} m²"
    lon, lat = fault.place or (float("nan"), float("nan"))
    return f"{units}  {lon:.6f}, {lat:.6f}  {size}"
