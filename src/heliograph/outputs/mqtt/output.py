"""Keeps a broker told: everything at birth, then what changes, and what has gone taken away."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from heliograph.live import Live, Patience, Subscription, Update
from heliograph.model import Identity, Subject
from heliograph.outputs.base import Order, PeerError, Sleep, Status, there
from heliograph.outputs.mqtt import discovery, link, topics
from heliograph.outputs.mqtt.discovery import Manner, Seen

if TYPE_CHECKING:
    from heliograph.outputs.mqtt.client import Client

LOGGER: Final = logging.getLogger("heliograph.outputs.mqtt")
TICK: Final = 60.0
"""Seconds after which a gateway that is no longer read is noticed."""
RESPITE: Final = {"refresh": 10.0, "sync": 60.0}
"""Seconds between two orders of a kind that reach a gateway: it is weak, and a broker is open to many."""
FAREWELL: Final = 2.0
"""Seconds that the last words may take."""

_Key = tuple[Subject, str]


class _House:
    """One gateway as the broker knows it."""

    def __init__(self, gateway: Identity) -> None:
        self.gateway = gateway
        self.name = ""
        """How the owner calls it."""
        self.known: dict[_Key, set[str]] = {}
        """Which metrics ever had a value, by equipment."""
        self.told: dict[str, str | None] = {}
        """What the broker holds, by topic; None where it may have forgotten."""
        self.shape: object = None
        """What the configurations were made of."""
        self.configurations: topics.Messages = {}
        self.said: dict[str, frozenset[str]] = {}
        """The keys that an earlier life named, by topic: what is absent just now is still a metric."""
        self.cleared = False
        """What an earlier life left on the broker was looked through."""


def _nobody(_: str, serial: str) -> None:
    raise KeyError(serial)


class Mqtt:
    """The way out over MQTT."""

    name = "mqtt"

    def __init__(
        self,
        options: link.Options,
        manner: Manner,
        *,
        each: bool = True,
        order: Order = _nobody,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Prepare.

        Args:
            options: how the broker is reached.
            manner: how Home Assistant is told.
            each: every metric has a readable topic of its own, beside its equipment's.
            order: has a gateway read or synchronised, when the broker says so.
            clock: tells the seconds between two orders.
            sleep: waits for some seconds.
        """
        self._options = options
        self._manner = manner
        self._topics = manner.topics
        self._each = each
        self._order = order
        self._clock = clock
        self._sleep = sleep
        self._status = Status(LOGGER)
        self._houses: dict[str, _House] = {}
        """By serial number."""
        self._ordered: dict[tuple[str, str], float] = {}
        self._speaking = asyncio.Lock()
        self._greeted = asyncio.Event()
        """Home Assistant has started."""
        self._searched: _House | None = None
        """Of which it is being found out what an earlier life left."""
        self._echo = asyncio.Event()
        """Its own word is back."""

    def status(self) -> Status:
        """Return how it is doing."""
        return self._status

    async def run(self, live: Live) -> None:
        """Keep the broker told until cancelled or live is closed.

        Raises:
            UsageError: `missing_extra`.
        """
        link.library()
        with live.subscribe(Patience.LATEST) as heard:
            while not await self._once(live, heard):
                await self._sleep(self._status.pause)

    async def _once(self, live: Live, heard: Subscription) -> bool:
        """Hold one connection; True once live is closed."""
        try:
            async with link.connected(self._options, self._topics.status) as client:
                await self._serve(client, live, heard)
        except PeerError as err:
            self._status.failed(err)
            return False
        return True

    async def _serve(self, client: "Client", live: Live, heard: Subscription) -> None:
        async with asyncio.TaskGroup() as group:
            beside = [
                group.create_task(self._listen(client), name="mqtt listens"),
                group.create_task(self._look_around(client, live), name="mqtt looks around"),
                group.create_task(self._bear_again(client, live), name="mqtt is born again"),
            ]
            try:
                await self._be_born(client, live)
                self._status.succeeded()
                async for update in heard:
                    async with self._speaking:
                        await self._tell(client, update, events=True)
                    self._status.succeeded()
            finally:
                for task in beside:
                    task.cancel()
                await self._say_farewell(client)

    async def _be_born(self, client: "Client", live: Live) -> None:
        """Say everything: the broker, or Home Assistant, may have forgotten it."""
        async with self._speaking:
            await client.publish(self._topics.status, topics.ONLINE, qos=1)
            for house in self._houses.values():
                house.told = dict.fromkeys(house.told)
            for update in live.latest.values():
                await self._tell(client, update, events=False)

    async def _bear_again(self, client: "Client", live: Live) -> None:
        while True:
            await self._greeted.wait()
            self._greeted.clear()
            await self._be_born(client, live)

    async def _say_farewell(self, client: "Client") -> None:
        # A clean goodbye keeps the will from being read; on a line that broke, the will speaks.
        with contextlib.suppress(Exception):
            async with asyncio.timeout(FAREWELL):
                await client.publish(self._topics.status, topics.OFFLINE, qos=0, retain=True)

    # What is told.

    async def _tell(self, client: "Client", update: Update, *, events: bool) -> None:
        gateway = update.snapshot.gateway
        if not gateway.serial:
            # Never reached since it was added: there is nothing yet that could be named.
            return
        house = await self._house(client, update.name, gateway)
        await self._clear(client, house)
        wanted = self._wanted(update, house)
        for topic, payload in wanted.items():
            if house.told.get(topic, "") != payload:
                await client.publish(topic, payload)
                if payload:
                    house.told[topic] = payload
                else:
                    del house.told[topic]
        if events:
            for happened in update.events:
                await client.publish(self._topics.event(gateway.serial), topics.event(happened), retain=False)

    def _wanted(self, update: Update, house: _House) -> topics.Messages:
        """Return everything that the broker should hold of a gateway; empty payloads take away."""
        gateway, names = update.snapshot.gateway, self._topics
        places = set[str]()
        gone, states = topics.Messages(), topics.Messages()
        seen = []
        for item in update.snapshot.equipment:
            place = names.equipment(gateway.serial, item)
            if item.retired:
                # Never what was not there: Home Assistant would complain.
                if place in house.told:
                    places.add(place)
                    gone |= dict.fromkeys((place, *discovery.retired(self._manner, gateway, item)), "")
                continue
            known = house.known.setdefault((item.subject, item.id), set())
            # What is too old at a start in the night, or was there before it, is a metric all the same.
            known.update(item.values, house.said.pop(place, frozenset()) & item.absent.keys())
            if known:
                places.add(place)
                seen.append(Seen(item, frozenset(known)))
                states |= topics.states(names, gateway.serial, item, known, each=self._each)
        house.told = {**dict.fromkeys(gone), **house.told}
        return {
            **gone,
            **self._configurations(update, house, seen),
            **states,
            **{topic: "" for topic in house.told if topic not in states and topic.rpartition("/")[0] in places},
            names.findings(gateway.serial): topics.findings(update),
            names.zone(gateway.serial): update.zone or "",
            names.availability(gateway.serial): topics.ONLINE if there(update) else topics.OFFLINE,
        }

    def _configurations(self, update: Update, house: _House, seen: list[Seen]) -> topics.Messages:
        """Return the discovery messages; they change seldom and are many, so they are not written anew each minute."""
        shape = (update.name, update.snapshot.gateway, tuple(one.shape for one in seen))
        if house.shape != shape:
            house.configurations = discovery.configurations(self._manner, update.name, update.snapshot.gateway, seen)
            house.shape = shape
        return house.configurations

    async def _house(self, client: "Client", name: str, gateway: Identity) -> _House:
        for serial, other in list(self._houses.items()):
            if other.name == name and serial != gateway.serial:
                # Another gateway has taken its place.
                await self._take_away(client, serial)
        house = self._houses.setdefault(gateway.serial, _House(gateway))
        house.name, house.gateway = name, gateway
        return house

    async def _take_away(self, client: "Client", serial: str) -> None:
        for topic in self._houses[serial].told:
            await client.publish(topic, "")
        del self._houses[serial]

    async def _clear(self, client: "Client", house: _House) -> None:
        """Find what an earlier life left; take away what it announced in another form than the one in use."""
        if house.cleared:
            return
        marker = self._topics.availability(house.gateway.serial)
        patterns = (*discovery.other_forms(self._manner, house.gateway), *self._topics.values(house.gateway.serial))
        self._searched = house
        self._echo.clear()
        for pattern in patterns:
            await client.subscribe(pattern)
        # The broker delivers in order: once our own word is back, everything retained has come before it.
        await client.publish(marker, topics.OFFLINE)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._options.patience):
                await self._echo.wait()
        await client.unsubscribe(list(patterns))
        self._searched = None
        house.cleared = True

    async def _look_around(self, client: "Client", live: Live) -> None:
        """Take away the gateways that are no longer read."""
        while True:
            await self._sleep(TICK)
            async with self._speaking:
                read = {update.snapshot.gateway.serial for update in live.latest.values()}
                for serial in self._houses.keys() - read:
                    await self._take_away(client, serial)

    # What is heard.

    async def _listen(self, client: "Client") -> None:
        hello = f"{self._manner.prefix}/status"
        await client.subscribe(hello)
        await client.subscribe(self._topics.orders)
        async for message in client.messages():
            topic = message.topic
            if topic == hello:
                if message.payload == b"online" and not message.retain:
                    self._greeted.set()
            elif self._topics.ordered(topic) is not None:
                if not message.retain:
                    self._obey(topic)
            elif self._searched is not None:
                await self._find(client, self._searched, topic, bytes(message.payload), retained=message.retain)

    async def _find(self, client: "Client", house: _House, topic: str, payload: bytes, *, retained: bool) -> None:
        """Take note of what an earlier life left."""
        if not retained:
            if topic == self._topics.availability(house.gateway.serial):
                self._echo.set()
        elif topic.startswith(f"{self._topics.gateway(house.gateway.serial)}/"):
            house.told.setdefault(topic, None)
            if keys := topics.named(payload):
                house.said[topic] = keys
        elif discovery.is_of(self._manner, house.gateway, topic):
            await client.publish(topic, "")

    def _obey(self, topic: str) -> None:
        serial, order = self._topics.ordered(topic) or ("", "")
        now = self._clock()
        if now - self._ordered.get((serial, order), float("-inf")) < RESPITE[order]:
            LOGGER.debug("%s of %s was asked for a moment ago; ignored", order, serial)
            return
        try:
            self._order(order, serial)
        except KeyError:
            LOGGER.warning("the broker asks for a %s of gateway %s, which is not here", order, topics.safe(serial))
            return
        self._ordered[serial, order] = now
