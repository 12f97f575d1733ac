from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import Connection

from geo.access.grants import find_place, give_grant, withdraw_grant
from geo.access.jurisdiction import system_viewer
from geo.errors import (
    DivisionUnknownError,
    NotFoundError,
    OptionInvalidError,
    OutsideJurisdictionError,
    RoleMissingError,
    UserUnknownError,
)
from geo.texts import text
from tests.geo.access.places import add_country, add_viewer

SYSTEM = system_viewer("test")


@pytest.fixture
def ids(conn: Connection) -> dict[str, UUID]:
    return add_country(conn)


def test_a_grant_is_given_once_and_taken_away(conn: Connection, ids: dict[str, UUID]) -> None:
    add_viewer(conn, "li")
    for _ in range(2):
        user = give_grant(conn, SYSTEM, "li", "editor", ids["3709"])
    assert [(grant.role, grant.division) for grant in user.grants] == [("editor", "泰安市 3709")]
    assert withdraw_grant(conn, SYSTEM, "li", "editor", ids["3709"]).grants == ()


@pytest.mark.usefixtures("ids")
def test_a_grant_for_the_whole_country_is_given_once_too(conn: Connection) -> None:
    add_viewer(conn, "li")
    give_grant(conn, SYSTEM, "li", "viewer", None)
    assert len(give_grant(conn, SYSTEM, "li", "viewer", None).grants) == 1
    assert withdraw_grant(conn, SYSTEM, "li", "viewer", None).grants == ()


def test_who_administers_a_place_gives_roles_there_and_nowhere_else(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    taian = add_viewer(conn, "taian", ("administrator", ids["3709"]))
    add_viewer(conn, "li")
    give_grant(conn, taian, "li", "administrator", ids["370902"])
    for place in (ids["37"], ids["3701"], None):
        with pytest.raises(OutsideJurisdictionError):
            give_grant(conn, taian, "li", "viewer", place)
        with pytest.raises(OutsideJurisdictionError):
            withdraw_grant(conn, taian, "li", "viewer", place)


def test_an_approver_gives_no_roles_not_even_the_own(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    approver = add_viewer(conn, "approver", ("approver", ids["3709"]))
    with pytest.raises(RoleMissingError):
        give_grant(conn, approver, "approver", "administrator", ids["3709"])


def test_a_grant_that_is_not_there_is_named(conn: Connection, ids: dict[str, UUID]) -> None:
    add_viewer(conn, "li", ("viewer", ids["3709"]))
    with pytest.raises(NotFoundError) as missing:
        withdraw_grant(conn, SYSTEM, "li", "editor", ids["3709"])
    assert text("error.not_found", "zh", **missing.value.facts) == "没有找到：编辑（泰安市 3709）"
    with pytest.raises(UserUnknownError):
        give_grant(conn, SYSTEM, "nobody", "viewer", None)
    with pytest.raises(OptionInvalidError):
        give_grant(conn, SYSTEM, "li", "king", None)  # type: ignore[arg-type]


def test_a_place_is_found_by_a_code_of_today_or_a_dead_one(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    assert find_place(conn, "370116") == ids["370116"]
    assert find_place(conn, "371202") == ids["371202"]
    with pytest.raises(DivisionUnknownError):
        find_place(conn, "990000")
