"""The page on which a device comes to trust the office's CA, and the CA itself."""

from __future__ import annotations

import ipaddress
from http import HTTPStatus
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Request, Response

from api.pages import PageFrame, answer_page
from api.tls import fingerprint, names_of, read_certificate
from geo.errors import NotFoundError
from geo.settings import settings
from maps.page import render_tls

router = APIRouter(include_in_schema=False)


@router.get("/tls")
def get_tls(request: Request, frame: PageFrame) -> Response:
    """Return the page with the steps for each kind of device; without a CA, how to get one."""
    file = _folder() / "ca.crt"
    if not file.exists():
        html = render_tls(frame, address=None, fingerprint=None, until=None)
        return answer_page(request, html, HTTPStatus.NOT_FOUND)
    ca = read_certificate(file)
    html = render_tls(
        frame,
        address=_address(request),
        fingerprint=fingerprint(ca),
        until=ca.not_valid_after_utc.date(),
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
        read_certificate(file).public_bytes(Encoding.DER),
        media_type="application/x-x509-ca-cert",
        headers={"Content-Disposition": 'attachment; filename="yutu-ca.crt"'},
    )


def _folder() -> Path:
    return settings().home / "tls"


def _address(request: Request) -> str:
    # For a phone: the loopback, at which a browser on the server itself may be, leads nowhere.
    host = request.url.hostname or "localhost"
    server = _folder() / "server.crt"
    if _is_loopback(host) and server.exists():
        names = names_of(read_certificate(server))
        # Addresses before names: few office networks give their machines names.
        outside = [name for name in reversed(names) if not _is_loopback(name)]
        host = outside[0] if outside else host
    host = f"[{host}]" if ":" in host else host
    port = f":{request.url.port}" if request.url.port else ""
    return f"{request.url.scheme}://{host}{port}/tls"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
