from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography import x509

from api.tls import init_tls

if TYPE_CHECKING:
    from pathlib import Path


def test_the_page_shows_fingerprint_code_and_steps(client: Any, home: Path) -> None:
    made = init_tls(home, ["yutu.example", "192.168.3.7", "localhost"])
    page = client.get("/tls", headers={"Host": "localhost:8000"}).text
    assert made.fingerprint in page
    assert "<svg" in page
    # The address for phones is not the loopback the page was opened at.
    assert "192.168.3.7:8000/tls" in page
    for device in ("安卓", "鸿蒙", "iPhone", "Windows", "微信"):
        assert device in page
    assert "Android" in client.get("/tls?lang=en").text


def test_the_certificate_is_downloaded_as_devices_import_it(client: Any, home: Path) -> None:
    made = init_tls(home, ["yutu.example"])
    answer = client.get("/tls/ca.crt")
    assert answer.headers["content-type"] == "application/x-x509-ca-cert"
    ca = x509.load_der_x509_certificate(answer.content)
    assert ca == x509.load_pem_x509_certificate(made.ca.read_bytes())


def test_without_a_ca_the_page_says_how_to_make_one(client: Any) -> None:
    page = client.get("/tls")
    assert page.status_code == 404
    assert "yutu tls init" in page.text
    assert client.get("/tls/ca.crt").json()["code"] == "not_found"
