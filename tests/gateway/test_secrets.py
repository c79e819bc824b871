"""Whatever happens, no secret is ever said: not in logs, errors, representations, events or what is known."""

import asyncio
import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from heliograph.emulator.cloud import CLOUD_FAULTS, EmulatedCloud
from heliograph.emulator.cloud import Account as Holder
from heliograph.emulator.faults import FAULTS
from heliograph.errors import HeliographError
from heliograph.gateway import Account, Cloud, Credentials, Gateway, Patience
from tests.gateway.house import Bench, bench

USER, PASSWORD, LOCAL = "secret.owner@example.org", "cl0ud-s3cret", "l0cal-s3cret"


class Confessions:
    """Everything that was said."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.caplog = caplog
        self.said: list[str] = []

    @contextmanager
    def listening(self, gateway: Gateway) -> Iterator[None]:
        try:
            yield
        except HeliographError as err:
            self.said += [err.text("fr"), err.text("en"), repr(err), repr(err.details), str(err.args)]
            self.said += traceback.format_exception(err)
        self.said += [repr(gateway), repr(gateway.credentials), str(gateway.credentials), repr(gateway.known)]
        self.said += [repr(gateway.token), repr(gateway.problems), repr(gateway.facts), repr(vars(gateway))]
        self.said.append(json.dumps(msgspec.to_builtins(gateway.known)))

    def text(self, house: Bench) -> str:
        return "\n".join([*self.said, self.caplog.text, repr(house.events)])


def secrets_of(token: str) -> list[str]:
    return [*token.split("."), USER, PASSWORD, LOCAL]


@pytest.fixture
def confessions(caplog: pytest.LogCaptureFixture) -> Confessions:
    # aiohttp and asyncio in their most talkative state are heard as well.
    caplog.set_level(logging.DEBUG)
    return Confessions(caplog)


FIRMWARES = ("D5.0.62", "D8.2.4345")


@pytest.mark.parametrize("firmware", FIRMWARES)
@pytest.mark.parametrize("fault", sorted(FAULTS))
async def test_under_every_fault(firmware: str, fault: str, confessions: Confessions) -> None:
    patience = Patience(connect=0.2, read=0.1)
    async with bench(firmware, passwords={"envoy": LOCAL}) as house:
        token = house.gateway.token()
        credentials = Credentials(password=LOCAL, token=token, account=Account(USER, PASSWORD))
        nowhere = Cloud("http://127.0.0.1:9", "http://127.0.0.1:9")
        async with house.client(credentials, patience=patience, cloud=nowhere) as gateway:
            asyncio.get_running_loop().set_debug(True)
            with confessions.listening(gateway):
                await gateway.read()
            house.gateway.faults.on(fault)
            for _ in range(2):
                house.clock.advance(300)
                with confessions.listening(gateway):
                    await gateway.read()
        said = confessions.text(house)
    assert [secret for secret in secrets_of(token) if secret in said] == []
    assert "sessionId=" not in said.replace("sessionId=***", "")


@pytest.mark.parametrize("fault", ["", *sorted(CLOUD_FAULTS)])
async def test_under_every_failure_of_the_cloud(fault: str, confessions: Confessions) -> None:
    async with bench() as house:
        authority = house.gateway.credentials.authority
        holders = {USER: Holder(PASSWORD)}
        async with EmulatedCloud(holders, authority=authority, clock=house.clock) as service:
            service.faults = {fault} - {""}
            fetched = service._sessions
            options: dict[str, Any] = {"cloud": Cloud(service.url, service.url)}
            async with house.client(Credentials(account=Account(USER, PASSWORD)), **options) as gateway:
                with confessions.listening(gateway):
                    await gateway.read()
                token = gateway.credentials.token or "none.at.all"
        said = confessions.text(house)
    hidden = [part for part in secrets_of(token) if len(part) > 4] + list(fetched)
    assert [secret for secret in hidden if secret in said] == []


@pytest.mark.parametrize("change", [" ", "\n", "x", ".", "é"])
async def test_with_a_token_that_was_pasted_badly(change: str, confessions: Confessions) -> None:
    async with bench() as house:
        token = house.gateway.token()
        async with house.client(Credentials(token=token[:60] + change + token[60:])) as gateway:
            with confessions.listening(gateway):
                await gateway.read()
        said = confessions.text(house)
    assert [part for part in token.split(".") if part in said] == []
