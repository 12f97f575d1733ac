from __future__ import annotations

import http.server
import ipaddress
import ssl
import threading
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from api.tls import fingerprint, init_tls, names_of, read_certificate
from geo.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("yutu.example", "192.168.3.7", "localhost", "127.0.0.1", "::1")
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@contextmanager
def served(folder: Path) -> Iterator[int]:
    class Quiet(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Quiet)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def get(port: int, host: str, ca: Path) -> int:
    context = ssl.create_default_context(cafile=str(ca))
    # As strict as browsers are about what RFC 5280 asks of certificates.
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with urllib.request.urlopen(f"https://{host}:{port}/", context=context) as answer:
        status: int = answer.status
    return status


def test_who_trusts_the_ca_trusts_the_server(tmp_path: Path) -> None:
    made = init_tls(tmp_path, NAMES)
    assert made.new_ca
    with served(tmp_path / "tls") as port:
        assert get(port, "localhost", made.ca) == 204
        assert get(port, "127.0.0.1", made.ca) == 204


def test_another_office_does_not_trust_it(tmp_path: Path) -> None:
    init_tls(tmp_path / "ours", NAMES)
    other = init_tls(tmp_path / "theirs", NAMES)
    with served(tmp_path / "ours/tls") as port, pytest.raises(OSError, match="CERTIFICATE_VERIFY"):
        get(port, "localhost", other.ca)


def test_a_second_run_keeps_the_ca_and_renews_the_server(tmp_path: Path) -> None:
    first = init_tls(tmp_path, NAMES)
    before = read_certificate(first.certificate)
    second = init_tls(tmp_path, [*NAMES, "10.1.2.3"])
    after = read_certificate(second.certificate)
    assert not second.new_ca
    assert second.fingerprint == first.fingerprint == fingerprint(read_certificate(first.ca))
    assert before.serial_number != after.serial_number
    assert "10.1.2.3" in names_of(after)


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    init_tls(tmp_path, NAMES)
    for name in ("ca.key", "server.key"):
        assert (tmp_path / "tls" / name).stat().st_mode & 0o777 == 0o600


def test_the_server_certificate_lives_825_days_and_the_ca_ten_years(tmp_path: Path) -> None:
    made = init_tls(tmp_path, NAMES, now=NOW)
    server, ca = read_certificate(made.certificate), read_certificate(made.ca)
    assert server.not_valid_after_utc - server.not_valid_before_utc == timedelta(days=825)
    assert ca.not_valid_after_utc - ca.not_valid_before_utc == timedelta(days=3652)
    late = init_tls(tmp_path, NAMES, now=NOW + timedelta(days=3600))
    assert late.valid_until <= ca.not_valid_after_utc
    over = init_tls(tmp_path, NAMES, now=NOW + timedelta(days=3640))
    assert over.new_ca


def test_the_ca_cannot_pass_for_anybody_outside_the_office(tmp_path: Path) -> None:
    made = init_tls(tmp_path, NAMES)
    limits = read_certificate(made.ca).extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    permitted = limits.value.permitted_subtrees or []
    hosts = {one.value for one in permitted if isinstance(one, x509.DNSName)}
    networks = {one.value for one in permitted if isinstance(one, x509.IPAddress)}
    assert hosts == {"yutu.example", "localhost"}
    assert ipaddress.ip_network("192.168.0.0/16") in networks
    outside = ipaddress.ip_address("114.114.114.114")
    assert not any(outside in ipaddress.ip_network(net) for net in networks)
    with pytest.raises(CertificateError):
        init_tls(tmp_path, ["bank.example"])
    assert init_tls(tmp_path, ["bank.example"], new_ca=True).new_ca


def test_an_address_outside_the_private_ranges_is_permitted_when_named(tmp_path: Path) -> None:
    made = init_tls(tmp_path, ["59.1.2.3", "yutu.example"])
    assert names_of(read_certificate(made.certificate)) == ["yutu.example", "59.1.2.3"]
    with pytest.raises(CertificateError):
        init_tls(tmp_path, ["59.1.2.4"])


def test_what_is_no_certificate_is_refused_in_words(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.crt"
    wrong.write_text("-----BEGIN CERTIFICATE-----\nnonsense")
    for path in (wrong, tmp_path / "missing.crt"):
        with pytest.raises(CertificateError):
            read_certificate(path)


def test_the_ca_is_named_so_that_an_office_finds_it_again(tmp_path: Path) -> None:
    ca = read_certificate(init_tls(tmp_path, NAMES, now=NOW).ca)
    name = ca.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert name == "Yutu Office CA 2026-11-21"
