"""Notifications tried out: a test message, a dry run over history."""

from litestar import get, post
from litestar.params import JSONBody

from heliograph.web.problem import ProblemError
from heliograph.web.routes.answers import failing
from heliograph.web.routes.gateways import known
from heliograph.web.routes.given import Language, TheHouse
from heliograph.web.shapes import notifications as shapes

TAGS = ["notifications"]


@get("/notifications", tags=TAGS, summary="Where messages go, and what is told", sync_to_thread=False)
def notifications(house: TheHouse, language: Language) -> shapes.Notifications:
    """Addresses by their kind alone, and every rule."""
    return house.notifier.all(language)


@post(
    "/notifications/test",
    tags=TAGS,
    summary="Send a test message",
    status_code=200,
    responses=failing(409),
)
async def test_notifications(house: TheHouse, language: Language) -> list[shapes.Trial]:
    """Send a message to every address in the settings file, and say of each whether it took it; within a minute."""
    return list(await house.notifier.test(language))


@post(
    "/notifications/dry-run",
    tags=TAGS,
    summary="Begin a dry run over history",
    status_code=202,
    responses=failing(404, 413, 503),
)
async def begin_dry_run(house: TheHouse, language: Language, data: JSONBody[shapes.DryRunWish]) -> shapes.DryRun:
    """Find out what would have been told in the last days; sends nothing. One that is under way is given up.

    How far it is comes from `GET /notifications/dry-run`.
    """
    chosen = house.fleet.all() if data.gateway is None else [known(house, data.gateway)]
    return house.notifier.begin(data.days, [kept.serial for kept in chosen], language)


@get(
    "/notifications/dry-run",
    tags=TAGS,
    summary="What would have been told?",
    sync_to_thread=False,
    responses=failing(404),
)
def see_dry_run(house: TheHouse, language: Language) -> shapes.DryRun:
    """The latest dry run since the service was started, with what it found so far."""
    found = house.notifier.dry_run(language)
    if found is None:
        raise ProblemError("no_dry_run", 404)
    return found
