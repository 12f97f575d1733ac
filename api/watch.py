"""Around every request: its id, a line in the log, its measure, safe headers, the last resort."""

from __future__ import annotations

from collections.abc import MutableMapping
from http import HTTPStatus
from time import perf_counter
from typing import Any
from uuid import uuid4

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import make_problem, problem, tell_database_error
from geo.texts import choose_lang, text

CSP = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Everything a page loads comes from us; no inline script or style. MapLibre draws its symbols
from ``data:`` and ``blob:`` pictures."""

SAFE_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
}

QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by machines; not worth a line in the log."""

GONE = 499
"""The client went away before it had sent everything; nobody is left to answer."""

log = structlog.get_logger("yutu.request")

METRICS = CollectorRegistry()
REQUESTS = Counter(
    "yutu_requests", "Requests answered.", ("method", "route", "status"), registry=METRICS
)
SECONDS = Histogram(
    "yutu_request_seconds", "Time to the end of the answer, seconds.", ("route",), registry=METRICS
)


class Watch:
    """The outermost layer of the app; it sees every request and every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and write down how it went."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = uuid4().hex[:12]
        status = 0
        begun = perf_counter()

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _mark(message, request_id)
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request_id):
            try:
                await self.app(scope, receive, marked)
            except ClientDisconnect:
                status = GONE
            except Exception as error:
                if status:
                    log.exception("broken off", path=scope["path"])
                    raise
                await _last_resort(error, request_id)(scope, receive, marked)
            finally:
                _record(scope, status, perf_counter() - begun)


def _mark(message: MutableMapping[str, Any], request_id: str) -> None:
    headers = MutableHeaders(scope=message)
    headers["X-Request-ID"] = request_id
    for name, value in SAFE_HEADERS.items():
        headers.setdefault(name, value)


def _last_resort(error: Exception, request_id: str) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        lang = choose_lang(Headers(scope=scope).get("accept-language"))
        told = tell_database_error(error)
        if told is not None:
            await make_problem(told, lang)(scope, receive, send)
            return
        log.error("unexpected", path=scope["path"], exc_info=error)
        detail = text("error.unexpected", lang, request=request_id)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        await problem(status, "unexpected", detail, lang)(scope, receive, send)

    return answer


def _record(scope: Scope, status: int, took_s: float) -> None:
    # The route's pattern, not the address: one series for all divisions. Nothing of the query is
    # logged, it may hold what somebody typed by mistake.
    route = getattr(scope.get("route"), "path", "-")
    REQUESTS.labels(scope["method"], route, status).inc()
    SECONDS.labels(route).observe(took_s)
    if scope["path"] not in QUIET:
        log.info(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            ms=round(took_s * 1000, 1),
        )
