import socket
from collections.abc import AsyncIterator

import pytest

from heliograph.emulator.clock import Clock
from heliograph.emulator.cloud import CLOUD_FAULTS, EmulatedCloud
from heliograph.emulator.cloud import Account as Holder
from heliograph.emulator.wire import Reply
from heliograph.errors import CloudError
from heliograph.gateway import Account, Cloud
from heliograph.protocol.token import decode
from tests.gateway.house import NOW, OTHER_SERIAL, SERIAL

USER, PASSWORD = "user+solar@example.org", "pa&ss=w%rd é"
ACCOUNT = Account(USER, PASSWORD)


@pytest.fixture
async def service() -> AsyncIterator[EmulatedCloud]:
    async with EmulatedCloud({USER: Holder(PASSWORD)}, clock=Clock(NOW, rate=0)) as cloud:
        yield cloud


async def fetch(service: EmulatedCloud, account: Account = ACCOUNT) -> str:
    return await Cloud(service.url, service.url).fetch(account, SERIAL, now=NOW)


async def test_a_token_is_fetched(service: EmulatedCloud) -> None:
    info = decode(await fetch(service))
    assert (info.serial, info.role, info.days_left(NOW)) == (SERIAL, "owner", 365)
    assert service.visits.by_path == {"/login/login.json": 1, "/tokens": 1}


class Flow:
    """Lets some of the cloud's pages fail and leaves the others."""

    def __init__(self, service: EmulatedCloud, **fail: str) -> None:
        self.routes = service._routes
        for page, fault in fail.items():
            key = {
                "login": ("POST", "/login/login.json"),
                "tokens": ("POST", "/tokens"),
                "auth_token": ("GET", "/entrez-auth-token"),
                "form": ("POST", "/login"),
                "form_tokens": ("POST", "/entrez_tokens"),
            }[page]
            self.routes[key] = lambda _, fault=fault: CLOUD_FAULTS[fault][1]()  # type: ignore[misc] # bound at once


BROKEN_TOKENS = ["tokens-400", "tokens-401", "tokens-403", "tokens-406", "tokens-500", "tokens-503", "tokens-html"]
BROKEN_TOKENS += ["tokens-no-jwt", "tokens-error", "tokens-empty", "tokens-429"]


@pytest.mark.parametrize("fault", BROKEN_TOKENS)
async def test_the_second_way_is_taken_where_the_first_fails(service: EmulatedCloud, fault: str) -> None:
    Flow(service, tokens=fault)
    assert decode(await fetch(service)).serial == SERIAL
    assert service.visits.by_path == {"/login/login.json": 1, "/tokens": 1, "/entrez-auth-token": 1}


@pytest.mark.parametrize("fault", BROKEN_TOKENS)
async def test_the_third_way_is_taken_where_the_second_fails(service: EmulatedCloud, fault: str) -> None:
    Flow(service, tokens=fault, auth_token=fault)
    assert decode(await fetch(service)).serial == SERIAL
    assert service.visits.by_path["/entrez_tokens"] == 1


@pytest.mark.parametrize("fault", ["login-html", "login-503", "login-429"])
async def test_a_login_that_fails_is_not_tried_twice(service: EmulatedCloud, fault: str) -> None:
    Flow(service, login=fault)
    assert decode(await fetch(service)).serial == SERIAL
    assert service.visits.by_path == {"/login/login.json": 1, "/login": 1, "/entrez_tokens": 1}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("login-401", "cloud_credentials"),
        ("login-mfa", "cloud_mfa"),
        ("login-blocked", "cloud_blocked"),
        ("login-html", "cloud_changed"),
        ("login-429", "cloud_unreachable"),
        ("login-503", "cloud_unreachable"),
        ("tokens-400", "cloud_no_right"),
        ("tokens-401", "cloud_no_right"),
        ("tokens-403", "cloud_no_right"),
        ("tokens-406", "cloud_no_right"),
        ("tokens-429", "cloud_unreachable"),
        ("tokens-500", "cloud_unreachable"),
        ("tokens-503", "cloud_unreachable"),
        ("tokens-html", "cloud_changed"),
        ("tokens-no-jwt", "cloud_changed"),
        ("tokens-error", "cloud_changed"),
        ("tokens-empty", "cloud_changed"),
    ],
)
async def test_every_failure_has_a_name(service: EmulatedCloud, fault: str, code: str) -> None:
    service.faults.add(fault)
    with pytest.raises(CloudError) as caught:
        await fetch(service)
    assert caught.value.code == code
    said = caught.value.text("fr") + caught.value.text("en") + repr(caught.value)
    assert USER not in said
    assert PASSWORD not in said


@pytest.mark.parametrize("fault", ["login-401", "login-mfa", "login-blocked"])
async def test_a_refused_account_is_not_offered_a_second_time(service: EmulatedCloud, fault: str) -> None:
    service.faults.add(fault)
    with pytest.raises(CloudError):
        await fetch(service)
    assert service.visits.logins == 1


async def test_a_wrong_password(service: EmulatedCloud) -> None:
    with pytest.raises(CloudError) as caught:
        await fetch(service, Account(USER, "wrong"))
    assert caught.value.code == "cloud_credentials"


async def test_a_gateway_of_somebody_else(service: EmulatedCloud) -> None:
    service.accounts[USER] = Holder(PASSWORD, serials=frozenset({OTHER_SERIAL}))
    with pytest.raises(CloudError) as caught:
        await fetch(service)
    assert (caught.value.code, caught.value.details["status"]) == ("cloud_no_right", 403)


async def test_a_token_for_another_gateway_is_not_taken(service: EmulatedCloud) -> None:
    service.wrong_serial = OTHER_SERIAL
    with pytest.raises(CloudError) as caught:
        await fetch(service)
    assert caught.value.code == "cloud_changed"
    assert OTHER_SERIAL in caught.value.text()


async def test_a_token_that_is_over_is_not_taken(service: EmulatedCloud) -> None:
    service.lifetime = -1
    with pytest.raises(CloudError) as caught:
        await fetch(service)
    assert caught.value.code == "cloud_changed"


async def test_a_page_that_was_moved(service: EmulatedCloud) -> None:
    moved = Reply(302, b"", headers=[("Location", "https://example.org/")])
    service._routes |= {key: lambda _: moved for key in service._routes}
    with pytest.raises(CloudError) as caught:
        await fetch(service)
    assert caught.value.code == "cloud_changed"


async def test_nobody_there() -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        with pytest.raises(CloudError) as caught:
            await Cloud(url, url).fetch(ACCOUNT, SERIAL, now=NOW)
    assert caught.value.code == "cloud_unreachable"
    assert "127.0.0.1" in caught.value.text()


async def test_the_cloud_is_verified_unless_told_otherwise() -> None:
    assert Cloud().context is None
    assert Cloud().enlighten.startswith("https://")
