"""``yutu import KIND FILE``: take a file in, or say row by row why not."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Engine

from api.clock import china_day
from geo.db.engine import transaction
from geo.errors import OptionInvalidError
from geo.exchange.pack import one_file
from geo.exchange.stage import Options, read_mapping
from geo.imports import ImportReport, run_import, settle_day
from geo.incoming import ImportOptions
from geo.settings import settings
from scripts.cli.database import open_database
from scripts.cli.me import ME
from scripts.cli.show import console, help_text, langs, say, show_json, show_steps

ERRORS_IN_INPUT = 1
MOST_SHOWN = 50
"""Most findings printed as words; ``--json`` gives all."""

app = typer.Typer()


@app.command(help=help_text("import"))
def import_file(  # noqa: PLR0913 - the options of the command
    kind: str,
    file: Annotated[Path, typer.Argument(exists=False)],
    *,
    valid_from: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help=help_text("import.valid_from"))
    ] = None,
    facility_kind: Annotated[
        str | None, typer.Option("--kind", help=help_text("import.kind"))
    ] = None,
    bands: Annotated[str | None, typer.Option(help=help_text("import.bands"))] = None,
    name: Annotated[str | None, typer.Option(help=help_text("import.name"))] = None,
    source: Annotated[str | None, typer.Option(help=help_text("import.source"))] = None,
    licence: Annotated[str | None, typer.Option(help=help_text("import.licence"))] = None,
    extent: Annotated[str | None, typer.Option(help=help_text("import.extent"))] = None,
    code_column: Annotated[str | None, typer.Option(help=help_text("import.code_column"))] = None,
    origin: Annotated[str | None, typer.Option(help=help_text("import.origin"))] = None,
    crs: Annotated[str | None, typer.Option(help=help_text("import.crs"))] = None,
    fit: Annotated[str | None, typer.Option(help=help_text("import.fit"))] = None,
    degrees: Annotated[str | None, typer.Option(help=help_text("import.degrees"))] = None,
    encoding: Annotated[str | None, typer.Option(help=help_text("import.encoding"))] = None,
    mapping: Annotated[Path | None, typer.Option(help=help_text("import.mapping"))] = None,
    layer: Annotated[str | None, typer.Option(help=help_text("import.layer"))] = None,
    dry_run: Annotated[bool, typer.Option(help=help_text("import.dry_run"))] = False,
    accept_findings: Annotated[bool, typer.Option(help=help_text("import.accept"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=help_text("json"))] = False,
) -> None:
    """Import a file; exit code 1 if there are errors in it and nothing was applied."""
    columns = {**(read_mapping(mapping) if mapping else {})}
    if code_column is not None:
        columns["code"] = code_column
    facts = {
        "kind": facility_kind,
        "bands": bands,
        "name": name,
        "source": source,
        "licence": licence,
        "extent": extent,
        "origin": origin,
        "fit": fit,
        "degrees": degrees,
    }
    options = ImportOptions(
        valid_from=settle_day(kind, valid_from.date() if valid_from else None, china_day()),
        reading=Options(crs=crs, encoding=encoding, mapping=columns, layer=layer),
        facts={key: value for key, value in facts.items() if value is not None},
        dry_run=dry_run,
        accept_findings=accept_findings,
    )
    if not file.is_file():
        raise OptionInvalidError(option="FILE", value=str(file), allowed=str(Path.cwd()))
    with open_database() as engine:
        done = _run(engine, kind, file, options)
    if as_json:
        show_json(_as_json(done))
    else:
        _show(done)
    if done.state == "refused":
        raise typer.Exit(ERRORS_IN_INPUT)


def _run(engine: Engine, kind: str, file: Path, options: ImportOptions) -> ImportReport:
    with one_file(file) as whole, transaction(engine, ME.actor) as conn:
        return run_import(
            conn,
            kind,
            whole,
            options,
            viewer=ME,
            today=china_day(),
            files=settings().files,
            progress=show_steps(),
        )


def _as_json(done: ImportReport) -> dict[str, Any]:
    return {
        "id": done.id,
        "kind": done.kind,
        "file": done.file_name,
        "sha256": done.sha256,
        "state": done.state,
        "applied": done.state == "applied",
        "rows": done.rows,
        **done.counts,
        "errors": done.errors,
        "warnings": len(done.findings) - done.errors,
        "conclusions": [conclusion.as_dict() for conclusion in done.conclusions],
        "findings": [finding.as_dict() for finding in done.findings],
    }


def _show(done: ImportReport) -> None:
    for conclusion in done.conclusions:
        console.print("· " + " / ".join(conclusion.message(lang) for lang in langs()), style="dim")
    for finding in done.findings[:MOST_SHOWN]:
        place = "" if finding.row is None else f"[{finding.row}] "
        style = "red" if finding.severity == "error" else "yellow"
        words = " / ".join(finding.message(lang) for lang in langs())
        console.print(f"{place}{words}", style=style, markup=False)
    if len(done.findings) > MOST_SHOWN:
        say("cli.import.more", left=len(done.findings) - MOST_SHOWN)
    say(
        f"cli.import.{done.state}",
        rows=done.rows,
        errors=done.errors,
        warnings=len(done.findings) - done.errors,
        added=done.counts.get("added", 0),
        changed=done.counts.get("changed", 0),
        corrected=done.counts.get("corrected", 0),
        unchanged=done.counts.get("unchanged", 0),
    )
