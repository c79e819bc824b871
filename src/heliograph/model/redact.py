"""What must never be said, in one table, and the invented names that stand for a household's own in captures."""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

MASK: Final = "***"

_KEYS: Final = (
    "password|passwd|passphrase|pwd|psk|secret|token|jwt|manager_token|session_?id|api_?key|code_verifier|nonce|cnonce"
    "|otp|login_otp_nonce|credential|credentials"
)
_EMAIL_START: Final = r"(?<![\w.+-])[\w.+-]+"
_EMAIL_END: Final = r"[\w-]+(?:\.[\w-]+)+"
_NAMED: Final = rf"(?<![\w-])[\w-]{{0,64}}?(?:{_KEYS})(?![\w-])"


@dataclass(frozen=True, slots=True)
class Secret:
    """One kind of secret: how it looks in a text, and what is put in its place."""

    name: str
    pattern: re.Pattern[str]
    put: str | Callable[[re.Match[str]], str]


def _secret(name: str, pattern: str, put: str | Callable[[re.Match[str]], str]) -> Secret:
    return Secret(name, re.compile(pattern, re.IGNORECASE), put)


def _masked_value(found: re.Match[str]) -> str:
    key, value = found.group(1), found.group(2)
    # A bare number or word of a JSON document becomes a string, so that the document stays one.
    quote = value[0] if value[0] in "\"'" else '"' if key.startswith('"') else ""
    return f"{key}{quote}{MASK}{quote}"


SECRETS: Final[tuple[Secret, ...]] = (
    _secret("JSON Web Token", r"\beyJ[\w-]{8,}={0,2}(?:\.[\w-]*={0,2}){0,4}", MASK),
    _secret(
        "header as a quoted pair",
        r"""(["'](?:proxy-)?(?:authorization|www-authenticate|(?:set-)?cookie)["']\s*[:=,]\s*)"""
        r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""",
        _masked_value,
    ),
    _secret(
        "header",
        r"(?<![\w-])((?:proxy-)?authorization|www-authenticate|(?:set-)?cookie)(\s*[:=]\s*)(?![\s\"'*])[^\r\n]+",
        rf"\1\2{MASK}",
    ),
    _secret("bearer", r"\b(bearer\s+)[^\s\"',;*]+", rf"\1{MASK}"),
    _secret(
        "named value",
        rf"""(["']?{_NAMED}(?:\\?["'\]]|%5D)*\s*[:=]\s*)"""
        r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;&}\])"'][^\s,;&}\])]*)""",
        _masked_value,
    ),
    _secret("element", rf"(<({_KEYS})(?:\s[^<>]*)?>)[^<]+", rf"\1{MASK}"),
    _secret("session cookie", r"(?<![\w-])([\w-]{0,64}?session[\w-]{0,64}=)[^;,\s\"'&]+", rf"\1{MASK}"),
    _secret("digest response", r"\b(response=)(\"?)[0-9a-f]{32}\b", rf"\1\2{MASK}"),
    _secret("account in an address", r"(://)[^/\s:@]{1,200}:[^\s@\"'<>]{1,200}@", rf"\1{MASK}@"),
    _secret("e-mail address", rf"{_EMAIL_START}(?:@|%40){_EMAIL_END}", MASK),
)
"""Everything that must never leave the process, applied from top to bottom."""


def redact(text: str) -> str:
    """Take every secret out of a text by its looks; a text without any comes back as it was."""
    return _without(SECRETS, text)


_HARMLESS: Final = re.compile(
    r"application_name|channel_binding|client_encoding|connect_timeout|dbname|gssencmode|host|hostaddr|keepalives\w*"
    r"|load_balance_hosts|port|ssl(cert|key|mode|rootcert)|target_session_attrs|tcp_user_timeout"
)
"""Options in the address of a database whose values may be shown; every other value may be a password."""


_PLACE: Final = re.compile(r"(\[[^]]*\]|[^:/]*)(:\d*)?(/.*)?")
"""Host, port and path."""


def mask_address(address: str) -> str:
    """Return the address of a database as it may be shown: without account, and without options that may be secret.

    An address that can be read in two ways is not shown at all.
    A text without `://` is a folder, or the options of a PostgreSQL connection: its named secrets are masked.
    """
    scheme, separator, rest = address.partition("://")
    if not separator:
        return redact(address) if "=" in address else address
    account, at, place = rest.rpartition("@")
    place, question, query = place.partition("?")
    if "@" in account or not _PLACE.fullmatch(place):
        return f"{scheme}://{MASK}"
    # A part without `=` is no option, but may be the rest of a password.
    options = "&".join(
        f"{name}={value if _HARMLESS.fullmatch(name) else MASK}" if value else MASK
        for name, value in parse_qsl(query, keep_blank_values=True)
    )
    return f"{scheme}://{MASK + at if account else at}{place}{question}{options}"


def _without(secrets: Iterable[Secret], text: str) -> str:
    for secret in secrets:
        text = secret.pattern.sub(secret.put, text)
    return text


_SERIAL_KEYS: Final = (
    "sn|serial|serial_?num(?:ber)?|serialno|dev_?serial|device_?sn|envoy_?serial|gateway_?serial|part_serial|parent|sno"
)
_NAME_KEYS: Final = (
    "ssid|essid|wifi_?ssid|ap_?ssid|site_?name|system_?name|installer_?name|company_?name|first_?name|last_?name"
    "|user_?name|username|owner|street|address1|address2|city|zip|postal_?code|load_?name"
)
_PLACE_KEYS: Final = "lat|lon|lng|latitude|longitude"
_VERSION_KEYS: Final = "version|software|firmware|fw|build|img|hw"

_ATTEMPTS: Final = 10_000
"""How often another name is tried where one is taken; there are hundreds of addresses, and thousands of all else."""
_ACCESS_POINT: Final = "169.254.120.1"
"""Every gateway's own address while it is set up: it says nothing about a household."""

_TOKENS: Final = re.compile(
    rf"""
      "(?P<version>[\w .-]{{0,40}}(?:{_VERSION_KEYS})[\w .-]{{0,40}})"\s*:\s*"[^"]*"
    | (?P<place>"(?:{_PLACE_KEYS})"\s*:\s*)(?P<place_value>"[^"]*"|-?[\d.]+)
    | "(?:{_NAME_KEYS})"\s*:\s*"(?P<name>(?:[^"\\]|\\.)+)(?=")
    | "(?:{_SERIAL_KEYS})"\s*:\s*"?(?P<keyed_serial>\d{{6,16}})(?!\d)
    | <sn>\s*(?P<element_serial>\d{{6,16}})(?!\d)
    | (?P<mac>(?<![0-9A-Fa-f:-])[0-9A-Fa-f]{{2}}(?P<colon>[:-])[0-9A-Fa-f]{{2}}
        (?:(?P=colon)[0-9A-Fa-f]{{2}}){{4}}(?![0-9A-Fa-f:]))
    | (?P<v4>(?<![\w.-])(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){{3}}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?![\w-]|\.\d))
    | (?P<v6>(?<![\w:.])(?:[0-9A-Fa-f]{{1,4}}:|::)[0-9A-Fa-f:]{{1,40}}(?![\w:]))
    | (?P<email>{_EMAIL_START}@{_EMAIL_END})
    | (?P<serial>(?<![\d.])\d{{12}}(?![\d.]))
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Pseudonyms:
    """Invented names that stand for real ones, the same for the same throughout one capture.

    Pure: the key, random and thrown away with the object, is given; without it nothing leads back. Two real names
    never share an invented one. A serial number keeps its length and its first half, which tells what kind of device
    it is and when it was made; a MAC address keeps its maker; what is no household's own (loopback, masks, the set-up
    address) stays.
    """

    def __init__(self, key: bytes, *, serials: Iterable[str] = ()) -> None:
        """Take a random key, and serial numbers known beforehand, which are then recognised anywhere."""
        self._key = key
        self._given: dict[tuple[str, str], str] = {}
        self._taken: set[tuple[str, str]] = set()
        self._inventors: dict[str, Callable[[str], str]] = {
            "name": self.name,
            "keyed_serial": self.serial,
            "element_serial": self.serial,
            "serial": self.serial,
            "mac": self.mac,
            "v4": self.address,
            "v6": self.address,
            "email": self._email,
        }
        for serial in serials:
            self.serial(serial)

    def serial(self, real: str) -> str:
        """Invent a serial number of the same length that begins the same way; what is not all digits stays."""
        if not (real.isascii() and real.isdecimal()):
            return real
        changed = max(min(len(real), 6), len(real) // 2)
        return self._name("serial", real, lambda number: real[:-changed] + str(number % 10**changed).zfill(changed))

    def mac(self, real: str) -> str:
        """Invent a MAC address of the same maker."""
        plain = real.upper().replace("-", ":")

        def invent(number: int) -> str:
            return plain[:9] + ":".join(f"{number >> shift & 255:02X}" for shift in (16, 8, 0))

        invented = self._name("mac", plain, invent)
        return invented.replace(":", "-") if "-" in real else invented

    def address(self, real: str) -> str:
        """Invent an IP address out of those set aside for documentation."""
        try:
            parsed = ipaddress.ip_address(real)
        except ValueError:
            return real
        if parsed.is_loopback or parsed.is_unspecified or parsed.is_multicast or real == _ACCESS_POINT:
            return real
        if parsed.version == 6:
            return self._name("v6", parsed.compressed, lambda number: f"2001:db8::{number % 0xFFFF + 1:x}")
        if real.startswith("255."):
            return real
        networks = ("192.0.2", "198.51.100", "203.0.113")
        return self._name("v4", real, lambda number: f"{networks[number % 3]}.{number // 3 % 254 + 1}")

    def name(self, real: str) -> str:
        """Invent a name of a network, site or person."""
        return self._name("name", real, lambda number: f"name-{number % 10**6:06}")

    def text(self, text: str) -> str:
        """Take the secrets out of a body or log, and put invented names for the household's own; JSON stays JSON."""
        text = _without((secret for secret in SECRETS if secret.name != "e-mail address"), text)
        is_json = text.lstrip()[:1] in {"{", "["}
        return _TOKENS.sub(lambda found: self._replace(found, is_json=is_json), text)

    def body(self, body: bytes) -> bytes:
        """Treat a body as `text` does, whatever its encoding."""
        return self.text(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def _replace(self, found: re.Match[str], *, is_json: bool) -> str:
        kind = found.lastgroup
        if kind == "place_value":
            return f"{found['place']}0"
        if kind not in self._inventors or (kind == "serial" and is_json and self._bare(found)):
            return found.group()
        before = found.group()[: found.start(kind) - found.start()]
        return before + self._inventors[kind](found[kind])

    def _bare(self, found: re.Match[str]) -> bool:
        """Return whether twelve digits are a number of a JSON document, which may be an energy, and no known serial."""
        text, start, end = found.string, found.start(), found.end()
        if ("serial", found.group()) in self._given:
            return False
        return text[start - 1 : start] in {*" :[,-\r\n\t"} and text[end : end + 1] in {*" ,]}\r\n\t"}

    def _email(self, real: str) -> str:
        return self._name("email", real.lower(), lambda number: f"user-{number % 10**6:06}@example.org")

    def _name(self, kind: str, real: str, invent: Callable[[int], str]) -> str:
        if (kind, real) in self._given:
            return self._given[kind, real]
        invented = real
        for attempt in range(_ATTEMPTS):
            seed = f"{kind}\0{real}\0{attempt}".encode("utf-8", "surrogateescape")
            invented = invent(int.from_bytes(hmac.digest(self._key, seed, hashlib.sha256)[:8], "big"))
            if invented != real and (kind, invented) not in self._taken:
                break
        self._given[kind, real] = invented
        self._taken.add((kind, invented))
        return invented
