"""The passwords that gateways before firmware 7 take, as derived from their serial number (protocol.md §2.2)."""

import hashlib
from typing import Final

USER: Final = "envoy"
INSTALLER: Final = "installer"
REALM: Final = "enphaseenergy.com"

_SHIFTED_ZEROS: Final = (3, 6, 9)
_SHIFTED_ONES: Final = (9, 15)
_LENGTH: Final = 8


def default_password(serial: str) -> str:
    """Return the default password of user `envoy`: the last six characters of the serial number."""
    return serial[-6:]


def installer_password(serial: str, *, user: str = INSTALLER, realm: str = REALM) -> str:
    """Derive the eight characters that user `installer` has for a password (protocol.md §2.2.1)."""
    seed = f"[e]{user}@{realm}#{serial} EnPhAsE eNeRgY "
    digest = hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()
    zeros, ones = digest.count("0"), digest.count("1")
    password = ""
    for character in reversed(digest[-_LENGTH:]):
        zeros = min(max(zeros - (zeros in _SHIFTED_ZEROS), 0), 20)
        ones = min(max(ones - (ones in _SHIFTED_ONES), 0), 26)
        if character == "0":
            password += chr(ord("f") + zeros)
            zeros -= 1
        elif character == "1":
            password += chr(ord("@") + ones)
            ones -= 1
        else:
            password += character
    return password
