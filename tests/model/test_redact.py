import json
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.errors import CAUSES, MESSAGES
from heliograph.model.redact import MASK, Pseudonyms, mask_address, redact

JWT = "eyJraWQiOiJrIiwiYWxnIjoiRVMyNTYifQ.eyJhdWQiOiIxMjIxMTIxMjM0NTYifQ.c2lnbmF0dXJl-_x"
KEY = b"one capture's key"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (f"got {JWT} back", "got *** back"),
        ("Authorization: Bearer abc.def\r\nHost: x", "Authorization: ***\r\nHost: x"),
        ("sent Bearer opaque-thing, then", "sent Bearer ***, then"),
        ("{'Authorization': 'Digest response=\"x\"', 'A': 1}", "{'Authorization': '***', 'A': 1}"),
        ("('Set-Cookie', 'sessionId=abc; Secure')", "('Set-Cookie', '***')"),
        ("Set-Cookie: sessionId=abc; Secure", "Set-Cookie: ***"),
        ("sessionId=abc; path=/", "sessionId=***; path=/"),
        ("_enlighten_4_session=abc; path=/", "_enlighten_4_session=***; path=/"),
        ('{"manager_token": "abc", "n": 5}', '{"manager_token": "***", "n": 5}'),
        ('{"session_id":"0123","ok":true}', '{"session_id":"***","ok":true}'),
        ('{"password": 123456}', '{"password": "***"}'),
        ("user%5Bpassword%5D=s3cret&x=1", "user%5Bpassword%5D=***&x=1"),
        ("user[password]=s3cret&x=1", "user[password]=***&x=1"),
        ("password='a \\' b' x", "password='***' x"),
        ("HELIOGRAPH_TOKEN=abc", "HELIOGRAPH_TOKEN=***"),
        ("<password>hey</password>", "<password>***</password>"),
        ('Digest x, nonce="abc", response="0123456789abcdef0123456789abcdef"', 'Digest x, nonce="***", response="***"'),
        ("https://user:pass@example.org/x", "https://***@example.org/x"),
        ("no answer of https://user:a/b:c@example.org/x", "no answer of https://***@example.org/x"),
        ("mail from somebody@example.org.", "mail from ***."),
        ("user%5Bemail%5D=me%40example.org", "user%5Bemail%5D=***"),
        ("login_otp_nonce=abc; x", "login_otp_nonce=***; x"),
    ],
)
def test_redact_takes_secrets_out(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("postgresql://h:5432/db", "postgresql://h:5432/db"),
        ("postgresql://[::1]:5432/db?sslmode=require", "postgresql://[::1]:5432/db?sslmode=require"),
        ("postgresql://me:PW@h/db", "postgresql://***@h/db"),
        ("postgresql://me:a/PW@h:5432/db", "postgresql://***@h:5432/db"),
        ("postgresql://me:a?PW@h/db", "postgresql://***@h/db"),
        ("postgresql://me:a@PW@h/db", "postgresql://***"),
        ("postgresql://me:PW", "postgresql://***"),
        ("postgresql://h/db?host=/run&password=PW", "postgresql://h/db?host=/run&password=***"),
        ("postgresql://h/db?pass%77ord=PW&sslpassword=PW", "postgresql://h/db?password=***&sslpassword=***"),
        ("postgresql://h/db?PW", "postgresql://h/db?***"),
        ("host=h password=PW", "host=h password=***"),
        ("/srv/me@example.org/data", "/srv/me@example.org/data"),
    ],
)
def test_an_address_is_shown_without_what_opens_it(address: str, masked: str) -> None:
    assert mask_address(address) == masked


@pytest.mark.parametrize(
    "text",
    [
        "the password is made of the last 6 characters",
        "response_time: 4",
        '{"web-tokens": true}',
        "<web-tokens>true</web-tokens>",
        "GET /production.json?details=1 took 0.4 s",
        "192.168.1.20: firmware D8.3.5169",
    ],
)
def test_redact_leaves_the_rest(text: str) -> None:
    assert redact(text) == text


def test_redact_leaves_our_own_words() -> None:
    for sentences in (*MESSAGES.values(), *CAUSES.values()):
        for sentence in sentences.values():
            assert redact(re.sub(r"\{\w+\}", "x", sentence)) == re.sub(r"\{\w+\}", "x", sentence)


@given(st.text())
def test_redact_changes_nothing_more_the_second_time(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@given(st.text(alphabet="abcdefXYZ0189-_", min_size=12), st.sampled_from(['"{}"', "'{}'", "{}"]), st.text())
def test_a_named_secret_never_comes_through(secret: str, form: str, around: str) -> None:
    assert secret not in redact(f"{around.replace(secret, '')} password={form.format(secret)}")


@pytest.mark.parametrize("piece", ["a", '"', "eyJ", "a.", "fw", '"fw', "session", "::", "1.", "0:", "<nonce ", "token"])
def test_long_texts_take_no_long_time(piece: str) -> None:
    start = time.perf_counter()
    Pseudonyms(KEY).text(piece * (100_000 // len(piece)))
    assert time.perf_counter() - start < 5


def names() -> Pseudonyms:
    return Pseudonyms(KEY)


def test_the_same_serial_is_invented_the_same() -> None:
    invented = names()
    assert invented.serial("122112123456") == invented.serial("122112123456") == names().serial("122112123456")


def test_another_key_invents_another() -> None:
    assert names().serial("122112123456") != Pseudonyms(b"another").serial("122112123456")


def test_an_invented_serial_keeps_length_and_beginning_and_loses_the_password() -> None:
    serial = names().serial("122112123456")
    assert serial[:6] == "122112"
    assert len(serial) == 12
    assert serial[6:] != "123456"


def test_invented_serials_stay_apart() -> None:
    invented = names()
    assert len({invented.serial(f"12{number}") for number in range(10, 60)}) == 50


def test_what_is_no_number_is_no_serial() -> None:
    assert names().serial("xxxxxxxxxxxx") == "xxxxxxxxxxxx"


def test_a_mac_keeps_its_maker() -> None:
    invented = names()
    assert invented.mac("00:1D:C0:7F:B6:3B").startswith("00:1D:C0:")
    assert invented.mac("00-1d-c0-7f-b6-3b") == invented.mac("00:1D:C0:7F:B6:3B").replace(":", "-")


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "255.255.255.0", "169.254.120.1", "::1", "not one"])  # noqa: S104 - an address that stays as it is
def test_addresses_of_nobody_stay(address: str) -> None:
    assert names().address(address) == address


def test_addresses_become_documentation() -> None:
    invented = names()
    assert re.fullmatch(r"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+", invented.address("192.168.1.20"))
    assert invented.address("fe80::1").startswith("2001:db8::")
    assert invented.address("192.168.1.20") != invented.address("192.168.1.21")


def test_more_addresses_than_documentation_has_do_not_hang() -> None:
    invented = names()
    assert all(invented.address(f"10.0.{high}.{low}") for high in range(4) for low in range(1, 255))


DOCUMENT = """{"serial_num": "122112123456", "known": 122112123456, "energy": 123456789012, "sn":"122112123456EIM1",
 "mac":"00:1D:C0:99:99:01", "ip":"192.168.1.4", "software": "1.2.3.4", "ssid":"My \\"net", "mail":"a@example.org",
 "latitude": 48.8, "ip_version": "521-00005-r06-v02.61.01", "at": "12:34:56", "token": "abc",
 "serialNumber" : 482211001122, "load_name": "Marie's room",
 "in words": "gateway 122112123456"}"""


def test_a_document_is_told_in_invented_names() -> None:
    told = json.loads(names().text(DOCUMENT))
    serial = names().serial("122112123456")
    assert told["serial_num"] == serial
    assert told["known"] == int(serial)
    assert told["sn"] == f"{serial}EIM1"
    assert told["in words"] == f"gateway {serial}"
    assert str(told["serialNumber"]) == names().serial("482211001122")
    assert told["energy"] == 123456789012
    assert told["mac"] == names().mac("00:1D:C0:99:99:01")
    assert told["ip"] == names().address("192.168.1.4")
    assert told["ssid"] == names().name('My \\"net')
    assert told["load_name"] == names().name("Marie's room")
    assert told["mail"].endswith("@example.org")
    assert told["mail"] != "a@example.org"
    assert told["latitude"] == 0
    assert told["token"] == MASK
    assert (told["software"], told["ip_version"], told["at"]) == ("1.2.3.4", "521-00005-r06-v02.61.01", "12:34:56")


def test_xml_and_html_are_told_too() -> None:
    told = names().text(
        "<sn>122112123456</sn><software>D8.3.5169</software> CN=envoy-122112123456 <td>192.168.1.4</td>"
    )
    serial = names().serial("122112123456")
    assert told == (
        f"<sn>{serial}</sn><software>D8.3.5169</software> CN=envoy-{serial} <td>{names().address('192.168.1.4')}</td>"
    )


def test_a_serial_known_beforehand_is_found_as_a_bare_number() -> None:
    invented = Pseudonyms(KEY, serials=["122112123456"])
    assert json.loads(invented.text("[122112123456, 123456789012]")) == [
        int(names().serial("122112123456")),
        123456789012,
    ]


def test_a_body_that_is_no_text_survives() -> None:
    assert names().body(b"\xff\xfe 122112123456") == b"\xff\xfe " + names().serial("122112123456").encode()
