"""The map and the picture of a run: what is read of it, handed to what draws it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer
from geo.coverage.runs import Run, read_run_cells, read_run_streets
from geo.divisions.shapes import Box, DivisionShape, read_shapes
from geo.texts import Lang
from maps.run_picture import Drawn, draw_run, frame_run

TOLERANCE_DEG = 0.0005
"""How far an outline may be from its line, some 50 m: it is drawn beside streets."""


def make_run_map(conn: Connection, run: Run, viewer: Viewer, files: Path, lang: Lang) -> str:
    """Make the map of a run as one HTML file that loads nothing."""
    # Here and not above: folium comes with it, which would cost every start a quarter of a second.
    from maps.standalone import render_run_map  # noqa: PLC0415

    cells = read_run_cells(conn, run, files)
    return render_run_map(
        run,
        cells,
        streets=read_run_streets(conn, run, files),
        divisions=_outlines(conn, run, viewer, frame_run(cells)),
        lang=lang,
    )


def draw_run_picture(conn: Connection, run: Run, files: Path) -> Drawn:
    """Draw the cells of a run."""
    return draw_run(read_run_cells(conn, run, files), run.parameters["limit_m"])


def _outlines(conn: Connection, run: Run, viewer: Viewer, box: Box) -> list[DivisionShape]:
    """Return the outlines of the divisions by which the answer is told apart."""
    groups = run.result["divisions"]
    told = {row["code"] for row in groups}
    at = date.fromisoformat(run.parameters["at"])
    return [
        shape
        for level in sorted({row["level"] for row in groups if row["level"]})
        for shape in read_shapes(
            conn, viewer, at, level=level, box=box, tolerance_deg=TOLERANCE_DEG
        )
        if shape.code in told
    ]
