"""Puts the API together: routes, documentation, failures, and the gate before all of it."""

from typing import Any, Final

from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin

from heliograph.web import failures
from heliograph.web.access.callers import Neighbourhood
from heliograph.web.access.gate import COOKIE, Gate, Login
from heliograph.web.docs import TAGS, Pages
from heliograph.web.exposition import Metrics
from heliograph.web.house import House
from heliograph.web.language import preferred
from heliograph.web.page import Page
from heliograph.web.routes import access, gateways, history, notifications, service, values
from heliograph.web.routes.answers import ANY
from heliograph.web.routes.given import Reading
from heliograph.web.words import say

PREFIX: Final = "/api/v1"
ROUTES: Final[tuple[HTTPRouteHandler, ...]] = (
    values.metrics,
    values.values,
    values.stream,
    gateways.gateways,
    gateways.gateway,
    gateways.probe,
    gateways.test,
    gateways.add,
    gateways.change,
    gateways.remove,
    gateways.begin_sync,
    gateways.see_sync,
    gateways.refresh,
    gateways.discovery,
    gateways.equipment,
    history.history,
    history.history_csv,
    history.energy,
    history.heatmap,
    history.findings,
    history.events,
    notifications.notifications,
    notifications.test_notifications,
    notifications.begin_dry_run,
    notifications.see_dry_run,
    service.about,
    service.health,
    service.alive,
    service.ready,
    service.settings,
    service.change_settings,
    service.layout,
    service.keep_layout,
    access.session,
    access.log_in,
    access.log_out,
    access.set_password,
    access.keys,
    access.make_key,
    access.remove_key,
)


class _Lean(Litestar):
    """Without the plugins for other libraries' models, which take megabytes wherever those happen to be installed."""

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]


def create(house: House, neighbourhood: Neighbourhood, *, login: Login) -> Gate:
    """Make the whole front: the gate, and behind it API and page; `login` says who must log in."""
    return Gate(
        _api(house),  # type: ignore[arg-type] # ASGI by other names
        Page(house.language),
        house.vault,
        neighbourhood,
        login=login,
        language=house.language,
        metrics=None if house.exposition is None else Metrics(house.exposition),
    )


def _api(house: House) -> Litestar:
    def give_house() -> House:
        return house

    def give_language(request: Request[Any, Any, Any]) -> str:
        return preferred(request.headers.get("accept-language"), house.language())

    for route in ROUTES:
        # What every route may answer need not be said by each.
        route.responses = {**ANY, **(getattr(route, "responses", None) or {})}
    api = Router(
        PREFIX,
        route_handlers=list(ROUTES),
        dependencies={
            "house": Provide(give_house, sync_to_thread=False),
            "language": Provide(give_language, sync_to_thread=False),
            "visitor": Provide(access.give_visitor, sync_to_thread=False),
        },
        security=[{"key": []}, {"session": []}, {}],
    )
    return _Lean(
        [api],
        exception_handlers={Exception: failures.handle},
        openapi_config=_description(house),
        request_max_body_size=failures.LARGEST,
        logging_config=None,
        request_class=Reading,
        state=State({"language": house.language, "house": house}),
    )


def _description(house: House) -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Heliograph",
        version=house.version,
        description="Numbers of Enphase gateways that can be trusted: present values, history, accounts, findings.",
        path="/api/docs",
        render_plugins=[Pages(), JsonRenderPlugin()],
        use_handler_docstrings=True,
        operation_id_creator=lambda handler, _method, _path: handler.handler_name,
        tags=[Tag(name=tag, description=say(f"tag.{tag}", "en")) for tag in TAGS],
        components=Components(
            security_schemes={
                "key": SecurityScheme(type="http", scheme="bearer", description="A key made in the settings"),
                "session": SecurityScheme(
                    type="apiKey", name=COOKIE, security_scheme_in="cookie", description="Set by logging in"
                ),
            }
        ),
    )
