"""``yutu markers``: what is computed of boundary markers."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.clock import china_day
from geo.db.engine import reading
from geo.deviation.judge import VERDICTS
from geo.deviation.markers import Deviation, judge_many
from geo.deviation.registered import find_by_number
from geo.deviation.survey import Survey
from geo.deviation.survey_table import SurveyRow, read_surveys
from geo.errors import OptionInvalidError
from geo.exchange.findings import Finding
from geo.exchange.raw import Options
from geo.imports import DEGREES
from scripts.cli.database import open_database
from scripts.cli.me import ME
from scripts.cli.show import console, help_text, langs, say, show_json

app = typer.Typer(no_args_is_help=True, help=help_text("markers"))


@app.callback()
def _markers() -> None:
    pass


@app.command(help=help_text("markers.deviation"))
def deviation(  # noqa: PLR0913 - the options of the command
    file: Annotated[Path, typer.Argument(exists=False, help=help_text("markers.file"))],
    *,
    crs: Annotated[str, typer.Option(help=help_text("import.crs"))] = "EPSG:4490",
    fit: Annotated[str | None, typer.Option(help=help_text("import.fit"))] = None,
    method: Annotated[str | None, typer.Option(help=help_text("markers.method"))] = None,
    accuracy_m: Annotated[float | None, typer.Option(help=help_text("markers.accuracy"))] = None,
    degrees: Annotated[str | None, typer.Option(help=help_text("import.degrees"))] = None,
    at: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=help_text("at"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=help_text("json"))] = False,
) -> None:
    """Hold a table of surveyed positions against the register; nothing is changed."""
    if not file.is_file():
        raise OptionInvalidError(option="FILE", value=str(file), allowed=str(Path.cwd()))
    if degrees is not None and degrees not in DEGREES:
        raise OptionInvalidError(option="--degrees", value=degrees, allowed=list(DEGREES))
    rows, findings = read_surveys(file, Options(degrees=DEGREES[degrees] if degrees else None))
    day = at.date() if at else china_day()
    with open_database() as engine, reading(engine) as conn:
        ids = find_by_number(conn, ME, [(one.number, one.line) for one in rows], day)
        found, unclear = [], []
        for one in rows:
            there = len(ids[one.number, one.line])
            found.append(one) if there == 1 else unclear.append(_not_one(one, there))
        surveys = [
            Survey(
                marker_id=ids[one.number, one.line][0],
                x=one.x,
                y=one.y,
                crs=crs,
                fit=fit,
                method=one.method or method,
                accuracy_m=one.accuracy_m or accuracy_m,
            )
            for one in found
        ]
        judged = judge_many(conn, ME, surveys, day)
    _show(found, judged, [*findings, *unclear], as_json=as_json)


def _not_one(one: SurveyRow, count: int) -> Finding:
    if count:
        facts: dict[str, Any] = {"number": one.number, "count": count}
        return Finding(rule="marker_ambiguous", severity="error", row=one.row, facts=facts)
    facts = {"marker": one.number}
    return Finding(rule="marker_unknown", severity="error", row=one.row, facts=facts)


def _show(
    rows: list[SurveyRow], judged: list[Deviation], findings: list[Finding], *, as_json: bool
) -> None:
    counts = Counter(one.verdict for one in judged)
    told: dict[str, int] = {verdict: counts[verdict] for verdict in VERDICTS}
    if as_json:
        items = [
            {"row": row.row, **asdict(one), "findings": [seen.as_dict() for seen in one.findings]}
            for row, one in zip(rows, judged, strict=True)
        ]
        left = [one.as_dict() for one in findings]
        show_json({"count": len(judged), **told, "items": items, "findings": left})
        return
    for row, one in zip(rows, judged, strict=True):
        distance, limit = (
            "-" if size is None else f"{size:.2f}" for size in (one.distance_m, one.limit_m)
        )
        console.print(f"[{row.row}] {row.number}  {distance} / {limit} m  {one.verdict}",
                      markup=False)  # fmt: skip
        _say(one.findings)
    _say(findings)
    say("cli.markers.deviations", style="", count=len(judged), **told)


def _say(findings: list[Finding]) -> None:
    for one in findings:
        place = "" if one.row is None else f"[{one.row}] "
        words = " / ".join(one.message(lang) for lang in langs())
        console.print(f"  {place}{words}", markup=False, style="yellow")
