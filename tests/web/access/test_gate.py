"""Who may do what, as callers see it."""

from pathlib import Path

import pytest

from heliograph.web.access.callers import Neighbourhood
from heliograph.web.access.vault import Rights
from tests.web.front import Front, front, operations

LAN = "192.168.1.9"
HOST = "192.168.1.2:8420"
API = "/api/v1"


async def test_this_machine_needs_nothing_and_others_a_login(house: Front) -> None:
    async with house.caller() as near, house.caller(LAN, HOST) as far:
        assert (await near.get(f"{API}/values")).status_code == 200
        answer = await far.get(f"{API}/values", headers={"Accept-Language": "fr-FR,fr;q=0.9"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["title"] == "Connexion nécessaire"
    assert answer.json()["remedy"]


async def test_every_route_beyond_the_open_ones_is_closed_to_strangers(house: Front) -> None:
    open_routes = {
        f"GET {API}/session",
        f"POST {API}/session",
        f"DELETE {API}/session",
        f"PUT {API}/password",
        f"GET {API}/health/live",
        f"GET {API}/health/ready",
    }
    async with house.caller(LAN, HOST) as far:
        for operation in sorted(set(operations()) - open_routes):
            method, _, path = operation.partition(" ")
            answer = await far.request(method, path.replace("{", "").replace("}", ""))
            assert answer.status_code == 401, operation
        assert (await far.get(f"{API}/health/live")).json() == {"ok": True}


async def test_where_all_must_log_in_so_must_this_machine(tmp_path: Path) -> None:
    async with front(tmp_path, login="always") as house, house.caller() as near:
        assert (await near.get(f"{API}/values")).status_code == 401
        assert (await near.get(f"{API}/session")).json()["login_needed"]


async def test_first_visit_claim_login_logout(house: Front) -> None:
    async with house.caller(LAN, HOST) as far:
        before = (await far.get(f"{API}/session")).json()
        assert not before["logged_in"]
        assert not before["password_set"]
        assert (await far.post(f"{API}/session", json={"password": "x"})).json()["code"] == "password_unset"
        wrong = await far.put(f"{API}/password", json={"password": "correct horse", "claim_code": "AAAA"})
        assert (wrong.status_code, wrong.json()["field"]) == (401, "claim_code")
        short = await far.put(f"{API}/password", json={"password": "short", "claim_code": house.vault.claim_code})
        assert (short.status_code, short.json()["field"]) == (400, "password")
        blank = await far.put(f"{API}/password", json={"password": " " * 12, "claim_code": house.vault.claim_code})
        assert (blank.status_code, blank.json()["field"]) == (400, "password")
        done = await far.put(
            f"{API}/password", json={"password": "correct horse", "claim_code": house.vault.claim_code}
        )
        assert done.json()["logged_in"]
        cookie = done.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Secure" not in cookie
        assert (await far.get(f"{API}/values")).status_code == 200
        assert (await far.delete(f"{API}/session")).status_code == 204
        assert (await far.get(f"{API}/values")).status_code == 401
        assert (await far.post(f"{API}/session", json={"password": "wrong horse"})).json()["code"] == "wrong_login"
        assert (await far.post(f"{API}/session", json={"password": "correct horse"})).status_code == 200
        assert (await far.get(f"{API}/session")).json()["by"] == "session"


async def test_another_password_wants_the_one_so_far(house: Front) -> None:
    await house.vault.set_password("correct horse")
    async with house.caller() as near:
        refused = await near.put(f"{API}/password", json={"password": "better horse", "current": "no"})
        assert (refused.status_code, refused.json()["field"]) == (401, "current")
        changed = await near.put(f"{API}/password", json={"password": "better horse", "current": "correct horse"})
        assert changed.status_code == 200
    assert await house.vault.check_password("better horse")


async def test_on_this_machine_the_first_password_needs_no_code(house: Front) -> None:
    async with house.caller() as near:
        assert (await near.put(f"{API}/password", json={"password": "correct horse"})).status_code == 200


async def test_tries_are_limited(house: Front) -> None:
    await house.vault.set_password("correct horse")
    async with house.caller(LAN, HOST) as far:
        codes = [(await far.post(f"{API}/session", json={"password": "no"})).status_code for _ in range(6)]
        assert codes == [401] * 5 + [429]
        late = await far.post(f"{API}/session", json={"password": "correct horse"})
        assert int(late.headers["retry-after"]) > 0
        house.clock.time += 31
        assert (await far.post(f"{API}/session", json={"password": "correct horse"})).status_code == 200


async def test_sixty_wrong_tries_of_others_do_not_lock_the_owner_out(tmp_path: Path) -> None:
    async with front(tmp_path, login="always") as house, house.caller(LAN, HOST) as own, house.caller() as near:
        await house.vault.set_password("correct horse")
        assert (await own.post(f"{API}/session", json={"password": "correct horse"})).status_code == 200
        for number in range(59):
            async with house.caller(f"10.0.0.{number}", HOST) as stranger:
                assert (await stranger.post(f"{API}/session", json={"password": "no"})).status_code == 401
        for _ in range(6):
            async with house.caller(LAN, HOST) as neighbour:
                assert (await neighbour.post(f"{API}/session", json={"password": "no"})).status_code == 429
        new = {"password": "another horse", "current": "correct horse"}
        assert (await own.put(f"{API}/password", json=new)).status_code == 200
        assert (await near.post(f"{API}/session", json={"password": "another horse"})).status_code == 200


async def test_the_cookie_is_secure_over_https(house: Front) -> None:
    async with house.caller(LAN, HOST) as far:
        far.base_url = far.base_url.copy_with(scheme="https")
        done = await far.put(
            f"{API}/password", json={"password": "correct horse", "claim_code": house.vault.claim_code}
        )
    assert "Secure" in done.headers["set-cookie"]


async def test_keys_read_or_write(house: Front) -> None:
    async with house.caller() as near:
        made = (await near.post(f"{API}/keys", json={"name": "Reader"})).json()
        assert made["key"]["rights"] == "read"
        writer = (await near.post(f"{API}/keys", json={"name": "Writer", "rights": "write"})).json()
    bearer = {"Authorization": f"Bearer {made['text']}"}
    async with house.caller(LAN, HOST, headers=bearer) as machine:
        assert (await machine.get(f"{API}/values")).status_code == 200
        refused = await machine.put(f"{API}/layout", json={})
        assert (refused.status_code, refused.json()["code"]) == (403, "read_only")
        listed = (await machine.get(f"{API}/keys")).json()
    assert {key["name"] for key in listed} == {"Reader", "Writer"}
    assert all("text" not in key and "hash" not in key for key in listed)
    async with house.caller(LAN, HOST, headers={"Authorization": f"Bearer {writer['text']}"}) as machine:
        assert (await machine.put(f"{API}/layout", json={"a": 1})).status_code == 200
        assert (await machine.delete(f"{API}/keys/{made['key']['id']}")).status_code == 204
        assert (await machine.delete(f"{API}/keys/{made['key']['id']}")).json()["code"] == "no_key"
    async with house.caller(LAN, HOST, headers=bearer) as machine:
        gone = await machine.get(f"{API}/values")
        assert (gone.status_code, gone.json()["code"]) == (401, "wrong_key")


async def test_too_many_keys(house: Front) -> None:
    for number in range(100):
        await house.vault.make_key(str(number), Rights.READ)
    async with house.caller() as near:
        assert (await near.post(f"{API}/keys", json={"name": "one more"})).json()["code"] == "too_many_keys"


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://localhost"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"}, False),
    ],
)
async def test_foreign_pages_change_nothing(house: Front, headers: dict[str, str], allowed: bool) -> None:
    async with house.caller() as near:
        answer = await near.put(f"{API}/layout", json={}, headers=headers)
    assert (answer.status_code == 200) is allowed
    assert allowed or answer.json()["code"] == "foreign_page"


async def test_foreign_pages_ask_nothing_but_may_lead_here(house: Front) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    async with house.caller() as near:
        assert (await near.get(f"{API}/discovery", headers=foreign)).status_code == 403
        leading = foreign | {"Sec-Fetch-Mode": "navigate"}
        for path, status in (("/", 200), ("/history", 200), ("/api/docs", 200), (f"{API}/values", 403)):
            assert (await near.get(path, headers=leading)).status_code == status, path


async def test_a_foreign_name_is_refused_everywhere(house: Front) -> None:
    async with house.caller(host="evil.example") as bent:
        for path in ("/", f"{API}/values", f"{API}/health/live", "/api/docs"):
            answer = await bent.get(path)
            assert (answer.status_code, answer.json()["code"]) == (421, "foreign_host")
    async with house.caller(host="solar.home.arpa") as named:
        assert (await named.get(f"{API}/health/live")).status_code == 200


async def test_every_answer_carries_what_protects(house: Front) -> None:
    async with house.caller() as near:
        for path in ("/", f"{API}/values", f"{API}/nothing", "/api/docs", "/nothing.js"):
            headers = (await near.get(path)).headers
            assert "frame-ancestors" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
        assert (await near.get(f"{API}/values")).headers["cache-control"] == "no-store"


async def test_too_much_is_refused(house: Front) -> None:
    async with house.caller() as near:
        answer = await near.put(f"{API}/layout", json={"x": "y" * 2**20})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_behind_a_trusted_proxy(tmp_path: Path) -> None:
    async with front(tmp_path, proxies=("127.0.0.1",)) as house, house.caller(host="solar.home.arpa") as near:
        headers = {"X-Forwarded-For": LAN, "X-Forwarded-Proto": "https", "Origin": "https://solar.home.arpa"}
        done = await near.put(
            f"{API}/password",
            json={"password": "correct horse", "claim_code": house.vault.claim_code},
            headers=headers,
        )
        assert "Secure" in done.headers["set-cookie"]
        assert (await near.get(f"{API}/keys", headers={"X-Forwarded-For": LAN})).status_code == 401


async def test_once_there_is_a_password_this_machine_needs_it_too(tmp_path: Path) -> None:
    async with front(tmp_path) as house, house.caller() as near:
        assert (await near.post(f"{API}/keys", json={"name": "Before", "rights": "write"})).status_code == 201
        assert (await near.put(f"{API}/password", json={"password": "correct horse"})).status_code == 200
        assert (await near.get(f"{API}/values")).status_code == 200
        assert (await near.get(f"{API}/keys")).json() == []
        async with house.caller() as other:
            assert (await other.get(f"{API}/values")).status_code == 401
            assert (await other.get(f"{API}/session")).json()["login_needed"]


async def test_this_machine_never_needs_it_where_settings_say_so(tmp_path: Path) -> None:
    async with front(tmp_path, login="others") as house, house.caller() as near, house.caller(LAN, HOST) as far:
        await house.vault.set_password("correct horse")
        assert (await near.get(f"{API}/values")).status_code == 200
        assert (await far.get(f"{API}/values")).status_code == 401


@pytest.mark.parametrize(
    "sign",
    [
        {"X-Forwarded-Proto": "http"},
        {"Origin": "http://jeedom.local"},
        {"X-Page-Origin": "http://jeedom.local"},
        {"X-Page-Origin": "http://192.168.1.2:8080"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_behind_a_proxy_that_says_nothing_nobody_is_the_owner(
    house: Front, caplog: pytest.LogCaptureFixture, sign: dict[str, str]
) -> None:
    async with house.caller(host="127.0.0.1:8420") as behind:
        for _ in range(2):
            assert (await behind.get(f"{API}/values", headers=sign)).status_code in {401, 403}
        made = await behind.post(f"{API}/keys", json={"name": "x", "rights": "write"}, headers=sign)
        assert made.status_code in {401, 403}
        if "Sec-Fetch-Site" not in sign:
            session = (await behind.get(f"{API}/session", headers=sign)).json()
            assert (session["proxied"], session["logged_in"]) == (True, False)
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        own = (await behind.get(f"{API}/session", headers={"X-Page-Origin": "http://localhost:8420"})).json()
        assert (own["logged_in"], own.get("proxied", False)) == (True, False)


def test_a_call_in_http_1_0_comes_through_a_proxy() -> None:
    for version, local in (("1.0", False), ("1.1", True)):
        scope = {"client": ("127.0.0.1", 1), "scheme": "http", "http_version": version}
        assert Neighbourhood().caller(scope, {"host": "127.0.0.1:8420"}).local is local
