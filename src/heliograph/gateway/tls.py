"""Trust on first use: a gateway signs its own certificate, so its key is remembered and must not change.

The whole certificate cannot be pinned, for gateways renew it every year and let it expire; the key is what stays.
"""

import asyncio
import hashlib
import ssl
from asyncio import sslproto
from functools import cache
from typing import Final

from aiohttp import Fingerprint, ServerFingerprintMismatch

_SEQUENCE: Final = 0x30
_VERSION: Final = 0xA0
_BEFORE_KEY: Final = 5
"""Serial number, algorithm, issuer, validity, subject."""


@cache
def gateway_context() -> ssl.SSLContext:
    """Return the TLS settings for gateways: self-signed, addressed by IP, with old ciphers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # RSA keys of 1024 bits and SHA-1 signatures are still found; distributions forbid them at their level 2.
    context.set_ciphers("DEFAULT:@SECLEVEL=1")
    return context


def spare_memory() -> None:
    """Let each connection of this process have 32 KiB for what it decrypts, where asyncio takes 256.

    A record of TLS holds 16 at most. With a thousand gateways that is a quarter of the memory.
    """
    sslproto.SSLProtocol.max_size = 32 * 1024


class PinnedKey(Fingerprint):
    """Makes sure, right after each handshake and before a word is said, that the peer has the key it had before."""

    def __init__(self, expected: str | None = None) -> None:
        """Take the SHA-256 of the key (SubjectPublicKeyInfo, hexadecimal); None trusts whichever comes first."""
        super().__init__(bytes(32))
        self.expected = expected
        """What is trusted."""
        self.found: str | None = None
        """What the last peer showed."""

    def check(self, transport: asyncio.Transport) -> None:
        """Compare the peer's key.

        Raises:
            ServerFingerprintMismatch: it is another; aiohttp then closes the connection.
        """
        peer = transport.get_extra_info("ssl_object")
        if peer is None:
            return
        certificate = peer.getpeercert(binary_form=True)
        self.found = key_fingerprint(certificate)
        if self.expected is None:
            self.expected = self.found
        if self.found != self.expected:
            host, port, *_ = transport.get_extra_info("peername")
            raise ServerFingerprintMismatch(bytes.fromhex(self.expected), bytes.fromhex(self.found), host, port)


def key_fingerprint(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate's public key (SubjectPublicKeyInfo), hexadecimal.

    A certificate so strange that its key cannot be found stands for its key as a whole.
    """
    try:
        key = _public_key(certificate)
    except (IndexError, ValueError):
        key = certificate
    return hashlib.sha256(key).hexdigest()


def _public_key(certificate: bytes) -> bytes:
    """Find the SubjectPublicKeyInfo in a DER certificate, whatever else in it breaks the rules."""
    start, _ = _content(certificate, 0, _SEQUENCE)
    start, _ = _content(certificate, start, _SEQUENCE)
    if certificate[start] == _VERSION:
        start = _content(certificate, start)[1]
    for _ in range(_BEFORE_KEY):
        start = _content(certificate, start)[1]
    end = _content(certificate, start, _SEQUENCE)[1]
    return certificate[start:end]


def _content(der: bytes, start: int, tag: int | None = None) -> tuple[int, int]:
    """Return where the content of the element at `start` begins and where it ends."""
    if tag is not None and der[start] != tag:
        message = f"element {der[start]:#x} where {tag:#x} belongs"
        raise ValueError(message)
    length, begin = der[start + 1], start + 2
    if length & 0x80:
        begin += length & 0x7F
        length = int.from_bytes(der[start + 2 : begin], "big")
    if begin + length > len(der):
        message = "the element is longer than the certificate"
        raise ValueError(message)
    return begin, begin + length
