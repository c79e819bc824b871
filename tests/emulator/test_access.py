import pytest

from heliograph.emulator.access import authentication_of, is_open, minimum_role
from heliograph.emulator.answer import Authentication


@pytest.mark.parametrize(
    ("firmware", "web_tokens", "expected"),
    [
        ("D3.7.0", False, Authentication.NONE),
        ("R3.9.36", False, Authentication.DIGEST),
        ("D3.17.3", False, Authentication.DIGEST),
        ("D5.0.62", False, Authentication.DIGEST),
        ("D7.0.88", False, Authentication.TOKEN),
        ("D5.0.62", True, Authentication.TOKEN),
    ],
)
def test_knows_the_way_in(firmware: str, web_tokens: bool, expected: Authentication) -> None:
    assert authentication_of(firmware, web_tokens=web_tokens) is expected


@pytest.mark.parametrize(
    ("authentication", "firmware", "path", "expected"),
    [
        (Authentication.NONE, "D3.7.0", "/anything", True),
        (Authentication.DIGEST, "D3.17.3", "/production", True),
        (Authentication.DIGEST, "D5.0.62", "/production", False),
        (Authentication.DIGEST, "D5.0.62", "/production.json", True),
        (Authentication.DIGEST, "D5.0.62", "/api/v1/production/inverters", False),
        (Authentication.TOKEN, "D7.6.175", "/info", True),
        (Authentication.TOKEN, "D7.6.175", "/production.json", False),
    ],
)
def test_knows_what_is_free(authentication: Authentication, firmware: str, path: str, expected: bool) -> None:
    assert is_open(authentication, firmware, path) is expected


def test_keeps_some_paths_for_installers() -> None:
    assert minimum_role("/ivp/peb/devstatus") == "installer"
    assert minimum_role("/ivp/meters/readings") == "owner"
