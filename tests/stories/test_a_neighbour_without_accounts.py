"""A neighbour without accounts, an authority without one, a contractor and somebody invited.

Three counties meet at a tripoint. 东岭 leads and 南河 has accounts; 西川 has none: its records come
by return file and on signed paper, its consent by letter, its seal as a scan. The approval comes by
a document, for the province has no account either.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from api.clock import china_day
from geo.db.engine import transaction
from geo.markers.facts import Position
from tests.api.country import add_account
from tests.border import CODES, TRIPOINT, card, set_marker
from tests.conftest import Database
from tests.geo.files.papers import PDF
from tests.stories.inspecting import CONTENTS, FIELD_DAY, SIDE, Joint, begin, draw, open_joint
from tests.stories.office import yutu

A, B, C = SIDE["a"], SIDE["b"], CODES["C"]
LATER = (china_day(datetime.now(UTC)) + timedelta(days=30)).isoformat()


@pytest.fixture
def joint(client: TestClient, database: Database) -> Joint:
    joint = open_joint(client, database)
    border, (lon, lat) = joint.register.border, TRIPOINT
    with transaction(database.engine, "system:test") as conn:
        meeting = card(border, "37092300S", line="AB,AC,BC", position=Position(lon=lon, lat=lat))
        joint.markers.append(set_marker(conn, border, meeting))
    _log_in(joint, "root", add_account(database, "root", ("administrator", None)))
    send = joint.register.send
    made = send("POST", "/inspections", "a", _facts(joint))
    assert made.status_code == 201, made.text
    begin(joint, made.json()["id"])
    assert [(one["code"], one["role"]) for one in joint.get()["parties"]] == [
        (A, "lead"), (B, "cooperating"), (C, "third"),
    ]  # fmt: skip
    return joint


def _facts(joint: Joint) -> dict[str, Any]:
    line = str(joint.register.border.lines["AB"])
    return {
        "line_id": line, "kind": "regular", "round": 5, "year": 2026, "lead_code": A,
        "cooperating_code": B,
    }  # fmt: skip


def _log_in(joint: Joint, name: str, account: dict[str, str]) -> None:
    answer = joint.client.post("/api/v1/auth/token", data=account)
    assert answer.status_code == 200, answer.text
    token = answer.json()["access_token"]
    joint.register.accounts[name] = {"Authorization": f"Bearer {token}"}


def test_the_whole_job_with_one_side_on_paper_and_an_approval_on_paper(
    joint: Joint, database: Database, tmp_path: Path
) -> None:
    _say_who_is_on_paper(joint)
    _agree_by_letter(joint)
    _let_others_record(joint)
    _take_the_return_file(joint)
    _enter_signed_paper(joint)
    _conclude(joint)
    _sign_and_seal(joint)
    _accept_by_document(joint, database)
    answer = joint.call("GET", "/archive", "c")
    path = tmp_path / "归档.zip"
    path.write_bytes(answer.content)
    printed = answer.headers["X-Fingerprint"]
    code, told, words, _ = yutu(
        tmp_path / "nothing", "inspections", "verify", str(path), "--fingerprint", printed
    )
    assert (code, told["ok"]) == (0, True), words


def _say_who_is_on_paper(joint: Joint) -> None:
    """Whoever has an account speaks for itself; when it has none, the others say so."""
    refused = joint.call("PUT", f"/parties/{B}", "a", json={"takes_part": "paper"})
    assert refused.json()["code"] == "party_has_accounts"
    gone = joint.register.send("POST", "/users/west/disable", "root", None)
    assert gone.is_success, gone.text
    said = {"takes_part": "paper", "contact": "李股长 0538-0000000"}
    assert joint.call("PUT", f"/parties/{B}", "a", json=said).status_code == 200


def _agree_by_letter(joint: Joint) -> None:
    assert joint.steps("agree_scheme") == "planned"
    without = joint.step("agree_scheme", side=B)
    assert (without.status_code, without.json()["field"]) == (422, "document")
    letter = joint.give("a", PDF, "复函.pdf", kind="other", side=A, title="西川县复函")
    paper = {"number": "西民函〔2026〕3号", "date": "2026-04-20", "file": letter}
    agreed = joint.step("agree_scheme", side=B, document=paper)
    assert agreed.json()["state"] == "scheme_agreed", agreed.text
    assert joint.steps("start_desk", "start_field") == "field"


def _let_others_record(joint: Joint) -> None:
    """A contractor walks one marker, somebody invited another; neither signs or concludes."""
    first, second, tripoint, *sections = joint.subjects()
    firm = _invite(
        joint, "firm", role="contractor", organisation="泰安测绘院", subjects=[first["marker_id"]]
    )
    assert [one["id"] for one in joint.get(by="firm")["subjects"]] == [first["marker_id"]]
    elsewhere = joint.put("a", second, "in_place", account="firm")
    assert elsewhere.status_code in (403, 422)
    sent = joint.put("a", first, "in_place", account="firm").json()
    assert (sent["via"], sent["counts"]) == ("contractor", False)
    back = {"records": [sent["id"]], "note": "缺近景照片"}
    assert joint.call("POST", "/deliveries/return", json=back).json() == {"returned": 1}
    assert joint.photo("firm", sent["id"], draw(90), shows="near").status_code == 201
    assert joint.put("a", first, "in_place", id=sent["id"], note="已补", account="firm").is_success
    assert joint.call("POST", "/deliveries/acceptance", json={}).json() == {"accepted": 1}
    _invite(joint, "guest", display_name="护界员老赵")
    assert joint.put("a", second, "worn", account="guest").json()["via"] == "guest"
    for who in ("firm", "guest"):
        refused = joint.call("POST", "/signatures", who, json={"role": "负责人"})
        assert (refused.status_code, refused.json()["code"]) == (403, "guest_refused")
    assert joint.call("POST", f"/guests/{firm['id']}/revocation").status_code == 200
    assert joint.call("GET", "", "firm").status_code == 403
    joint.recorded("a", tripoint, "in_place")
    for section in sections:
        joint.recorded("a", section, "unchanged")


def _invite(joint: Joint, name: str, **said: Any) -> Any:
    answer = joint.call("POST", "/guests", json={"valid_to": LATER, **said})
    assert answer.status_code == 201, answer.text
    invited = answer.json()
    _log_in(joint, name, {"username": invited["user"], "password": invited["password"]})
    return invited


def _take_the_return_file(joint: Joint) -> None:
    """The form that was sent comes back filled in: once, and only that of this side."""
    form = joint.call("GET", "/return-form", params={"side": B})
    assert form.status_code == 200, form.text
    filled = _fill(form.content, joint)
    wrong = _return(joint, filled, side=C)
    assert 400 <= wrong.status_code < 500
    assert joint.register.send("GET", f"/inspections/{joint.id}/returns", "a", None).json()[
        "items"
    ] == []  # fmt: skip
    taken = _return(joint, filled, side=B)
    assert taken.status_code == 201, taken.text
    assert taken.json()["records"] == 1 + len(joint.sections)
    again = _return(joint, filled, side=B)
    assert (again.status_code, again.json()["already"]) == (200, True)


def _fill(form: bytes, joint: Joint) -> bytes:
    """Fill in the first marker and all sections, as the neighbour's clerk does."""
    book = load_workbook(BytesIO(form))
    for sheet, rows, result in (("界桩", 1, "完好"), ("界线段", len(joint.sections), "无变化")):
        page = book[sheet]
        heads = {cell.value: place for place, cell in enumerate(page[1], 1)}
        for row in range(2, 2 + rows):
            page.cell(row, heads["检查日期"]).value = "2026年5月12日"
            page.cell(row, heads["检查结果"]).value = result
    filled = BytesIO()
    book.save(filled)
    return filled.getvalue()


def _return(joint: Joint, content: bytes, **said: str) -> Any:
    return joint.call("POST", "/returns", files={"file": ("回传.xlsx", content)}, data=said)


def _enter_signed_paper(joint: Joint) -> None:
    """What the neighbour signed on paper is entered with the scan, and says so."""
    _, second, tripoint, *_ = joint.subjects()
    bare = joint.put("b", second, "worn", account="a")
    assert (bare.status_code, bare.json()["field"]) == (422, "scan")
    scan = joint.give("a", draw(60, 90), "签字记录.jpg", kind="record", side=A)
    for subject, state in ((second, "worn"), (tripoint, "in_place")):
        entered = joint.put("b", subject, state, scan=scan, account="a")
        assert (entered.status_code, entered.json()["via"]) == (201, "paper"), entered.text
    third = {"subject": tripoint, "at": FIELD_DAY, "state": "in_place", "contents": CONTENTS}
    lacks = joint.step("start_disposal").json()["missing"]
    assert {(one["what"], one["party"]) for one in lacks if one["blocks"]} == {("record", "南河县")}
    path = f"/records/{'0' * 8}-0000-4000-8000-{'0' * 12}"
    assert joint.call("PUT", path, "c", json=third).status_code == 201


def _conclude(joint: Joint) -> None:
    vias = {(one["side"], one["via"]) for one in joint.get("/records")["items"]}
    assert vias == {
        (A, "contractor"), (A, "guest"), (A, "account"), (B, "return_file"), (B, "paper"),
        (C, "account"),
    }  # fmt: skip
    assert {one["status"] for one in joint.get("/findings")["items"]} == {"agreed"}
    assert joint.steps("start_disposal") == "disposal"


def _sign_and_seal(joint: Joint) -> None:
    """A tripoint needs three: two sign with their keys, one with its seal on paper."""
    for by in ("a", "c"):
        assert joint.sign(by).status_code == 201
    assert joint.sign("a", party=B).is_client_error
    lacks = joint.step("sign_records").json()["missing"]
    assert [one["party"] for one in lacks if one["what"] == "signature"] == ["西川县"]
    printed = joint.get("/signatures")["content_sha256"][:16]
    sealed = joint.seal("a", draw(70), party=B, content_sha256=printed, signer="李局长")
    assert sealed.status_code == 201, sealed.text
    assert joint.steps("sign_records", "draft_report", "submit") == "submitted"


def _accept_by_document(joint: Joint, database: Database) -> None:
    """The lead enters what the province decided; somebody of another side confirms it."""
    assert joint.step("accept", "city").json()["code"] == "not_party"
    bare = joint.step("accept")
    assert bare.json()["code"] == "not_party"
    file = joint.give(
        "a", draw(50, 80), "批复.jpg", kind="approval", side=A, number="鲁政字〔2026〕8号"
    )
    paper = {"number": "鲁政字〔2026〕8号", "date": "2026-09-01", "file": file}
    ahead = joint.step("accept", document={**paper, "date": "2126-09-01"})
    assert (ahead.status_code, ahead.json()["field"]) == (422, "document.dated")
    entered = joint.step("accept", document=paper)
    assert entered.json()["state"] == "submitted", entered.text
    assert joint.step("confirm_acceptance").status_code == 422
    # A colleague may speak for the side on paper by its letter only; the third side itself may.
    _log_in(joint, "colleague", add_account(database, "east2", ("editor", A)))
    without = joint.step("confirm_acceptance", "colleague", side=B)
    assert (without.status_code, without.json()["field"]) == (422, "document")
    done = joint.step("confirm_acceptance", "c")
    assert done.json()["state"] == "accepted", done.text
    assert done.json()["accepted_on"] == "2026-09-01"
    assert joint.steps("archive") == "archived"
