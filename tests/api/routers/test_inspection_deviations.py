from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from geo.errors import OptionInvalidError
from tests.api.inspected import Inspected, open_inspected
from tests.api.routers.test_inspection_guests import FIRM, enter, invite
from tests.conftest import Database

ACCURATE: dict[str, Any] = {"method": "gnss_rtk", "accuracy_m": 0.05}


@pytest.fixture
def work(client: TestClient, database: Database) -> Inspected:
    return open_inspected(client, database)


def judge(work: Inspected, by: str = "a", **position: Any) -> Any:
    record = work.record(place=1, position={**ACCURATE, **position})
    return work.call("GET", f"/records/{record}/deviation", by)


def test_a_recorded_position_is_held_against_the_register(work: Inspected) -> None:
    said = judge(work, lon=117.2, lat=36.12).json()
    assert (said["verdict"], said["verdict_name"], said["distance_m"]) == (
        "within",
        "在限差内",
        0.0,
    )
    assert said["limit_m"] > 0
    far = judge(work, lon=117.2, lat=36.1205).json()
    assert far["verdict"] == "moved"
    assert far["distance_m"] == pytest.approx(55.5, abs=0.1)


def test_a_position_of_another_zone_or_with_its_axes_swapped_is_named(work: Inspected) -> None:
    # 36.12 N, 117.2 E in zone 39 (117 E); declared as zone 40 it lies three degrees further east.
    wrong = judge(work, x=518_010.6, y=3_998_938.6, crs="EPSG:4549").json()
    assert wrong["verdict"] == "undecidable"
    assert wrong["deviation"]["otherwise"]["crs"].startswith("EPSG:4548")
    assert "read_otherwise" in {one["rule"] for one in wrong["findings"]}
    for swapped in (
        {"lon": 36.12, "lat": 117.2},
        {"x": 3_998_938.6, "y": 518_010.6, "crs": "EPSG:4548"},
    ):
        with pytest.raises(OptionInvalidError):
            work.record(place=1, position=swapped)


def test_a_record_without_a_position_says_so(work: Inspected) -> None:
    record = work.record()
    said = work.call("GET", f"/records/{record}/deviation").json()
    assert (said["verdict"], said["distance_m"]) == ("undecidable", None)
    assert [one["rule"] for one in said["findings"]] == ["record_without_position"]


def test_all_positions_are_judged_at_once_for_who_may_see_them(work: Inspected) -> None:
    work.record(place=0, position={"lon": 117.2, "lat": 36.28, **ACCURATE})
    work.record("B", place=1, position={"lon": 117.2, "lat": 36.12, **ACCURATE})
    listed = work.call("GET", "/deviations").json()
    assert listed["total"] == 2
    enter(work, invite(work).json(), "guest")
    assert work.call("GET", "/deviations", "guest").json() == listed
    enter(work, invite(work, **FIRM, subjects=[str(work.markers[0])]).json(), "firm")
    assert work.call("GET", "/deviations", "firm").json()["total"] == 1
    for by, status in (("c", 403), ("public", 401)):
        assert work.call("GET", "/deviations", by).status_code == status
