"""Present values, the vocabulary, and the stream of what happens."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import QueryParameter
from litestar.response import Stream

from heliograph.web import wording
from heliograph.web.problem import ProblemError
from heliograph.web.routes.answers import failing
from heliograph.web.routes.given import Language, TheHouse
from heliograph.web.shapes.values import Catalog, Values
from heliograph.web.stream import READERS

Names = Annotated[list[str] | None, QueryParameter(required=False, description="May be given several times")]


@get("/metrics", tags=["values"], summary="The vocabulary: every metric with its unit and words", sync_to_thread=False)
def metrics() -> Catalog:
    """Every metric that a gateway may have, in the order in which people read them."""
    return wording.catalog()


@get("/values", tags=["values"], summary="Present values with age, quality and reason", sync_to_thread=False)
def values(
    *,
    house: TheHouse,
    language: Language,
    gateway: Names = None,
    subject: Names = None,
    id: Names = None,
    key: Names = None,
) -> Values:
    """All present values, or those of some gateways, subjects, ids and keys; each may be given several times."""
    now = house.clock()
    gateways, subjects, ids = (frozenset(names or ()) for names in (gateway, subject, id))
    keys = frozenset(key) if key else None
    found = []
    for update in house.live.latest.values():
        if gateways and not gateways & {update.snapshot.gateway.serial, update.name}:
            continue
        chosen = [
            item
            for item in update.snapshot.equipment
            if (not subjects or item.subject in subjects) and (not ids or item.id in ids)
        ]
        found.append(wording.gateway_values(update, now, language, equipment=chosen, keys=keys))
    return Values(now=now, gateways=found)


@get(
    "/stream",
    tags=["values"],
    summary="What happens, as Server-Sent Events",
    media_type="text/event-stream",
    responses=failing(503),
)
async def stream(house: TheHouse, language: Language, request: Request[Any, Any, Any]) -> Stream:
    """Everything at first (`state`), then what changes (`values`) and what synchronisations do (`sync`).

    Reconnecting with `Last-Event-ID` goes on where the stream broke off, or begins anew where that is too long ago.
    """
    if house.hub.readers >= READERS:
        raise ProblemError("too_many_streams", 503, headers={"Retry-After": "30"}, count=READERS)
    last = request.headers.get("last-event-id") or request.query_params.get("last_event_id")
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return Stream(house.hub.listen(language, last), media_type="text/event-stream", headers=headers)
