"""Local fits from old datums to CGCS2000, over HTTP; their points are not public."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Asker, ReadConn, WriteConn
from geo.access.jurisdiction import require_some_role
from geo.crs.local_fit import CommonPoint, Kind
from geo.fits.common import PointRow, common_points
from geo.fits.store import StoredFit, list_fits, make_fit, read_fit, retire_fit

router = APIRouter(prefix="/api/v1/fits", tags=["fits"])


class PointBody(BaseModel):
    """A point known in both systems; easting or longitude is x, northing or latitude y."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    name: str = Field(min_length=1, max_length=100)
    x: float = Field(description="Easting or longitude in `source_crs`.")
    y: float = Field(description="Northing or latitude in `source_crs`.")
    to_x: float = Field(description="Easting or longitude in `target_crs`.")
    to_y: float = Field(description="Northing or latitude in `target_crs`.")


class FitBody(BaseModel):
    """What a fit is made of; it is never changed, a better one has another name."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    name: str = Field(min_length=1, max_length=100)
    kind: Kind = "seven"
    source_crs: str = Field(max_length=100, description="Xi'an 80, Beijing 54, New Beijing.")
    target_crs: str = Field("EPSG:4490", max_length=100, description="CGCS2000, degrees or zone.")
    points: Annotated[list[PointBody], Field(max_length=1000)]
    accuracy_m: float | None = Field(None, gt=0, le=100, description="One sigma, as stated.")
    note: str | None = Field(None, max_length=1000)


@router.post("", status_code=status.HTTP_201_CREATED)
def make_local_fit(body: FitBody, conn: WriteConn, asker: Asker) -> dict[str, Any]:
    """Make a fit from common points; refused with the point that does not fit."""
    require_some_role(asker, "editor")
    rows = [
        PointRow(name=one.name, old=(one.x, one.y), new=(one.to_x, one.to_y)) for one in body.points
    ]
    made = make_fit(
        conn,
        asker,
        name=body.name.strip(),
        kind=body.kind,
        source_crs=body.source_crs,
        points=common_points(rows, body.target_crs),
        accuracy_m=body.accuracy_m,
        note=body.note,
    )
    return show_fit(read_fit(conn, asker, str(made.id)))


@router.get("")
def list_local_fits(conn: ReadConn, asker: Asker) -> dict[str, Any]:
    """List the fits by name, the retired ones too."""
    items = [show_fit(one, whole=False) for one in list_fits(conn, asker)]
    return {"items": items, "total": len(items), "next": None}


@router.get("/{fit}")
def read_local_fit(fit: str, conn: ReadConn, asker: Asker) -> dict[str, Any]:
    """Give a fit by id or name: its parameters, its points with their residuals, its area."""
    return show_fit(read_fit(conn, asker, fit))


@router.post("/{fit}/retire")
def retire_local_fit(fit: str, conn: WriteConn, asker: Asker) -> dict[str, Any]:
    """Let a fit serve no new data; what was moved by it keeps naming it."""
    return show_fit(retire_fit(conn, asker, fit))


def show_fit(one: StoredFit, *, whole: bool = True) -> dict[str, Any]:
    """Return a fit as JSON has it, its points and area only where it is ``whole``."""
    fit = one.fit
    shown: dict[str, Any] = {
        name: getattr(fit, name)
        for name in ("id", "name", "kind", "source_crs", "rms_m", "worst_m", "accuracy_m", "note")
    }
    shown |= {
        "actor_name": one.actor_name,
        "created_at": one.created_at,
        "retired_at": one.retired_at,
        "points_count": len(fit.points),
    }
    if whole:
        shown["parameters"] = dict(fit.parameters)
        shown["points"] = [_point(point) for point in fit.points]
        shown["area"] = fit.area.__geo_interface__
    return shown


def _point(point: CommonPoint) -> dict[str, Any]:
    return {
        "name": point.name,
        "x": point.x,
        "y": point.y,
        "lon": point.lon,
        "lat": point.lat,
        "east_m": point.east_m,
        "north_m": point.north_m,
        "residual_m": point.residual_m,
    }
