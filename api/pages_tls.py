"""The page on which a device comes to trust the office's CA, and the CA itself."""

from __future__ import annotations

import ipaddress
import json
import ssl
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response

from api.pages import PageFrame, answer_page
from geo.errors import NotFoundError
from geo.settings import settings
from maps.page import render_tls

router = APIRouter(include_in_schema=False)


@router.get("/tls")
def get_tls(request: Request, frame: PageFrame) -> Response:
    """Return the page with the steps for each kind of device; without a CA, how to get one."""
    about = _read_about()
    if about is None:
        html = render_tls(frame, address=None, fingerprint=None, until=None)
        return answer_page(request, html, HTTPStatus.NOT_FOUND)
    html = render_tls(
        frame,
        address=_address(request, about["names"]),
        fingerprint=about["fingerprint"],
        until=date.fromisoformat(about["until"]),
    )
    return answer_page(request, html)


@router.get("/tls/ca.crt")
def get_ca() -> Response:
    """Return the CA's certificate as devices import it (DER).

    Raises
    ------
    NotFoundError
        If the office has none.
    """
    file = _folder() / "ca.crt"
    if not file.exists():
        raise NotFoundError(what="ca.crt")
    return Response(
        ssl.PEM_cert_to_DER_cert(file.read_text(encoding="ascii")),
        media_type="application/x-x509-ca-cert",
        headers={"Content-Disposition": 'attachment; filename="yutu-ca.crt"'},
    )


def _folder() -> Path:
    return settings().home / "tls"


def _read_about() -> dict[str, Any] | None:
    # Written by yutu tls init; named here, for api.tls would load a library for it.
    file = _folder() / "about.json"
    if not file.exists():
        return None
    about: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return about


def _address(request: Request, names: list[str]) -> str:
    # For a phone: the loopback, at which a browser on the server itself may be, leads nowhere.
    host = request.url.hostname or "localhost"
    if _is_loopback(host):
        outside = [name for name in names if not _is_loopback(name)]
        # Addresses before names: few office networks give their machines names.
        host = next((name for name in outside if _is_address(name)), (*outside, host)[0])
    host = f"[{host}]" if ":" in host else host
    port = f":{request.url.port}" if request.url.port else ""
    return f"{request.url.scheme}://{host}{port}/tls"


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
