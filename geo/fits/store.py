"""Local fits by name: made once, never changed, retired when a better one is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from geoalchemy2.shape import to_shape
from shapely import Polygon
from sqlalchemy import Connection, Row, Select, Text, func, or_, select, update
from sqlalchemy import cast as cast_sql
from sqlalchemy.dialects.postgresql import insert as upsert

from geo.access.jurisdiction import Viewer, require_role, require_some_role
from geo.access.tables import app_user
from geo.crs.local_fit import CommonPoint, Kind, LocalFit, fit_points
from geo.crs.systems import EPSG, read_crs
from geo.db.ids import new_id
from geo.errors import FitExistsError, FitRefusedError, FitUnknownError
from geo.fits.tables import local_fit
from geo.office import office
from geo.texts import Text as Words

fit = local_fit.c


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFit:
    """A fit with who made it and when; ``retired_at`` once it serves no new data."""

    fit: LocalFit
    actor_name: str
    created_at: datetime
    retired_at: datetime | None


def make_fit(  # noqa: PLR0913 - what a fit is made of
    conn: Connection,
    viewer: Viewer,
    *,
    name: str,
    kind: Kind,
    source_crs: str,
    points: Sequence[CommonPoint],
    accuracy_m: float | None = None,
    note: str | None = None,
) -> LocalFit:
    """Fit an old datum to CGCS2000 and keep the fit under a name, for good.

    Parameters
    ----------
    source_crs
        System of the points' ``x`` and ``y``: Xi'an 80, Beijing 54 or New Beijing.
    accuracy_m
        As the surveyor states it, one sigma in the plane; by default what the residuals say.

    Raises
    ------
    FitRefusedError, CrsRefusedError, OptionInvalidError
        If the points give no fit, or the system needs none or is unknown.
    FitExistsError
        If there is one of that name, retired or not: rows may name it.
    UnauthenticatedError, RoleMissingError
        Unless the viewer is an editor somewhere.
    """
    require_some_role(viewer, "editor")
    made = fit_points(
        name,
        kind,
        read_crs(source_crs, option="source_crs"),
        points,
        most_residual_m=office(conn).number("fit.most_residual_m"),
        accuracy_m=accuracy_m,
    )
    fit_id = new_id()
    stored = conn.execute(
        upsert(local_fit)
        .values(
            id=fit_id,
            name=name,
            kind=kind,
            source_crs=made.source_crs,
            target_crs=f"EPSG:{EPSG}",
            parameters=dict(made.parameters),
            points=[asdict(one) for one in made.points],
            rms_m=made.rms_m,
            worst_m=made.worst_m,
            accuracy_m=made.accuracy_m,
            area=f"SRID={EPSG};{made.area.wkt}",
            note=note,
            actor=viewer.actor,
        )
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(local_fit.c.id)
    ).scalar()
    if stored is None:
        raise FitExistsError(fit=name)
    return find_fit(conn, str(fit_id))


def find_fit(conn: Connection, name_or_id: str) -> LocalFit:
    """Return a fit by the name somebody chose it by, or by the id that rows name it by.

    Raises
    ------
    FitUnknownError
    FitRefusedError
        If it is chosen by name and retired; what was moved by it keeps naming it.
    """
    found = _find(conn, name_or_id)
    if found.retired_at is not None and found.fit.name == name_or_id.strip():
        raise FitRefusedError(fit=found.fit.name, reason=Words("reason.fit_retired"))
    return found.fit


def read_fit(conn: Connection, viewer: Viewer, name_or_id: str) -> StoredFit:
    """Return a fit, retired or not; its points are control points and not public.

    Raises
    ------
    FitUnknownError
    UnauthenticatedError, RoleMissingError
        Unless the viewer has a role somewhere.
    """
    require_some_role(viewer, "viewer")
    return _find(conn, name_or_id)


def list_fits(conn: Connection, viewer: Viewer) -> list[StoredFit]:
    """List all fits by name.

    Raises
    ------
    UnauthenticatedError, RoleMissingError
        Unless the viewer has a role somewhere.
    """
    require_some_role(viewer, "viewer")
    return [_stored(row) for row in conn.execute(_select().order_by(fit.name))]


def retire_fit(conn: Connection, viewer: Viewer, name_or_id: str) -> StoredFit:
    """Let a fit serve no new data; rows that name it keep it. Repeating it changes nothing.

    Raises
    ------
    FitUnknownError
    RoleMissingError
        Unless the viewer made it, or is an administrator of the whole country.
    """
    require_some_role(viewer, "editor")
    row = _row(conn, name_or_id)
    if row.actor != viewer.actor:
        require_role(conn, viewer, "administrator", [None], what=row.name)
    conn.execute(
        update(local_fit)
        .where(fit.id == row.id, fit.retired_at.is_(None))
        .values(retired_at=func.clock_timestamp())
    )
    return _find(conn, str(row.id))


def _find(conn: Connection, name_or_id: str) -> StoredFit:
    return _stored(_row(conn, name_or_id))


def _row(conn: Connection, name_or_id: str) -> Row[Any]:
    wanted = name_or_id.strip()
    row = conn.execute(
        _select().where(or_(fit.name == wanted, cast_sql(fit.id, Text) == wanted.casefold()))
    ).first()
    if row is None:
        raise FitUnknownError(fit=wanted)
    return row


def _select() -> Select[Any]:
    return select(
        local_fit, func.coalesce(app_user.c.name, fit.actor).label("actor_name")
    ).outerjoin(app_user, cast_sql(app_user.c.id, Text) == fit.actor)


def _stored(row: Row[Any]) -> StoredFit:
    return StoredFit(
        fit=LocalFit(
            id=cast("UUID", row.id),
            name=row.name,
            kind=row.kind,
            source_crs=row.source_crs,
            parameters=row.parameters,
            points=tuple(CommonPoint(**one) for one in row.points),
            rms_m=row.rms_m,
            worst_m=row.worst_m,
            accuracy_m=row.accuracy_m,
            area=cast("Polygon", to_shape(row.area)),
            note=row.note,
        ),
        actor_name=row.actor_name,
        created_at=row.created_at,
        retired_at=row.retired_at,
    )
