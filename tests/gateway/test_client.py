import asyncio
import doctest
import queue
import threading
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from heliograph.emulator.access import authentication_of
from heliograph.emulator.answer import Answer
from heliograph.emulator.clock import Clock
from heliograph.emulator.cloud import Account as Holder
from heliograph.emulator.cloud import EmulatedCloud
from heliograph.emulator.families import build
from heliograph.emulator.generation import Ports
from heliograph.emulator.server import EmulatedGateway
from heliograph.errors import (
    AnswerError,
    CloudError,
    NotAGatewayError,
    NotPermittedError,
    RefusedError,
    UnreachableError,
    UsageError,
)
from heliograph.gateway import Account, Cloud, Credentials, Gateway, Patience, Progress
from heliograph.model import Subject
from tests.gateway.house import (
    INVENTORY,
    INVERTERS,
    NOW,
    OTHER_SERIAL,
    PRODUCTION,
    SERIAL,
    SUMMARY,
    Bench,
    House,
    bench,
    raw_server,
    saying,
)

CHECK_JWT = "/auth/check_jwt"
OLD, MIDDLE, NEW, NEWEST = "D3.7.0", "D5.0.62", "D8.2.4345", "D8.3.5289"
GENERATIONS = ("D3.17.3", MIDDLE, "D7.3.130", NEW, NEWEST)
HOUR, DAY = 3600, 86400


# Reading.


@pytest.mark.parametrize("firmware", GENERATIONS)
async def test_every_generation_is_read(firmware: str) -> None:
    async with bench(firmware) as house, house.client() as gateway:
        snapshot = await gateway.read()
        assert snapshot.gateway.serial == SERIAL
        assert snapshot.gateway.firmware == firmware
        assert snapshot.system.value("production_power") == 512
        assert len(list(snapshot.of(Subject.INVERTER))) == 2
        assert not gateway.problems
        assert house.gateway.counters.concurrent_max == 1


async def test_the_oldest_are_identified_without_a_password() -> None:
    async with bench(OLD) as house, house.client() as gateway:
        assert (await gateway.identify()).firmware == OLD
        assert gateway.known.scheme == "http"
        assert gateway.known.pin is None


async def test_only_what_is_due_is_asked() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        asked = house.gateway.counters.requests
        await gateway.read()
        assert house.gateway.counters.requests == asked
        house.clock.advance(60)
        await gateway.read()
        assert house.gateway.counters.requests == asked + 1


@pytest.mark.parametrize(("firmware", "limit"), [(MIDDLE, 8), (NEW, 8)])
async def test_five_minutes_of_a_standard_gateway(firmware: str, limit: int) -> None:
    async with bench(firmware) as house, house.client() as gateway:
        for _ in range(6):
            await gateway.read()
            house.clock.advance(60)
        house.gateway.counters.reset()
        for _ in range(5):
            await gateway.read()
            house.clock.advance(60)
        assert house.gateway.counters.requests <= limit


async def test_what_is_asked_once_an_hour_is_not_asked_all_at_once() -> None:
    async with bench() as house:
        house.house.changed = {
            "/home.json": Answer(b'{"software_build_epoch": 1, "timezone": "Europe/Paris"}'),
            "/ivp/meters": Answer(b"[]"),
        }
        async with house.client() as gateway:
            await gateway.read()
            assert gateway.plan is not None
            rare = {question.target for question in gateway.plan.questions if question.cadence == HOUR}
            assert {"/info", "/home.json"} <= rare
            times: list[tuple[int, int]] = []
            for minute in range(130):
                before = house.asked(*rare)
                await gateway.read()
                house.clock.advance(60)
                times += [(minute, house.asked(*rare) - before)] if house.asked(*rare) > before else []
            assert max(count for _, count in times) == 1
            assert len(times) >= 2 * len(rare)
            assert all(after - before >= 2 for (before, _), (after, _) in pairwise(times))


async def test_a_kept_connection_needs_one_handshake() -> None:
    async with bench() as house, house.client() as gateway:
        for _ in range(4):
            await gateway.read()
            house.clock.advance(60)
        assert house.gateway.counters.handshakes == 1
        assert house.gateway.counters.targets[f"GET {CHECK_JWT}"] == 1
        assert gateway.requests.sessions == 1
        assert gateway.requests.sent == house.gateway.counters.requests


async def test_a_restart_asks_nothing_twice() -> None:
    async with bench() as house:
        async with house.client() as gateway:
            await gateway.read()
            known, credentials = gateway.known, gateway.credentials
        house.gateway.counters.reset()
        async with house.client(credentials, known=known) as gateway:
            snapshot = await gateway.read()
            assert gateway.plan == known.plan
        assert snapshot.system.value("production_power") == 512
        # Who it is, the session, and what the plan holds.
        assert known.plan is not None
        assert house.gateway.counters.requests == 1 + len(known.plan.questions)


async def test_sync_tells_how_far_it_is_and_what_it_found() -> None:
    steps: list[Progress] = []
    async with bench() as house, house.client() as gateway:
        synced = await gateway.sync(steps.append)
        assert steps[0].number == 1
        assert steps[-1].number == len(synced.answers) - 1
        assert {device.serial for device in synced.added} >= {"482211001122", "482211001123"}
        again = await gateway.sync()
        assert (again.added, again.retired, again.unanswered) == ((), (), ())
        assert house.happenings == ["key_trusted", "identified", "synced", "synced"] or set(house.happenings) == {
            "key_trusted",
            "identified",
            "synced",
        }


async def test_what_is_gone_is_retired() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.sync()
        inventory = b'[{"type": "PCU", "devices": [{"serial_num": "482211001122", "part_num": "800"}]}]'
        report = b'[{"serialNumber": "482211001122", "lastReportDate": 1, "lastReportWatts": 1, "maxReportWatts": 2}]'
        house.house.changed = {"/inventory.json": Answer(inventory), "/api/v1/production/inverters": Answer(report)}
        synced = await gateway.sync()
        assert [device.serial for device in synced.retired] == ["482211001123"]


async def test_latency_is_kept_for_each_endpoint() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        latency = gateway.latency[PRODUCTION]
        assert latency.count == 1
        assert 0 < latency.last == latency.mean == latency.worst


async def test_two_readers_share_one_line() -> None:
    async with bench() as house, house.client() as gateway:
        snapshots = await asyncio.gather(gateway.read(), gateway.read(), gateway.ask("/info"), gateway.ask(SUMMARY))
        assert house.gateway.counters.concurrent_max == 1
        assert snapshots[0].system.value("production_power") == 512


async def test_ask_gives_the_answer_as_it_came() -> None:
    async with bench() as house, house.client() as gateway:
        assert (await gateway.ask("/nowhere")).status == 404
        answer = await gateway.ask(SUMMARY)
        assert (answer.status, answer.document["wattsNow"], answer.at) == (200, 512, NOW)


async def test_a_reader_that_gives_up_leaves_the_line_usable() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        house.gateway.faults.on("hang", times=1)
        house.clock.advance(60)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await gateway.read()
        assert (await gateway.read()).system.value("production_power") == 512


# The token as one of the values.


async def test_the_token_is_told() -> None:
    async with bench() as house, house.client() as gateway:
        firmware = next((await gateway.read()).of(Subject.FIRMWARE))
        assert firmware.value("token_role") == "owner"
        assert firmware.value("token_expiry") == NOW + 365 * DAY
        assert gateway.token is not None
        assert gateway.token.days_left(NOW) == 365


# Getting in: three generations by what is offered.


def offered(house: Bench, what: str) -> Credentials:
    token = house.gateway.token
    return {
        "nothing": Credentials(),
        "right": house.credentials,
        "password": Credentials(password="123456"),
        "wrong password": Credentials(password="wrong"),
        "installer": Credentials(user="installer"),
        "white space": Credentials(token=f"\n Bearer {token()[:50]}\n{token()[50:]} "),
        "malformed": Credentials(token="no token"),
        "expired": Credentials(token=token(lifetime=-1)),
        "other gateway's": Credentials(
            token=house.gateway.credentials.authority.mint(OTHER_SERIAL, now=NOW, role="owner")
        ),
        "unknown signature": Credentials(token=EmulatedGateway(house.house, clock=house.clock).token()),
    }[what]


@pytest.mark.parametrize("firmware", GENERATIONS)
@pytest.mark.parametrize("what", ["right", "installer", "password"])
async def test_let_in(firmware: str, what: str) -> None:
    async with bench(firmware) as house:
        credentials = offered(house, "right" if firmware > "D7" else what)
        async with house.client(credentials) as gateway:
            assert (await gateway.read()).system.value("production_power") == 512


async def test_let_in_with_a_token_full_of_white_space() -> None:
    async with bench() as house:
        token = house.gateway.token()
        async with house.client(Credentials(token=f"\n Bearer {token[:50]}\r\n  {token[50:]} \u200b")) as gateway:
            await gateway.read()


@pytest.mark.parametrize(
    ("firmware", "what", "code"),
    [
        ("D3.17.3", "wrong password", "wrong_password"),
        (MIDDLE, "wrong password", "wrong_password"),
        (NEW, "nothing", "token_needed"),
        (NEW, "wrong password", "token_needed"),
        (NEW, "malformed", "token_malformed"),
        (NEW, "expired", "token_expired"),
        (NEW, "other gateway's", "token_foreign"),
        (NEW, "unknown signature", "token_refused"),
        (NEWEST, "expired", "token_expired"),
        (NEWEST, "unknown signature", "token_refused"),
    ],
)
async def test_not_let_in(firmware: str, what: str, code: str) -> None:
    async with bench(firmware) as house, house.client(offered(house, what)) as gateway:
        with pytest.raises(RefusedError) as caught:
            await gateway.read()
        assert caught.value.code == code


@pytest.mark.parametrize("what", ["malformed", "expired", "other gateway's"])
async def test_a_token_that_cannot_do_is_not_even_sent(what: str) -> None:
    async with bench() as house, house.client(offered(house, what)) as gateway:
        with pytest.raises(RefusedError):
            await gateway.read()
        assert house.gateway.counters.targets == {"GET /info": 1}


async def test_a_password_that_was_changed_is_given() -> None:
    async with bench(MIDDLE, passwords={"envoy": "mine", "installer": "other"}) as house:
        async with house.client(Credentials(password="mine")) as gateway:
            await gateway.read()
        async with house.client(Credentials()) as gateway:
            with pytest.raises(RefusedError) as caught:
                await gateway.read()
            assert caught.value.code == "wrong_password"


async def test_a_role_too_low_costs_one_endpoint_only() -> None:
    async with bench(for_installers=("/api/v1/production/inverters",)) as house, house.client() as gateway:
        snapshot = await gateway.read()
        assert snapshot.system.value("production_power") == 512
        assert gateway.facts is not None
        refusal = gateway.facts.endpoints[INVERTERS]
        assert refusal.reason is not None
        assert refusal.reason.code == "not_permitted"
        assert house.asked(CHECK_JWT) == 1


async def test_a_role_that_became_too_low_leaves_the_rest() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        house.house.for_installers = ("/api/v1/production/inverters",)
        house.clock.advance(300)
        snapshot = await gateway.read()
        assert snapshot.system.value("production_power") == 512
        problem = gateway.problems[INVERTERS]
        assert isinstance(problem, NotPermittedError)
        assert "owner" in problem.text()


async def test_a_gateway_that_lets_read_nothing_says_so() -> None:
    paths = ("/production.json", "/api/v1/production", "/api/v1/production/inverters", "/inventory.json", "/home.json")
    shut = (*paths, "/ivp/meters", "/ivp/ensemble/inventory", "/production", "/home")
    async with bench(for_installers=shut) as house, house.client() as gateway:
        with pytest.raises(NotPermittedError):
            await gateway.read()


async def test_the_installer_on_an_old_gateway_is_tried_by_itself() -> None:
    async with bench(MIDDLE, for_installers=("/api/v1/production/inverters",)) as house, house.client() as gateway:
        assert len(list((await gateway.read()).of(Subject.INVERTER))) == 2


async def test_a_session_that_is_over_is_opened_again_silently() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        house.clock.advance(601)
        assert (await gateway.read()).system.value("production_power") == 512
        house.gateway.forget_sessions()
        house.clock.advance(60)
        assert (await gateway.read()).system.value("production_power") == 512
        assert not gateway.problems
        assert gateway.requests.sessions == 3


async def test_a_gateway_that_wants_its_cookie() -> None:
    async with bench("D7.0.88", cookie_only=True) as house, house.client() as gateway:
        await gateway.read()
        assert (await gateway.ask("/ivp/meters")).status == 404


async def test_a_token_that_ended_meanwhile() -> None:
    async with bench() as house, house.client(Credentials(token=house.gateway.token(lifetime=HOUR))) as gateway:
        await gateway.read()
        house.clock.advance(2 * HOUR)
        with pytest.raises(RefusedError) as caught:
            await gateway.read()
        assert caught.value.code == "token_expired"


async def test_a_refused_token_is_left_alone_for_a_quarter_of_an_hour_while_info_is_asked() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        right = house.gateway.credentials.authority
        house.gateway.credentials.authority = EmulatedGateway(house.house).credentials.authority
        house.gateway.forget_sessions()
        for _ in range(15):
            house.clock.advance(60)
            with pytest.raises(RefusedError) as caught:
                await gateway.read()
            assert caught.value.code == "token_refused"
        assert house.asked(CHECK_JWT) == 2  # the first session, and once when it was over
        assert house.asked("/info") >= 14
        assert house.happenings.count("refused") == 1
        house.gateway.credentials.authority = right
        house.clock.advance(60)
        assert (await gateway.read()).system.value("production_power") == 512


async def test_new_credentials_count_at_once() -> None:
    async with bench() as house, house.client(offered(house, "unknown signature")) as gateway:
        with pytest.raises(RefusedError):
            await gateway.read()
        gateway.use(house.credentials)
        await gateway.read()


# With an account.


async def test_the_account_gets_the_token() -> None:
    async with bench() as house:
        authority = house.gateway.credentials.authority
        holders = {"user@example.org": Holder("pw")}
        async with EmulatedCloud(holders, authority=authority, clock=house.clock) as service:
            options: dict[str, Any] = {"cloud": Cloud(service.url, service.url)}
            async with house.client(Credentials(account=Account("user@example.org", "pw")), **options) as gateway:
                await gateway.read()
                credentials, known = gateway.credentials, gateway.known
            async with house.client(credentials, known=known, **options) as gateway:
                await gateway.read()
            assert service.visits.logins == 1
            assert house.happenings.count("token_renewed") == 1


async def test_the_account_replaces_a_token_that_ended_and_renews_one_that_will() -> None:
    async with bench() as house:
        authority = house.gateway.credentials.authority
        holders = {"user@example.org": Holder("pw")}
        async with EmulatedCloud(holders, authority=authority, clock=house.clock) as service:
            service.lifetime = 40 * DAY
            credentials = Credentials(account=Account("user@example.org", "pw"))
            async with house.client(credentials, cloud=Cloud(service.url, service.url)) as gateway:
                await gateway.read()
                house.clock.advance(11 * DAY)
                await gateway.read()
                assert service.visits.logins == 2
                house.clock.advance(100 * DAY)
                await gateway.read()
                assert service.visits.logins == 3


async def test_a_cloud_that_is_out_of_order_does_not_end_what_works() -> None:
    async with bench() as house, EmulatedCloud({}, clock=house.clock) as service:
        service.faults.add("login-503")
        credentials = Credentials(
            token=house.gateway.token(lifetime=20 * DAY), account=Account("user@example.org", "pw")
        )
        async with house.client(credentials, cloud=Cloud(service.url, service.url)) as gateway:
            for _ in range(5):
                await gateway.read()
                house.clock.advance(60)
        assert service.visits.by_path == {"/login/login.json": 1, "/login": 1}
        assert house.happenings.count("renewal_failed") == 1


async def test_an_account_that_is_refused_does_not_hammer() -> None:
    async with bench() as house, EmulatedCloud({}, clock=house.clock) as service:
        credentials = Credentials(account=Account("user@example.org", "pw"))
        async with house.client(credentials, cloud=Cloud(service.url, service.url)) as gateway:
            for _ in range(60):
                with pytest.raises(CloudError):
                    await gateway.read()
                house.clock.advance(60)
        assert service.visits.logins == 3


# Where and who.


@pytest.mark.parametrize("ports", [Ports.HTTPS, Ports.REDIRECT])
@pytest.mark.parametrize("prefix", ["", "http://", "https://"])
async def test_whatever_is_typed_before_the_address(ports: Ports, prefix: str) -> None:
    async with bench(ports=ports) as house:
        house_client = Gateway(f"{prefix}{house.gateway.host}/", house.credentials, clock=house.clock.now)
        async with house_client as gateway:
            await gateway.identify()
            assert gateway.known.scheme == "https"
            await gateway.read()


async def test_a_wrong_address_is_told_at_once() -> None:
    with pytest.raises(UsageError):
        Gateway("not an address")


async def test_a_token_is_not_sent_in_the_clear() -> None:
    async with bench(ports=Ports.HTTP) as house, house.client() as gateway:
        with pytest.raises(UnreachableError) as caught:
            await gateway.read()
        assert "secure" in caught.value.text()
        assert house.asked(CHECK_JWT) == 0
        house.gateway._ports = Ports.HTTPS
        await gateway.read()
        assert gateway.known.scheme == "https"


async def test_unless_the_owner_asks_for_it() -> None:
    async with bench(ports=Ports.HTTP) as house:
        plain = Gateway(f"http://{house.gateway.host}", house.credentials, clock=house.clock.now)
        async with plain as gateway:
            await gateway.read()


async def test_another_gateway_than_expected() -> None:
    async with bench() as house, house.client(serial=OTHER_SERIAL) as gateway:
        with pytest.raises(NotAGatewayError) as caught:
            await gateway.read()
        assert caught.value.code == "wrong_gateway"
        assert house.gateway.counters.targets == {"GET /info": 1}


@pytest.mark.parametrize("firmware", ["D3.17.3", MIDDLE])
async def test_a_gateway_that_was_swapped_is_noticed_before_the_password_is_blamed(firmware: str) -> None:
    async with bench(firmware) as house, house.client(Credentials(password=house.house.serial[-6:])) as gateway:
        await gateway.read()
        house.gateway.become(House(firmware, OTHER_SERIAL))
        house.clock.advance(300)
        with pytest.raises(NotAGatewayError) as caught:
            await gateway.read()
        assert (caught.value.code, caught.value.details["found"]) == ("wrong_gateway", OTHER_SERIAL)


async def test_a_wrong_password_is_blamed_once_it_is_sure_who_refuses_it() -> None:
    async with bench(MIDDLE) as house, house.client(Credentials(password="wrong")) as gateway:
        with pytest.raises(RefusedError):
            await gateway.read()
        house.gateway.counters.reset()
        house.clock.advance(300)
        with pytest.raises(RefusedError) as caught:
            await gateway.read()
        assert caught.value.code == "wrong_password"
        assert house.gateway.counters.targets["GET /info"] <= 1


async def test_a_gateway_that_was_swapped_is_noticed_before_the_token_is_sent() -> None:
    async with bench() as house:
        async with house.client() as gateway:
            await gateway.read()
            known, credentials = gateway.known, gateway.credentials
        house.gateway.become(House(NEW, OTHER_SERIAL))
        house.gateway.counters.reset()
        async with house.client(credentials, known=known, trust=True) as gateway:
            with pytest.raises(NotAGatewayError) as caught:
                await gateway.read()
        assert (caught.value.code, caught.value.details["found"]) == ("wrong_gateway", OTHER_SERIAL)
        assert house.gateway.counters.targets == {"GET /info": 1}


async def test_a_gateway_swapped_while_running_is_noticed() -> None:
    async with bench(MIDDLE) as house, house.client() as gateway:
        await gateway.read()
        house.gateway.become(House(MIDDLE, OTHER_SERIAL))
        house.clock.advance(HOUR)
        with pytest.raises(NotAGatewayError):
            await gateway.read()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n<html>A router",
        b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno",
    ],
)
async def test_somebody_else_answers(answer: bytes) -> None:
    patience = Patience(connect=5, read=1)
    async with raw_server(saying(answer, answer, answer)) as host, Gateway(host, patience=patience) as gateway:
        with pytest.raises(NotAGatewayError) as caught:
            await gateway.read()
        assert caught.value.code == "not_a_gateway"


async def test_firmware_that_changes_overnight_is_followed() -> None:
    async with bench(MIDDLE) as house, house.client() as gateway:
        await gateway.read()
        assert gateway.known.scheme == "http"
        gateway.use(Credentials(token=house.gateway.token()))
        house.gateway.become(House(NEW))
        house.clock.advance(60)
        snapshot = await gateway.read()
        assert snapshot.gateway.firmware == NEW
        assert gateway.known.scheme == "https"
        assert house.happenings.count("firmware_changed") == 1
        assert house.happenings.count("synced") == 2


async def test_firmware_that_changes_is_noticed_within_the_hour() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        house.gateway.become(House("D8.2.9999"))
        house.clock.advance(HOUR)
        assert (await gateway.read()).gateway.firmware == "D8.2.9999"
        assert house.happenings.count("synced") == 2


async def test_firmware_that_wants_a_token_from_now_on_says_so() -> None:
    async with bench(MIDDLE) as house, house.client() as gateway:
        await gateway.read()
        house.gateway.become(House(NEWEST))
        house.clock.advance(60)
        with pytest.raises(RefusedError) as caught:
            await gateway.read()
        assert caught.value.code == "token_needed"


def test_the_house_is_of_the_generation_it_says() -> None:
    assert authentication_of(OLD, web_tokens=False).value == "none"


async def test_a_gateway_of_any_name_has_a_short_repr() -> None:
    assert repr(Gateway("envoy.local", Credentials(token="a.b.c"))) == "<Gateway envoy.local>"


# Faults of the wire.

SURVIVED = [
    "both-framings",
    "drop-keepalive",
    "false-content-type",
    "garbage-headers",
    "http10-close",
    "leading-space",
    "no-content-type",
    "repeated-headers",
]
STRUCK = ["401", "404", "500", "502", "503", "cut", "empty-200", "html-200", "truncated", "401-flapping"]


@pytest.mark.parametrize("firmware", [MIDDLE, NEW])
@pytest.mark.parametrize("fault", SURVIVED)
async def test_faults_that_nobody_notices(firmware: str, fault: str) -> None:
    async with bench(firmware) as house, house.client() as gateway:
        house.gateway.faults.on(fault)
        for _ in range(3):
            assert (await gateway.read()).system.value("production_power") == 512
            house.clock.advance(300)
        assert not gateway.problems


@pytest.mark.parametrize("firmware", [MIDDLE, NEW])
@pytest.mark.parametrize("fault", STRUCK)
async def test_faults_of_one_endpoint_leave_the_others(firmware: str, fault: str) -> None:
    async with bench(firmware) as house, house.client() as gateway:
        await gateway.read()
        house.gateway.faults.on(fault, paths=INVERTERS)
        house.clock.advance(300)
        house.house.watts = 700
        snapshot = await gateway.read()
        assert snapshot.system.value("production_power") == 700
        assert len(list(snapshot.of(Subject.INVERTER))) == 2  # as they were
        if fault != "401-flapping":
            assert INVERTERS in gateway.problems
        house.gateway.faults.clear()
        house.clock.advance(900)  # a password that was refused is not offered again sooner
        await gateway.read()
        assert not gateway.problems


@pytest.mark.parametrize("firmware", [MIDDLE, NEW])
@pytest.mark.parametrize("fault", ["401", "404", "500", "502", "503", "cut", "empty-200", "html-200", "truncated"])
async def test_faults_of_everything_are_told_and_got_over(firmware: str, fault: str) -> None:
    async with bench(firmware) as house, house.client() as gateway:
        await gateway.read()
        house.gateway.faults.on(fault)
        house.clock.advance(300)
        with pytest.raises((UnreachableError, AnswerError, RefusedError, NotAGatewayError)) as caught:
            await gateway.read()
        assert caught.value.text("fr")
        assert sum(house.slept) <= Patience().budget
        house.gateway.faults.clear()
        house.clock.advance(900)
        assert (await gateway.read()).system.value("production_power") == 512


@pytest.mark.parametrize("fault", ["cut", "empty-200", "503", "truncated", "garbage-headers"])
async def test_a_fault_that_strikes_once_is_not_even_a_problem(fault: str) -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        house.gateway.faults.on(fault, paths=PRODUCTION.partition("?")[0], times=1)
        house.gateway.faults.on(fault, paths=SUMMARY, times=1)
        house.clock.advance(60)
        house.house.watts = 700
        snapshot = await gateway.read()
        assert snapshot.system.value("production_power") == 700


async def test_the_pauses_grow_and_end() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        house.gateway.faults.on("503")
        house.clock.advance(60)
        with pytest.raises(AnswerError) as caught:
            await gateway.read()
        assert caught.value.code == "not_ready"
        assert house.slept == [1, 2, 4]


async def test_a_gateway_that_is_gone_is_lost_once_and_found_again() -> None:
    async with bench() as house, house.client() as gateway:
        house.gateway.faults.on("drop-keepalive")
        await gateway.read()
        house.gateway.faults.on("offline")
        for _ in range(3):
            house.clock.advance(60)
            with pytest.raises(UnreachableError):
                await gateway.read()
        house.gateway.faults.clear()
        house.clock.advance(60)
        await gateway.read()
        assert house.happenings[-2:] == ["lost", "found_again"]


@pytest.mark.parametrize("fault", ["hang", "slow-drip"])
async def test_a_gateway_that_hangs(fault: str) -> None:
    async with bench() as house, house.client(patience=Patience(connect=5, read=1)) as gateway:
        await gateway.read()
        house.gateway.faults.on(fault, amount=0.5) if fault == "slow-drip" else house.gateway.faults.on(fault)
        house.clock.advance(300)
        with pytest.raises(UnreachableError) as caught:
            await gateway.read()
        assert caught.value.code == "timeout"
        assert house.slept == []
        house.gateway.faults.clear()
        house.clock.advance(300)
        await gateway.read()


async def test_one_endpoint_that_hangs_leaves_the_others() -> None:
    async with bench() as house, house.client(patience=Patience(connect=5, read=1)) as gateway:
        await gateway.read()
        house.gateway.faults.on("hang", paths=INVERTERS)
        house.clock.advance(300)
        house.house.watts = 700
        assert (await gateway.read()).system.value("production_power") == 700
        assert gateway.problems[INVERTERS].code == "timeout"


async def test_an_endpoint_that_fails_is_asked_less_and_less() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        house.gateway.faults.on("500", paths=INVERTERS)
        house.gateway.counters.reset()
        for _ in range(30):
            house.clock.advance(60)
            await gateway.read()
        assert 6 <= house.asked(INVERTERS) <= 12


async def test_a_sync_in_bad_weather_is_made_good_within_the_hour() -> None:
    async with bench() as house, house.client() as gateway:
        house.gateway.faults.on("503", paths=INVERTERS)
        synced = await gateway.sync()
        assert synced.unanswered == (INVERTERS,)
        house.gateway.faults.clear()
        house.clock.advance(HOUR)
        assert len(list((await gateway.read()).of(Subject.INVERTER))) == 2


async def test_a_redirect_to_nowhere_is_not_followed() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        house.gateway.faults.on("redirect-localhost", paths=INVENTORY.partition("?")[0])
        assert (await gateway.ask(INVENTORY)).status in {301, 302}


async def test_the_outage_at_eleven() -> None:
    evening = NOW - NOW % DAY + 22 * HOUR + 58 * 60
    clock = Clock(evening, rate=0)
    house = House(NEW)
    async with EmulatedGateway(house, clock=clock) as emulated:
        emulated.faults.on("outage-23h")
        table = Bench(emulated, house, clock)
        outcomes = []
        async with table.client(patience=Patience(connect=5, read=1, pauses=())) as gateway:
            for _ in range(10):
                try:
                    await gateway.read()
                    outcomes.append(True)
                except UnreachableError:
                    outcomes.append(False)
                clock.advance(60)
        assert outcomes == [True] * 2 + [False] * 5 + [True] * 3


# The example of the front door.


def test_the_example_runs() -> None:
    ready: queue.Queue[tuple[str, Credentials, Callable[[], object]]] = queue.Queue()

    async def emulate() -> None:
        over = asyncio.Event()
        async with EmulatedGateway(House(NEW)) as gateway:
            stop = partial(asyncio.get_running_loop().call_soon_threadsafe, over.set)
            ready.put((gateway.host, Credentials(token=gateway.token()), stop))
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(emulate(),))
    thread.start()
    host, credentials, stop = ready.get(timeout=10)
    try:
        assert Gateway.__doc__ is not None
        example = doctest.DocTestParser().get_doctest(
            Gateway.__doc__, {"host": host, "credentials": credentials}, "Gateway", None, None
        )
        runner = doctest.DocTestRunner()
        runner.run(example)
        assert (runner.failures, runner.tries) == (0, 4)
    finally:
        stop()
        thread.join(10)


async def test_a_clock_that_is_put_back_does_not_silence_the_gateway() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        asked = house.asked(PRODUCTION, "/info")
        house.clock.set(NOW - 5 * 3600)
        house.house.watts = 77
        snapshot = await gateway.read()
        assert (snapshot.system.value("production_power"), snapshot.skew) == (77, 0)
        assert house.asked(PRODUCTION, "/info") == asked + 2


async def test_the_gateway_s_clock_is_compared_with_ours() -> None:
    async with bench() as house, house.client(clock=lambda: NOW - 3600) as gateway:
        assert (await gateway.read()).skew == 3600


async def test_a_transformer_that_is_switched_on_later_is_read_within_the_hour() -> None:
    clock = Clock(1_782_900_000, rate=0)
    before, after = (
        build(family, start=clock.now() - DAY) for family in ("iq-metered-7.3-no-consumption", "iq-metered-7.3")
    )
    assert before.serial == after.serial
    async with EmulatedGateway(before, clock=clock) as emulated:
        credentials = Credentials(token=emulated.token(lifetime=365 * DAY))
        async with Gateway(emulated.host, credentials, clock=clock.now) as gateway:
            system = (await gateway.read()).system
            assert system.absent["consumption_power"].code == "no_consumption_meter"
            emulated.become(after)
            clock.advance(HOUR)
            system = (await gateway.read()).system
            assert system.value("consumption_power") == pytest.approx(
                float(str(system.value("production_power"))) + float(str(system.value("net_power"))), abs=1
            )
            assert system.values["import_lifetime"].source == "meter.net"
