"""The service's front: REST, events, documentation, access; and the page."""

from heliograph.web.house import Change, Fleet, Health, House, Kept, Sync, TakenError, Wish
from heliograph.web.stream import Hub

__all__ = ["Change", "Fleet", "Health", "House", "Hub", "Kept", "Sync", "TakenError", "Wish"]
