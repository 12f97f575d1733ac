from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import Connection, func, select

from geo.access.jurisdiction import system_viewer
from geo.access.publication import PublicationChange, set_publication
from geo.boundaries.tables import boundary_line_version
from geo.db.tables import audit_log
from geo.divisions.tables import division_version
from geo.errors import (
    ApprovalMissingError,
    OptionInvalidError,
    OutsideJurisdictionError,
    RoleMissingError,
)
from tests.geo.access.places import add_country, add_line, add_viewer

SYSTEM = system_viewer("test")
NUMBER = "鲁SG(2026)001号"


@pytest.fixture
def ids(conn: Connection) -> dict[str, UUID]:
    found = add_country(conn)
    add_line(conn, found["370902"], found["370911"])
    add_line(conn, found["370902"], found["370116"])
    return found


def states(conn: Connection) -> dict[str, str]:
    version = division_version.c
    rows = conn.execute(select(version.code, version.publication))
    return {row.code: row.publication for row in rows if row.publication != "unpublished"}


@pytest.mark.usefixtures("ids")
def test_everything_begins_unpublished(conn: Connection) -> None:
    assert states(conn) == {}


def test_publishing_takes_the_division_all_under_it_and_the_lines_within(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    done = set_publication(conn, SYSTEM, ids["3709"], "published", approval_number=NUMBER)
    assert done == PublicationChange(divisions=3, lines=1)
    assert states(conn) == dict.fromkeys(("3709", "370902", "370911"), "published")
    line = boundary_line_version.c
    shown = conn.execute(select(line.approval_number).where(line.publication == "published"))
    assert shown.scalars().all() == [NUMBER]


def test_publishing_needs_an_approval_number(conn: Connection, ids: dict[str, UUID]) -> None:
    for number in ("", "  "):
        with pytest.raises(ApprovalMissingError):
            set_publication(conn, SYSTEM, ids["3709"], "published", approval_number=number)
    assert states(conn) == {}


def test_withdrawing_drops_the_approval_number(conn: Connection, ids: dict[str, UUID]) -> None:
    set_publication(conn, SYSTEM, ids["37"], "published", approval_number=NUMBER)
    done = set_publication(conn, SYSTEM, ids["3709"], "unpublished", approval_number=NUMBER)
    assert done == PublicationChange(divisions=3, lines=1)
    version = division_version.c
    kept = select(func.count()).where(version.approval_number.is_not(None))
    assert conn.execute(kept).scalar() == len(states(conn)) == 5


@pytest.mark.usefixtures("ids")
def test_doing_it_twice_changes_nothing_and_logs_nothing(conn: Connection) -> None:
    set_publication(conn, SYSTEM, None, "demo")
    logged = conn.execute(select(func.count()).select_from(audit_log)).scalar()
    assert set_publication(conn, SYSTEM, None, "demo") == PublicationChange(0, 0)
    assert conn.execute(select(func.count()).select_from(audit_log)).scalar() == logged


@pytest.mark.usefixtures("ids")
def test_only_the_versions_of_a_day_are_published_when_a_day_is_given(conn: Connection) -> None:
    set_publication(conn, SYSTEM, None, "demo", at=date(2018, 1, 1))
    assert "371202" in states(conn)
    assert "370116" not in states(conn)


def test_only_an_approver_of_the_place_publishes(conn: Connection, ids: dict[str, UUID]) -> None:
    editor = add_viewer(conn, "editor", ("editor", ids["3709"]))
    with pytest.raises(RoleMissingError):
        set_publication(conn, editor, ids["3709"], "demo")
    approver = add_viewer(conn, "approver", ("approver", ids["3709"]))
    with pytest.raises(OutsideJurisdictionError):
        set_publication(conn, approver, ids["37"], "demo")
    with pytest.raises(OutsideJurisdictionError):
        set_publication(conn, approver, None, "demo")
    assert set_publication(conn, approver, ids["370902"], "demo").divisions == 1


def test_a_state_that_does_not_exist_is_refused(conn: Connection, ids: dict[str, UUID]) -> None:
    with pytest.raises(OptionInvalidError):
        set_publication(conn, SYSTEM, ids["37"], "secret")  # type: ignore[arg-type]
