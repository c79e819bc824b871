"""One connection of a caller: how long its request may take to arrive, and how long it may take nothing."""

import asyncio
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

HEAD: Final = 10.0
"""Seconds in which the head of a request must have arrived, from the connection or its first byte on."""
BODY: Final = 30.0
"""Seconds in which its body must have arrived."""
STALL: Final = 60.0
"""Seconds for which a caller may take nothing of what is sent to it."""
_LIMITS: Final[Mapping[Any, float]] = {h11.IDLE: HEAD, h11.SEND_BODY: BODY}
"""By what the caller has still to send; what is not here has no limit of its own."""


HERE: Final = "this machine"


def address_of(peer: object) -> str:
    """Return the address of the other end of a socket; an empty text where it has none."""
    return str(peer[0]) if isinstance(peer, tuple) and peer else ""


def network_of(address: str) -> str:
    """Return what one caller is told by: an IPv6 home owns a whole network; `HERE` for this machine."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    if parsed.is_loopback:
        return HERE
    return str(ip_network(f"{parsed}/64", strict=False)) if isinstance(parsed, IPv6Address) else str(parsed)


class Connection(H11Protocol):
    """Ends itself where its caller takes too long; a request that has arrived may take as long as it needs."""

    def __init__(self, config: Config, state: ServerState) -> None:
        """Prepare; `connection_made` begins it."""
        super().__init__(config=config, server_state=state, app_state={}, _loop=asyncio.get_running_loop())
        self.opened = self.loop.time()
        self._stage: Any = None
        self._deadline: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None

    @property
    def network(self) -> str:
        """Return whose it is."""
        return network_of(address_of(self.client))

    @property
    def waiting(self) -> bool:
        """Whether no request is being answered: it may be closed without anything being lost."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def abort(self) -> None:
        """End it at once."""
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin: the head of a request is waited for."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what the caller sends."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Wait for another request; one that has begun already has its limit."""
        super().on_response_complete()
        if self.conn.trailing_data[0]:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        for timer in (self._deadline, self._stalled):
            if timer is not None:
                timer.cancel()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait until the caller takes what was sent, but not for ever."""
        super().pause_writing()
        self._stalled = self.loop.call_later(STALL, self.abort)

    def resume_writing(self) -> None:
        """Go on sending."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _watch(self) -> None:
        """Start the time limit of what the caller has still to send, once for each request."""
        stage = self.conn.their_state
        if stage is self._stage:
            return
        self._stage = stage
        if self._deadline is not None:
            self._deadline.cancel()
        limit = None if self.transport.is_closing() else _LIMITS.get(stage)
        self._deadline = None if limit is None else self.loop.call_later(limit, self.abort)
