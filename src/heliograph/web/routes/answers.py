"""How routes may fail, for the documentation; each failure is a problem (RFC 9457)."""

from collections.abc import Mapping
from typing import Final

from litestar.openapi.datastructures import ResponseSpec

from heliograph.web.problem import MEDIA_TYPE, Problem

_WORDS: Final = {
    400: "What was asked cannot be understood",
    401: "A login or key is needed",
    403: "Not allowed",
    404: "There is no such thing",
    405: "Not by this method",
    409: "It clashes with what is there",
    413: "Too large",
    421: "Called by a foreign name",
    422: "Understood, but not possible",
    424: "The gateway, or Enphase's service, does not do its part",
    429: "Too many tries",
    503: "Not possible at present",
}


def failing(*codes: int) -> Mapping[int, ResponseSpec]:
    """Describe the answers of these codes, beside those that any route may give."""
    return {
        code: ResponseSpec(Problem, generate_examples=False, description=_WORDS[code], media_type=MEDIA_TYPE)
        for code in sorted({400, 401, 403, 421, *codes})
    }


ANY: Final = failing()
GIVEN: Final = failing(404, 409)
TRIED: Final = failing(404, 409, 413, 422, 424)
