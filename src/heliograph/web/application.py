"""Puts the API together: routes, documentation, problems, doors."""

from litestar import Litestar, Request, Router
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig

from heliograph.web.house import House
from heliograph.web.language import preferred
from heliograph.web.routes import values

PREFIX = "/api/v1"


def create(house: House) -> Litestar:
    """Make the application."""

    def give_house() -> House:
        return house

    def give_language(request: Request) -> str:
        return preferred(request.headers.get("accept-language"), house.language())

    api = Router(
        PREFIX,
        route_handlers=[values.metrics, values.values, values.stream],
        dependencies={
            "house": Provide(give_house, sync_to_thread=False),
            "language": Provide(give_language, sync_to_thread=False),
        },
    )
    return Litestar(
        [api],
        openapi_config=OpenAPIConfig(title="Heliograph", version=house.version, path="/api/docs", render_plugins=[]),
        logging_config=None,
    )
