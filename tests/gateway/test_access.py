from collections.abc import Mapping

import pytest

from heliograph.errors import AnswerError, RefusedError
from heliograph.gateway.access import (
    CHECK_JWT,
    PROOF,
    DigestAccess,
    Headers,
    Login,
    TokenAccess,
    TokenOverError,
    logins,
    session_cookie,
)
from heliograph.gateway.credentials import Credentials
from heliograph.gateway.transport import Reply

SERIAL = "122112123456"
CHALLENGE = (("WWW-Authenticate", 'Digest qop="auth", realm="enphaseenergy.com", nonce="n"'),)


def reply(status: int = 200, *headers: tuple[str, str]) -> Reply:
    return Reply(status, headers, b"x", 0.1)


class Script:
    """Plays the gateway: takes requests, gives the replies it was told, in order."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.sent: list[tuple[str, Mapping[str, str]]] = []
        self.now = 0.0

    async def send(self, target: str, headers: Headers) -> Reply:
        self.sent.append((target, headers()))
        return self.replies.pop(0)

    def clock(self) -> float:
        return self.now

    def digest(self, *candidates: Login) -> DigestAccess:
        return DigestAccess(self.send, candidates or (Login("envoy", "123456"),), "host", clock=self.clock)

    def token(self) -> TokenAccess:
        return TokenAccess(self.send, "a.b.c", "host", clock=self.clock)

    def shown(self) -> list[str]:
        """What was shown for each request: target, and C(ookie), B(earer), D(igest)."""
        marks = {"Cookie": "C", "Bearer": "B", "Digest": "D"}
        return [
            f"{target} "
            + "".join(
                sorted(marks["Cookie" if name == "Cookie" else value.split()[0]] for name, value in headers.items())
            )
            for target, headers in self.sent
        ]


@pytest.mark.parametrize(
    ("credentials", "expected"),
    [
        (Credentials(), (Login("envoy", "123456"), Login("installer", "d525d2jh"))),
        (Credentials(password="p"), (Login("envoy", "p"),)),
        (Credentials(user="me", password="p"), (Login("me", "p"),)),
        (Credentials(user="installer"), (Login("installer", "d525d2jh"),)),
        (Credentials(user="envoy"), (Login("envoy", "123456"),)),
    ],
)
def test_logins(credentials: Credentials, expected: tuple[Login, ...]) -> None:
    assert logins(credentials, SERIAL) == expected


def test_a_login_does_not_show_its_password() -> None:
    assert repr(Login("envoy", "s3cret")) == "Login(envoy)"


# Digest.


async def test_what_is_open_is_asked_without_a_password() -> None:
    script = Script(reply(), reply())
    access = script.digest()
    for _ in range(2):
        assert (await access.exchange("/open")).status == 200
    assert script.shown() == ["/open ", "/open "]


async def test_a_nonce_is_used_again() -> None:
    script = Script(reply(401, *CHALLENGE), reply(), reply(), reply())
    access = script.digest()
    for _ in range(3):
        assert (await access.exchange("/shut")).status == 200
    assert script.shown() == ["/shut ", "/shut D", "/shut D", "/shut D"]


async def test_a_nonce_that_is_over_is_replaced() -> None:
    script = Script(reply(401, *CHALLENGE), reply(), reply(401, *CHALLENGE), reply())
    access = script.digest()
    for _ in range(2):
        assert (await access.exchange("/shut")).status == 200
    assert len(script.sent) == 4


async def test_a_wrong_password_is_told_and_not_offered_again_for_a_while() -> None:
    no = reply(401, *CHALLENGE)
    script = Script(no, no, no, no, no)
    access = script.digest()
    for _ in range(3):
        with pytest.raises(RefusedError) as caught:
            await access.exchange("/shut")
        assert caught.value.code == "wrong_password"
    sent = len(script.sent)
    script.now = 901
    script.replies = [reply()]
    assert (await access.exchange("/shut")).status == 200
    assert sent == 3  # asked, answered, and proved


async def test_a_wrong_password_does_not_shut_what_is_open() -> None:
    no = reply(401, *CHALLENGE)
    script = Script(no, no, no, reply())
    access = script.digest()
    with pytest.raises(RefusedError):
        await access.exchange("/shut")
    assert (await access.exchange("/open")).status == 200


async def test_an_endpoint_that_is_not_for_us_is_no_wrong_password() -> None:
    no = reply(401, *CHALLENGE)
    script = Script(no, no, reply())
    assert (await script.digest().exchange("/not-ours")).status == 401
    assert script.sent[-1][0] == PROOF


async def test_once_proven_the_password_is_not_proved_again_for_each_endpoint() -> None:
    no = reply(401, *CHALLENGE)
    script = Script(no, reply(), no, no)
    access = script.digest()
    assert (await access.exchange("/shut")).status == 200
    assert (await access.exchange("/not-ours")).status == 401
    assert len(script.sent) == 4


async def test_a_password_that_was_changed_is_noticed() -> None:
    no = reply(401, *CHALLENGE)
    script = Script(no, reply(), no, no, no, no)
    access = script.digest()
    await access.exchange("/shut")
    with pytest.raises(RefusedError):
        await access.exchange("/shut")


async def test_a_gateway_that_has_no_proof_gets_the_benefit_of_the_doubt() -> None:
    no = reply(401, *CHALLENGE)
    script = Script(no, no, reply(404))
    assert (await script.digest().exchange("/shut")).status == 401


async def test_the_installer_is_tried_where_envoy_may_not_read() -> None:
    no = reply(401, *CHALLENGE)
    script = Script(no, no, reply(), reply())
    access = script.digest(Login("envoy", "a"), Login("installer", "b"))
    assert (await access.exchange("/ivp/meters")).status == 200
    assert (await access.exchange("/ivp/meters")).status == 200
    assert ['username="installer"' in headers["Authorization"] for _, headers in script.sent[1:]] == [False, True, True]


async def test_a_challenge_of_garbage_is_no_challenge() -> None:
    script = Script(reply(401, ("WWW-Authenticate", "\udc80\x01")))
    assert (await script.digest().exchange("/shut")).status == 401


async def test_the_proof_itself_is_asked_twice_before_the_password_is_called_wrong() -> None:
    no = reply(401, *CHALLENGE)
    script = Script(no, reply(), no, no, reply(), reply())
    access = script.digest()
    await access.exchange(PROOF)
    assert (await access.exchange(PROOF)).status == 401
    assert (await access.exchange(PROOF)).status == 200


# Tokens.

COOKIE = ("Set-Cookie", "sessionId=abc; Secure; HttpOnly; path=/")


async def test_the_token_opens_the_session_and_the_cookie_the_rest() -> None:
    script = Script(reply(200, COOKIE), reply(), reply())
    access = script.token()
    for _ in range(2):
        await access.exchange("/x")
    assert script.shown() == [f"{CHECK_JWT} B", "/x C", "/x C"]
    assert access.opened == 1


async def test_a_session_that_is_over_is_opened_again() -> None:
    script = Script(reply(200, COOKIE), reply(), reply(401), reply(200, COOKIE), reply())
    access = script.token()
    for _ in range(2):
        assert (await access.exchange("/x")).status == 200
    assert script.shown() == [f"{CHECK_JWT} B", "/x C", "/x C", f"{CHECK_JWT} B", "/x C"]


async def test_a_cookie_that_changes_is_followed() -> None:
    script = Script(reply(200, COOKIE), reply(200, ("set-cookie", "sessionid=new")), reply())
    access = script.token()
    for _ in range(2):
        await access.exchange("/x")
    assert script.sent[-1][1] == {"Cookie": "sessionid=new"}


async def test_a_token_that_opens_nothing_is_over() -> None:
    script = Script(reply(401))
    with pytest.raises(TokenOverError):
        await script.token().exchange("/x")


async def test_a_session_that_cannot_be_opened_again_is_the_tokens_end() -> None:
    script = Script(reply(200, COOKIE), reply(), reply(401), reply(401))
    access = script.token()
    await access.exchange("/x")
    with pytest.raises(TokenOverError):
        await access.exchange("/x")


async def test_an_endpoint_not_for_this_role_costs_one_try_more_and_no_session() -> None:
    script = Script(reply(200, COOKIE), reply(401), reply(401))
    assert (await script.token().exchange("/not-ours")).status == 401
    assert script.shown() == [f"{CHECK_JWT} B", "/not-ours C", "/not-ours BC"]


async def test_after_a_while_the_session_is_doubted_before_the_endpoint() -> None:
    script = Script(reply(200, COOKIE), reply(), reply(401), reply(200, COOKIE), reply(401), reply(401))
    access = script.token()
    await access.exchange("/x")
    script.now = 61
    assert (await access.exchange("/not-ours")).status == 401
    assert script.shown()[2:] == ["/not-ours C", f"{CHECK_JWT} B", "/not-ours C", "/not-ours BC"]


async def test_firmware_that_wants_cookie_and_token_gets_both() -> None:
    script = Script(reply(200, COOKIE), reply(401), reply(), reply(401), reply(), reply(), reply())
    access = script.token()
    for target in ("/a", "/b", "/a", "/b"):
        assert (await access.exchange(target)).status == 200
    assert script.shown() == [f"{CHECK_JWT} B", "/a C", "/a BC", "/b C", "/b BC", "/a BC", "/b BC"]


@pytest.mark.parametrize("opened", [reply(200), reply(404), reply(405)], ids=["no cookie", "absent", "not allowed"])
async def test_without_sessions_the_token_is_shown_each_time(opened: Reply) -> None:
    script = Script(opened, reply(), reply())
    access = script.token()
    for _ in range(2):
        await access.exchange("/x")
    assert script.shown() == [f"{CHECK_JWT} B", "/x B", "/x B"]


async def test_a_gateway_that_starts_is_no_refusal() -> None:
    script = Script(reply(503))
    with pytest.raises(AnswerError) as caught:
        await script.token().exchange("/x")
    assert caught.value.code == "not_ready"


@pytest.mark.parametrize(
    ("header", "cookie"),
    [
        ("sessionId=abc; Secure", "sessionId=abc"),
        ("SESSION=x", "SESSION=x"),
        ("sessionId=; Secure", None),
        ("other=abc", None),
        ("sessionId", None),
        ("", None),
    ],
)
def test_session_cookie(header: str, cookie: str | None) -> None:
    assert session_cookie(reply(200, ("Set-Cookie", "a=b"), ("Set-Cookie", header))) == cookie
