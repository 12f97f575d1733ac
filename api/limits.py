"""How large a request body may be, held before anything of it is parsed or spooled."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import make_problem
from geo.errors import TooLargeError
from geo.settings import MIB
from geo.texts import choose_lang

SMALL = MIB
"""Largest body of a request that is not an upload, bytes: it is kept in memory as a whole."""

DRAIN_S = 60.0
DRAIN_IDLE_S = 5.0
"""A refused body is read on and thrown away so long, for most clients read no answer before they
have sent everything; after it the connection is closed."""

SCOPE_KEY = "yutu.body"


@dataclass(slots=True)
class Body:
    """The body of one request: what may come, what was announced, what came."""

    most: int
    declared: int | None
    expected: bool
    received: int = 0
    ended: bool = False
    refused: bool = False

    def check(self) -> None:
        """Refuse the body if more was declared or came than may.

        Raises
        ------
        TooLargeError
        """
        if max(self.received, self.declared or 0) > self.most:
            self.refused = True
            raise TooLargeError(limit_mb=self.most // MIB)

    def allow(self, most: int) -> None:
        """Let this request have a body of so many bytes; called by who streams it to a file."""
        self.most = most


class BodyLimit:
    """Refuse bodies that are too large with 413, by their declared length or while they come.

    What is left of a body is read before any answer ends: most clients look for the answer only
    after they have sent everything, and a connection closed on them hides it.

    Parameters
    ----------
    most
        Most bytes any request may have. A request that is no upload may have `SMALL`.
    """

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its body counted."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = _declared(scope)
        expected = bool(declared) or "transfer-encoding" in Headers(scope=scope)
        body = Body(most=min(SMALL, self.most), declared=declared, expected=expected)
        scope[SCOPE_KEY] = body
        if (body.declared or 0) > self.most:
            body.most = self.most
            await _refuse(scope, receive, send, body)
            return
        await self._count(scope, receive, send, body)

    async def _count(self, scope: Scope, receive: Receive, send: Send, body: Body) -> None:
        started = False

        async def counted() -> Message:
            # The declared length is judged here, at the first look into the body: only then is it
            # known whether the request goes to an address that takes uploads.
            body.check()
            message = await receive()
            _note(body, message)
            body.check()
            return message

        async def guarded(message: Message) -> None:
            nonlocal started
            # Whoever parsed the body may have made a 400 of our error.
            if body.refused and not started:
                return
            started = True
            await self._send(receive, send, body, message)

        try:
            await self.app(scope, counted, guarded)
        except TooLargeError:
            if started:
                raise
        if body.refused and not started:
            await _refuse(scope, receive, send, body)

    async def _send(self, receive: Receive, send: Send, body: Body, message: Message) -> None:
        """Send on, but end the answer only when what the client still sends was read."""
        last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if last and body.expected and not body.ended:
            await send({**message, "more_body": True})
            await _drain(receive, body)
            message = {"type": "http.response.body", "body": b""}
        await send(message)


def _declared(scope: Scope) -> int | None:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else None


def _note(body: Body, message: Message) -> None:
    if message["type"] == "http.request":
        body.received += len(message.get("body", b""))
        body.ended = not message.get("more_body", False)
    else:
        body.ended = True


async def _refuse(scope: Scope, receive: Receive, send: Send, body: Body) -> None:
    lang = choose_lang(Headers(scope=scope).get("accept-language"))
    answer = make_problem(TooLargeError(limit_mb=body.most // MIB), lang)
    answer.headers["Connection"] = "close"
    await send(
        {"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers}
    )
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    await _drain(receive, body)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _drain(receive: Receive, body: Body) -> None:
    end = monotonic() + DRAIN_S
    while not body.ended and monotonic() < end:
        try:
            _note(body, await asyncio.wait_for(receive(), DRAIN_IDLE_S))
        except TimeoutError:
            return
