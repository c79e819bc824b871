from collections.abc import Mapping
from typing import Any

import pytest

from heliograph.emulator.answer import Authentication
from heliograph.emulator.auth import (
    CHECK_JWT,
    Credentials,
    DigestGuard,
    OpenGuard,
    TokenGuard,
    digest_response,
    guard_for,
    installer_password,
)
from heliograph.emulator.wire import Request
from tests.emulator.stub import SERIAL, StubSource

NOW = 1_700_000_000.0


def request(path: str, method: str = "GET", **headers: str) -> Request:
    return Request(method, path, "HTTP/1.1", headers, b"", 0)


@pytest.mark.parametrize(
    ("serial", "password"),
    [
        ("122112123456", "d525d2jh"),
        ("121430030548", "34Be4859"),
        ("121938119871", "be84Abe8"),
        ("121621012167", "2eDhg4Ce"),
        ("122035000000", "D5aC5j2h"),
        ("123456789012", "7edE24ed"),
        ("121900000000", "d6d68958"),
        ("121900000033", "jh33gaBA"),
    ],
)
def test_derives_the_installers_password(serial: str, password: str) -> None:
    assert installer_password(serial) == password


@pytest.mark.parametrize(
    ("authentication", "guard"),
    [
        (Authentication.NONE, OpenGuard),
        (Authentication.DIGEST, DigestGuard),
        (Authentication.TOKEN, TokenGuard),
    ],
)
def test_posts_the_guard_of_the_generation(authentication: Authentication, guard: type) -> None:
    assert type(guard_for(StubSource(authentication=authentication), Credentials())) is guard


def test_lets_everybody_in_where_there_are_no_passwords() -> None:
    assert OpenGuard().admit(request("/ivp/meters"), NOW).admitted


class TestDigest:
    def guard(self, firmware: str = "D5.0.62", **passwords: str) -> DigestGuard:
        source = StubSource(firmware=firmware, authentication=Authentication.DIGEST)
        return DigestGuard(source, Credentials(passwords=passwords))

    def nonce(self, guard: DigestGuard) -> str:
        challenge = dict(guard.admit(request("/ivp/meters"), NOW).headers)["WWW-Authenticate"]
        return challenge.partition('nonce="')[2].rstrip('"')

    def proof(self, issued: str, user: str, password: str, path: str = "/ivp/meters", **changed: str) -> Request:
        given = {
            "username": user,
            "realm": "enphaseenergy.com",
            "nonce": issued,
            "uri": path,
            "qop": "auth",
            "nc": "00000001",
            "cnonce": "abc",
            **changed,
        }
        given = {name: value for name, value in given.items() if value}
        given["response"] = digest_response("GET", given, password)
        return request(path, authorization="Digest " + ", ".join(f'{key}="{value}"' for key, value in given.items()))

    def test_challenges_with_seconds_on_3x(self) -> None:
        assert self.nonce(self.guard("R3.9.36")) == "1700000000"

    def test_challenges_with_twenty_bytes_on_5x(self) -> None:
        guard = self.guard()
        first, second = self.nonce(guard), self.nonce(guard)

        assert len(first) == len(second) == 28
        assert first != second

    def test_lets_free_paths_pass(self) -> None:
        assert self.guard().admit(request("/info"), NOW).admitted

    @pytest.mark.parametrize(("user", "password"), [("envoy", "123456"), ("installer", "d525d2jh")])
    def test_accepts_the_passwords_that_follow_from_the_serial(self, user: str, password: str) -> None:
        guard = self.guard()

        assert guard.admit(self.proof(self.nonce(guard), user, password), NOW).admitted

    @pytest.mark.parametrize(
        ("user", "password"), [("envoy", "654321"), ("envoy", ""), ("installer", "123456"), ("nobody", "123456")]
    )
    def test_refuses_others(self, user: str, password: str) -> None:
        guard = self.guard()
        verdict = guard.admit(self.proof(self.nonce(guard), user, password), NOW)

        assert not verdict.admitted
        assert verdict.headers[0][0] == "WWW-Authenticate"

    def test_knows_a_changed_password(self) -> None:
        guard = self.guard(envoy="changed")

        assert guard.admit(self.proof(self.nonce(guard), "envoy", "changed"), NOW).admitted
        assert not guard.admit(self.proof(self.nonce(guard), "envoy", "123456"), NOW).admitted

    def test_accepts_a_nonce_again_with_a_higher_count_only(self) -> None:
        guard = self.guard()
        nonce = self.nonce(guard)

        assert guard.admit(self.proof(nonce, "envoy", "123456", nc="00000001"), NOW).admitted
        assert guard.admit(self.proof(nonce, "envoy", "123456", nc="00000002"), NOW).admitted
        assert not guard.admit(self.proof(nonce, "envoy", "123456", nc="00000002"), NOW).admitted

    def test_accepts_proofs_without_qop(self) -> None:
        guard = self.guard()

        assert guard.admit(self.proof(self.nonce(guard), "envoy", "123456", qop="", nc="", cnonce=""), NOW).admitted

    @pytest.mark.parametrize(
        "changed", [{"nonce": "invented"}, {"uri": "/ivp/other"}, {"nc": "many"}], ids=["nonce", "uri", "nc"]
    )
    def test_refuses_what_does_not_fit(self, changed: Mapping[str, Any]) -> None:
        guard = self.guard()
        nonce = self.nonce(guard)

        assert not guard.admit(self.proof(nonce, "envoy", "123456", **changed), NOW).admitted

    @pytest.mark.parametrize("header", ["", "Basic ZW52b3k6MTIzNDU2", "Digest nonsense"])
    def test_refuses_other_credentials(self, header: str) -> None:
        assert not self.guard().admit(request("/ivp/meters", authorization=header), NOW).admitted

    def test_keeps_some_paths_for_the_installer(self) -> None:
        guard = self.guard()
        path = "/ivp/peb/devstatus"

        assert not guard.admit(self.proof(self.nonce(guard), "envoy", "123456", path), NOW).admitted
        assert guard.admit(self.proof(self.nonce(guard), "installer", "d525d2jh", path), NOW).admitted

    def test_forgets_old_nonces(self) -> None:
        guard = self.guard()
        oldest = self.nonce(guard)
        for _ in range(300):
            self.nonce(guard)

        assert not guard.admit(self.proof(oldest, "envoy", "123456"), NOW).admitted


class TestToken:
    @pytest.fixture
    def credentials(self) -> Credentials:
        return Credentials()

    @pytest.fixture
    def guard(self, credentials: Credentials) -> TokenGuard:
        return TokenGuard(StubSource(), credentials)

    def bearer(self, credentials: Credentials, path: str = "/ivp/meters", **claims: Any) -> Request:
        serial = claims.pop("serial", SERIAL)
        return request(path, authorization="Bearer " + credentials.authority.mint(serial, now=NOW, **claims))

    def cookie(self, guard: TokenGuard, asked: Request) -> str:
        ((name, value),) = guard.admit(asked, NOW).headers
        assert name == "Set-Cookie"
        assert value.endswith("; Secure; HttpOnly; path=/")
        return value.partition(";")[0]

    def test_wants_something(self, guard: TokenGuard) -> None:
        assert not guard.admit(request("/ivp/meters"), NOW).admitted
        assert not guard.admit(request(CHECK_JWT), NOW).admitted
        assert guard.admit(request("/info"), NOW).admitted

    def test_accepts_a_token_and_hands_a_cookie(self, guard: TokenGuard, credentials: Credentials) -> None:
        cookie = self.cookie(guard, self.bearer(credentials, CHECK_JWT))
        verdict = guard.admit(request("/ivp/meters", cookie=cookie), NOW)

        assert verdict.admitted
        assert verdict.headers == ()

    def test_keeps_one_session_for_one_token(self, guard: TokenGuard, credentials: Credentials) -> None:
        asked = self.bearer(credentials)

        assert self.cookie(guard, asked) == self.cookie(guard, asked)
        assert self.cookie(guard, asked) != self.cookie(guard, self.bearer(credentials))

    def test_lets_a_session_slide_for_ten_minutes(self, guard: TokenGuard, credentials: Credentials) -> None:
        asked = request("/ivp/meters", cookie=self.cookie(guard, self.bearer(credentials)))

        assert guard.admit(asked, NOW + 590).admitted
        assert guard.admit(asked, NOW + 1180).admitted
        assert not guard.admit(asked, NOW + 1781).admitted

    def test_opens_a_new_session_when_the_old_is_over(self, guard: TokenGuard, credentials: Credentials) -> None:
        asked = self.bearer(credentials)
        old = self.cookie(guard, asked)
        new = guard.admit(asked, NOW + 601).headers[0][1]

        assert not new.startswith(old)

    def test_ends_sessions_with_their_token(self, guard: TokenGuard, credentials: Credentials) -> None:
        asked = request("/ivp/meters", cookie=self.cookie(guard, self.bearer(credentials, lifetime=60)))

        assert not guard.admit(asked, NOW + 61).admitted

    def test_forgets_sessions_when_told(self, guard: TokenGuard, credentials: Credentials) -> None:
        asked = request("/ivp/meters", cookie=self.cookie(guard, self.bearer(credentials)))
        guard.forget_sessions()

        assert not guard.admit(asked, NOW).admitted

    @pytest.mark.parametrize(
        "claims", [{"serial": "999"}, {"lifetime": 0}, {"iat": int(NOW) + 90}], ids=["gateway", "expired", "early"]
    )
    def test_refuses_tokens_that_are_not_good(
        self, guard: TokenGuard, credentials: Credentials, claims: Mapping[str, Any]
    ) -> None:
        assert not guard.admit(self.bearer(credentials, CHECK_JWT, **claims), NOW).admitted

    def test_lets_a_session_carry_a_bad_token(self, guard: TokenGuard, credentials: Credentials) -> None:
        cookie = self.cookie(guard, self.bearer(credentials))

        assert guard.admit(request("/ivp/meters", authorization="Bearer x.y.z", cookie=cookie), NOW).admitted

    def test_has_paths_for_installers(self, guard: TokenGuard, credentials: Credentials) -> None:
        path = "/ivp/peb/devstatus"

        assert not guard.admit(self.bearer(credentials, path), NOW).admitted
        assert guard.admit(self.bearer(credentials, path, role="installer"), NOW).admitted
        assert not guard.admit(self.bearer(credentials, path, role="stranger"), NOW).admitted

    def test_has_paths_for_nobody(
        self, guard: TokenGuard, credentials: Credentials, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(StubSource, "minimum_role", lambda *_: "nobody")

        assert not guard.admit(self.bearer(credentials, role="factory"), NOW).admitted

    def test_may_want_its_cookie_for_ivp(self, guard: TokenGuard, credentials: Credentials) -> None:
        credentials.cookie_only = True
        asked = self.bearer(credentials)

        assert not guard.admit(asked, NOW).admitted
        assert guard.admit(self.bearer(credentials, "/api/v1/production"), NOW).admitted
        cookie = self.cookie(guard, self.bearer(credentials, CHECK_JWT))
        assert guard.admit(request("/ivp/meters", cookie=cookie, **asked.headers), NOW).admitted
