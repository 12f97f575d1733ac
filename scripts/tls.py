"""Which certificate ``serve`` serves with, and what this machine is called."""

from __future__ import annotations

import ipaddress
import shutil
import socket
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.tls import RENEW_BEFORE, init_tls, names_of, read_certificate
from geo.errors import CertificateError
from geo.texts import Text
from scripts.plan import Plan, own_addresses


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files a server proves itself with."""

    certificate: Path
    key: Path


def find_certificate(plan: Plan, home: Path, *, now: datetime | None = None) -> Certificate | None:
    """Find what to serve HTTPS with; None for plain HTTP. The office's own is renewed when due.

    Raises
    ------
    CertificateError
        If there is none, or it cannot be read, or it has expired.
    """
    now = now or datetime.now(UTC)
    if plan.certificate is not None and plan.key is not None:
        check_valid(plan.certificate, now)
        return Certificate(plan.certificate, plan.key)
    if not plan.tls:
        return None
    folder = home / "tls"
    own = Certificate(folder / "server.crt", folder / "server.key")
    if not own.certificate.exists():
        raise CertificateError(file=own.certificate, reason=Text("tls.missing"))
    found = read_certificate(own.certificate)
    if found.not_valid_after_utc - now < RENEW_BEFORE:
        init_tls(home, names_of(found), now=now)
    return own


def check_valid(path: Path, now: datetime) -> None:
    """Refuse a certificate that is not valid now.

    Raises
    ------
    CertificateError
    """
    found = read_certificate(path)
    if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        until = found.not_valid_after_utc.date()
        raise CertificateError(file=path, reason=Text("tls.expired", {"until": until}))


def own_names() -> list[str]:
    """Return this machine's host names and addresses."""
    program = shutil.which("hostname")
    said = "" if program is None else subprocess.check_output([program, "-I"], text=True)  # noqa: S603
    # Link-local addresses are bound to one cable and cannot be typed into a browser.
    addresses = [one for one in said.split() if not ipaddress.ip_address(one).is_link_local]
    names = [socket.gethostname(), "localhost", *own_addresses(), *addresses, "127.0.0.1", "::1"]
    return list(dict.fromkeys(names))
