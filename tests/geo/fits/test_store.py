from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import Connection, text

from geo.access.jurisdiction import Viewer, public_viewer, system_viewer
from geo.crs.local_fit import LocalFit, apply_fit
from geo.errors import (
    FitExistsError,
    FitRefusedError,
    FitUnknownError,
    RoleMissingError,
    UnauthenticatedError,
)
from geo.fits.store import find_fit, list_fits, make_fit, read_fit, retire_fit
from tests.geo.crs.old_datum import as_xian80, common_points

SYSTEM = system_viewer("test")
SOMEBODY = Viewer(user_id=None, name="x", grants=SYSTEM.grants, demo_open=True, actor="user:x")
COUNTY = np.array([[116.9, 36.0], [117.4, 36.05], [117.3, 36.4], [116.95, 36.35]])


def make(conn: Connection, name: str = "泰安 西安80", **given: object) -> LocalFit:
    facts = {
        "kind": "seven", "source_crs": "EPSG:2363", "points": common_points(COUNTY, 2363), **given
    }  # fmt: skip
    return make_fit(conn, SYSTEM, name=name, **facts)  # type: ignore[arg-type]


def test_a_fit_is_the_same_after_it_was_stored(conn: Connection) -> None:
    made = make(conn, note="控制点成果 2011")
    for wanted in (made.name, str(made.id), f" {made.name} "):
        found = find_fit(conn, wanted)
        assert found.parameters == made.parameters
        assert found.points == made.points
        assert found.note == "控制点成果 2011"
    old = as_xian80(COUNTY, 2363)
    assert apply_fit(found, old) == pytest.approx(COUNTY, abs=1e-7)
    assert found.area.equals_exact(made.area, 1e-9)
    (listed,) = list_fits(conn, SYSTEM)
    assert listed.actor_name == "system:test"


def test_a_name_is_taken_for_good(conn: Connection) -> None:
    made = make(conn)
    with pytest.raises(FitExistsError):
        make(conn)
    retire_fit(conn, SYSTEM, made.name)
    with pytest.raises(FitExistsError):
        make(conn)


def test_a_retired_fit_is_shown_but_serves_no_new_data(conn: Connection) -> None:
    made = make(conn)
    first = retire_fit(conn, SYSTEM, made.name).retired_at
    assert first is not None
    assert retire_fit(conn, SYSTEM, made.name).retired_at == first
    with pytest.raises(FitRefusedError):
        find_fit(conn, made.name)
    assert read_fit(conn, SYSTEM, made.name).fit.points == made.points
    assert find_fit(conn, str(made.id)).name == made.name


def test_a_fit_that_does_not_fit_is_not_stored(conn: Connection) -> None:
    with pytest.raises(FitRefusedError):
        make(conn, points=common_points(COUNTY, 2363)[:2])
    assert list_fits(conn, SYSTEM) == []
    with pytest.raises(FitUnknownError):
        find_fit(conn, "泰安 西安80")


def test_the_public_sees_no_fit_and_makes_none(conn: Connection) -> None:
    made = make(conn)
    public = public_viewer(demo_open=True)
    for attempt in (
        lambda: list_fits(conn, public),
        lambda: read_fit(conn, public, made.name),
        lambda: retire_fit(conn, public, made.name),
    ):
        with pytest.raises(UnauthenticatedError):
            attempt()


def test_only_its_maker_or_an_administrator_retires_a_fit(conn: Connection) -> None:
    made = make(conn)
    editor = Viewer(
        user_id=None, name="e", demo_open=True, actor="user:e",
        grants=(type(SYSTEM.grants[0])("editor", None, "全国"),),
    )  # fmt: skip
    with pytest.raises(RoleMissingError):
        retire_fit(conn, editor, made.name)
    assert retire_fit(conn, SOMEBODY, made.name).retired_at is not None


def test_making_a_fit_is_in_the_audit_log(conn: Connection) -> None:
    made = make(conn)
    logged = conn.execute(
        text("SELECT count(*) FROM audit_log WHERE table_name = 'local_fit' AND row_id = :id"),
        {"id": str(made.id)},
    ).scalar_one()
    assert logged == 1
