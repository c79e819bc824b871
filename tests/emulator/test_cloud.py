import contextlib
import html
import json
import re
from collections.abc import AsyncIterator

import aiohttp
import jwt
import pytest

from heliograph.emulator.clock import Clock
from heliograph.emulator.cloud import CLOUD_FAULTS, Account, EmulatedCloud

SERIAL = "122112123456"
NOW = 1_700_000_000.0
PASSWORD = "secret"
ACCOUNTS = {
    "owner@example.org": Account("secret"),
    "fitter@example.org": Account("secret", role="installer", serials=frozenset({SERIAL})),
    "careful@example.org": Account("secret", second_factor=True),
}


@contextlib.asynccontextmanager
async def visit() -> AsyncIterator[tuple[EmulatedCloud, aiohttp.ClientSession]]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        EmulatedCloud(ACCOUNTS, clock=Clock(NOW, rate=0)) as cloud,
        aiohttp.ClientSession(cloud.url, cookie_jar=jar) as client,
    ):
        yield cloud, client


async def log_in(client: aiohttp.ClientSession, user: str = "owner@example.org", password: str = PASSWORD) -> str:
    form = {"user[email]": user, "user[password]": password}
    async with client.post("/login/login.json", data=form) as reply:
        return str((await reply.json()).get("session_id")) if reply.status == 200 else f"refused {reply.status}"


async def by_session(client: aiohttp.ClientSession, session: str, serial: str = SERIAL) -> tuple[int, str]:
    asked = {"session_id": session, "serial_num": serial, "username": "owner@example.org"}
    async with client.post("/tokens", json=asked) as reply:
        return reply.status, await reply.text()


async def test_flow_a_gives_a_token_as_text() -> None:
    async with visit() as (cloud, client):
        status, token = await by_session(client, await log_in(client))

        assert status == 200
        assert cloud.authority.check(token, SERIAL, NOW).role == "owner"
        assert jwt.decode(token, options={"verify_signature": False})["username"] == "owner@example.org"


async def test_flow_d_tells_when_it_ends() -> None:
    async with visit() as (cloud, client):
        await log_in(client)
        cloud.lifetime = 100
        async with client.get("/entrez-auth-token", params={"serial_num": SERIAL}) as reply:
            told = await reply.json()

        assert (told["generation_time"], told["expires_at"]) == (int(NOW), int(NOW) + 100)
        assert cloud.authority.check(told["token"], SERIAL, NOW).expires == NOW + 100


async def test_flow_b_shows_a_page() -> None:
    async with visit() as (cloud, client):
        async with client.post("/login", data={"username": "fitter@example.org", "password": "secret"}) as reply:
            assert reply.status == 200
        async with client.post("/entrez_tokens", data={"serialNum": SERIAL}) as reply:
            page = await reply.text()
        found = re.search(r'<textarea name="accessToken" id="JWTToken"[^>]*>([^<]+)<', page)

        assert found is not None
        assert cloud.authority.check(html.unescape(found[1]), SERIAL, NOW).role == "installer"
        async with client.post("/entrez_tokens", data={"uncommissioned": "true"}) as reply:
            assert reply.status == 403


@pytest.mark.parametrize(("user", "password"), [("owner@example.org", "wrong"), ("nobody@example.org", "secret")])
async def test_refuses_strangers(user: str, password: str) -> None:
    async with visit() as (cloud, client):
        assert await log_in(client, user, password) == "refused 401"
        assert (cloud.visits.logins, cloud.visits.logins_refused) == (1, 1)


async def test_asks_the_careful_for_a_code() -> None:
    async with visit() as (_, client):
        form = {"user[email]": "careful@example.org", "user[password]": "secret"}
        async with client.post("/login/login.json", data=form) as reply:
            assert await reply.json() == {"success": True, "isBlocked": False}
            assert "login_otp_nonce" in reply.cookies


async def test_gives_no_token_for_a_gateway_of_others() -> None:
    async with visit() as (_, client):
        session = await log_in(client, "fitter@example.org")

        assert (await by_session(client, session, "999"))[0] == 403
        assert (await by_session(client, "invented"))[0] == 401


async def test_gives_a_token_for_the_wrong_gateway_when_told() -> None:
    async with visit() as (cloud, client):
        cloud.wrong_serial = "999"
        _, token = await by_session(client, await log_in(client))

        assert cloud.authority.check(token, "999", NOW).role == "owner"


@pytest.mark.parametrize("name", sorted(CLOUD_FAULTS))
async def test_goes_wrong_in_every_way(name: str) -> None:
    expected = CLOUD_FAULTS[name][1]()
    async with visit() as (cloud, client):
        session = await log_in(client)
        await client.post("/login", data={"username": "owner@example.org", "password": "secret"})
        cloud.faults.add(name)
        posts: dict[str, list[tuple[str, str, str | None]]] = {
            "login": [("POST", "/login/login.json", None), ("POST", "/login", None)],
            "tokens": [
                ("POST", "/tokens", json.dumps({"session_id": session, "serial_num": SERIAL})),
                ("GET", f"/entrez-auth-token?serial_num={SERIAL}", None),
                ("POST", "/entrez_tokens", None),
            ],
        }
        for method, path, body in posts[name.partition("-")[0]]:
            async with client.request(method, path, data=body) as reply:
                assert (reply.status, await reply.read()) == (expected.status, expected.body)


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/tokens", 405), ("GET", "/", 404), ("POST", "/tokens", 400)]
)
async def test_knows_its_paths(method: str, path: str, status: int) -> None:
    async with visit() as (cloud, client):
        async with client.request(method, path, data=b"{}") as reply:
            assert reply.status == status
        assert cloud.visits.by_path == {path: 1}
