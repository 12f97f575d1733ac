"""How ``serve`` is to serve: where, for whom, how encrypted; and its socket.

Nothing heavy is imported here, as in ``children``.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from geo.errors import InsecureHostError, OptionInvalidError, PortInUseError
from scripts.children import Child, spawn

PORTS_TRIED = 50
BACKLOG = 256


@dataclass(frozen=True)
class Plan:
    """What the options of ``serve`` say."""

    host: str
    port: int
    demo: bool
    tls: bool
    """Whether the certificate of ``yutu tls init`` is used."""
    certificate: Path | None
    key: Path | None
    proxies: tuple[str, ...]
    """Addresses whose forwarded headers are believed."""
    listening: socket.socket
    """Bound already: while the web process starts anew, callers wait instead of being refused."""

    @property
    def is_loopback(self) -> bool:
        """Return whether this machine alone can reach the service."""
        return is_loopback(self.host)

    def url(self, *, tls: bool) -> str:
        """Return the address to open in a browser."""
        host = self.host
        if ipaddress.ip_address(self._address()).is_unspecified:
            host = own_addresses()[0]
        host = f"[{host}]" if ":" in host else host
        return f"http{'s' if tls else ''}://{host}:{self.port}/"

    def own_address(self) -> tuple[str, int]:
        """Return the address at which this machine itself reaches the service."""
        address = ipaddress.ip_address(self._address())
        if address.is_unspecified:
            return ("::1" if address.version == 6 else "127.0.0.1"), self.port  # noqa: PLR2004
        return str(address), self.port

    def _address(self) -> str:
        address: str = self.listening.getsockname()[0]
        return address


def check_host(host: str, *, encrypted: bool, insecure: bool) -> None:
    """Refuse to send passwords over a network in the clear.

    Raises
    ------
    InsecureHostError
    """
    if not (is_loopback(host) or encrypted or insecure):
        raise InsecureHostError(host=host)


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine's loopback; a name other than localhost is not."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """Bind the service's socket, so that nobody else takes the port while it starts.

    Raises
    ------
    OptionInvalidError
        If the host is none of this machine's.
    PortInUseError
        If another program listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(host=host, port=port, next=_free_port(host, port)) from error
        if error.errno == errno.EACCES:
            raise OptionInvalidError(option="--port", value=port, allowed="1024-65535") from error
        raise OptionInvalidError(
            option="--host",
            value=host,
            allowed=["127.0.0.1", "0.0.0.0", *own_addresses()],  # noqa: S104
        ) from error
    return listening


def own_addresses() -> list[str]:
    """Return the addresses at which others may reach this machine; loopback if there are none."""
    found: list[str] = []
    # Connecting a datagram socket sends nothing; it only chooses the address to send from.
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((far, 9))
            except OSError:
                continue
            found.append(probe.getsockname()[0])
    return [address for address in found if not is_loopback(address)] or ["127.0.0.1"]


def spawn_web(plan: Plan) -> Child:
    """Start the web process; it loads, and waits to be told."""
    number = plan.listening.fileno()
    return spawn("web", ("scripts.web", str(os.getpid()), str(number)), pass_fds=(number,))


def _free_port(host: str, taken: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(taken + 1, min(taken + PORTS_TRIED, 65536)):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    return 0
