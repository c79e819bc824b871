"""How a command ends: its exit code, and what is said of a failure."""

from typing import Final

from heliograph.errors import (
    AnswerError,
    CloudError,
    HeliographError,
    InUseError,
    NotAGatewayError,
    RefusedError,
    TrustError,
    UnreachableError,
    UsageError,
)

OK: Final = 0
UNEXPECTED: Final = 1
USAGE: Final = 2
UNREACHABLE: Final = 3
REFUSED: Final = 4
NOT_A_GATEWAY: Final = 5
UNUSABLE: Final = 6
CERTIFICATE: Final = 7
CLOUD: Final = 8
IN_USE: Final = 9
INTERRUPTED: Final = 130

_CODES: Final = (
    (UsageError, USAGE),
    (UnreachableError, UNREACHABLE),
    (RefusedError, REFUSED),
    (NotAGatewayError, NOT_A_GATEWAY),
    (AnswerError, UNUSABLE),
    (TrustError, CERTIFICATE),
    (CloudError, CLOUD),
    (InUseError, IN_USE),
)


def exit_code(err: HeliographError) -> int:
    """Return the exit code of a failure, as docs/cli.md lists them."""
    return next((code for kind, code in _CODES if isinstance(err, kind)), UNEXPECTED)
