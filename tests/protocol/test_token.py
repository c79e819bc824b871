import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from heliograph.errors import RefusedError
from heliograph.protocol.token import DAY, HOUR, TokenInfo, Urgency, check, clean, decode, expired

SERIAL = "122112123456"
NOW = 1_785_600_000.0


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def token(**claims: Any) -> str:
    payload = {
        "aud": SERIAL,
        "iss": "Entrez",
        "enphaseUser": "owner",
        "exp": int(NOW) + 365 * DAY,
        "iat": int(NOW),
        "username": "user@example.org",
    } | claims
    payload = {claim: value for claim, value in payload.items() if value is not None}
    return f"{part({'kid': 'k', 'typ': 'JWT', 'alg': 'ES256'})}.{part(payload)}.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "pasted",
    [
        "{}",
        "  {}\n",
        "Bearer {}",
        "bearer\t{}",
        '"{}"',
        "'{}'\r\n",
        "« {} »",
        '"Bearer {}",',
        "Authorization: Bearer {}",
        "\ufeff{}\u200b",
        "`{}`",
    ],
)
def test_clean_frees_a_token_of_what_pasting_adds(pasted: str) -> None:
    assert clean(pasted.format(token())) == token()


def test_clean_joins_a_token_broken_over_lines() -> None:
    whole = token()
    assert clean(f"{whole[:40]}\r\n   {whole[40:80]}\n{whole[80:]}") == whole


SIGNED = token().rpartition(".")[0] + "." + "s" * 86


@pytest.mark.parametrize(
    "pasted",
    [
        '{{"generation_time":1,"token":"{}","expires_at":2}}',
        '{{\n  "token": "{}"\n}}',
        "Here is my token: {} for the Envoy. Thanks!",
        "see https://entrez.enphaseenergy.com, it says {}",
        "HELIOGRAPH_TOKEN={}",
        "{} is it",
        "a.b.c.d {} e.f",
        "<textarea>{}</textarea>",
    ],
)
def test_clean_finds_a_token_in_json_and_in_a_text(pasted: str) -> None:
    assert clean(pasted.format(SIGNED)) == SIGNED


def test_a_token_broken_over_lines_is_found_in_a_text() -> None:
    broken = f"{SIGNED[:50]}\n{SIGNED[50:-40]}\n{SIGNED[-40:]}"
    assert clean(f"My token: {broken} and that is all") == SIGNED


def test_a_text_that_only_resembles_tokens_costs_little() -> None:
    assert clean("eyJ" * 20_000 + "." * 3) == "eyJ" * 20_000 + "." * 3


def test_decode_tells_what_the_token_says() -> None:
    assert decode(token()) == TokenInfo(SERIAL, "owner", NOW + 365 * DAY, NOW)


def test_decode_takes_the_first_of_several_audiences() -> None:
    assert decode(token(aud=[SERIAL, "other"])).serial == SERIAL


def test_decode_bears_a_token_without_role_and_issue() -> None:
    assert decode(token(enphaseUser=None, iat=None)) == TokenInfo(SERIAL, "", NOW + 365 * DAY, None)


def test_decode_bears_a_strange_issue() -> None:
    assert decode(token(iat="soon")).issued is None


@pytest.mark.parametrize(
    ("pasted", "cause"),
    [
        ("", "nothing_there"),
        (" \n", "nothing_there"),
        ("abc", "not_three_parts"),
        ("<!DOCTYPE html><html></html>", "not_three_parts"),
        ("a.b.c.d", "not_three_parts"),
        (token()[:-40].rsplit(".", 1)[0], "not_three_parts"),
        ("a.b!.c", "strange_characters"),
        ("..", "strange_characters"),
        ("a.b.c", "undecodable"),
        (f"{part({'alg': 'ES256'})}.{part([1])}.c2ln", "undecodable"),
        (token(aud=None), "no_gateway_named"),
        (token(aud=[]), "no_gateway_named"),
        (token(aud=12), "no_gateway_named"),
        (token(exp=None), "no_expiry"),
        (token(exp="never"), "no_expiry"),
        (token(exp=True), "no_expiry"),
        (token(exp=10**15), "no_expiry"),
    ],
)
def test_decode_says_why_a_text_is_no_token(pasted: str, cause: str) -> None:
    with pytest.raises(RefusedError) as caught:
        decode(pasted)
    assert caught.value.code == "token_malformed"
    assert caught.value.details["cause"].code == cause  # type: ignore[attr-defined] # details hold any object
    assert caught.value.text("fr") != caught.value.text("en")


def test_check_accepts_the_right_token() -> None:
    assert check(f" {token()}\n", serial=SERIAL, now=NOW).role == "owner"


def test_check_accepts_a_token_for_any_gateway_not_yet_commissioned() -> None:
    assert check(token(aud="un-commissioned"), serial=SERIAL, now=NOW).serial == "un-commissioned"


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        (token(aud="122112999999"), "token_foreign"),
        (token(exp=int(NOW)), "token_expired"),
        (token(aud="122112999999", exp=1), "token_foreign"),
        ("rubbish", "token_malformed"),
    ],
)
def test_check_refuses(pasted: str, code: str) -> None:
    with pytest.raises(RefusedError) as caught:
        check(pasted, serial=SERIAL, now=NOW)
    assert caught.value.code == code


def test_no_error_shows_the_token() -> None:
    for pasted in (
        token(aud="122112999999"),
        token(exp=1),
        token(aud=None),
        token().rpartition(".")[0],
        token().replace(".", "!.", 1),
    ):
        with pytest.raises(RefusedError) as caught:
            check(pasted, serial=SERIAL, now=NOW)
        said = caught.value.text("en") + caught.value.text("fr") + repr(caught.value) + repr(caught.value.details)
        assert not any(piece in said for piece in pasted.split(".") if len(piece) > 1)


@pytest.fixture
def in_paris() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Europe/Paris")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_paris")
def test_expired_says_since_when_in_the_time_of_this_place() -> None:
    assert "2026-08-01 18:00 CEST" in expired(TokenInfo(SERIAL, "owner", NOW)).text()


OWNER = TokenInfo(SERIAL, "owner", NOW, NOW - 365 * DAY)
INSTALLER = TokenInfo(SERIAL, "installer", NOW, NOW - 12 * HOUR)


@pytest.mark.parametrize(
    ("info", "left", "urgency"),
    [
        (OWNER, 31 * DAY, None),
        (OWNER, 30 * DAY, Urgency.SOON),
        (OWNER, 7 * DAY, Urgency.NEAR),
        (OWNER, DAY, Urgency.IMMINENT),
        (OWNER, 0, Urgency.EXPIRED),
        (OWNER, -DAY, Urgency.EXPIRED),
        (INSTALLER, 12 * HOUR, None),
        (INSTALLER, 2 * HOUR, Urgency.SOON),
        (INSTALLER, HOUR, Urgency.NEAR),
        (INSTALLER, HOUR / 4, Urgency.IMMINENT),
        (INSTALLER, 0, Urgency.EXPIRED),
    ],
)
def test_urgency(info: TokenInfo, left: float, urgency: Urgency | None) -> None:
    assert info.urgency(NOW - left) == urgency


@pytest.mark.parametrize(
    ("info", "left", "due"),
    [(OWNER, 30 * DAY, False), (OWNER, 30 * DAY - 1, True), (INSTALLER, HOUR, False), (INSTALLER, HOUR - 1, True)],
)
def test_renewal(info: TokenInfo, left: float, due: bool) -> None:
    assert info.renewal_due(NOW - left) is due


def test_an_owner_of_an_installer_account_keeps_a_long_life() -> None:
    assert not TokenInfo(SERIAL, "installer", NOW, NOW - 365 * DAY).short_lived


def test_without_issue_the_role_tells_the_life() -> None:
    assert TokenInfo(SERIAL, "installer", NOW).short_lived
    assert not TokenInfo(SERIAL, "owner", NOW).short_lived


def test_time_left() -> None:
    assert OWNER.days_left(NOW - 2.5 * DAY) == 2
    assert OWNER.days_left(NOW + DAY) == 0
    assert OWNER.seconds_left(NOW - 5) == 5
    assert OWNER.expired(NOW)
    assert not OWNER.expired(NOW - 1)
