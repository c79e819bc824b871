"""A connection to a broker: paho's protocol, driven by our own event loop."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

KEEPALIVE: Final = 30
"""Seconds of silence after which the broker is asked whether it is still there."""
CHECK: Final = KEEPALIVE / 3
"""Seconds between two looks at that silence: a broker gives up after one and a half times the keepalive."""
SLOW: Final = "the broker does not answer in time"
CLOSED: Final = "the connection is closed"
INCOMING: Final = 50_000
"""Messages from the broker that may wait: as many as an earlier life leaves of a thousand panels come at once."""
_LOGGER: Final = logging.getLogger("heliograph.mqtt.client")


class BrokerError(Exception):
    """The broker refused, was too slow, or the connection broke."""


_Outcome = asyncio.Future[BrokerError | None]
"""What became of something; None where it went well."""


class Client:
    """One connection, from `connect` to `close`; it is not used again afterwards.

    paho is driven by its calls for other programs' loops: the socket is watched by asyncio, so that nothing wakes but
    what the broker sends, what is sent to it, and the keepalive.
    """

    def __init__(
        self, *, user: str = "", password: str = "", identifier: str = "", v5: bool = False, timeout: float = 10.0
    ) -> None:
        """Prepare; `timeout` is how many seconds the broker may take for one answer."""
        version = MQTTProtocolVersion.MQTTv5 if v5 else MQTTProtocolVersion.MQTTv311
        self._paho = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=identifier, protocol=version, reconnect_on_failure=False
        )
        self._paho.enable_logger(_LOGGER)
        self._paho.connect_timeout = timeout
        if user:
            self._paho.username_pw_set(user, password or None)
        self._paho.on_connect = self._on_connect
        self._paho.on_disconnect = self._on_disconnect
        self._paho.on_message = self._on_message
        self._paho.on_publish = self._on_answer
        self._paho.on_subscribe = self._on_answer
        self._paho.on_unsubscribe = self._on_answer
        self._paho.on_socket_close = self._on_socket_close
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._connected: _Outcome = self._loop.create_future()
        self._lost: _Outcome = self._loop.create_future()
        self._answers: dict[int, _Outcome] = {}
        """What waits for the broker, by message number."""
        self._incoming: asyncio.Queue[paho.MQTTMessage | None] = asyncio.Queue()
        """Messages; None at their end."""
        self._timer: asyncio.TimerHandle | None = None

    def set_will(self, topic: str, payload: str) -> None:
        """Leave with the broker what it shall publish, retained, when the connection breaks."""
        self._paho.will_set(topic, payload, qos=1, retain=True)

    async def connect(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Connect.

        Raises:
            BrokerError: the broker refused, or did not answer in time.
            OSError: it cannot be reached.
        """
        if tls is not None:
            self._paho.tls_set_context(tls)
        thread = self._loop.run_in_executor(None, self._paho.connect, host, port, KEEPALIVE)
        try:
            await asyncio.shield(thread)
        except asyncio.CancelledError:
            # The thread cannot be stopped; whatever it still opens is closed when it ends.
            thread.add_done_callback(self._close_late)
            raise
        self._watch()
        await self._wait_for(self._connected)

    async def publish(self, topic: str, payload: str, *, qos: int = 0, retain: bool = True) -> None:
        """Publish a message; with `qos` 1, wait until the broker has it.

        Raises:
            BrokerError: it was not taken in time, or the connection broke.
        """
        info = self._paho.publish(topic, payload, qos, retain)
        await self._answer(info.rc, None if info.rc or info.is_published() else info.mid)
        # Thousands of messages in a row leave others their turn.
        await asyncio.sleep(0)

    async def subscribe(self, topic: str) -> None:
        """Ask for the messages of a topic.

        Raises:
            BrokerError: the broker did not answer in time, or the connection broke.
        """
        await self._answer(*self._paho.subscribe(topic))

    async def unsubscribe(self, topics: list[str]) -> None:
        """Ask for the messages of some topics no longer.

        Raises:
            BrokerError: the broker did not answer in time, or the connection broke.
        """
        await self._answer(*self._paho.unsubscribe(topics))

    async def messages(self) -> AsyncIterator[paho.MQTTMessage]:
        """Give what comes, until the connection ends.

        Raises:
            BrokerError: it broke.
        """
        while (message := await self._incoming.get()) is not None:
            yield message
        self._incoming.put_nowait(None)
        if (error := self._lost.result()) is not None:
            raise error

    async def disconnect(self) -> None:
        """End the connection in order, so that the broker does not publish the will; one that broke is no error."""
        if not self._connected.done() or self._lost.done():
            return
        self._paho.disconnect()
        self._flush()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._timeout):
                await asyncio.wait((self._lost,))

    def close(self) -> None:
        """Close the connection as it is; nothing of it remains, and it may be closed again."""
        sock = self._paho.socket()
        if sock is not None:
            self._on_socket_close(self._paho, None, sock)
            sock.close()
        self._end(None)

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect, and close it in any case."""
        try:
            await self.disconnect()
        finally:
            self.close()

    # The socket.

    def _watch(self) -> None:
        sock = self._paho.socket()
        if sock is None:
            raise self._error() or BrokerError(CLOSED)
        self._loop.add_reader(sock, self._read)
        self._flush()
        self._timer = self._loop.call_later(CHECK, self._check)

    def _read(self) -> None:
        """Take everything that is there; what TLS has decrypted already wakes nobody."""
        self._do(self._paho.loop_read)
        while isinstance(sock := self._paho.socket(), ssl.SSLSocket) and sock.pending():
            self._do(self._paho.loop_read)

    def _write(self) -> None:
        self._do(self._paho.loop_write)

    def _check(self) -> None:
        self._do(self._paho.loop_misc)
        if self._paho.socket() is not None:
            self._timer = self._loop.call_later(CHECK, self._check)

    def _do(self, step: Callable[[], MQTTErrorCode]) -> None:
        """Let paho do one thing; whatever the broker sent that it cannot read ends the connection."""
        try:
            step()
        except Exception as err:
            _LOGGER.debug("the broker sent what cannot be read", exc_info=True)
            self._end(BrokerError(f"the broker sent what cannot be read ({type(err).__name__})"))
            self.close()
        else:
            self._flush()

    def _flush(self) -> None:
        """Have asyncio say when the rest can be written, while there is a rest."""
        sock = self._paho.socket()
        if sock is None:
            return
        if self._paho.want_write():
            self._loop.add_writer(sock, self._write)
        else:
            self._loop.remove_writer(sock)

    def _on_socket_close(self, _client: paho.Client, _data: object, sock: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if sock.fileno() >= 0 and not self._loop.is_closed():
            self._loop.remove_reader(sock)
            self._loop.remove_writer(sock)

    def _close_late(self, thread: asyncio.Future[MQTTErrorCode]) -> None:
        if not thread.cancelled():
            thread.exception()
        self.close()

    # What the broker answers.

    async def _answer(self, code: MQTTErrorCode, number: int | None) -> None:
        """Wait for the answer to a message; None where none comes."""
        self._flush()
        if code:
            raise self._error() or BrokerError(paho.error_string(code))
        if number is not None:
            outcome = self._answers[number] = self._loop.create_future()
            try:
                await self._wait_for(outcome)
            finally:
                del self._answers[number]

    async def _wait_for(self, outcome: _Outcome) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await asyncio.wait((outcome, self._lost), return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            raise BrokerError(SLOW) from None
        error = outcome.result() if outcome.done() else self._error() or BrokerError(CLOSED)
        if error is not None:
            raise error

    def _error(self) -> BrokerError | None:
        return self._lost.result() if self._lost.done() else None

    def _on_connect(self, _client: object, _data: object, _flags: object, code: ReasonCode, _more: object) -> None:
        if not self._connected.done():
            self._connected.set_result(BrokerError(f"the broker refuses: {code}") if code.is_failure else None)

    def _on_disconnect(self, _client: object, _data: object, _flags: object, code: ReasonCode, _more: object) -> None:
        self._end(BrokerError(f"the connection broke: {code}") if code.is_failure else None)

    def _on_message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        if self._incoming.qsize() < INCOMING:
            self._incoming.put_nowait(message)
        else:
            _LOGGER.warning("more than %d messages wait; one is dropped", INCOMING)

    def _on_answer(self, _client: object, _data: object, number: int, _codes: object, _more: object) -> None:
        # What was written at once is answered before anybody waits for it.
        if (outcome := self._answers.get(number)) is not None and not outcome.done():
            outcome.set_result(None)

    def _end(self, error: BrokerError | None) -> None:
        if not self._lost.done():
            self._lost.set_result(error)
            self._incoming.put_nowait(None)
