from __future__ import annotations

import re

import pytest
from sqlalchemy import Connection

from geo.access.audit import AuditFilter, read_audit
from geo.access.jurisdiction import system_viewer
from geo.errors import NotFoundError, OptionInvalidError, OutsideJurisdictionError
from geo.office import Value, default_settings, office, set_office
from geo.texts import text
from tests.geo.access.places import add_country, add_viewer

SYSTEM = system_viewer("test")
MERGE = "boundary_lines.districts_of_one_city"
AREA = "topology.min_area_m2"


def test_the_defaults_hold_until_somebody_decides_otherwise(conn: Connection) -> None:
    found = office(conn)
    assert not found.merge_city_districts
    assert found.topology_min_area_m2 == 1.0
    assert found.line_tolerance_m == 1.0
    assert found.printed() == {key: one.default for key, one in default_settings().items()}


def test_a_decision_holds_and_can_be_put_back(conn: Connection) -> None:
    set_office(conn, SYSTEM, MERGE, "merged")
    set_office(conn, SYSTEM, AREA, "2.5")
    assert set_office(conn, SYSTEM, AREA, 3).value == 3.0
    assert office(conn).merge_city_districts
    assert office(conn).topology_min_area_m2 == 3.0
    assert set_office(conn, SYSTEM, AREA, None).value == 1.0
    assert office(conn).topology_min_area_m2 == 1.0


def test_a_decision_is_in_the_audit_log(conn: Connection) -> None:
    set_office(conn, SYSTEM, AREA, 2.0)
    set_office(conn, SYSTEM, AREA, 3.0)
    entries, _ = read_audit(conn, SYSTEM, AuditFilter("office_setting", AREA))
    assert entries[0].actor == "system:test"
    assert entries[0].old == {"key": AREA, "value": 2.0}
    assert entries[0].new == {"key": AREA, "value": 3.0}


@pytest.mark.parametrize(
    ("key", "value"),
    [(MERGE, "sometimes"), (MERGE, 1.0), (AREA, "many"), (AREA, -1), (AREA, "nan"), (AREA, "inf")],
)
def test_a_value_that_is_not_allowed_is_refused_with_what_is(
    conn: Connection, key: str, value: Value
) -> None:
    with pytest.raises(OptionInvalidError) as refused:
        set_office(conn, SYSTEM, key, value)
    words = text("error.option_invalid", "zh", **refused.value.facts)
    assert "separate、merged" in words or "0.0 至 1000000.0 m²" in words
    assert office(conn).printed()[key] == default_settings()[key].default


def test_an_unknown_key_is_not_found(conn: Connection) -> None:
    with pytest.raises(NotFoundError):
        set_office(conn, SYSTEM, "topology.colour", "red")


def test_only_an_administrator_of_the_whole_country_decides(conn: Connection) -> None:
    ids = add_country(conn)
    with pytest.raises(OutsideJurisdictionError):
        set_office(conn, add_viewer(conn, "sd", ("administrator", ids["37"])), AREA, 2.0)


def test_every_setting_is_explained_and_its_default_allowed() -> None:
    for setting in default_settings().values():
        assert setting.zh
        assert setting.en
        if setting.allowed is not None:
            assert setting.default in setting.allowed
        elif setting.pattern is not None:
            assert re.fullmatch(setting.pattern, str(setting.default))
        else:
            assert isinstance(setting.default, float)
            assert setting.unit
            assert setting.least is not None
            assert setting.most is not None
            assert setting.least <= float(setting.default) <= setting.most
