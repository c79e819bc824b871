"""What gateways keep for whom, where a recording does not say (protocol.md §2.1, §2.3.3)."""

from heliograph.emulator.answer import Authentication
from heliograph.emulator.generation import version_of

INSTALLER_PATHS = (
    "/stream/meter",
    "/installer/",
    "/ivp/peb/",
    "/ivp/mod/",
    "/ivp/ss/dpel",
    "/ivp/grest/",
    "/admin/lib/date_time_display",
    "/admin/lib/admin_pmu_display",
    "/admin/lib/admin_dcc_display",
)
_ALWAYS_OPEN = frozenset({"/info", "/info.xml"})
_OPEN_TO_DIGEST = _ALWAYS_OPEN | {
    "/api/v1/production",
    "/home",
    "/home.json",
    "/inventory",
    "/inventory.json",
    "/production.json",
}


def authentication_of(firmware: str, *, web_tokens: bool) -> Authentication:
    """Return how a firmware lets its readers in."""
    if web_tokens or version_of(firmware) >= (7,):
        return Authentication.TOKEN
    return Authentication.DIGEST if version_of(firmware) >= (3, 9) else Authentication.NONE


def is_open(authentication: Authentication, firmware: str, path: str) -> bool:
    """Return whether a path needs no credentials. The 3.x show `/production`, a page for people, to everybody."""
    match authentication:
        case Authentication.NONE:
            return True
        case Authentication.TOKEN:
            return path in _ALWAYS_OPEN
        case Authentication.DIGEST:
            return path in _OPEN_TO_DIGEST or (path == "/production" and version_of(firmware) < (4,))


def minimum_role(path: str) -> str:
    """Name the lowest role that may read a path."""
    return "installer" if path.startswith(INSTALLER_PATHS) else "owner"
