"""``yutu coverage``: who lives within a walk of what; a run is stored, and repeats to the digit."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import Engine

from api.clock import china_day
from geo.coverage.question import Question
from geo.coverage.runs import Run, ask, list_runs, read_run, repeat
from geo.db.engine import reading, transaction
from geo.errors import OptionInvalidError
from geo.settings import settings
from scripts.cli.database import open_database
from scripts.cli.me import ME
from scripts.cli.show import console, help_text, langs, say, show_json, show_steps

DIFFERENT = 1
MOST_NAMED = 20
"""Most facilities named in words; ``--json`` gives all."""

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _coverage() -> None:
    pass


@app.command("run", help=help_text("coverage.run"))
def run_coverage(  # noqa: PLR0913 - each is one part of the question
    *,
    kinds: Annotated[str, typer.Option(help=help_text("coverage.kinds"))],
    limit_m: Annotated[float | None, typer.Option(help=help_text("coverage.limit_m"))] = None,
    minutes: Annotated[float | None, typer.Option(help=help_text("coverage.minutes"))] = None,
    profile: Annotated[str, typer.Option(help=help_text("coverage.profile"))] = "standard",
    ages: Annotated[str, typer.Option(help=help_text("coverage.ages"))] = "",
    within: Annotated[str | None, typer.Option(help=help_text("coverage.within"))] = None,
    inside_only: Annotated[bool, typer.Option(help=help_text("coverage.inside_only"))] = False,
    network: Annotated[str | None, typer.Option(help=help_text("coverage.network"))] = None,
    population: Annotated[str | None, typer.Option(help=help_text("coverage.population"))] = None,
    totals: Annotated[str | None, typer.Option(help=help_text("coverage.totals"))] = None,
    scaled: Annotated[bool, typer.Option(help=help_text("coverage.scaled"))] = True,
    at: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=help_text("at"))] = None,
    map_file: Annotated[Path | None, typer.Option("--map", help=help_text("coverage.map"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=help_text("json"))] = False,
) -> None:
    """Ask, store the run and print the answer; with ``--map`` write the map of it too."""
    question = Question(
        kinds=_words(kinds),
        at=at.date() if at else china_day(),
        limit_m=limit_m,
        minutes=minutes,
        profile=profile,
        ages=_words(ages),
        within=within,
        inside_only=inside_only,
        network=network,
        population=population,
        totals=totals,
        scaled=scaled,
    )
    if map_file is not None and not map_file.absolute().parent.is_dir():
        allowed = str(Path.cwd() / "FILE.html")
        raise OptionInvalidError(option="--map", value=str(map_file), allowed=allowed)
    with open_database() as engine:
        with transaction(engine, ME.actor) as conn:
            done = ask(conn, ME, question, settings().files, show_steps())
        if map_file is not None:
            _write_map(engine, done, map_file)
    if as_json:
        show_json(as_answer(done))
    else:
        _show(done)


@app.command("repeat", help=help_text("coverage.repeat"))
def repeat_run(
    run_id: UUID,
    *,
    as_json: Annotated[bool, typer.Option("--json", help=help_text("json"))] = False,
) -> None:
    """Compute a run anew from its kept content; exit code 1 if a digit differs."""
    with open_database() as engine, reading(engine) as conn:
        done = repeat(conn, ME, run_id, settings().files, show_steps())
    if as_json:
        show_json(done)
    elif done.same:
        say("cli.coverage.same", run=run_id)
    else:
        say("cli.coverage.different", run=run_id, what=list(done.differences))
    if not done.same:
        raise typer.Exit(DIFFERENT)


@app.command("list", help=help_text("coverage.list"))
def list_all(
    *, as_json: Annotated[bool, typer.Option("--json", help=help_text("json"))] = False
) -> None:
    """List the newest runs."""
    with open_database() as engine, reading(engine) as conn:
        runs = list_runs(conn, ME)
    if as_json:
        show_json([as_answer(one) for one in runs])
    else:
        for one in runs:
            kinds = "、".join(one.parameters["kinds"])
            console.print(f"{one.id}  {one.created_at:%Y-%m-%d %H:%M}  {kinds}", markup=False)


@app.command("map", help=help_text("coverage.map_of"))
def write_map(run_id: UUID, file: Path) -> None:
    """Write the map of a run as one file that opens anywhere."""
    with open_database() as engine:
        with reading(engine) as conn:
            done = read_run(conn, run_id, ME)
        _write_map(engine, done, file)


def as_answer(done: Run) -> dict[str, Any]:
    """Return a run as JSON has it: the answer, what was asked, and of which data."""
    return {
        "run_id": done.id,
        "created_at": done.created_at,
        **done.result,
        "parameters": done.parameters,
        "inputs": done.inputs,
    }


def _write_map(engine: Engine, done: Run, path: Path) -> None:
    # Here and not above: what draws takes longer to load than a run with another limit.
    from api.run_maps import make_run_map  # noqa: PLC0415

    with reading(engine) as conn:
        html = make_run_map(conn, done, ME, settings().files, langs()[0])
    path.write_text(html, encoding="utf-8")
    say("cli.coverage.map_written", file=str(path), mb=f"{path.stat().st_size / 1e6:.1f}")


def _show(done: Run) -> None:
    from maps.run_words import tell_answer  # noqa: PLC0415 - as above

    told = done.result
    for lang in langs():
        console.print(tell_answer(done, lang), markup=False, soft_wrap=True)
    for row in told["divisions"]:
        for age, one in row["ages"].items():
            share = "—" if one["share"] is None else f"{one['share']:.1%}"
            facts = f"{one['covered']:,.0f} / {one['people']:,.0f}  {share}"
            console.print(f"  {row['code'] or '—'} {row['name']}  {age}  {facts}", markup=False)
    for key in ("facilities_unsnapped", "facilities_unplaced", "facilities_too_rough"):
        if told[key]:
            say(f"cli.coverage.{key}", count=len(told[key]), names=told[key][:MOST_NAMED])
    say("cli.coverage.stored", run=done.id)


def _words(listed: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in listed.split(",") if word.strip())
