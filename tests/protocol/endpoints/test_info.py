import pytest

from heliograph.errors import NotAGatewayError
from heliograph.model import Authentication
from heliograph.protocol.endpoints.info import authentication, clock, identify
from tests.protocol.asking import said

INFO = """<?xml version="1.0" encoding="UTF-8"?>
<envoy_info><time>1785593200</time><device><sn>122300000001</sn><pn>800-00647-r11</pn><software>{software}</software>
<euaid>4c8675</euaid><imeter>{imeter}</imeter></device>{more}</envoy_info>"""


def info(software: str = "D8.3.5169", imeter: str = "true", more: str = "", before: str = "") -> bytes:
    return (before + INFO.format(software=software, imeter=imeter, more=more)).encode()


def test_a_gateway_says_who_it_is() -> None:
    facts = identify(said("/info", info(more="<web-tokens>true</web-tokens>")), "gateway")

    assert (facts.serial, facts.firmware, facts.part_number) == ("122300000001", "D8.3.5169", "800-00647-r11")
    assert facts.authentication is Authentication.TOKEN
    assert facts.metered is True


@pytest.mark.parametrize(("imeter", "metered"), [("true", True), ("false", False), ("", None), ("perhaps", None)])
def test_a_board_may_have_a_meter(imeter: str, metered: bool | None) -> None:
    assert identify(said("/info", info(imeter=imeter)), "gateway").metered is metered


@pytest.mark.parametrize("before", ["\n", "  \r\n", "\ufeff"])
def test_space_before_the_declaration_is_no_harm(before: str) -> None:
    assert identify(said("/info", info(before=before)), "gateway").serial == "122300000001"


@pytest.mark.parametrize(
    ("firmware", "tokens", "way"),
    [
        ("D3.7.0", False, Authentication.NONE),
        ("R3.9.36", False, Authentication.DIGEST),
        ("D3.17.3", False, Authentication.DIGEST),
        ("D5.0.62", False, Authentication.DIGEST),
        ("D7.0.88", False, Authentication.TOKEN),
        ("D5.0.62", True, Authentication.TOKEN),
        ("", False, Authentication.NONE),
    ],
)
def test_the_way_in_follows_from_the_firmware(firmware: str, tokens: bool, way: Authentication) -> None:
    assert authentication(firmware, web_tokens=tokens) is way


def test_the_oldest_units_show_a_page() -> None:
    page = b"<html><td>Envoy Serial Number:</td> <td>121030012345</td></html>"
    facts = identify(said("/info", page), "gateway")

    assert (facts.serial, facts.firmware, facts.authentication) == ("121030012345", "", Authentication.NONE)
    assert facts.version == ()


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"<html>Router</html>", "a web page"),
        (b"<html>Router", "a web page"),
        (b"", "no /info document"),
        (b"<?xml version='1.0'?><device><sn>1</sn></device>", "no /info document"),
        (b"<envoy_info><device/></envoy_info>", "no serial"),
        (b"<envoy_info><device><sn>../../etc</sn></device></envoy_info>", "is none"),
        (b"<envoy_info><device><sn>=1+1+1+1</sn></device></envoy_info>", "is none"),
        (b"<envoy_info><device><sn>" + b"1" * 5000 + b"</sn></device></envoy_info>", "is none"),
        (b'{"a": 1}', "no /info document"),
    ],
)
def test_others_are_no_gateways(body: bytes, cause: str) -> None:
    with pytest.raises(NotAGatewayError, match="as an Enphase gateway") as caught:
        identify(said("/info", body), "192.0.2.1")

    assert cause in caught.value.text()


def test_a_gateway_tells_its_time() -> None:
    assert clock(said("/info", info())) == 1_785_593_200
    assert clock(said("/info", info().replace(b"1785593200", b"soon"))) is None
    assert clock(said("/info", info().replace(b"1785593200", b"1" * 5000))) is None
    assert clock(said("/info", b"busy")) is None
