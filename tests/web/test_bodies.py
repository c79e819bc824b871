"""Bodies that are no JSON: refused without a traceback, and counted before they are read."""

import httpx
import pytest

from heliograph.web.access.gate import COOKIE
from tests.web.front import Front

API = "/api/v1"
LAN = "192.168.1.9"
HOST = "192.168.1.2:8420"
JSON = {"Content-Type": "application/json"}
UNREADABLE = {
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "not UTF-8": b'{"password": "\xff\xfe"}',
    "half a character": b'{"password": "\\ud800"}',
    "5000 digits": b'{"password": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
async def test_an_unreadable_body_is_the_callers_mistake(
    house: Front, client: httpx.AsyncClient, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    await house.vault.set_password("correct horse")
    client.cookies.set(COOKIE, await house.vault.open_session())
    for method, path in (("POST", "/session"), ("PUT", "/layout"), ("PATCH", "/settings"), ("POST", "/keys")):
        answer = await client.request(method, API + path, content=body, headers=JSON)
        assert answer.status_code == 400, (path, answer.text)
    assert not caplog.records


async def test_an_unreadable_login_is_a_try(house: Front) -> None:
    await house.vault.set_password("correct horse")
    async with house.caller(LAN, HOST) as far:
        codes = [
            (await far.post(f"{API}/session", content=UNREADABLE["not UTF-8"], headers=JSON)).status_code
            for _ in range(6)
        ]
        assert codes == [400] * 5 + [429]
        late = await far.put(f"{API}/password", content=UNREADABLE["deep lists"], headers=JSON)
        assert late.status_code == 429


async def test_a_layout_has_an_end_of_depth(client: httpx.AsyncClient) -> None:
    assert (
        await client.put(f"{API}/layout", content=b'{"a":' * 33 + b"1" + b"}" * 33, headers=JSON)
    ).status_code == 200
    deeper = await client.put(f"{API}/layout", content=b'{"a":' * 34 + b"1" + b"}" * 34, headers=JSON)
    assert (deeper.status_code, deeper.json()["code"]) == (400, "bad_body")
    assert (await client.get(f"{API}/layout")).status_code == 200
