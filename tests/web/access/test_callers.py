from collections.abc import Mapping

import pytest

from heliograph.web.access.callers import Caller, Neighbourhood, host_of, is_loopback


def called(
    client: str, host: str = "localhost", proxies: tuple[str, ...] = (), headers: Mapping[str, str] | None = None
) -> Caller:
    scope = {"client": (client, 1), "scheme": "http"}
    return Neighbourhood.of((), proxies).caller(scope, {**(headers or {}), "host": host})


@pytest.mark.parametrize("client", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost", "localhost:8420", "127.0.0.1:8420", "[::1]:8420", "x.localhost"])
def test_this_machine_is_local(client: str, host: str) -> None:
    assert called(client, host).local


@pytest.mark.parametrize(
    ("client", "host", "headers"),
    [
        ("192.168.1.9", "localhost", {}),
        ("127.0.0.1", "solar.example", {}),
        ("127.0.0.1", "192.168.1.2", {}),
        ("127.0.0.1", "localhost", {"x-forwarded-for": "127.0.0.1"}),
        ("127.0.0.1", "localhost", {"forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", "localhost", {"via": "1.1 proxy"}),
        ("", "localhost", {}),
    ],
)
def test_whoever_may_come_from_elsewhere_is_not(client: str, host: str, headers: dict[str, str]) -> None:
    assert not called(client, host, headers=headers).local


def test_a_trusted_proxy_tells_who_calls_and_how() -> None:
    caller = called(
        "10.0.0.2",
        proxies=("10.0.0.0/24",),
        headers={"x-forwarded-for": "198.51.100.7, 10.0.0.9", "x-forwarded-proto": "https"},
    )
    assert (caller.address, caller.local, caller.secure) == ("198.51.100.7", False, True)


def test_others_tell_nothing() -> None:
    caller = called(
        "10.0.1.2", proxies=("10.0.0.0/24",), headers={"x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "https"}
    )
    assert (caller.address, caller.secure) == ("10.0.1.2", False)


def test_a_proxy_that_tells_nothing_is_the_caller_itself_and_never_local() -> None:
    assert not called("127.0.0.1", proxies=("127.0.0.1",)).local
    assert (
        called("10.0.0.2", proxies=("10.0.0.2", "nonsense"), headers={"x-forwarded-for": "who"}).address == "10.0.0.2"
    )


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost:1", True),
        ("192.168.1.2", True),
        ("[2001:db8::1]:8420", True),
        ("Solar.Home.Arpa.:8420", True),
        ("evil.example", False),
        ("solar.home.arpa, evil.example", False),
        ("", False),
    ],
)
def test_names(host: str, known: bool) -> None:
    assert Neighbourhood.of(("solar.home.arpa",), ()).knows({"host": host}) is known


@pytest.mark.parametrize("host", ["[::1].evil.example", "[::1]x", "[127.0.0.1].evil.example:80", "[::1"])
def test_an_address_with_a_tail_is_not_this_machine(host: str) -> None:
    assert not is_loopback(host_of({"host": host})) or host == "[::1"


def test_hosts_lose_their_ports() -> None:
    assert [host_of({"host": text}) for text in ("A:1", "[::1]:2", "b.", "1.2.3.4")] == ["a", "::1", "b", "1.2.3.4"]
