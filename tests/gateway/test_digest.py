import pytest

from heliograph.gateway.digest import Challenge


@pytest.mark.parametrize(
    ("headers", "challenge"),
    [
        (
            ['Digest qop="auth", realm="enphaseenergy.com", nonce="1703033831"'],
            Challenge("enphaseenergy.com", "1703033831"),
        ),
        (
            ["\udc80garbage\x01", 'digest realm="r",nonce="n",qop="auth-int,auth",opaque="o",algorithm=MD5'],
            Challenge("r", "n", "auth", "o", "MD5"),
        ),
        (['Digest realm="a \\"b\\"", nonce="n"'], Challenge('a "b"', "n", None)),
        (['Digest realm="r", nonce="n", qop="auth-int"'], None),
        (['Digest realm="r", nonce="n", algorithm=SHA-512'], None),
        (['Digest realm="r"'], None),
        (['Basic realm="r"'], None),
        (["Digest"], None),
        ([""], None),
        ([], None),
        (["Digest " + "a" * 60_000], None),
        (["Digest " + 'a="' * 20_000], None),
    ],
)
def test_challenges(headers: list[str], challenge: Challenge | None) -> None:
    assert Challenge.read(headers) == challenge


def test_the_answer_of_rfc_2617() -> None:
    challenge = Challenge(
        "testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "auth", "5ccc069c403ebaf9f0171e9517f40e41"
    )
    said = challenge.authorization("GET", "/dir/index.html", "Mufasa", "Circle Of Life", cnonce="0a4f113b")
    assert 'response="6629fae49393a05397450978507c4ef1"' in said
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in said
    assert "nc=00000001" in said


def test_the_answer_of_rfc_2069() -> None:
    challenge = Challenge("testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", None)
    said = challenge.authorization("GET", "/dir/index.html", "Mufasa", "CircleOfLife")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in said
    assert "nc=" not in said


def test_a_nonce_is_counted_up() -> None:
    challenge = Challenge("r", "n", algorithm="SHA-256")
    said = [challenge.authorization("GET", "/", "u", "p") for _ in range(2)]
    assert "nc=00000001" in said[0]
    assert "nc=00000002" in said[1]
    assert "algorithm=SHA-256" in said[0]
