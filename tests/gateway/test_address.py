import pytest

from heliograph.errors import UsageError
from heliograph.gateway.address import Address, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("envoy.local", Address("envoy.local")),
        (" 192.168.1.20 \n", Address("192.168.1.20")),
        ("192.168.1.20:8443", Address("192.168.1.20", 8443)),
        ("http://envoy", Address("envoy", None, "http")),
        ("HTTPS://envoy:443/home?x=1#y", Address("envoy", 443, "https")),
        ("envoy/", Address("envoy")),
        ("::1", Address("::1")),
        ("[::1]", Address("::1")),
        ("[fe80::1]:8080", Address("fe80::1", 8080)),
        ("fe80::1%eth0", Address("fe80::1%eth0")),
        ("https://[2001:db8::1]/", Address("2001:db8::1", None, "https")),
        ("my_envoy", Address("my_envoy")),
    ],
)
def test_addresses_as_people_type_them(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a b",
        "envoy:0",
        "envoy:70000",
        "envoy:http",
        "ftp://envoy",
        "[envoy]",
        "::1::",
        "user:pass@envoy",
        "-x",
        "é",
    ],
)
def test_what_is_no_address_is_said_to_be_none(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(text)
    assert caught.value.code == "bad_address"


def test_a_secret_in_an_address_is_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        parse_address("https://user:s3cret@envoy/")
    assert "s3cret" not in caught.value.text("fr")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (Address("envoy"), "envoy"),
        (Address("envoy", 81), "envoy:81"),
        (Address("::1"), "[::1]"),
        (Address("::1", 81), "[::1]:81"),
    ],
)
def test_an_address_is_shown_as_a_url_has_it(address: Address, shown: str) -> None:
    assert str(address) == shown
    assert address.origin("https") == f"https://{shown}"


def test_https_is_tried_first_unless_the_owner_says_otherwise() -> None:
    assert Address("envoy").schemes == ("https", "http")
    assert Address("envoy", scheme="https").schemes == ("https", "http")
    assert Address("envoy", scheme="http").schemes == ("http", "https")
