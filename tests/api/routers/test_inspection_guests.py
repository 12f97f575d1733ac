from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from api.clock import china_day
from geo.db.engine import transaction
from geo.inspections.tables import inspection_guest
from tests.api.country import add_account
from tests.api.inspected import Inspected, open_inspected
from tests.conftest import Database

TODAY = china_day(datetime.now(UTC))
LATER = (TODAY + timedelta(days=30)).isoformat()
FIRM = {"role": "contractor", "organisation": "泰安测绘院", "valid_to": LATER}


@pytest.fixture
def work(client: TestClient, database: Database) -> Inspected:
    return open_inspected(client, database)


def invite(work: Inspected, by: str = "a", **said: Any) -> Any:
    return work.call("POST", "/guests", by, json={"valid_to": LATER, **said})


def enter(work: Inspected, invited: Any, name: str) -> None:
    """Log a guest in with what the invitation told."""
    account = {"username": invited["user"], "password": invited["password"]}
    answer = work.client.post("/api/v1/auth/token", data=account)
    assert answer.status_code == 200, answer.text
    token = answer.json()["access_token"]
    work.register.accounts[name] = {"Authorization": f"Bearer {token}"}


def record(work: Inspected, by: str, place: int = 0, **more: Any) -> Any:
    side, record_id = more.pop("side", "370921"), more.pop("id", None) or uuid4()
    body = {
        "subject": {"marker_id": str(work.markers[place])},
        "at": "2026-05-06",
        "side": side,
        "state": "in_place",
        **more,
    }
    return work.call("PUT", f"/records/{record_id}", by, json=body)


def test_somebody_invited_records_for_the_side_and_reaches_nothing_else(work: Inspected) -> None:
    invited = invite(work, display_name="李某").json()
    assert (invited["side"], invited["role_name"], invited["ended"]) == (
        "370921", "受邀人员", None,
    )  # fmt: skip
    enter(work, invited, "guest")
    assert work.call("GET", "", "guest").status_code == 200
    assert record(work, "guest").json()["via"] == "guest"
    assert record(work, "guest", side="370923").json()["code"] == "not_party"
    for path in ("/api/v1/markers", f"/api/v1/markers/{work.markers[0]}", "/api/v1/users"):
        got = work.client.get(path, headers=work.register.accounts["guest"])
        assert got.status_code == 403, (path, got.text)
    listed = work.client.get("/api/v1/inspections", headers=work.register.accounts["guest"])
    assert [one["id"] for one in listed.json()["items"]] == [str(work.id)]


def test_a_guest_neither_signs_nor_invites_nor_says_how_a_side_takes_part(work: Inspected) -> None:
    enter(work, invite(work).json(), "guest")
    for method, path, body in (
        ("POST", "/guests", {"valid_to": LATER}),
        ("PUT", "/parties/370921", {"takes_part": "paper"}),
        ("POST", "/deliveries/acceptance", {}),
        ("POST", "/transitions", {"action": "start_disposal"}),
    ):
        refused = work.call(method, path, "guest", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "guest_refused"), path


def test_an_invitation_that_was_revoked_or_is_over_is_refused_with_the_reason(
    work: Inspected,
) -> None:
    invited = invite(work).json()
    enter(work, invited, "guest")
    refused = work.call("POST", f"/guests/{invited['id']}/revocation", "b")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_party")
    ended = work.call("POST", f"/guests/{invited['id']}/revocation").json()
    assert ended["ended"]
    gone = work.call("GET", "", "guest")
    assert (gone.status_code, gone.json()["code"]) == (403, "guest_refused")
    assert ended["ended"] in gone.json()["detail"]
    assert record(work, "guest").status_code == 403
    second = invite(work).json()
    enter(work, second, "late")
    with transaction(work.database.engine, "system:test") as conn:
        over = {"valid_from": date(2020, 1, 1), "valid_to": date(2020, 2, 1)}
        conn.execute(
            update(inspection_guest).where(inspection_guest.c.id == second["id"]).values(over)
        )
    gone = work.call("GET", "", "late")
    assert (gone.status_code, gone.json()["code"]) == (403, "guest_refused")
    assert "2020-02-01" in gone.json()["detail"]
    assert [one["ended"] is None for one in work.call("GET", "/guests").json()["items"]] == [
        False, False,
    ]  # fmt: skip


def test_who_was_invited_before_is_invited_for_longer_with_its_own_password(
    work: Inspected,
) -> None:
    first = invite(work, user="li.si").json()
    work.call("POST", f"/guests/{first['id']}/revocation")
    again = invite(work, user="Li.Si").json()
    assert (again["id"], again["password"], again["ended"]) == (first["id"], None, None)
    other = invite(work, "b", user="li.si")
    assert (other.status_code, other.json()["code"]) == (409, "user_exists")
    assert invite(work, user="east").json()["code"] == "user_exists"


@pytest.mark.parametrize(
    ("said", "option"),
    [
        ({"role": "owner"}, "role"),
        ({"valid_to": TODAY.isoformat()}, "valid_to"),
        ({"valid_to": "2099-01-01"}, "valid_to"),
        ({"role": "contractor"}, "organisation"),
        ({"role": "contractor", "organisation": "院"}, "subjects"),
        ({"role": "contractor", "organisation": "院", "subjects": [str(uuid4())]}, "subjects"),
        ({"user": "no spaces here"}, "name"),
    ],
)
def test_an_invitation_that_does_not_hold_together_is_refused(
    work: Inspected, said: dict[str, Any], option: str
) -> None:
    refused = invite(work, **said)
    assert (refused.status_code, refused.json()["option"]) == (422, option), refused.text


def test_only_the_side_itself_or_the_superior_of_all_invites(work: Inspected) -> None:
    assert invite(work, "c").status_code == 403
    assert invite(work, "public").status_code == 401
    assert invite(work, "b", side="370921").status_code == 403
    assert invite(work, "city", side="370923").json()["side"] == "370923"
    assert work.call("PUT", "/parties/370923", "city", json={"takes_part": "paper"}).is_success
    # Entering paper for a side is not choosing who speaks for it.
    assert invite(work, "a", side="370923").json()["code"] == "not_party"


def test_a_contractor_records_where_it_was_told_and_its_county_accepts(work: Inspected) -> None:
    invited = invite(work, **FIRM, subjects=[str(work.markers[0])]).json()
    enter(work, invited, "firm")
    seen = work.call("GET", "", "firm").json()
    assert [one["id"] for one in seen["subjects"]] == [str(work.markers[0])]
    assert record(work, "firm", place=1).status_code in (403, 422)
    for path in ("/events", "/transitions", "/returns", "/documents"):
        assert work.call("GET", path, "firm").json()["code"] == "guest_refused", path
    record_id = uuid4()
    path = f"/records/{record_id}"
    given = record(work, "firm", id=record_id)
    assert (given.status_code, given.json()["via"], given.json()["counts"]) == (
        201, "contractor", False,
    )  # fmt: skip
    assert invite(work, "firm").json()["code"] == "guest_refused"
    [waiting] = work.call("GET", "/deliveries").json()["items"]
    assert (waiting["organisation"], waiting["state"]) == ("泰安测绘院", "waiting")
    back = {"records": [str(record_id)], "note": "位置没有测"}
    assert work.call("POST", "/deliveries/return", "b", json=back).status_code == 409
    assert work.call("POST", "/deliveries/return", json=back | {"note": " "}).status_code == 422
    assert work.call("POST", "/deliveries/return", json=back).json() == {"returned": 1}
    [told] = work.call("GET", "/deliveries", "firm").json()["items"]
    assert (told["state"], told["note"]) == ("returned", "位置没有测")
    assert work.call("POST", "/deliveries/acceptance", json={}).json() == {"accepted": 0}
    record(work, "firm", id=record_id, note="已补测")
    assert work.call("POST", "/deliveries/acceptance", "firm", json={}).status_code == 403
    assert work.call("POST", "/deliveries/acceptance", json={}).json() == {"accepted": 1}
    assert work.call("GET", path).json()["counts"] is True
    late = work.call("POST", "/deliveries/return", json=back)
    assert (late.status_code, late.json()["code"]) == (409, "delivery_refused")
    # Another version waits again: what was accepted was the one before.
    record(work, "firm", id=record_id, note="又改")
    assert work.call("GET", path).json()["counts"] is False


def test_a_contractor_gives_photos_to_its_own_records_only(work: Inspected) -> None:
    enter(work, invite(work, **FIRM, subjects=[str(work.markers[0])]).json(), "firm")
    of_county = work.record()
    refused = work.call("PUT", f"/records/{of_county}/photos/{'0' * 64}", "firm", content=b"x")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_party")
    elsewhere = work.record(place=1)
    refused = work.call("PUT", f"/records/{elsewhere}/photos/{'0' * 64}", "firm", content=b"x")
    assert refused.json()["code"] == "record_unknown"


def test_how_a_side_takes_part_is_said_by_itself_where_it_can(work: Inspected) -> None:
    refused = work.call("PUT", "/parties/370923", "a", json={"takes_part": "paper"})
    assert (refused.status_code, refused.json()["code"]) == (403, "party_has_accounts")
    said = {"takes_part": "account", "contact": "李股长 0538-0000000", "clerk": "west"}
    done = work.call("PUT", "/parties/370923", "b", json=said)
    assert done.json()["contact"] == "李股长 0538-0000000"
    assert work.call("PUT", "/parties/370923", "b", json={"clerk": "east"}).status_code == 422
    assert work.call("PUT", "/parties/370923", "b", json={"clerk": "nobody"}).status_code == 404
    assert work.call("PUT", "/parties/999999", "b", json={}).status_code == 422
    assert work.call("PUT", "/parties/370923", "b", json={"takes_part": "fax"}).status_code == 422
    assert work.call("PUT", "/parties/370923", "c", json={}).status_code == 403
    stale = work.call("PUT", "/parties/370923", "b", json={}, headers={"If-Match": '"999"'})
    assert stale.status_code == 412


def test_for_a_side_without_accounts_the_other_says_so(work: Inspected) -> None:
    client, accounts = work.client, work.register.accounts
    root = add_account(work.database, "root", ("administrator", None))
    token = client.post("/api/v1/auth/token", data=root).json()["access_token"]
    accounts["root"] = {"Authorization": f"Bearer {token}"}
    gone = client.post("/api/v1/users/west/disable", headers=accounts["root"])
    if gone.status_code == 404:
        gone = client.put("/api/v1/users/west", json={"disabled": True}, headers=accounts["root"])
    assert gone.is_success, gone.text
    done = work.call("PUT", "/parties/370923", "a", json={"takes_part": "paper"})
    assert done.json()["takes_part"] == "paper", done.text
    told = [one["kind"] for one in work.call("GET", "/events").json()["items"]]
    assert "party_by_paper" in told
