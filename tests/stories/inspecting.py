"""What two teams of counties do in an inspection, over HTTP, as the stories tell it."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

from fastapi.testclient import TestClient
from lxml import etree
from PIL import Image

from geo.db.engine import transaction
from geo.markers.facts import ObjectFacts, Position
from geo.sections.propose import generate_sections
from geo.sections.register import store_sections
from tests.api.inspected import Inspected
from tests.api.offices import open_register
from tests.border import CODES, card, set_marker
from tests.conftest import Database
from tests.geo.divisions.given import FROM

SIDE = {"a": CODES["A"], "b": CODES["B"]}
FIELD_DAY = "2026-05-12"
CONTENTS = {
    "line": "走向与协议书一致", "markers": "逐桩核查", "features": "无变化", "crossing": "无",
    "other": "无",
}  # fmt: skip
PHONE = {"method": "gnss_phone", "accuracy_m": 3.5}


class Joint(Inspected):
    """An inspection in the words of its stories; ``a`` leads, ``b`` cooperates."""

    def get(self, path: str = "", by: str = "a") -> Any:
        answer = self.call("GET", path, by)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def step(self, action: str, by: str = "a", **more: Any) -> Any:
        return self.call("POST", "/transitions", by, json={"action": action, **more})

    def steps(self, *actions: str, by: str = "a") -> str:
        """Do one action after the other; return the state after them."""
        for action in actions:
            done = self.step(action, by)
            assert done.status_code == 200, done.text
        return str(done.json()["state"])

    def subjects(self) -> list[dict[str, str]]:
        markers = [{"marker_id": str(one)} for one in self.markers]
        return markers + [{"section_id": str(one)} for one in self.sections]

    def put(self, by: str, subject: dict[str, str], state: str, **more: Any) -> Any:
        """Send a record of a side, by another account where ``account`` names one."""
        record_id, account = more.pop("id", None) or uuid4(), more.pop("account", by)
        body = {
            "subject": subject, "at": FIELD_DAY, "side": SIDE[by], "state": state,
            "contents": CONTENTS, **more,
        }  # fmt: skip
        return self.call("PUT", f"/records/{record_id}", account, json=body)

    def recorded(self, by: str, subject: dict[str, str], state: str, **more: Any) -> str:
        """Send a record that is taken; return its id."""
        answer = self.put(by, subject, state, **more)
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["id"])

    def photo(self, by: str, record: str, content: bytes, **query: Any) -> Any:
        path = f"/records/{record}/photos/{sha256(content).hexdigest()}"
        return self.call("PUT", path, by, content=content, params=query)

    def sign(self, by: str, **more: Any) -> Any:
        return self.call("POST", "/signatures", by, json={"role": "民政局长", **more})

    def seal(self, by: str, scan: bytes, **fields: str) -> Any:
        files = {"file": ("盖章页.jpg", scan, "image/jpeg")}
        return self.call("POST", "/seals", by, files=files, data=fields)

    def give(self, by: str, content: bytes, name: str, **fields: str) -> str:
        """Give a paper to the inspection; return its id."""
        answer = self.call("POST", "/documents", by, files={"file": (name, content)}, data=fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def valid(self) -> dict[str, bool]:
        """Return whether the newest signature or seal of each side stands."""
        items = self.get("/signatures")["items"]
        return {one["party"]["code"]: one["valid"] for one in items}

    def paper(self, name: str, by: str = "a") -> str:
        """Return the text of a .docx of the inspection."""
        answer = self.call("GET", f"/papers/{name}.docx", by)
        assert answer.status_code == 200, answer.text
        with ZipFile(BytesIO(answer.content)) as pack:
            root = etree.fromstring(pack.read("word/document.xml"))
        return str(etree.tostring(root, method="text", encoding="unicode"))


def open_joint(client: TestClient, database: Database) -> Joint:
    """Put the border, two markers and the sections of the line of A and B into the service."""
    register = open_register(client, database, position=Position(lon=117.2, lat=36.28))
    border = register.border
    with transaction(database.engine, "system:test") as conn:
        second = set_marker(
            conn,
            border,
            card(
                border,
                "37092302",
                position=Position(lon=117.2, lat=36.12, method="gnss_rtk", accuracy_m=0.05),
                objects=(ObjectFacts(ordinal=1, name="老槐树", distance_m=20.0),),
            ),
        )
        line = border.lines["AB"]
        proposed = generate_sections(conn, line, FROM)
        stored = store_sections(conn, line, proposed, valid_from=FROM, source="协议书")
    assert stored
    return Joint(register, database, UUID(int=0), [register.marker, second], [])


def begin(joint: Joint, inspection_id: str) -> None:
    """Let the helper speak of an inspection that was opened."""
    joint.id = UUID(inspection_id)
    subjects = joint.get()["subjects"]
    joint.sections = [UUID(one["id"]) for one in subjects if one["kind"] == "section"]
    markers = {UUID(one["id"]) for one in subjects if one["kind"] == "marker"}
    assert markers == set(joint.markers)
    assert joint.sections


def draw(shade: int, size: int = 60) -> bytes:
    """Return a photo; another shade is another photo."""
    picture = BytesIO()
    Image.new("RGB", (size, size), (shade, shade, shade)).save(picture, "JPEG")
    return picture.getvalue()
