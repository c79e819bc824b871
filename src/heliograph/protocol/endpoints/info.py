"""`/info` (protocol.md §1.2): who the gateway is. Never asks for credentials, on any firmware."""

import re
from xml.etree import ElementTree as ET

from heliograph.errors import Cause, NotAGatewayError
from heliograph.model import Authentication, Facts, firmware_version
from heliograph.protocol.answer import Answer, Body
from heliograph.protocol.fields import epoch

TARGET = "/info"

_SERIAL = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{3,31}")
"""Every one that was seen is twelve digits; this leaves room, but not for a path, a formula or a page."""
_ANCIENT_SERIAL = re.compile(r"Envoy Serial Number:\D{0,200}?(\d{6,32})", re.DOTALL)
_CLOCK = "clock"
_DIGEST_SINCE = (3, 9)
_TOKENS_SINCE = (7,)


def identify(answer: Answer, host: str) -> Facts:
    """Read the gateway's identity.

    Raises:
        NotAGatewayError: the body is neither the XML document nor the page of the oldest units.
    """
    root = _root(answer)
    if root is None or root.tag != "envoy_info":
        return _ancient(answer, host)
    serial, firmware = _text(root, "device/sn"), _text(root, "device/software")
    if not serial:
        raise NotAGatewayError("not_a_gateway", host=host, cause=Cause("no_serial"))
    if not _SERIAL.fullmatch(serial):
        raise NotAGatewayError("not_a_gateway", host=host, cause=Cause("strange_serial"))
    return Facts(
        serial=serial,
        firmware=firmware,
        part_number=_text(root, "device/pn"),
        authentication=authentication(firmware, web_tokens=_text(root, "web-tokens") == "true"),
        metered={"true": True, "false": False}.get(_text(root, "device/imeter")),
    )


def clock(answer: Answer) -> int | None:
    """Return the gateway's own time, epoch seconds; None where it does not tell."""
    if _CLOCK not in answer.cache:
        root = _root(answer)
        answer.cache[_CLOCK] = None if root is None else epoch(_text(root, "time"))
    epoch_time: int | None = answer.cache[_CLOCK]
    return epoch_time


def authentication(firmware: str, *, web_tokens: bool) -> Authentication:
    """Return how a firmware lets its readers in (protocol.md §1.1, §2.1)."""
    version = firmware_version(firmware)
    if web_tokens or version >= _TOKENS_SINCE:
        return Authentication.TOKEN
    return Authentication.DIGEST if version >= _DIGEST_SINCE else Authentication.NONE


def _root(answer: Answer) -> ET.Element | None:
    # White space before the declaration has been seen, and the parser rejects it (Q27).
    try:
        return ET.fromstring(answer.body.lstrip(b"\xef\xbb\xbf \t\r\n"))  # noqa: S314 - expat bounds entity expansion
    except (ET.ParseError, ValueError):
        return None


def _text(root: ET.Element, path: str) -> str:
    return (root.findtext(path) or "").strip()


def _ancient(answer: Answer, host: str) -> Facts:
    match = _ANCIENT_SERIAL.search(answer.text)
    if match is None:
        page = answer.status == 200 and answer.kind is Body.HTML
        cause = Cause("html") if page else Cause("no_document", {"status": answer.status})
        raise NotAGatewayError("not_a_gateway", host=host, cause=cause)
    return Facts(serial=match[1], firmware="", part_number="", authentication=Authentication.NONE)
