"""Files on their way in, over HTTP: a file is kept, then a job stages, checks and applies it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, status
from pydantic import BaseModel, ConfigDict, Field, Json

from api.clock import china_day
from api.deps import Asker, ReadConn, WriteConn
from api.opened import OpenedJob, opened
from api.uploads import BODY, Upload, read_form
from geo.access.jurisdiction import Viewer, require_some_role
from geo.errors import ImportEndedError, ImportUnknownError
from geo.exchange.runs import ImportRun, list_runs, read_run
from geo.files.store import keep_file
from geo.jobs.jobs import open_job
from geo.settings import settings

router = APIRouter(prefix="/api/v1/imports", tags=["imports"])

FACTS = {
    "kind": "kind",
    "bands": "bands",
    "set_name": "name",
    "source": "source",
    "licence": "licence",
    "extent": "extent",
    "origin": "origin",
    "fit": "fit",
    "degrees": "degrees",
}
"""What only some kinds of import ask for, by the name of the field; ``name`` is the file's."""


class ImportForm(BaseModel):
    """How a file is to be taken."""

    model_config = ConfigDict(extra="forbid")

    valid_from: date | None = None
    kind: str | None = Field(None, max_length=64)
    bands: str | None = Field(None, max_length=400)
    set_name: str | None = Field(None, max_length=100)
    source: str | None = Field(None, max_length=200)
    licence: str | None = Field(None, max_length=200)
    extent: str | None = Field(None, max_length=100)
    origin: str | None = Field(None, max_length=20)
    fit: str | None = Field(None, max_length=100)
    degrees: str | None = Field(None, max_length=20)
    crs: str | None = Field(None, max_length=100)
    encoding: str | None = Field(None, max_length=40)
    mapping: Json[dict[str, str]] = {}
    layer: str | None = Field(None, max_length=200)
    dry_run: bool = False
    accept_findings: bool = False


def read_query(  # noqa: PLR0913 - each is one thing an address may say
    valid_from: Annotated[
        str | None,
        Query(description="Day from which the rows hold, YYYY-MM-DD; divisions need it."),
    ] = None,
    facility_kind: Annotated[
        str | None,
        Query(alias="kind", description="Kind of the facilities, layer of the features."),
    ] = None,
    bands: Annotated[
        str | None, Query(description="Age groups of a raster's bands: 20+,60+")
    ] = None,
    set_name: Annotated[
        str | None, Query(description="Name of the network, population or layer.")
    ] = None,
    source: Annotated[str | None, Query(description="Who made the layer.")] = None,
    licence: str | None = None,
    extent: Annotated[
        str | None, Query(description="What the layer covers: west,south,east,north in degrees.")
    ] = None,
    crs: Annotated[
        str | None, Query(description="System of coordinates where the file says none: EPSG:4490")
    ] = None,
    origin: Annotated[
        str | None, Query(description="What lines are: agreed | surveyed | imported")
    ] = None,
    fit: Annotated[str | None, Query(description="Local fit for old coordinates, by name.")] = None,
    degrees: Annotated[
        str | None, Query(description="What plain numbers of degrees are: decimal | dms-packed")
    ] = None,
    encoding: str | None = None,
    mapping: Annotated[str | None, Query(description='{"code": "区划代码"} as JSON')] = None,
    layer: Annotated[str | None, Query(description="Layer or sheet.")] = None,
    dry_run: str | None = None,
    accept_findings: Annotated[
        str | None, Query(description="Apply the rows without errors and leave the others out.")
    ] = None,
) -> dict[str, str]:
    """Return what the address says of a file; each key may be a field of the form too."""
    said = locals()
    said["kind"] = said.pop("facility_kind")
    return {key: value for key, value in said.items() if value is not None}


@router.post("/{kind}", status_code=status.HTTP_202_ACCEPTED, openapi_extra=BODY)
def open_import(
    kind: str,
    upload: Upload,
    query: Annotated[dict[str, str], Depends(read_query)],
    conn: WriteConn,
    asker: Asker,
) -> OpenedJob:
    """Take a file in; the job's result names the import, which lists what was found."""
    require_some_role(asker, "editor")
    form = read_form(ImportForm, query | upload.fields)
    day = check_day(kind, form.valid_from)
    kept = keep_file(conn, upload.path, settings().files)
    said = form.model_dump(mode="json")
    facts = {fact: said.pop(field) for field, fact in FACTS.items()}
    args = said | {
        "kind": kind,
        "valid_from": day.isoformat(),
        "facts": {key: value for key, value in facts.items() if value is not None},
        "sha256": kept.sha256,
        "name": upload.name,
    }
    return opened(open_job(conn, "import", args, asker))


@router.get("/{import_id}")
def read_import(import_id: UUID, conn: ReadConn, asker: Asker) -> dict[str, Any]:
    """Give an import with its conclusions and findings, in both languages."""
    return asdict(_own(read_run(conn, import_id), asker))


@router.get("")
def list_imports(conn: ReadConn, asker: Asker) -> dict[str, Any]:
    """List one's own newest imports; an administrator's list is that of all."""
    require_some_role(asker, "viewer")
    runs = list_runs(conn, actor=None if asker.is_country_wide else asker.actor)
    items = [asdict(run) | {"findings": len(run.findings)} for run in runs]
    return {"items": items, "total": len(items), "next": None}


@router.post("/{import_id}/apply", status_code=status.HTTP_202_ACCEPTED)
def apply_import(import_id: UUID, conn: WriteConn, asker: Asker) -> OpenedJob:
    """Apply a refused or tried import after all: the rows without errors go in."""
    run = _own(read_run(conn, import_id), asker)
    if run.state == "applied":
        raise ImportEndedError(state=run.state)
    reading = run.options["reading"]
    args = {
        "kind": run.kind,
        "sha256": run.file_sha256,
        "name": run.file_name,
        "valid_from": run.options["valid_from"],
        "facts": run.options.get("facts", {}),
        "dry_run": False,
        "accept_findings": True,
        **{key: reading[key] for key in ("crs", "encoding", "mapping", "layer")},
    }
    return opened(open_job(conn, "import", args, asker))


def check_day(kind: str, day: date | None) -> date:
    """Return the day from which a file's rows hold; refuse a kind of import that there is not.

    Raises
    ------
    ImportUnknownError, OptionInvalidError
    """
    # Here and not above: pandas comes with it, which would cost every start two seconds.
    from geo.imports import settle_day  # noqa: PLC0415

    return settle_day(kind, day, china_day())


def _own(run: ImportRun, asker: Viewer) -> ImportRun:
    if asker.is_public or not (asker.is_country_wide or run.actor == asker.actor):
        # Whether it exists is nobody else's business.
        raise ImportUnknownError(what=run.id)
    return run
