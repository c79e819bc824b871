"""Whatever a route raises, as a problem."""

import logging
import re
from collections.abc import Mapping
from typing import Any, Final

from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException

from heliograph.errors import (
    AnswerError,
    CertificateError,
    CloudError,
    DowngradeError,
    HeliographError,
    NotAGatewayError,
    RefusedError,
    UnreachableError,
    UsageError,
)
from heliograph.model.redact import redact
from heliograph.store import StoreError
from heliograph.web.house import TakenError
from heliograph.web.language import preferred
from heliograph.web.problem import MEDIA_TYPE, ProblemError

LOGGER: Final = logging.getLogger("heliograph.web")

_MISSING: Final = re.compile(r"[Mm]issing required \w+ parameter '([\w-]+)'")
LARGEST: Final = 2**20
"""Bytes that a request may carry."""
_STATUS: Final = (
    (UsageError, 422, "unusable"),
    (RefusedError, 422, "refused"),
    (NotAGatewayError, 422, "stranger"),
    (CertificateError, 409, "certificate"),
    (DowngradeError, 409, "downgraded"),
    (AnswerError, 424, "answer"),
    (CloudError, 424, "cloud"),
    (UnreachableError, 424, "silent"),
)
"""Status and title by kind. What a gateway or Enphase does is no 502 or 504: proxies put pages of their own in place of
those."""
_FIELDS: Final[Mapping[str, str]] = {
    "bad_address": "host",
    "unreachable": "host",
    "unresolved": "host",
    "timeout": "host",
    "not_a_gateway": "host",
    "wrong_gateway": "host",
    "wrong_password": "credentials.password",
    "password_needed": "credentials.password",
    "token_needed": "credentials.token",
    "token_malformed": "credentials.token",
    "token_expired": "credentials.token",
    "token_foreign": "credentials.token",
    "token_refused": "credentials.token",
    "cloud_credentials": "credentials.account",
    "cloud_mfa": "credentials.account",
    "certificate_changed": "trust",
    "downgraded": "trust",
}
"""What of the request an error of the gateway concerns."""
_STATUSES: Final[Mapping[str, int]] = {"history_unknown_gateway": 404, "unwritable_file": 503, "missing_extra": 503}


def of_error(err: HeliographError) -> ProblemError:
    """Make a problem of an error of the house."""
    detail = {language: redact(err.text(language)) for language in ("en", "fr")}
    if isinstance(err, StoreError):
        return ProblemError(err.code, 503, detail=detail, title="no_history")
    key = getattr(err, "key", None)
    if key is not None:
        return ProblemError(err.code, 422, field=str(key), detail=detail, title="setting")
    status, title = next(((status, title) for kind, status, title in _STATUS if isinstance(err, kind)), (500, "other"))
    status = _STATUSES.get(err.code, status)
    return ProblemError(err.code, status, field=_FIELDS.get(err.code), detail=detail, title=title)


def of_http(err: HTTPException) -> ProblemError:
    """Make a problem of what the framework raises."""
    if err.status_code == 413:
        return ProblemError("too_large", 413, limit=LARGEST)
    if isinstance(err, ValidationException):
        return _invalid(err)
    if err.status_code in {404, 405}:
        code = "no_route" if err.status_code == 404 else "no_method"
        return ProblemError(code, err.status_code, headers=err.headers)
    if 400 <= err.status_code < 500:
        return ProblemError("bad_body", err.status_code)
    return ProblemError("unexpected", 500)


def _invalid(err: ValidationException) -> ProblemError:
    extra = err.extra if isinstance(err.extra, list) else []
    first: Any = extra[0] if extra else {}
    missing = _MISSING.search(err.detail)
    if missing is not None:
        return ProblemError("missing_input", 400, field=missing[1])
    if not isinstance(first, dict) or not first:
        return ProblemError("bad_body", 400)
    field = str(first.get("key") or "body")
    return ProblemError("invalid_input", 400, field=field, message=redact(str(first.get("message", ""))[:300]))


def handle(request: Request[Any, Any, Any], err: Exception) -> Response[bytes]:
    """Answer with a problem."""
    match err:
        case ProblemError():
            problem = err
        case HeliographError():
            problem = of_error(err)
        case TakenError():
            problem = ProblemError(err.code, 409, **err.details)  # type: ignore[arg-type] # details are texts
        case SerializationException():
            problem = ProblemError("bad_body", 400)
        case HTTPException():
            problem = of_http(err)
        case _:
            LOGGER.error("%s %s failed unexpectedly", request.method, request.url.path, exc_info=err)
            problem = ProblemError("unexpected", 500)
    language = preferred(request.headers.get("accept-language"), request.app.state.language())
    return Response(
        problem.encoded(language),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=dict(problem.headers),
    )
