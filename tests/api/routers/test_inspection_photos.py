from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import insert, select

from geo.db.engine import reading, transaction
from geo.files.recognise import MOST_PHOTO_BYTES
from geo.inspections.feed import list_events
from geo.inspections.tables import inspection, inspection_signature
from geo.settings import settings
from tests.api.inspected import Inspected, open_inspected
from tests.conftest import Database


def take(size: int = 300) -> bytes:
    picture = BytesIO()
    Image.effect_noise((size, size), 80).convert("RGB").save(picture, "JPEG")
    return picture.getvalue()


PHOTO = take()
SHA = sha256(PHOTO).hexdigest()


@pytest.fixture
def work(client: TestClient, database: Database) -> Inspected:
    return open_inspected(client, database)


def send(
    work: Inspected,
    record: Any,
    content: bytes = PHOTO,
    by: str = "a",
    *,
    sha: str | None = None,
    part: str | None = None,
    **query: Any,
) -> Any:
    headers = {} if part is None else {"Content-Range": part}
    sha = sha or sha256(content).hexdigest()
    path = f"/records/{record}/photos/{sha}"
    return work.call("PUT", path, by, content=content, params=query, headers=headers)


def sign(work: Inspected) -> None:
    with transaction(work.database.engine, "system:test") as conn:
        conn.execute(
            insert(inspection_signature).values(
                id=uuid4(),
                inspection_id=work.id,
                division_id=work.register.border.sides["A"],
                role="county",
                signer="某",
                kind="key",
                algorithm="Ed25519",
                signature=b"x",
                content_sha256="0" * 64,
                actor="system:test",
            )
        )


def partials() -> list[Any]:
    return list(settings().uploads.glob("*"))


def test_a_photo_is_given_once_however_often_it_is_sent(work: Inspected) -> None:
    record = work.record()
    facts = {"shows": "near", "taken_at": "2026-05-06T08:00:00+08:00", "note": "朝北"}
    first = send(work, record, **facts)
    assert first.status_code == 201, first.text
    said = first.json()
    assert (said["shows"], said["shows_name"], said["size"]) == ("near", "近景", len(PHOTO))
    again = send(work, record, shows="far")
    assert (again.status_code, again.json()["shows"]) == (200, "near")
    assert partials() == []
    got = work.call("GET", f"/records/{record}/photos/{SHA}", "b")
    assert (got.content, got.headers["content-type"]) == (PHOTO, "image/jpeg")
    small = work.call("GET", f"/records/{record}/photos/{SHA}", "b", params={"small": True})
    assert small.headers["content-type"] == "image/jpeg"


def test_a_photo_comes_in_pieces_and_goes_on_where_it_broke_off(work: Inspected) -> None:
    record, total = work.record(), len(PHOTO)
    path = f"/records/{record}/photos/{SHA}"

    def ask() -> Any:
        return work.call("PUT", path, headers={"Content-Range": f"bytes */{total}"})

    nothing = ask()
    assert (nothing.status_code, nothing.json()) == (308, {"received": 0, "total": total})
    assert "Range" not in nothing.headers
    first = send(work, record, PHOTO[:1000], sha=SHA, part=f"bytes 0-999/{total}")
    assert (first.status_code, first.headers["Range"]) == (308, "bytes=0-999")
    assert ask().json()["received"] == 1000
    gap = send(work, record, PHOTO[2000:], sha=SHA, part=f"bytes 2000-{total - 1}/{total}")
    assert (gap.status_code, gap.json()["code"], gap.json()["received"]) == (409, "photo_gap", 1000)
    # The end of a piece came, its answer did not: it is sent again with the next one.
    done = send(work, record, PHOTO[500:], sha=SHA, part=f"bytes 500-{total - 1}/{total}")
    assert done.status_code == 201, done.text
    assert partials() == []
    assert ask().status_code == 200
    late = send(work, record, PHOTO[:1000], sha=SHA, part=f"bytes 0-999/{total}")
    assert late.status_code == 200


def test_a_piece_that_came_short_is_kept_as_far_as_it_came(work: Inspected) -> None:
    record, total = work.record(), len(PHOTO)
    short = send(work, record, PHOTO[:700], sha=SHA, part=f"bytes 0-999/{total}")
    assert (short.status_code, short.json()["received"]) == (422, 700)
    assert send(
        work, record, PHOTO[700:], sha=SHA, part=f"bytes 700-{total - 1}/{total}"
    ).status_code == 201  # fmt: skip


REFUSED = (
    # content, sha256 (its own where None), Content-Range, query, status, code
    (PHOTO, "0" * 64, None, {}, 422, "photo_differs"),
    (b"no photo at all", None, None, {}, 422, "file_refused"),
    (b"", None, None, {}, 422, "file_refused"),
    (PHOTO[:-500], None, None, {}, 422, "file_refused"),
    (b"%PDF-1.4 x", None, None, {}, 422, "file_refused"),
    (PHOTO, SHA, f"bytes 0-9/{MOST_PHOTO_BYTES + 1}", {}, 413, "too_large"),
    (PHOTO, SHA, "bytes 9-3/20", {}, 422, "option_invalid"),
    (PHOTO, SHA, "some bytes", {}, 422, "option_invalid"),
    (PHOTO, SHA, f"bytes 0-99/{len(PHOTO)}", {}, 422, "option_invalid"),
    (PHOTO, SHA, None, {"shows": "sideways"}, 422, "option_invalid"),
    (PHOTO, SHA, None, {"object": "7"}, 422, "option_invalid"),
    (PHOTO, SHA, None, {"taken_at": "2126-05-06T08:00:00Z"}, 422, "option_invalid"),
    (PHOTO, SHA, None, {"taken_at": "2026-05-06T08:00:00"}, 422, "request_invalid"),
)


@pytest.mark.parametrize(("content", "sha", "part", "query", "status", "code"), REFUSED)
def test_what_is_no_photo_is_refused_and_leaves_nothing(
    work: Inspected,
    content: bytes,
    sha: str | None,
    part: str | None,
    query: dict[str, str],
    status: int,
    code: str,
) -> None:
    record = work.record()
    said = []
    for lang in ("zh", "en"):
        work.client.headers["Accept-Language"] = lang
        answer = send(work, record, content, sha=sha, part=part, **query)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        said.append(answer.json()["detail"])
    assert said[0] != said[1]
    assert work.call("GET", f"/records/{record}/photos/{SHA}").status_code == 404
    if code in ("photo_differs", "file_refused", "too_large"):
        assert partials() == []


def test_what_was_said_wrong_of_a_photo_is_put_right_without_sending_it_again(
    work: Inspected,
) -> None:
    record = work.record()
    assert send(work, record, shows="sideways").status_code == 422
    right = send(work, record, b"", sha=SHA, part=f"bytes */{len(PHOTO)}", shows="near")
    assert (right.status_code, right.json()["shows"]) == (201, "near")


def test_a_photo_of_more_than_fifty_megabytes_is_refused(work: Inspected) -> None:
    record = work.record()
    answer = send(work, record, b"\xff\xd8\xff" + bytes(MOST_PHOTO_BYTES), sha=SHA)
    assert (answer.status_code, answer.json()["limit_mb"]) == (413, 50)
    assert partials() == []


def test_an_object_of_the_marker_is_named(work: Inspected) -> None:
    record = work.record(place=1)
    said = send(work, record, object=1).json()
    assert (said["shows"], said["object"]) == ("object", 1)


def test_a_body_that_is_cut_in_the_middle_leaves_what_came(work: Inspected) -> None:
    record, total = work.record(), len(PHOTO)
    path = f"{work.path}/records/{record}/photos/{SHA}"
    told = [
        {"type": "http.request", "body": PHOTO[:900], "more_body": True},
        {"type": "http.disconnect"},
    ]
    headers = work.register.accounts["a"] | {"content-length": str(total), "host": "testserver"}
    scope = {
        "type": "http",
        "method": "PUT",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "http_version": "1.1",
        "client": ("testclient", 1),
        "server": ("testserver", 80),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return told.pop(0)

    async def send_back(message: Any) -> None:
        sent.append(message)

    assert work.client.portal is not None
    work.client.portal.call(work.client.app, scope, receive, send_back)
    assert not [one for one in sent if one.get("status", 0) >= 500]
    asked = send(work, record, b"", sha=SHA, part=f"bytes */{total}")
    assert asked.json() == {"received": 900, "total": total}
    rest = send(work, record, PHOTO[900:], sha=SHA, part=f"bytes 900-{total - 1}/{total}")
    assert rest.status_code == 201


def test_a_photo_given_after_signing_voids_the_signatures_and_says_so(work: Inspected) -> None:
    record = work.record()
    work.set_state("signed")
    sign(work)
    assert send(work, record).status_code == 201
    with reading(work.database.engine) as conn:
        void = conn.execute(select(inspection_signature.c.void_reason)).scalar_one()
        state = conn.execute(select(inspection.c.state)).scalar_one()
        told = list_events(conn, [work.id])
    assert (void["text"], state) == ("void.photo_given", "disposal")
    assert {"photo_given", "signatures_voided"} <= {one.kind for one in told}
    # Sent again it is no other content, so what is signed then stands.
    sign(work)
    assert send(work, record).status_code == 200
    with reading(work.database.engine) as conn:
        standing = select(inspection_signature.c.id).where(
            inspection_signature.c.voided_at.is_(None)
        )
        assert len(conn.execute(standing).all()) == 1


def test_only_the_side_that_recorded_gives_and_takes_off_photos(work: Inspected) -> None:
    record = work.record()
    for by, status in (("b", 403), ("c", 403), ("city", 403), ("public", 401)):
        refused = send(work, record, by=by)
        assert refused.status_code == status, refused.text
    assert send(work, uuid4()).json()["code"] == "record_unknown"
    assert send(work, record).status_code == 201
    path = f"/records/{record}/photos/{SHA}"
    assert work.call("GET", path, "c").status_code == 403
    assert work.call("GET", path, "public").status_code == 401
    reason = {"reason": "拍错了桩"}
    assert work.call("POST", f"{path}/withdrawal", "b", json=reason).status_code == 403
    assert work.call("POST", f"{path}/withdrawal", json={"reason": ""}).status_code == 422
    assert work.call("POST", f"{path}/withdrawal", json=reason).status_code == 204
    late = send(work, record)
    assert (late.status_code, late.json()["code"]) == (409, "photo_withdrawn")


def test_what_a_photo_shows_is_said_anew(work: Inspected) -> None:
    record = work.record()
    assert send(work, record).json()["shows"] == "other"
    path = f"/records/{record}/photos/{SHA}"
    assert work.call("PATCH", path, json={"shows": "far"}).json()["shows"] == "far"
    assert work.call("PATCH", path, "b", json={"shows": "near"}).status_code == 403
    assert work.call("PATCH", path, json={"shows": "nowhere"}).status_code == 422


def test_an_inspection_that_is_closed_takes_no_photo(work: Inspected) -> None:
    record = work.record()
    work.set_state("accepted")
    answer = send(work, record)
    assert (answer.status_code, answer.json()["code"]) == (409, "records_closed")
    assert partials() == []
