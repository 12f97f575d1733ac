"""From an error to an answer: class to status, and problem+json (RFC 9457) in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from geo import errors as geo_errors
from geo.exchange.findings import Finding
from geo.settings import settings
from geo.texts import Lang, Text, choose_lang, say, text

PROBLEM = "application/problem+json"

PROBLEM_ANSWER: dict[str, Any] = {
    "description": "What went wrong: `code` and facts for the program, `detail` for the clerk.",
    "content": {
        PROBLEM: {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "code", "detail", "errors"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                    "errors": {"type": "array", "items": {"type": "object"}},
                },
            }
        }
    },
}
"""How every error is described in the OpenAPI document."""

STATUS: dict[type[geo_errors.YutuError], HTTPStatus] = {
    geo_errors.YutuError: HTTPStatus.INTERNAL_SERVER_ERROR,
    geo_errors.InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    geo_errors.UnauthenticatedError: HTTPStatus.UNAUTHORIZED,
    geo_errors.RefusedError: HTTPStatus.FORBIDDEN,
    geo_errors.NotFoundError: HTTPStatus.NOT_FOUND,
    geo_errors.ConflictError: HTTPStatus.CONFLICT,
    geo_errors.ChangedMeanwhileError: HTTPStatus.PRECONDITION_FAILED,
    geo_errors.RevisionMissingError: HTTPStatus.PRECONDITION_REQUIRED,
    geo_errors.TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    geo_errors.ThrottledError: HTTPStatus.TOO_MANY_REQUESTS,
    geo_errors.UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    geo_errors.DiskFullError: HTTPStatus.INSUFFICIENT_STORAGE,
    geo_errors.SetupError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Status of a class and of all below it that are not named themselves."""

QUERY_CANCELED = "57014"

log = structlog.get_logger("yutu.api")


def status_of(error: geo_errors.YutuError) -> HTTPStatus:
    """Return the status of the nearest class of an error that has one."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def make_problem(
    error: geo_errors.YutuError, lang: Lang, *, status: HTTPStatus | None = None
) -> JSONResponse:
    """Return the answer to an error: its code and facts for the program, its text for the clerk."""
    status = status or status_of(error)
    found = error.facts.get("findings")
    facts = {key: as_json(fact, lang) for key, fact in error.facts.items() if key != "findings"}
    rows = [_row(one, lang) for one in found] if isinstance(found, list | tuple) else []
    if isinstance(error, geo_errors.OptionInvalidError):
        rows = [{"row": None, "column": facts.get("option"), **facts}]
    return problem(
        status,
        error.code,
        text(f"error.{error.code}", lang, **error.facts),
        lang,
        errors=rows,
        facts={key: fact for key, fact in facts.items() if key != "errors"},
    )


def problem(
    status: HTTPStatus,
    code: str,
    detail: str,
    lang: Lang,
    *,
    errors: list[Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return a problem document; what it is about decides ``code``, the language the texts."""
    extra = {"Content-Language": lang, "Vary": "Accept-Language", **(headers or {})}
    if status == HTTPStatus.UNAUTHORIZED:
        extra["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.TOO_MANY_REQUESTS and facts and "wait_s" in facts:
        extra["Retry-After"] = str(facts["wait_s"])
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        extra["Retry-After"] = "5"
    content = {
        **(facts or {}),
        "type": "about:blank",
        "title": text(f"status.{status.value}", lang),
        "status": status.value,
        "code": code,
        "detail": detail,
        "errors": errors or [],
    }
    return JSONResponse(content, status.value, extra, media_type=PROBLEM)


def as_json(fact: object, lang: Lang) -> Any:
    """Return a fact as JSON has it; dates, ids and texts of the catalogue become words."""
    if fact is None or isinstance(fact, bool | int | float | str):
        return fact
    if is_dataclass(fact) and not isinstance(fact, type | Text):
        # Not asdict, which copies all that lies within before it is spelled.
        return {one.name: as_json(getattr(fact, one.name), lang) for one in fields(fact)}
    if isinstance(fact, Mapping):
        return {str(key): as_json(one, lang) for key, one in fact.items()}
    if isinstance(fact, list | tuple | set | frozenset):
        return [as_json(one, lang) for one in fact]
    return say(fact, lang)


def _row(one: object, lang: Lang) -> Any:
    """Return one thing that is wrong as a row of ``errors``, with its message in words."""
    return one.as_dict(lang) if isinstance(one, Finding) else as_json(one, lang)


def tell_database_error(error: Exception) -> geo_errors.YutuError | None:
    """Return our own error for what a database or its pool could not do; None for our bug."""
    if isinstance(error, PoolTimeoutError):
        return geo_errors.BusyError()
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    if isinstance(error, DataError) and "NUL" in str(error.orig):
        return geo_errors.InputError(reason=Text("reason.zero_character"))
    if state == QUERY_CANCELED:
        return geo_errors.TooSlowError(limit_s=settings().statement_timeout_s)
    if isinstance(error, OperationalError | InterfaceError):
        return geo_errors.DatabaseGoneError()
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return geo_errors.DatabaseGoneError()
    return None


def lang_of(request: Request) -> Lang:
    """Return the language of a request's texts; Chinese when it asks for none we have."""
    return choose_lang(request.headers.get("accept-language"))


def add_error_handlers(app: FastAPI) -> None:
    """Make the app answer every error it can name as a problem document.

    What is left is a bug; ``api.watch`` answers it without its internals.
    """

    def on_yutu(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, geo_errors.YutuError)  # noqa: S101 - for the type checker
        if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.warning("refused", code=error.code, facts=str(error))
        return make_problem(error, lang_of(request))

    def on_database(request: Request, error: Exception) -> JSONResponse:
        told = tell_database_error(error)
        if told is None:
            raise error
        log.warning("database", code=told.code, cause=type(error).__name__)
        return make_problem(told, lang_of(request))

    app.add_exception_handler(geo_errors.YutuError, on_yutu)
    app.add_exception_handler(DBAPIError, on_database)
    app.add_exception_handler(PoolTimeoutError, on_database)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - for the type checker
    rows = [
        {
            "row": None,
            "column": ".".join(str(part) for part in one["loc"][1:]) or str(one["loc"][0]),
            # Never what was sent: it may be a password.
            "value": None,
            "allowed": one["msg"],
            "rule": one["type"],
        }
        for one in error.errors()
    ]
    lang = lang_of(request)
    detail = text("error.request_invalid", lang, count=len(rows))
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "request_invalid", detail, lang, errors=rows)


def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker
    lang = lang_of(request)
    status = HTTPStatus(error.status_code)
    headers = dict(error.headers or {})
    if status == HTTPStatus.NOT_FOUND:
        code, detail = "page_not_found", text("error.page_not_found", lang, path=request.url.path)
    elif status == HTTPStatus.METHOD_NOT_ALLOWED:
        code = "method_not_allowed"
        allowed = headers.get("Allow") or headers.get("allow", "-")
        detail = text("error.method_not_allowed", lang, method=request.method, allowed=allowed)
    else:
        code = "request_refused"
        detail = text("error.request_refused", lang, reason=error.detail)
    return problem(status, code, detail, lang, headers=headers)
