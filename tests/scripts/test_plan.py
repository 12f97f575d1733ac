from __future__ import annotations

import socket

import pytest

from geo.errors import InsecureHostError, OptionInvalidError, PortInUseError
from scripts.plan import Plan, check_host, is_loopback, listen, own_addresses

EVERYWHERE = "0.0.0.0"  # noqa: S104


def plan(host: str) -> Plan:
    listening = listen(host, 0)
    port = listening.getsockname()[1]
    listening.close()
    return Plan(host, port, True, False, None, None, (), listen(host, port))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_the_loopback_is_this_machine(host: str) -> None:
    assert is_loopback(host)
    check_host(host, encrypted=False, insecure=False)


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.168.1.2", "yutu.example"])
def test_everything_else_is_served_only_encrypted_or_knowingly(host: str) -> None:
    with pytest.raises(InsecureHostError):
        check_host(host, encrypted=False, insecure=False)
    check_host(host, encrypted=True, insecure=False)
    check_host(host, encrypted=False, insecure=True)


def test_a_port_in_use_names_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortInUseError) as refused:
            listen("127.0.0.1", taken.getsockname()[1])
    assert refused.value.facts["next"] > refused.value.facts["port"]  # type: ignore[operator]


def test_a_host_of_another_machine_is_a_wrong_option() -> None:
    for host in ("192.0.2.1", "no.such.host.invalid"):
        with pytest.raises(OptionInvalidError):
            listen(host, 0)


def test_the_address_for_people_is_one_a_browser_can_open() -> None:
    one = plan("127.0.0.1")
    assert one.url(tls=False) == f"http://127.0.0.1:{one.port}/"
    everywhere = plan(EVERYWHERE)
    assert everywhere.url(tls=True) == f"https://{own_addresses()[0]}:{everywhere.port}/"
    assert everywhere.own_address() == ("127.0.0.1", everywhere.port)
    assert not everywhere.is_loopback
    for made in (one, everywhere):
        made.listening.close()
