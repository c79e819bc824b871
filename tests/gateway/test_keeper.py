from collections.abc import AsyncIterator

import pytest

from heliograph.emulator.clock import Clock
from heliograph.emulator.cloud import Account as Holder
from heliograph.emulator.cloud import EmulatedCloud
from heliograph.errors import CloudError, RefusedError
from heliograph.gateway import Account, Cloud, CloudGuard, Credentials, Event
from heliograph.gateway.keeper import TokenKeeper
from tests.gateway.house import NOW, OTHER_SERIAL, SERIAL

DAY = 86400
ACCOUNT = Account("user@example.org", "pw")


class Keeping:
    def __init__(self, service: EmulatedCloud, clock: Clock) -> None:
        self.service = service
        self.clock = clock
        self.events: list[Event] = []

    def token(self, serial: str = SERIAL, *, role: str = "owner", lifetime: float | None = None) -> str:
        return self.service.authority.mint(serial, now=self.clock.now(), role=role, lifetime=lifetime)

    def keeper(self, token: str | None = None, account: Account | None = ACCOUNT) -> TokenKeeper:
        return TokenKeeper(
            Credentials(token=token, account=account),
            Cloud(self.service.url, self.service.url),
            CloudGuard(),
            clock=self.clock.now,
            tell=self.events.append,
        )


@pytest.fixture
async def keeping() -> AsyncIterator[Keeping]:
    clock = Clock(NOW, rate=0)
    async with EmulatedCloud({ACCOUNT.user: Holder(ACCOUNT.password)}, clock=clock) as service:
        yield Keeping(service, clock)


async def obtain(keeper: TokenKeeper) -> str:
    return await keeper.obtain(host="host", serial=SERIAL, firmware="D8.2.1")


async def test_the_token_given_is_used_cleaned(keeping: Keeping) -> None:
    token = keeping.token()
    assert await obtain(keeping.keeper(f'  "Bearer {token}"\n')) == token
    assert keeping.service.visits.logins == 0


async def test_without_anything_a_token_is_asked_for(keeping: Keeping) -> None:
    with pytest.raises(RefusedError) as caught:
        await obtain(keeping.keeper(account=None))
    assert caught.value.code == "token_needed"
    assert "D8.2.1" in caught.value.text("fr")


@pytest.mark.parametrize("kind", ["malformed", "foreign", "expired"])
async def test_a_token_that_will_not_do_is_refused_or_replaced(keeping: Keeping, kind: str) -> None:
    bad = {"malformed": "x", "foreign": keeping.token(OTHER_SERIAL), "expired": keeping.token(lifetime=-1)}[kind]
    with pytest.raises(RefusedError) as caught:
        await obtain(keeping.keeper(bad, account=None))
    assert caught.value.code == f"token_{kind}"
    keeper = keeping.keeper(bad)
    assert await obtain(keeper) == keeper.credentials.token != bad
    assert [event.happening.value for event in keeping.events] == ["token_renewed"]


async def test_a_token_is_fetched_once_and_kept(keeping: Keeping) -> None:
    keeper = keeping.keeper()
    assert await obtain(keeper) == await obtain(keeper)
    assert keeping.service.visits.logins == 1
    assert keeper.info is not None
    assert keeper.info.role == "owner"


async def test_an_owners_token_is_renewed_in_its_last_month_once_a_day(keeping: Keeping) -> None:
    keeper = keeping.keeper(keeping.token(lifetime=31 * DAY))
    assert await keeper.renew(SERIAL) is None
    keeping.clock.advance(1.5 * DAY)
    keeping.service.faults.add("login-503")
    assert await keeper.renew(SERIAL) is None
    keeping.clock.advance(3600)
    assert await keeper.renew(SERIAL) is None
    assert keeping.service.visits.logins == 2  # two ways of logging in, once
    keeping.service.faults.clear()
    keeping.clock.advance(DAY)
    assert await keeper.renew(SERIAL) is not None
    assert [event.happening.value for event in keeping.events] == ["renewal_failed", "token_renewed"]


async def test_an_installers_token_is_renewed_in_its_last_hour(keeping: Keeping) -> None:
    keeping.service.accounts[ACCOUNT.user] = Holder(ACCOUNT.password, role="installer")
    keeper = keeping.keeper(keeping.token(role="installer"))
    keeping.clock.advance(10.9 * 3600)
    assert await keeper.renew(SERIAL) is None
    keeping.clock.advance(600)
    assert await keeper.renew(SERIAL) is not None


async def test_without_an_account_nothing_is_renewed(keeping: Keeping) -> None:
    assert await keeping.keeper(keeping.token(lifetime=DAY), account=None).renew(SERIAL) is None


async def test_an_unreadable_token_is_not_renewed_but_replaced_when_needed(keeping: Keeping) -> None:
    keeper = keeping.keeper("x")
    assert keeper.info is None
    assert await keeper.renew(SERIAL) is None


async def test_a_refused_token_is_replaced(keeping: Keeping) -> None:
    keeper = keeping.keeper(keeping.token())
    assert await keeper.replace(host="host", serial=SERIAL) == keeper.credentials.token


async def test_a_token_that_was_just_fetched_is_not_fetched_again(keeping: Keeping) -> None:
    keeper = keeping.keeper()
    await obtain(keeper)
    with pytest.raises(RefusedError) as caught:
        await keeper.replace(host="host", serial=SERIAL)
    assert caught.value.code == "token_refused"
    assert keeping.service.visits.logins == 1


@pytest.mark.parametrize(("lifetime", "code"), [(DAY, "token_refused"), (-1, "token_expired")])
async def test_without_an_account_a_refused_token_cannot_be_replaced(
    keeping: Keeping, lifetime: float, code: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        await keeping.keeper(keeping.token(lifetime=lifetime), account=None).replace(host="host", serial=SERIAL)
    assert caught.value.code == code


async def test_a_refused_account_is_left_in_peace(keeping: Keeping) -> None:
    keeping.service.faults.add("login-401")
    keeper = keeping.keeper()
    codes = []
    for _ in range(12):
        with pytest.raises(CloudError) as caught:
            await obtain(keeper)
        codes.append(caught.value.code)
        keeping.clock.advance(120)
    assert keeping.service.visits.logins == 3
    assert codes[:4] == ["cloud_credentials", "cloud_paused", "cloud_paused", "cloud_credentials"]
    assert codes[-1] == "cloud_stopped"
    keeping.service.faults.clear()
    keeper.use(Credentials(account=ACCOUNT))
    assert await obtain(keeper)
