import jwt
import pytest

from heliograph.emulator.tokens import Authority, TokenRefusedError

SERIAL = "122112123456"
NOW = 1_700_000_000.0


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def test_signs_what_entrez_signs(authority: Authority) -> None:
    token = authority.mint(SERIAL, now=NOW)
    claims = jwt.decode(token, options={"verify_signature": False})

    assert jwt.get_unverified_header(token)["alg"] == "ES256"
    assert (claims["aud"], claims["iss"], claims["enphaseUser"]) == (SERIAL, "Entrez", "owner")
    assert claims["exp"] - claims["iat"] == 365 * 86400


def test_gives_installers_half_a_day(authority: Authority) -> None:
    claims = jwt.decode(authority.mint(SERIAL, now=NOW, role="installer"), options={"verify_signature": False})

    assert claims["exp"] - claims["iat"] == 43200


def test_accepts_its_own(authority: Authority) -> None:
    accepted = authority.check(authority.mint(SERIAL, now=NOW, jti="me"), SERIAL, NOW + 1)

    assert (accepted.identity, accepted.role, accepted.expires) == ("me", "owner", NOW + 365 * 86400)


@pytest.mark.parametrize(
    ("made_for", "lifetime", "at", "reason"),
    [
        ("999", None, NOW, "made for 999"),
        (SERIAL, 60, NOW + 60, "good from"),
        (SERIAL, None, NOW - 3600, "good from"),
    ],
    ids=["another gateway", "expired", "not yet good"],
)
def test_refuses(authority: Authority, made_for: str, lifetime: float | None, at: float, reason: str) -> None:
    token = authority.mint(made_for, now=NOW, lifetime=lifetime)

    with pytest.raises(TokenRefusedError, match=reason):
        authority.check(token, SERIAL, at)


def test_refuses_the_key_of_another(authority: Authority) -> None:
    with pytest.raises(TokenRefusedError, match="a key that"):
        authority.check(Authority().mint(SERIAL, now=NOW), SERIAL, NOW)


@pytest.mark.parametrize("change", ["body", "signature"])
def test_refuses_a_forged_one(authority: Authority, change: str) -> None:
    parts = authority.mint(SERIAL, now=NOW).split(".")
    other = authority.mint(SERIAL, now=NOW, role="installer").split(".")
    place = {"body": 1, "signature": 2}[change]
    parts[place] = other[place]

    with pytest.raises(TokenRefusedError, match="no good token"):
        authority.check(".".join(parts), SERIAL, NOW)


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "<html>"])
def test_refuses_what_is_no_token(authority: Authority, token: str) -> None:
    with pytest.raises(TokenRefusedError):
        authority.check(token, SERIAL, NOW)


def test_keeps_older_keys_good() -> None:
    authority = Authority()
    old = authority.mint(SERIAL, now=NOW)
    name = authority.add_key()
    new = authority.mint(SERIAL, now=NOW)

    assert jwt.get_unverified_header(new)["kid"] == name
    assert authority.check(old, SERIAL, NOW).role == authority.check(new, SERIAL, NOW).role


def test_leaves_out_and_replaces_claims(authority: Authority) -> None:
    token = authority.mint(SERIAL, now=NOW, exp=None, aud="un-commissioned")
    claims = jwt.decode(token, options={"verify_signature": False})

    assert "exp" not in claims
    assert claims["aud"] == "un-commissioned"
    with pytest.raises(TokenRefusedError):
        authority.check(token, "un-commissioned", NOW)


def test_accepts_any_signature_when_lenient() -> None:
    lenient = Authority(strict=False)

    assert lenient.check(Authority().mint(SERIAL, now=NOW), SERIAL, NOW).role == "owner"
    with pytest.raises(TokenRefusedError):
        lenient.check("not.a.token", SERIAL, NOW)
