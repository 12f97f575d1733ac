from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, func, select

from geo.access import above
from geo.access.jurisdiction import (
    Viewer,
    load_viewer,
    public_viewer,
    require_role,
    system_viewer,
    visible,
)
from geo.access.publication import set_publication
from geo.db.metadata import metadata
from geo.db.sql import any_uuid
from geo.divisions.lineage import record_succession
from geo.divisions.tables import division_version
from geo.errors import (
    OutsideJurisdictionError,
    RoleMissingError,
    UnauthenticatedError,
    UserUnknownError,
)
from geo.texts import text
from tests.geo.access.places import ACT, TODAY, add_country, add_line, add_viewer


@pytest.fixture
def ids(conn: Connection) -> dict[str, UUID]:
    return add_country(conn)


def seen_by(conn: Connection, viewer: Viewer) -> set[str]:
    version = division_version.c
    condition = visible(viewer, version.publication, version.division_id)
    return set(conn.execute(select(version.code).where(condition)).scalars())


def test_a_grant_reaches_all_that_lies_under_its_division(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    viewer = add_viewer(conn, "zhang", ("editor", ids["3709"]))
    require_role(conn, viewer, "editor", [ids["3709"], ids["370902"]], what="导入")
    assert seen_by(conn, viewer) == {"3709", "370902", "370911"}


def test_a_county_with_a_foreign_looking_code_lies_where_its_parent_is(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    hubei = add_viewer(conn, "hubei", ("editor", ids["42"]))
    require_role(conn, hubei, "editor", [ids["429004"]], what="仙桃市")
    prefix = add_viewer(conn, "prefix", ("editor", ids["4290"]))
    with pytest.raises(OutsideJurisdictionError):
        require_role(conn, prefix, "editor", [ids["429004"]], what="仙桃市")


def test_a_successor_inherits_the_grants_of_its_predecessor(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    laicheng = add_viewer(conn, "laicheng", ("editor", ids["371202"]))
    assert {grant.division for grant in laicheng.grants} == {"莱城区 371202", "莱芜区 370116"}
    require_role(conn, laicheng, "editor", [ids["370116"]], what="莱芜区")
    with pytest.raises(OutsideJurisdictionError):
        require_role(conn, laicheng, "editor", [ids["3701"]], what="济南市")


def test_inheritance_goes_on_over_several_acts_and_ends_in_a_circle(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    record_succession(conn, ids["370116"], ids["370911"], date(2025, 1, 1))
    record_succession(conn, ids["370911"], ids["371202"], date(2026, 1, 1))
    viewer = add_viewer(conn, "li", ("viewer", ids["371202"]))
    assert len(viewer.grants) == 3
    require_role(conn, viewer, "viewer", [ids["370911"]], what="岱岳区")


def test_a_succession_counts_from_its_day(conn: Connection, ids: dict[str, UUID]) -> None:
    viewer = add_viewer(conn, "li", ("viewer", ids["371202"]))
    assert viewer.user_id is not None
    before = load_viewer(conn, viewer.user_id, demo_open=False, today=date(2019, 1, 8))
    on_the_day = load_viewer(conn, viewer.user_id, demo_open=False, today=ACT)
    assert (len(before.grants), len(on_the_day.grants)) == (1, 2)
    assert load_viewer(conn, viewer.user_id, demo_open=False).grants == on_the_day.grants


def test_the_superior_of_today_looks_after_a_division_that_is_no_more(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    shandong = add_viewer(conn, "shandong", ("approver", ids["37"]))
    require_role(conn, shandong, "approver", [ids["371202"], ids["370116"]], what="莱芜")


def test_the_public_is_asked_to_log_in(conn: Connection, ids: dict[str, UUID]) -> None:
    with pytest.raises(UnauthenticatedError):
        require_role(conn, public_viewer(demo_open=True), "viewer", [ids["37"]], what="山东省")


def test_a_role_that_is_not_enough_is_named_with_the_one_needed(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    viewer = add_viewer(conn, "wang", ("editor", ids["3709"]))
    with pytest.raises(RoleMissingError) as refused:
        require_role(conn, viewer, "approver", [ids["370902"]], what="发布")
    words = text("error.role_missing", "zh", **refused.value.facts)
    assert words == "需要“审批”角色，您的角色是：编辑（泰安市 3709）。"
    words = text("error.role_missing", "en", **refused.value.facts)
    assert words == 'This needs the role "approver"; yours: editor (泰安市 3709).'


def test_outside_the_jurisdiction_the_refusal_says_whose_it_is_and_where_one_may(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    viewer = add_viewer(conn, "wang", ("editor", ids["3709"]), ("viewer", ids["429004"]))
    with pytest.raises(OutsideJurisdictionError) as refused:
        require_role(conn, viewer, "editor", [ids["370902"], ids["3701"]], what="导入 a.shp")
    assert text("error.outside_jurisdiction", "zh", **refused.value.facts) == (
        "“导入 a.shp”属于 济南市 3701，不在您的管辖范围内"
        "（您的授权：查看（仙桃市 429004）、编辑（泰安市 3709））。"
    )


def test_one_division_outside_refuses_the_whole(conn: Connection, ids: dict[str, UUID]) -> None:
    viewer = add_viewer(conn, "wang", ("administrator", ids["3709"]))
    with pytest.raises(OutsideJurisdictionError):
        require_role(conn, viewer, "viewer", [ids["370902"], ids["37"]], what="-")


def test_a_new_top_division_needs_a_grant_for_the_whole_country(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    province = add_viewer(conn, "shandong", ("administrator", ids["37"]))
    with pytest.raises(OutsideJurisdictionError) as refused:
        require_role(conn, province, "editor", [None], what="台湾省")
    assert "全国" in text("error.outside_jurisdiction", "zh", **refused.value.facts)
    country = add_viewer(conn, "beijing", ("editor", None))
    require_role(conn, country, "editor", [None, ids["370902"]], what="台湾省")
    with pytest.raises(RoleMissingError):
        require_role(conn, country, "approver", [ids["370902"]], what="泰山区")


def test_an_account_without_grants_is_told_it_has_none(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    with pytest.raises(RoleMissingError) as refused:
        require_role(conn, add_viewer(conn, "new"), "viewer", [ids["37"]], what="-")
    assert "您的角色是：无" in text("error.role_missing", "zh", **refused.value.facts)


def test_the_program_itself_may_everything(conn: Connection, ids: dict[str, UUID]) -> None:
    viewer = system_viewer("demo")
    require_role(conn, viewer, "administrator", [None, *ids.values()], what="-")
    assert viewer.actor == "system:demo"
    assert seen_by(conn, viewer) == set(ids)


def test_the_public_sees_what_is_published_and_the_demo_only_where_it_is_open(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    assert seen_by(conn, public_viewer(demo_open=True)) == set()
    system = system_viewer("test")
    set_publication(conn, system, ids["3709"], "demo")
    set_publication(conn, system, ids["42"], "published", approval_number="GS(2026)0001号")
    assert seen_by(conn, public_viewer(demo_open=False)) == {"42", "4290", "429004"}
    shown = seen_by(conn, public_viewer(demo_open=True))
    assert shown == {"42", "4290", "429004", "3709", "370902", "370911"}


def test_a_line_is_seen_from_either_side(conn: Connection, ids: dict[str, UUID]) -> None:
    add_line(conn, ids["370902"], ids["370116"])
    line = above.boundary_line_version.c
    for code in ("370902", "3701"):
        viewer = add_viewer(conn, f"v{code}", ("viewer", ids[code]))
        condition = visible(viewer, line.publication, line.left_id, line.right_id)
        assert conn.execute(select(func.count()).where(condition)).scalar() == 1
    stranger = add_viewer(conn, "stranger", ("viewer", ids["42"]))
    condition = visible(stranger, line.publication, line.left_id, line.right_id)
    assert conn.execute(select(func.count()).where(condition)).scalar() == 0


def test_a_disabled_or_unknown_account_has_no_jurisdiction(conn: Connection) -> None:
    with pytest.raises(UserUnknownError):
        load_viewer(conn, uuid4(), demo_open=False, today=TODAY)


def test_a_hundred_thousand_divisions_are_one_parameter(conn: Connection) -> None:
    many = [uuid4() for _ in range(100_000)]
    version = division_version.c
    count = select(func.count()).where(version.division_id == any_uuid(many))
    assert conn.execute(count).scalar() == 0


def test_the_columns_named_lightly_are_those_of_the_real_tables() -> None:
    light = (
        above.division_version,
        above.division_code,
        above.division_succession,
        above.boundary_line_version,
        above.inspection_guest,
    )
    for table in light:
        real = metadata.tables[table.name]
        for column in table.columns:
            assert column.name in real.columns
            assert isinstance(real.columns[column.name].type, type(column.type))
