"""Logging in and out, the password, and keys for machines."""

import hashlib
from datetime import timedelta
from typing import Annotated, Any, Final

from litestar import Request, Response, delete, get, post, put
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler
from litestar.params import JSONBody, PathParameter

from heliograph.web.access import Rights, gate
from heliograph.web.access.gate import Visitor
from heliograph.web.access.vault import KEYS, Key
from heliograph.web.house import House
from heliograph.web.problem import ProblemError
from heliograph.web.routes.answers import failing
from heliograph.web.routes.given import Language, TheHouse, Who
from heliograph.web.shapes import access as shapes

TAGS = ["access"]
_OWNER: Final = frozenset({"local", "session"})
"""By what a visitor is known who may set the first password without the claim code."""
_GONE: Final = Cookie(gate.COOKIE, value="", max_age=0, path="/", httponly=True, samesite="strict")
KeyId = Annotated[str, PathParameter(description="As `GET /keys` tells it", max_length=64)]


@get("/session", tags=TAGS, summary="Who am I?", sync_to_thread=False, security=[])
def session(house: TheHouse, language: Language, visitor: Who) -> shapes.Session:
    """Whether one is logged in, must be, and may set the first password. Answers without a login."""
    return _session(house, language, visitor)


def count_login(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Count a try to log in, before its body is read: an unreadable body is a try, too."""
    house: House = connection.app.state.house
    if house.vault.password_set:
        _take_a_try(house, _visitor(connection))


def count_password(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Count a try to set the password, before its body is read."""
    house: House = connection.app.state.house
    visitor = _visitor(connection)
    if house.vault.password_set or visitor.by not in _OWNER:
        _take_a_try(house, visitor)


@post(
    "/session",
    tags=TAGS,
    summary="Log in",
    status_code=200,
    responses=failing(409, 413, 429),
    security=[],
    guards=[count_login],
)
async def log_in(
    house: TheHouse, language: Language, visitor: Who, data: JSONBody[shapes.Login]
) -> Response[shapes.Session]:
    """Log in with the password; sets the session cookie."""
    if not house.vault.password_set:
        raise ProblemError("password_unset", 409)
    if not await house.vault.check_password(data.password):
        raise ProblemError("wrong_login", 401, field="password")
    _clear_tries(house, visitor)
    return await _opened(house, language, visitor)


@delete("/session", tags=TAGS, summary="Log out", response_cookies=[_GONE], security=[])
async def log_out(house: TheHouse, visitor: Who) -> None:
    """End the session."""
    if visitor.token:
        await house.vault.close_session(visitor.token)


@put(
    "/password",
    tags=TAGS,
    summary="Set the password",
    responses=failing(413, 429),
    security=[],
    guards=[count_password],
)
async def set_password(
    house: TheHouse, language: Language, visitor: Who, data: JSONBody[shapes.PasswordWish]
) -> Response[shapes.Session]:
    """Set the first password with the claim code, or another with the one so far; all sessions but this one end.

    On the machine itself, where nothing is needed, neither is the claim code.
    """
    if house.vault.password_set:
        if not await house.vault.check_password(data.current or ""):
            raise ProblemError("wrong_login", 401, field="current")
    elif visitor.by not in _OWNER and not house.vault.claimed_by(data.claim_code or ""):
        raise ProblemError("wrong_claim_code", 401, field="claim_code")
    _clear_tries(house, visitor)
    await house.vault.set_password(data.password)
    return await _opened(house, language, visitor)


@get("/keys", tags=TAGS, summary="Keys for machines", sync_to_thread=False)
def keys(house: TheHouse) -> list[shapes.Key]:
    """Every key by name and rights; the keys themselves are not told."""
    return [_key(house, key) for key in house.vault.keys]


@post("/keys", tags=TAGS, summary="Make a key", responses=failing(409, 413))
async def make_key(house: TheHouse, data: JSONBody[shapes.KeyWish]) -> shapes.NewKey:
    """Make a key for a machine; it is shown this once."""
    try:
        key, text = await house.vault.make_key(data.name.strip(), data.rights)
    except ValueError as err:
        raise ProblemError("too_many_keys", 409, count=KEYS) from err
    return shapes.NewKey(key=_key(house, key), text=text)


@delete("/keys/{id:str}", tags=TAGS, summary="Remove a key", responses=failing(404))
async def remove_key(house: TheHouse, id: KeyId) -> None:
    """Remove a key; whoever used it is no longer let in."""
    if not await house.vault.remove_key(id):
        raise ProblemError("no_key", 404, field="id", id=id[:40])


def give_visitor(request: Request[Any, Any, Any]) -> Visitor:
    """Give who asks, as the gate found out."""
    return _visitor(request)


def _visitor(connection: ASGIConnection[Any, Any, Any, Any]) -> Visitor:
    visitor: Visitor = connection.scope["state"]["visitor"]
    return visitor


def _counted_as(visitor: Visitor) -> tuple[str, bool]:
    """Return under which name tries of a visitor are counted, and whether it is the owner's own browser or machine."""
    if visitor.by == "session":
        return f"session {hashlib.sha256(visitor.token.encode()).hexdigest()}", True
    if visitor.caller.local:
        return "this machine", True
    return visitor.caller.address, False


def _clear_tries(house: House, visitor: Visitor) -> None:
    caller, trusted = _counted_as(visitor)
    house.limits.clear(caller, trusted=trusted)


def _take_a_try(house: House, visitor: Visitor) -> None:
    caller, trusted = _counted_as(visitor)
    wait = house.limits.take(caller, trusted=trusted)
    if wait > 0:
        seconds = max(1, round(wait + 0.5))
        raise ProblemError("too_many_tries", 429, headers={"Retry-After": str(seconds)}, seconds=seconds)


async def _opened(house: House, language: str, visitor: Visitor) -> Response[shapes.Session]:
    token = await house.vault.open_session()
    cookie = Cookie(
        gate.COOKIE,
        value=token,
        max_age=round(timedelta(days=house.session_days).total_seconds()),
        path="/",
        httponly=True,
        samesite="strict",
        secure=visitor.caller.secure,
    )
    now = Visitor(visitor.caller, "session", Rights.WRITE, token, visitor.login_needed)
    return Response(_session(house, language, now), cookies=[cookie])


def _session(house: House, language: str, visitor: Visitor) -> shapes.Session:
    return shapes.Session(
        logged_in=visitor.rights is not None,
        login_needed=visitor.login_needed,
        password_set=house.vault.password_set,
        language=language,
        by=visitor.by or None,
        rights=visitor.rights,
        proxied=visitor.caller.proxied,
    )


def _key(house: House, key: Key) -> shapes.Key:
    return shapes.Key(
        id=key.id, name=key.name, rights=key.rights, created=key.created, last_used=house.vault.last_used(key)
    )
