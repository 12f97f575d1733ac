from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import httpx2
import pytest
import uvicorn
from fastapi import Body, FastAPI, File, Request, UploadFile
from starlette.types import Message

from api.errors import add_error_handlers
from api.limits import SCOPE_KEY, SMALL, BodyLimit

MOST = 4 * SMALL


def make_app() -> FastAPI:
    app = FastAPI()
    add_error_handlers(app)

    @app.post("/json")
    def take_json(body: Annotated[dict[str, str], Body()]) -> int:
        return len(body)

    @app.post("/form")
    def take_form(file: Annotated[UploadFile, File()]) -> int | None:
        return file.size

    @app.post("/stream")
    async def take_stream(request: Request) -> int:
        request.scope[SCOPE_KEY].allow(MOST)
        return sum([len(part) async for part in request.stream()])

    @app.post("/blind")
    async def look_at_nothing() -> str:
        return "done"

    app.add_middleware(BodyLimit, most=MOST)
    return app


@dataclass
class Served:
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A real server, for the traps lie in its handling of connections."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        config = uvicorn.Config(make_app(), log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield Served(listening.getsockname()[1])
        server.should_exit = True
        thread.join(10)


HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'


def parts(size: int, head: bytes = b"") -> Iterator[bytes]:
    yield head
    for _ in range(size // 65536):
        yield b"x" * 65536


def test_a_body_within_its_limit_passes(served: Served) -> None:
    assert httpx2.post(f"{served.url}/json", json={"a": "b"}).json() == 1
    assert httpx2.post(f"{served.url}/stream", content=b"x" * MOST).json() == MOST
    assert httpx2.post(f"{served.url}/stream", content=parts(MOST)).json() == MOST


@pytest.mark.parametrize("address", ["/json", "/form", "/stream", "/blind"])
@pytest.mark.parametrize("chunked", [False, True])
def test_the_client_sees_the_refusal_of_a_body_that_is_too_large(
    served: Served, address: str, *, chunked: bool
) -> None:
    size = 8 * MOST
    head = HEAD if address == "/form" else b""
    kind = "multipart/form-data; boundary=b" if address == "/form" else "application/json"
    answer = httpx2.post(
        f"{served.url}{address}",
        content=parts(size, head) if chunked else head + b"x" * size,
        headers={"Content-Type": kind, "Accept-Language": "en"},
    )
    if address == "/blind" and chunked:
        assert answer.json() == "done"
        return
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "too_large"
    limit = MOST if address == "/stream" or not chunked else SMALL
    assert answer.json()["limit_mb"] == limit / SMALL


def test_who_asks_first_is_refused_before_sending_anything(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as sent:
        sent.sendall(
            b"POST /stream HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n"
            b"Expect: 100-continue\r\n\r\n"
        )
        assert sent.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_refused_client_that_sends_nothing_more_is_let_go(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.limits.DRAIN_IDLE_S", 0.2)
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as sent:
        sent.sendall(b"POST /json HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nx")
        received = b""
        while part := sent.recv(65536):
            received += part
        assert received.startswith(b"HTTP/1.1 413 ")


def test_the_limit_holds_for_what_comes_and_not_for_what_was_said() -> None:
    """A body longer than declared: the server in front would cut it, so ASGI is asked itself."""
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"x" * SMALL, "more_body": len(given) < 8}

    given: list[int] = []

    async def count() -> Message:
        given.append(1)
        return await receive()

    async def send(message: Message) -> None:
        messages.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/json",
        "raw_path": b"/json",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"content-length", b"10")],
    }
    asyncio.run(make_app()(scope, count, send))
    assert messages[0]["status"] == 413
    assert json.loads(messages[1]["body"])["code"] == "too_large"
    assert len(given) == 8
