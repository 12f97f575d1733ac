from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.session import COOKIE, HEADER, log_in
from geo.access.keys import verifies
from geo.access.tokens import csrf_token, make_token
from geo.access.users import find_user
from geo.db.engine import transaction
from tests.api.country import PASSWORD
from tests.api.offices import open_register, take_photo
from tests.api.signing import Signing
from tests.conftest import Database


@pytest.fixture
def signing(client: TestClient, database: Database) -> Signing:
    return Signing(open_register(client, database))


def test_both_sides_sign_and_anybody_can_check_it(signing: Signing) -> None:
    signing.walk()
    content = signing.get("content")
    digest = sha256(content.content).hexdigest()
    assert content.headers["ETag"] == f'"{digest}"'
    made = signing.sign("a", party="lead", drawn="M 1 2 L 3 4", content_sha256=digest)
    assert made.status_code == 201, made.text
    assert signing.sign("b").status_code == 201
    listed = signing.get("signatures", "city").json()
    assert listed["content_sha256"] == digest
    assert [one["valid"] for one in listed["items"]] == [True, True]
    assert [one["party"]["code"] for one in listed["items"]] == ["370921", "370923"]
    for one in listed["items"]:
        raw = {name: bytes.fromhex(one[name]) for name in ("public_key", "signature")}
        assert verifies(raw["public_key"], one["signed"].encode(), raw["signature"])
        assert json.loads(one["signed"])["content_sha256"] == digest
    signing.step("sign_records")


def test_a_record_put_after_signing_voids_the_signatures_over_http_too(signing: Signing) -> None:
    signing.walk()
    signing.sign("a")
    assert signing.record("b").status_code in (200, 201)
    (one,) = signing.get("signatures").json()["items"]
    assert not one["valid"]
    assert "西川县" in one["why_void"]


def test_the_guard_names_what_lacks(signing: Signing) -> None:
    signing.record("a")
    refused = signing.sign("a")
    assert refused.status_code == 409
    assert refused.json()["code"] == "guard_blocked"
    missing = refused.json()["missing"]
    assert {one["what"] for one in missing} == {"record", "disposal"}
    assert any(one["party"] == "西川县" and "238184I" in one["words"] for one in missing)


@pytest.mark.parametrize(
    ("by", "body", "code"),
    [
        ("a", {"party": "370923"}, "not_party"),
        ("c", {"party": "370921"}, "outside_jurisdiction"),
        ("city", {"party": "370921"}, "not_party"),
        ("public", {}, "login_needed"),
        ("a", {"party": "nobody"}, "option_invalid"),
        ("a", {"role": " "}, "signature_refused"),
        ("a", {"drawn": "<svg/>"}, "signature_refused"),
        ("a", {"drawn": "M" * 70_000}, "request_invalid"),
        ("a", {"content_sha256": "0" * 64}, "signature_refused"),
        ("a", {"password": "not the password"}, "login_failed"),
    ],
)
def test_who_may_not_sign_or_says_nonsense_is_refused(
    signing: Signing, by: str, body: dict[str, str], code: str
) -> None:
    signing.walk()
    refused = signing.sign(by, **body)
    assert refused.json()["code"] == code, refused.text
    assert 400 <= refused.status_code < 500
    assert signing.get("signatures").json()["items"] == []


def test_a_token_made_without_the_password_signs_with_it(
    signing: Signing, database: Database
) -> None:
    signing.walk()
    now = datetime.now(UTC)
    with transaction(database.engine, "system:test") as conn:
        user = find_user(conn, "east").id
        token = make_token(conn, user, "bearer", now=now, life=timedelta(days=1))
    signing.register.accounts["a"] = {"Authorization": f"Bearer {token.secret}"}
    refused = signing.sign("a")
    assert (refused.status_code, refused.json()["code"]) == (403, "signing_locked")
    signed = signing.sign("a", password=PASSWORD)
    assert signed.status_code == 201, signed.text
    (one,) = signing.get("signatures").json()["items"]
    assert one["valid"]


def test_a_page_session_signs_too(signing: Signing, database: Database) -> None:
    signing.walk()
    client, now = signing.register.client, datetime.now(UTC)
    token = log_in(database.engine, "east", PASSWORD, kind="session", address="-", now=now)
    client.cookies.set(COOKIE, token.secret)
    headers = {HEADER: csrf_token(token.secret), "Sec-Fetch-Site": "same-origin"}
    url = f"/api/v1{signing.path}/signatures"
    assert client.post(url, json={"role": "负责人"}, headers=headers).status_code == 201
    assert client.post(url, json={"role": "负责人"}).json()["code"] == "request_forged"


def test_a_sealed_scan_counts_for_a_side_without_accounts(
    signing: Signing, database: Database
) -> None:
    signing.walk()
    with transaction(database.engine, "system:test") as conn:
        conn.execute(
            text("UPDATE inspection_party SET takes_part = 'paper' WHERE role = 'cooperating'")
        )
    digest = signing.get("signatures").json()["content_sha256"]
    fields = {"party": "cooperating", "content_sha256": digest[:16], "signer": "李巡边"}
    made = give_seal(signing, fields, take_photo())
    assert made.status_code == 201, made.text
    assert (made.json()["kind"], made.json()["valid"]) == ("seal", True)
    fields["content_sha256"] = "f" * 16
    assert give_seal(signing, fields, take_photo()).json()["code"] == "seal_differs"
    fields["content_sha256"] = digest
    assert give_seal(signing, fields, b"%PDF-1.4 cut").json()["code"] == "file_refused"
    assert give_seal(signing, {"content_sha256": digest}, take_photo()).status_code == 422
    assert signing.sign("a").status_code == 201
    signing.step("sign_records")


def give_seal(signing: Signing, fields: dict[str, str], content: bytes) -> Any:
    return signing.register.client.post(
        f"/api/v1{signing.path}/seals",
        files={"file": ("盖章页.jpg", content, "image/jpeg")},
        data=fields,
        headers=signing.register.accounts["a"],
    )


def test_nobody_else_sees_signatures_or_content(signing: Signing) -> None:
    for what in ("signatures", "content"):
        assert signing.get(what, "c").status_code == 403
        assert signing.get(what, "public").status_code == 401
