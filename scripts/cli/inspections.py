"""``yutu inspections``: verify an archive package, take one in."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from api.clock import china_day
from geo.db.engine import transaction
from geo.errors import FileUnreadableError
from geo.inspections.archive.restore import restore_archive
from geo.inspections.archive.verify import Verified, verify_archive
from geo.settings import MIB, settings
from geo.texts import LANGS, Text, text
from geo.texts import say as put
from scripts.cli.database import open_database
from scripts.cli.me import ME
from scripts.cli.show import console, help_text, langs, say, show_json

app = typer.Typer(no_args_is_help=True)

File = Annotated[Path, typer.Argument(help=help_text("inspections.file"))]
Fingerprint = Annotated[str | None, typer.Option(help=help_text("inspections.fingerprint"))]
Json = Annotated[bool, typer.Option("--json", help=help_text("json"))]


@app.callback()
def _inspections() -> None:
    pass


@app.command("verify", help=help_text("inspections.verify"))
def verify(file: File, *, fingerprint: Fingerprint = None, as_json: Json = False) -> None:
    """Verify an archive from the file alone; exit code 1 if it does not."""
    if not file.is_file():
        raise FileUnreadableError(file=str(file), format="zip", reason="-")
    found = verify_archive(file, expected=fingerprint)
    if as_json:
        show_json(_as_json(found))
    else:
        _show(found)
    if not found.ok:
        raise typer.Exit(1)


@app.command("restore", help=help_text("inspections.restore"))
def restore(file: File, *, fingerprint: Fingerprint = None, as_json: Json = False) -> None:
    """Verify an archive and keep it here; its round becomes a completed one of the line."""
    if not file.is_file():
        raise FileUnreadableError(file=str(file), format="zip", reason="-")
    with open_database() as engine, transaction(engine, ME.actor) as conn:
        done = restore_archive(
            conn, ME, file, files=settings().files, today=china_day(), expected=fingerprint
        )
    notes = [put(one, lang) for one in done.notes for lang in langs()]
    if as_json:
        show_json(
            {
                "archive": done.id,
                "was_there": done.was_there,
                "sides": done.sides,
                "past_round": done.past_round_id,
                "notes": notes,
            }
        )
        return
    key = "cli.inspections.was_there" if done.was_there else "cli.inspections.restored"
    say(key, archive=done.id, title=done.verified.title or "")
    if done.past_round_id is not None:
        say("cli.inspections.round", past_round=done.past_round_id)
    for note in notes:
        console.print(note, style="yellow", markup=False)


def _as_json(found: Verified) -> dict[str, Any]:
    """Return what was found; each problem in words, Chinese first."""
    said = {name: value for name, value in asdict(found).items() if name != "problems"}
    return {
        "ok": found.ok,
        "problems": [_in_words(one) for one in found.problems],
        "problem_codes": [one.key.removeprefix("problem.") for one in found.problems],
        **said,
    }


def _in_words(problem: Text) -> str:
    return " ".join(put(problem, lang) for lang in LANGS)


def _show(found: Verified) -> None:
    if found.ok:
        state = Text(f"inspection_state.{found.state}")
        mb = round(found.bytes / MIB, 1)
        title = found.title or ""
        say("cli.inspections.ok", style="green", title=title, state=state, files=found.files, mb=mb)
        for one in found.parties:
            say(
                "cli.inspections.side",
                **{key: one[key] for key in ("name", "code", "keys", "seals")},
            )
    else:
        say("cli.inspections.bad", style="bold red", count=len(found.problems))
        for problem in found.problems:
            for lang in langs():
                console.print(f"  {text(problem.key, lang, **problem.facts)}", markup=False)
    if found.fingerprint is not None:
        say("cli.inspections.fingerprint", fingerprint=found.fingerprint)
        if not found.fingerprint_compared:
            say("cli.inspections.compare", style="yellow")
    if found.ok and not found.final:
        say("cli.inspections.interim", style="yellow")
