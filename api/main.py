"""The app: its routers, its layers, and what it opens and closes."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from fastapi import APIRouter, Depends, FastAPI

from api import (
    pages_coverage,
    pages_docs,
    pages_inspection,
    pages_inspection_calendar,
    pages_inspection_files,
    pages_inspection_guests,
    pages_inspection_map,
    pages_inspection_orders,
    pages_inspection_parts,
    pages_inspection_plan,
    pages_inspection_records,
    pages_inspection_rounds,
    pages_inspection_signatures,
    pages_inspection_steps,
    pages_inspection_subject,
    pages_inspections,
    pages_line,
    pages_line_forms,
    pages_line_sections,
    pages_lines,
    pages_login,
    pages_map,
    pages_marker,
    pages_marker_card,
    pages_marker_deviation,
    pages_marker_files,
    pages_marker_forms,
    pages_marker_new,
    pages_markers,
    pages_papers,
    pages_proposals,
    pages_reports,
    pages_section,
    pages_tls,
    pages_todo,
    static,
)
from api.deps import refuse_unknown_query
from api.errors import PROBLEM_ANSWER, add_error_handlers
from api.limits import BodyLimit
from api.log import configure_log
from api.routers import (
    audit,
    auth,
    boundary_lines,
    coverage,
    descriptions,
    deviation,
    divisions,
    facilities,
    features,
    fits,
    health,
    imports,
    inspection_archives,
    inspection_desk,
    inspection_deviations,
    inspection_documents,
    inspection_field,
    inspection_guests,
    inspection_parts,
    inspection_plans,
    inspection_rounds,
    inspection_signatures,
    inspections,
    jobs,
    line_documents,
    markers,
    me,
    networks,
    papers,
    population,
    proposals,
    publication,
    reports,
    sections,
    tiles,
    todo,
    topology,
    users,
    work_orders,
)
from api.routers import (
    settings as settings_router,
)
from api.uploads import sweep_uploads
from api.watch import Watch
from geo.db.engine import make_engine
from geo.errors import SetupError
from geo.settings import ROOT, settings

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    jobs.router,
    auth.router,
    me.router,
    users.router,
    settings_router.router,
    audit.router,
    divisions.router,
    boundary_lines.router,
    inspection_desk.router,
    work_orders.router,
    todo.router,
    inspection_parts.router,
    inspection_plans.router,
    inspection_rounds.router,
    inspection_deviations.router,
    inspection_documents.router,
    inspection_archives.router,
    inspection_guests.router,
    inspections.router,
    line_documents.router,
    proposals.router,
    markers.router,
    sections.router,
    descriptions.router,
    deviation.router,
    facilities.router,
    features.router,
    fits.router,
    topology.router,
    networks.router,
    papers.router,
    coverage.router,
    imports.router,
    inspection_field.router,
    inspection_signatures.router,
    population.router,
    publication.router,
    reports.router,
    tiles.router,
    pages_map.pages,
    pages_map.panels,
    pages_map.drawings,
    pages_lines.router,
    pages_line.router,
    pages_line_forms.router,
    pages_line_sections.router,
    pages_section.router,
    pages_markers.router,
    pages_marker.router,
    pages_marker_forms.router,
    pages_marker_card.router,
    pages_marker_new.router,
    pages_marker_deviation.router,
    pages_marker_files.router,
    pages_proposals.router,
    pages_papers.router,
    pages_reports.router,
    pages_inspections.router,
    pages_inspection_plan.router,
    pages_inspection_rounds.router,
    pages_inspection_calendar.router,
    pages_inspection_parts.router,
    pages_inspection.router,
    pages_inspection_files.router,
    pages_inspection_guests.router,
    pages_inspection_map.router,
    pages_inspection_orders.router,
    pages_inspection_records.router,
    pages_inspection_signatures.router,
    pages_inspection_steps.router,
    pages_inspection_subject.router,
    pages_coverage.router,
    pages_login.router,
    pages_docs.router,
    pages_tls.router,
    pages_todo.router,
    static.router,
)
"""Every router of the app; a new noun is one more line."""


def create_app() -> FastAPI:
    """Make the app for the present settings; the database is opened when it starts."""
    configure_log()
    app = FastAPI(
        title="舆图 Yutu",
        version=read_version(),
        lifespan=_live,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(refuse_unknown_query)],
        responses={"4XX": PROBLEM_ANSWER, "5XX": PROBLEM_ANSWER},
    )
    add_error_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    # The last one added is the outermost.
    app.add_middleware(BodyLimit, most=settings().max_upload_bytes)
    app.add_middleware(Watch)
    return app


def read_version() -> str:
    """Return the release, which only ``pyproject.toml`` states."""
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    release: str = stated["project"]["version"]
    return release


@asynccontextmanager
async def _live(app: FastAPI) -> AsyncIterator[None]:
    given = settings()
    if given.database_url is None:
        raise SetupError
    given.tmp.mkdir(parents=True, exist_ok=True)
    sweep_uploads()
    # What the form parser spools lies on the disk of the data, not in a small memory disk.
    tempfile.tempdir = str(given.tmp)
    app.state.engine = make_engine(
        given.database_url,
        pool_size=given.pool_size,
        statement_timeout_s=given.statement_timeout_s,
        name="yutu web",
    )
    app.state.turns = anyio.Semaphore(given.pool_size)
    yield
    app.state.engine.dispose()
    tempfile.tempdir = None
