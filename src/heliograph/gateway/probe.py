"""Who is there, and over which scheme: `/info` asked by https, then by http (protocol.md §1.5)."""

from typing import Final, NamedTuple

from heliograph import protocol
from heliograph.errors import AnswerError, Cause, CertificateError, HeliographError, NotAGatewayError, UnreachableError
from heliograph.gateway.address import HTTP
from heliograph.gateway.line import Line, poor
from heliograph.gateway.transport import Reply
from heliograph.model import Facts
from heliograph.protocol import Answer

INFO: Final = "/info"
REDIRECTS: Final = range(300, 400)

_MOST_TELLING_FIRST: Final = (
    "not_ready",
    "not_a_gateway",
    "bad_answer",
    "timeout",
    "interrupted",
    "unreachable",
    "unresolved",
)


class Found(NamedTuple):
    """A gateway that said who it is."""

    facts: Facts
    answer: Answer


def as_answer(target: str, reply: Reply, at: float) -> Answer:
    """Make an answer of what came back."""
    return protocol.answer(target, reply.status, reply.body, at, seconds=reply.seconds)


async def probe(line: Line, at: float) -> Found:
    """Find out who answers, over the scheme that answered last or else over both in turn, and keep to it.

    Raises:
        UnreachableError: nobody answers.
        NotAGatewayError: somebody else does.
        AnswerError: `not_ready`.
        CertificateError: the key is another.
    """
    failures: list[HeliographError] = []
    for scheme in dict.fromkeys((line.scheme or line.address.schemes[0], *line.address.schemes)):
        try:
            found = await _who(line, scheme, at)
        except CertificateError:
            raise
        except HeliographError as err:
            failures.append(err)
        else:
            line.scheme = scheme
            return found
    raise min(failures, key=lambda err: _MOST_TELLING_FIRST.index(err.code))


async def _who(line: Line, scheme: str, at: float) -> Found:
    host = str(line.address)
    try:
        reply = await line.send(INFO, probing=scheme)
        failure = poor(reply, host, INFO)
        if failure is not None:
            raise failure
    except AnswerError as err:
        if err.code == "not_ready":
            raise
        raise NotAGatewayError("not_a_gateway", host=host, cause=err.details["cause"]) from err
    if reply.status in REDIRECTS:
        # From port 80 to https on the same host, which is asked anyway; never followed.
        kind = UnreachableError if scheme == HTTP else NotAGatewayError
        code = "unreachable" if scheme == HTTP else "not_a_gateway"
        raise kind(code, host=host, cause=Cause("redirect"))
    answer = as_answer(INFO, reply, at)
    return Found(protocol.identify(answer, host), answer)
