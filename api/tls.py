"""An office's own certificate authority, and the certificate of its server.

Phones give no position and no offline pages without HTTPS, and an office network has no public
names. So the office makes a CA that its devices trust once; server certificates follow from it
without another visit to the phones.
"""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from geo.errors import CertificateError
from geo.texts import Text

CA_LIFE = timedelta(days=3652)
SERVER_LIFE = timedelta(days=825)
"""Apple's devices take no longer one, even below an own CA."""
RENEW_BEFORE = timedelta(days=30)
CLOCK_SKEW = timedelta(hours=1)
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "::1/128")
ABOUT = "about.json"
"""What the page about the CA says, so that the web process need not load ``cryptography``."""
PLAIN = serialization.NoEncryption()
PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8


@dataclass(frozen=True, slots=True)
class Made:
    """What ``tls init`` made."""

    ca: Path
    new_ca: bool
    """Whether the devices must trust this CA first."""
    fingerprint: str
    """SHA-256 of the CA's certificate, to be compared on the device."""
    certificate: Path
    names: list[str]
    valid_until: datetime


def read_certificate(path: Path) -> x509.Certificate:
    """Read a certificate, the first of a chain.

    Raises
    ------
    CertificateError
    """
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CertificateError(file=path, reason=str(error)) from error


def init_tls(
    home: Path, names: Sequence[str], *, new_ca: bool = False, now: datetime | None = None
) -> Made:
    """Make a server certificate, and the CA above it if there is none.

    Parameters
    ----------
    names
        Host names and addresses the server is reached at.
    new_ca
        Make another CA in any case; every device must then trust it anew.

    Raises
    ------
    CertificateError
        If the CA may not vouch for one of the names.
    """
    now = now or datetime.now(UTC)
    folder = home / "tls"
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    wanted = list(dict.fromkeys(names))
    ca_file, ca_key_file = folder / "ca.crt", folder / "ca.key"
    fresh = new_ca or not ca_file.exists() or _is_over(read_certificate(ca_file), now)
    if fresh:
        key = ec.generate_private_key(ec.SECP256R1())
        made = _make_ca(key, wanted, now)
        _write(ca_key_file, key.private_bytes(PEM, PKCS8, PLAIN))
        _write(ca_file, made.public_bytes(PEM), mode=0o644)
    ca = read_certificate(ca_file)
    ca_key = serialization.load_pem_private_key(ca_key_file.read_bytes(), None)
    if not isinstance(ca_key, ec.EllipticCurvePrivateKey):
        raise CertificateError(file=ca_key_file, reason="EC")
    _check_permitted(ca, wanted, ca_file)
    key = ec.generate_private_key(ec.SECP256R1())
    server = _make_server(key, wanted, ca, ca_key, now)
    _write(folder / "server.key", key.private_bytes(PEM, PKCS8, PLAIN))
    chain = server.public_bytes(PEM) + ca.public_bytes(PEM)
    _write(folder / "server.crt", chain, mode=0o644)
    about = {
        "fingerprint": fingerprint(ca),
        "until": ca.not_valid_after_utc.date().isoformat(),
        "names": wanted,
    }
    _write(folder / ABOUT, json.dumps(about, ensure_ascii=False, indent=2).encode(), mode=0o644)
    until = server.not_valid_after_utc
    return Made(ca_file, fresh, fingerprint(ca), folder / "server.crt", wanted, until)


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate as devices show it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _make_ca(
    key: ec.EllipticCurvePrivateKey, names: Sequence[str], now: datetime
) -> x509.Certificate:
    title = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Yutu 舆图"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Yutu Office CA {now:%Y-%m-%d}"),
        ]
    )
    # A stolen key of this CA must not be able to pass for a bank on every phone of the office.
    permitted = [_constraint(name) for name in names if not _is_private(name)]
    permitted += [x509.IPAddress(ipaddress.ip_network(net)) for net in PRIVATE]
    usage = _usage(key_cert_sign=True, crl_sign=True)
    return (
        _builder(key, title, title, now, CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(key, hashes.SHA256())
    )


def _make_server(
    key: ec.EllipticCurvePrivateKey,
    names: Sequence[str],
    ca: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    title = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    life = min(SERVER_LIFE, ca.not_valid_after_utc - now)
    vouched = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    return (
        _builder(key, title, ca.subject, now, life)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(vouched, critical=False)
        .add_extension(
            x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )


def _builder(
    key: ec.EllipticCurvePrivateKey,
    subject: x509.Name,
    issuer: x509.Name,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now - CLOCK_SKEW + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(**used: bool) -> x509.KeyUsage:
    unused = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(**(unused | used))


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode())


def _constraint(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_network(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode())


def _is_private(name: str) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    networks = (ipaddress.ip_network(net) for net in PRIVATE)
    return any(address in net for net in networks if net.version == address.version)


def _check_permitted(ca: x509.Certificate, names: Iterable[str], path: Path) -> None:
    try:
        constraints = ca.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return
    permitted = constraints.permitted_subtrees or []
    outside = [name for name in names if not any(_within(name, one) for one in permitted)]
    if outside:
        reason = Text("tls.outside", {"names": outside})
        raise CertificateError(file=path, reason=reason)


def _within(name: str, permitted: x509.GeneralName) -> bool:
    asked = _general_name(name)
    if isinstance(asked, x509.IPAddress) and isinstance(permitted, x509.IPAddress):
        network = ipaddress.ip_network(permitted.value)
        address = ipaddress.ip_address(str(asked.value))
        return address.version == network.version and address in network
    if isinstance(asked, x509.DNSName) and isinstance(permitted, x509.DNSName):
        return asked.value == permitted.value or asked.value.endswith(f".{permitted.value}")
    return False


def names_of(certificate: x509.Certificate) -> list[str]:
    """Return the host names and addresses a server certificate is for."""
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [
        *names.get_values_for_type(x509.DNSName),
        *(str(address) for address in names.get_values_for_type(x509.IPAddress)),
    ]


def _is_over(ca: x509.Certificate, now: datetime) -> bool:
    return ca.not_valid_after_utc - now < RENEW_BEFORE


def _write(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        os.fsync(file.fileno())
    new.replace(path)
