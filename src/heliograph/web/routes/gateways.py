"""Gateways: listed, found, tried, added, changed, synchronised, removed; and their equipment."""

from typing import Annotated

from litestar import delete, get, patch, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from heliograph.gateway import Account, Credentials
from heliograph.web import cards
from heliograph.web.house import Change, House, Kept, Wish
from heliograph.web.problem import ProblemError
from heliograph.web.routes.answers import GIVEN, TRIED
from heliograph.web.routes.given import Language, TheHouse
from heliograph.web.shapes import gateways as shapes
from heliograph.web.spans import zone_name

TAGS = ["gateways"]
Serial = Annotated[str, PathParameter(description="Serial number of the gateway", max_length=64)]
Gateway = Annotated[str | None, QueryParameter(name="gateway", description="Serial number; all unless given")]
Seconds = Annotated[float, QueryParameter(name="seconds", ge=0.5, le=15, description="How long to listen")]


@get("/gateways", tags=TAGS, summary="All gateways", sync_to_thread=False)
def gateways(house: TheHouse, language: Language) -> list[shapes.Gateway]:
    """Every gateway that is read, with how it is doing and what it was asked to bear."""
    return [_shown(house, kept, language) for kept in house.fleet.all()]


@get("/gateways/{serial:str}", tags=TAGS, summary="One gateway", sync_to_thread=False, responses=GIVEN)
def gateway(house: TheHouse, language: Language, serial: Serial) -> shapes.Gateway:
    """One gateway that is read."""
    return _shown(house, known(house, serial), language)


@post("/gateways/probe", tags=TAGS, summary="Who answers at an address?", status_code=200, responses=TRIED)
async def probe(house: TheHouse, language: Language, data: JSONBody[shapes.ProbeWish]) -> shapes.Probed:
    """Ask who answers, and say what it will want; needs no credentials and keeps nothing."""
    facts = await house.fleet.identify(data.host)
    return cards.probed(facts, data.host, language, known=house.fleet.find(facts.serial) is not None)


@post("/gateways/test", tags=TAGS, summary="Try an address and credentials", status_code=200, responses=TRIED)
async def test(house: TheHouse, language: Language, data: JSONBody[shapes.TestWish]) -> shapes.Tested:
    """Read a gateway once and say what came; nothing is kept."""
    return cards.tested(await house.fleet.test(data.host, credentials(data.credentials)), language)


@post("/gateways", tags=TAGS, summary="Add a gateway", status_code=202, responses=TRIED)
async def add(house: TheHouse, language: Language, data: JSONBody[shapes.GatewayWish]) -> shapes.Sync:
    """Find out who answers and begin to synchronise it; it is kept once that has succeeded.

    How far it is comes as `sync` events, and from `GET /gateways/{serial}/sync`.
    """
    wish = Wish(data.host, (data.name or "").strip(), credentials(data.credentials), data.trust)
    return cards.sync(await house.fleet.add(wish), language)


@patch("/gateways/{serial:str}", tags=TAGS, summary="Change a gateway", responses=TRIED)
async def change(
    house: TheHouse, language: Language, serial: Serial, data: JSONBody[shapes.GatewayChange]
) -> shapes.Gateway:
    """Rename it, give its new address or other credentials."""
    known(house, serial)
    given = None if data.credentials is None else credentials(data.credentials)
    name = None if data.name is None else data.name.strip()
    kept = await house.fleet.change(serial, Change(name, data.host, given, data.trust))
    return _shown(house, kept, language)


@delete("/gateways/{serial:str}", tags=TAGS, summary="Remove a gateway", responses=GIVEN)
async def remove(house: TheHouse, serial: Serial) -> None:
    """Read it no longer, and forget its credentials; its history stays."""
    known(house, serial)
    await house.fleet.remove(serial)


@post("/gateways/{serial:str}/sync", tags=TAGS, summary="Synchronise a gateway", status_code=202, responses=GIVEN)
async def begin_sync(house: TheHouse, language: Language, serial: Serial) -> shapes.Sync:
    """Find out anew everything that it has."""
    known(house, serial)
    return cards.sync(house.fleet.sync(serial), language)


@get("/gateways/{serial:str}/sync", tags=TAGS, summary="How far is it?", sync_to_thread=False, responses=GIVEN)
def see_sync(house: TheHouse, language: Language, serial: Serial) -> shapes.Sync:
    """The latest synchronisation since the service was started, also one of a gateway that is not kept yet."""
    found = house.fleet.syncing(serial)
    if found is None:
        known(house, serial)
        raise ProblemError("no_sync", 404)
    return cards.sync(found, language)


@post("/gateways/{serial:str}/refresh", tags=TAGS, summary="Read a gateway now", status_code=202, responses=GIVEN)
async def refresh(house: TheHouse, serial: Serial) -> None:
    """Ask at once what is due, also of a gateway that is left in peace for failing; what comes is in the stream."""
    known(house, serial)
    house.fleet.refresh(serial)


@get("/discovery", tags=TAGS, summary="Gateways on this network")
async def discovery(house: TheHouse, seconds: Seconds = 3.0) -> list[shapes.Neighbour]:
    """Listen for gateways that announce themselves."""
    found = await house.fleet.discover(seconds)
    return [cards.neighbour(one, known=house.fleet.find(one.serial) is not None) for one in found]


def known(house: House, serial: str) -> Kept:
    """Give the gateway that is meant.

    Raises:
        ProblemError: `no_gateway`.
    """
    kept = house.fleet.find(serial)
    if kept is None:
        raise ProblemError("no_gateway", 404, field="serial", serial=serial[:64])
    return kept


def credentials(given: shapes.Credentials | None) -> Credentials:
    """Take what was entered; a field left empty was not given."""
    if given is None:
        return Credentials()
    account = None if given.account is None else Account(given.account.user.strip(), given.account.password)
    return Credentials(
        password=given.password or None,
        user=(given.user or "").strip() or None,
        token=(given.token or "").strip() or None,
        account=account,
    )


def _shown(house: House, kept: Kept, language: str) -> shapes.Gateway:
    update, zone = house.live.latest.get(kept.name), zone_name(house, kept)
    return cards.gateway(kept, update, house.clock(), language, started=house.started, zone=zone)


@get("/equipment", tags=TAGS, summary="All equipment", sync_to_thread=False, responses=GIVEN)
def equipment(house: TheHouse, language: Language, gateway: Gateway = None) -> list[shapes.Piece]:
    """Everything that there is or was, by gateway."""
    chosen = house.fleet.all() if gateway is None else [known(house, gateway)]
    latest = house.live.latest
    return [
        piece
        for kept in chosen
        for piece in cards.pieces(
            kept.serial,
            kept.client.facts,
            latest[kept.name].snapshot if kept.name in latest else None,
            language,
        )
    ]
