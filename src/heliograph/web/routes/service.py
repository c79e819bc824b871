"""The service itself: health, settings, the page's own layout."""

from typing import Any

import msgspec
from litestar import Response, get, patch, put
from litestar.params import JSONBody

from heliograph.model.labels import LANGUAGES
from heliograph.web.house import DAMAGED, Health
from heliograph.web.problem import ProblemError
from heliograph.web.routes.answers import failing
from heliograph.web.routes.given import Language, TheHouse, nested_within
from heliograph.web.shapes import house as shapes

TAGS = ["service"]
LAYOUT = "layout"
BESIDE = ("output ", DAMAGED)
"""How parts are called that the service can do without."""
DEPTH = 32
"""Objects and lists within one another that a layout may have."""


@get("/about", tags=TAGS, summary="What this service is", sync_to_thread=False)
def about(house: TheHouse) -> shapes.About:
    """Version, name of the installation, languages."""
    return shapes.About(
        version=house.version,
        site=house.site(),
        language=house.language(),
        languages=list(LANGUAGES),
        demo=house.demo,
    )


@get("/health", tags=TAGS, summary="How is the service?", sync_to_thread=False)
def health(house: TheHouse, language: Language) -> shapes.Health:
    """Every part of it: web, poller, history."""
    parts = [_part(part, language) for part in house.health()]
    return shapes.Health(
        ok=all(part.ok for part in parts),
        version=house.version,
        now=house.clock(),
        started=house.started,
        parts=parts,
    )


def _part(part: Health, language: str) -> shapes.Part:
    problem = None if part.problem is None else part.problem.text(language)
    # Readers of the first versions look for it among the details.
    details = part.details if problem is None else {**part.details, "problem": problem}
    return shapes.Part(name=part.name, ok=part.ok, details=dict(details), problem=problem)


@get("/health/live", tags=TAGS, summary="Is it alive?", sync_to_thread=False, security=[])
def alive() -> shapes.Sign:
    """Answers as long as the service lives; needs no login."""
    return shapes.Sign(ok=True)


@get("/health/ready", tags=TAGS, summary="Is it ready?", sync_to_thread=False, security=[], responses=failing(503))
def ready(house: TheHouse) -> Response[shapes.Sign]:
    """200 while web, poller and history work, else 503; needs no login."""
    ok = all(part.ok for part in house.health() if not part.name.startswith(BESIDE))
    return Response(shapes.Sign(ok=ok), status_code=200 if ok else 503)


@get("/settings", tags=TAGS, summary="Every setting", sync_to_thread=False)
def settings(house: TheHouse, language: Language) -> shapes.Settings:
    """Values in force, where each comes from, and what it means."""
    return house.preferences.all(language)


@patch("/settings", tags=TAGS, summary="Change settings", responses=failing(409, 413, 422))
async def change_settings(house: TheHouse, language: Language, data: JSONBody[shapes.Changes]) -> shapes.Settings:
    """Put settings into the file, whose comments stay; most take effect at the next start."""
    await house.preferences.change(data.changes)
    return house.preferences.all(language)


@get("/layout", tags=TAGS, summary="What the page keeps", responses=failing(503))
async def layout(house: TheHouse) -> dict[str, Any]:
    """What the page keeps about roofs and panels; an empty object at first."""
    kept = await house.history().load_blob(LAYOUT)
    return {} if kept is None else msgspec.json.decode(kept, type=dict[str, Any])


@put("/layout", tags=TAGS, summary="Keep what the page keeps", responses=failing(413, 503))
async def keep_layout(house: TheHouse, data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
    """Keep another in its place."""
    if not nested_within(data, DEPTH):
        raise ProblemError("bad_body", 400)
    await house.history().save_blob(LAYOUT, msgspec.json.encode(data))
    return data
