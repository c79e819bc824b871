"""The owner's gateways as Jeedom knows them: takes its wishes, and keeps them read."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from heliograph.errors import HeliographError, TrustError
from heliograph.gateway import Cloud, Event, Gateway, Known, Progress, Synced
from heliograph.gateway.capture import Capture
from heliograph.live import Subscription, Update
from heliograph.outputs.jeedom.archive import record
from heliograph.outputs.jeedom.desk import Connect, Discover, Unready, search, try_out
from heliograph.outputs.jeedom.evening import Evening
from heliograph.outputs.jeedom.log import Voice
from heliograph.outputs.jeedom.news import State, Watch, explained
from heliograph.outputs.jeedom.scenarios import Scenarios
from heliograph.outputs.jeedom.settings import Settings
from heliograph.outputs.jeedom.shelf import Shelf
from heliograph.outputs.jeedom.teller import Line, Teller, Tenant

LOGGER: Final = logging.getLogger("heliograph.jeedom")
TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "asking": {"fr": "Interrogation de la passerelle : {number}", "en": "Reading the gateway: {number}"},
    "capturing": {
        "fr": "Capture : {number} sur {all}, {target}",
        "en": "Capturing: {number} of {all}, {target}",
    },
    "captured": {
        "fr": "Capture terminée : {name}. Les secrets ont été retirés ; numéros de série, noms et adresses sont "
        "inventés.",
        "en": "Captured: {name}. Secrets were taken out; serial numbers, names and addresses are invented.",
    },
    "twin": {
        "fr": "L’équipement « {name} » lit déjà cette passerelle ({serial}) : celui-ci ne la lit pas une seconde fois. "
        "Supprimez-le, ou indiquez l’adresse d’une autre passerelle.",
        "en": "The device “{name}” already reads this gateway ({serial}): this one does not read it a second time. "
        "Delete it, or enter the address of another gateway.",
    },
}

Record = Callable[..., Capture]
"""Makes a recorder, as `Capture` does."""
Factory = Callable[[Callable[[Event], None]], Gateway]


class Engine(Protocol):
    """What reads the gateways for ever."""

    @property
    def gateways(self) -> Mapping[str, Gateway]:
        """The clients in use, by name."""

    def add(self, name: str, connect: Factory, offset: float) -> None:
        """Read one more gateway, `offset` seconds after the full minute."""

    async def remove(self, name: str) -> None:
        """Stop reading a gateway."""

    def refresh(self, name: str) -> None:
        """Read a gateway now."""

    async def sync(self, name: str, progress: Callable[[Progress], None] | None = None) -> Synced:
        """Synchronise a gateway anew, then read it."""


class House:
    """Serves Jeedom's messages and passes on what the gateways say."""

    def __init__(
        self,
        line: Line,
        engine: Engine,
        shelf: Shelf,
        *,
        discover: Discover,
        connect: Connect = Gateway,
        zone: ZoneInfo,
        follow_level: Callable[[str], None] = lambda _level: None,
        record: Record = Capture,
        voice: Voice | None = None,
    ) -> None:
        """Put together; nothing runs yet."""
        self._teller = Teller(line, shelf, zone)
        self._zone = zone
        self._engine = engine
        self._shelf = shelf
        self._discover = discover
        self._connect = connect
        self._record = record
        self._follow_level = follow_level
        self._voice = voice or Voice()
        self._tenants: dict[int, Tenant] = {}
        self._jobs: set[asyncio.Task[None]] = set()
        self._lock = asyncio.Lock()
        self.configured = asyncio.Event()
        """Jeedom has told its gateways."""

    async def handle(self, message: Mapping[str, Any]) -> None:
        """Do what Jeedom asks; what takes long goes on by itself.

        Raises:
            KeyError: the message lacks something.
        """
        match message.get("action"):
            case "configure":
                await self.configure(message)
            case "loglevel":
                self._follow_level(str(message["level"]))
            case "refresh":
                self._refresh(int(message["gateway"]))
            case "repeat":
                await self._repeat(int(message["gateway"]))
            case "sync":
                trust = bool(message.get("trust"))
                self._start(self._sync(int(message["gateway"]), str(message["request"]), trust=trust), message)
            case "test":
                self._start(self._try(Settings.of(message["settings"]), str(message["request"])), message)
            case "capture":
                self._start(self._capture(int(message["gateway"]), str(message["request"])), message)
            case "discover":
                self._start(self._search(str(message["request"])), message)
            case action:
                LOGGER.warning("Jeedom asked for something unknown: %s", action)

    async def close(self) -> None:
        """End what is under way, and keep what must outlast the stop."""
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)
        self._shelf.close()
        self._teller.history.close()

    # -- settings ------------------------------------------------------------------------------------------------

    async def configure(self, message: Mapping[str, Any]) -> None:
        """Take all of the owner's settings; what did not change goes on undisturbed."""
        async with self._lock:
            self._teller.language = str(message.get("language") or "en")
            self._follow_level(str(message.get("loglevel") or "error"))
            rows = [Settings.of(row) for row in message["gateways"]]
            self._voice.language = self._teller.language
            self._voice.names = {row.key: row.name for row in rows}
            for gone in self._tenants.keys() - {row.id for row in rows}:
                await self._remove(self._tenants.pop(gone))
            for row in rows:
                await self._settle(row)
            if message.get("remind"):
                # The messages went with the plugin when it was deactivated.
                for tenant in self._tenants.values():
                    tenant.watch.warned = None
        self.configured.set()

    async def _remove(self, tenant: Tenant) -> None:
        await self._engine.remove(tenant.settings.key)
        self._shelf.forget(tenant.settings.key)
        self._teller.history.forget(tenant.settings.key)

    async def _settle(self, new: Settings) -> None:
        tenant = self._tenants.get(new.id)
        if tenant is None:
            note = self._shelf.note(new.key)
            watch = Watch(new.id, new.name, self._teller.language, met=note.synced, warned=note.warned)
            evening = Evening.decode(self._zone, self._shelf.evening(new.key))
            scenarios = Scenarios.decode(self._zone, self._shelf.totals(new.key))
            tenant = self._tenants[new.id] = Tenant(new, watch, evening, scenarios)
        old, tenant.settings = tenant.settings, new
        if old.groups != new.groups or old.roofs != new.roofs or tenant.watch.language != self._teller.language:
            tenant.send_all()
        if new.enabled and not old.enabled:
            tenant.watch.warned = None
        if old.host != new.host or str(tenant.twin) not in self._engine.gateways:
            tenant.twin = None
        tenant.watch.name, tenant.watch.language = new.name, self._teller.language
        tenant.watch.automatic = new.credentials.account is not None
        running = new.key in self._engine.gateways
        wanted = new.enabled and bool(new.host) and tenant.twin is None
        if running and (not wanted or old.host != new.host):
            await self._engine.remove(new.key)
            running = False
        if wanted and not running:
            self._begin(tenant)
        elif wanted and old.credentials != new.credentials:
            self._engine.gateways[new.key].use(new.credentials)
            self._engine.refresh(new.key)
        if not wanted and tenant.twin is None:
            tenant.watch.state = State.WAITING if new.enabled else State.DISABLED
            self._teller.show(tenant, text="")

    def _begin(self, tenant: Tenant, *, anew: bool = False) -> None:
        """Read a gateway, or whoever is there now: then nothing is known of it, its certificate neither."""
        settings = tenant.settings
        strangers = itertools.chain([anew], itertools.repeat(True))

        def connect(listen: Callable[[Event], None]) -> Gateway:
            known = self._shelf.known(settings.key, settings.host)
            # Called again only where another gateway has taken this one's place.
            if next(strangers):
                known = Known(guard=known.guard, address=known.address)
            # The latest secrets: that may be long after the settings were taken.
            credentials = self._tenants[settings.id].settings.credentials
            return self._connect(settings.host, credentials, known=known, listen=listen)

        # Spread over the minute, so that many gateways do not all wake this machine at once.
        self._engine.add(settings.key, connect, float(settings.id * 7 % 50))

    # -- what the gateways say -----------------------------------------------------------------------------------

    async def hear(self, subscription: Subscription) -> None:
        """Pass on every update until the subscription ends."""
        async for update in subscription:
            tenant = self._tenants.get(int(update.name))
            if tenant is None:
                continue
            try:
                await self._pass_on(tenant, update)
            except Exception:
                # One gateway's unforeseen trouble must not silence the others.
                LOGGER.exception("What %s said could not be passed on", tenant.settings.name)

    async def remember(self, name: str, gateway: Gateway) -> None:
        """Keep what a gateway's client knows; a token fetched meanwhile goes to Jeedom, which encrypts it."""
        tenant = self._tenants.get(int(name))
        if tenant is None:
            return
        await asyncio.to_thread(self._shelf.remember, name, tenant.settings.host, gateway)
        token = gateway.credentials.token
        if token is not None and token != tenant.settings.credentials.token:
            self._teller.line.put(secrets={name: {"token": token}})

    async def load_books(self, serial: str) -> bytes | None:
        """Return the books last kept of a serial."""
        return await asyncio.to_thread(self._shelf.books, serial)

    def _twin(self, tenant: Tenant, serial: str) -> Tenant | None:
        """Find who has been here longer and reads the same gateway."""
        facts = {key: gateway.facts for key, gateway in self._engine.gateways.items()}
        there = {int(key) for key, known in facts.items() if known is not None and known.serial == serial}
        eldest = min(there & self._tenants.keys(), default=tenant.settings.id)
        return self._tenants[eldest] if eldest < tenant.settings.id else None

    async def _stand_down(self, tenant: Tenant, twin: Tenant, serial: str) -> None:
        """Leave a gateway to its other reader: two would share its books, and tire it."""
        async with self._lock:
            tenant.twin = twin.settings.id
            await self._engine.remove(tenant.settings.key)
            # What is known of the gateway stands under one name, and may have come under this one's.
            gateway = self._engine.gateways.get(twin.settings.key)
            if gateway is not None:
                await self.remember(twin.settings.key, gateway)
        tenant.watch.state = State.TWIN
        text = self._twin_text(twin.settings.id)
        self._teller.show(tenant, text=text, serial=serial)
        if tenant.request:
            self._teller.fail(tenant, text)

    def _twin_text(self, twin: int) -> str:
        gateway = self._engine.gateways.get(str(twin))
        serial = gateway.facts.serial if gateway is not None and gateway.facts is not None else ""
        return self._say("twin", name=self._tenants[twin].settings.name, serial=serial)

    async def _pass_on(self, tenant: Tenant, update: Update) -> None:
        serial = update.snapshot.gateway.serial
        twin = self._twin(tenant, serial)
        if twin is not None:
            await self._stand_down(tenant, twin, serial)
            return
        if update.books is not None:
            await asyncio.to_thread(self._shelf.keep_books, serial, update.books)
        await self._teller.tell(tenant, update, self._engine.gateways.get(tenant.settings.key))

    # -- what the owner asks for ---------------------------------------------------------------------------------

    def _start(self, job: Any, message: Mapping[str, Any]) -> None:
        # The log finds the gateway by the last word of the name.
        gateway = message.get("gateway") or (message.get("settings") or {}).get("id", "")
        name = f"{message.get('action')} {gateway}"
        task = asyncio.create_task(self._answered(job, str(message.get("request"))), name=name)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def _answered(self, job: Awaitable[None], request: str) -> None:
        """See a job through; whatever goes wrong, the page that waits is told."""
        try:
            await job
        except HeliographError as err:
            # These the owner may accept.
            accepted = isinstance(err, TrustError) or err.code == "wrong_gateway"
            self._teller.answer(request, "changed" if accepted else "failed", explained(err, self._teller.language))
        except Unready as err:
            self._teller.answer(request, "failed", err.text(self._teller.language))
        except Exception as err:
            LOGGER.exception("What was asked on the page could not be done")
            self._teller.answer(request, "failed", f"{type(err).__name__}: {err}")

    def _say(self, code: str, **details: object) -> str:
        texts = TEXTS[code]
        return texts.get(self._teller.language, texts["en"]).format(**details)

    def _refresh(self, gateway: int) -> None:
        if str(gateway) in self._engine.gateways:
            self._tenants[gateway].send_all()
            self._engine.refresh(str(gateway))

    async def _repeat(self, gateway: int) -> None:
        """Send everything that is known of a gateway again, without asking it."""
        tenant = self._tenants.get(gateway)
        if tenant is None or tenant.latest is None:
            return
        tenant.send_all()
        await self._teller.tell(tenant, tenant.latest, self._engine.gateways.get(tenant.settings.key))

    async def _sync(self, gateway: int, request: str, *, trust: bool) -> None:
        tenant = self._tenants.get(gateway)
        if tenant is not None and tenant.twin is not None:
            self._teller.answer(request, "failed", self._twin_text(tenant.twin))
            return
        if tenant is None or tenant.settings.key not in self._engine.gateways:
            raise Unready
        if trust:
            await self._engine.remove(tenant.settings.key)
            self._begin(tenant, anew=True)

        def progress(step: Progress) -> None:
            self._teller.answer(request, "working", self._say("asking", number=step.number))

        await self._engine.sync(tenant.settings.key, progress)
        tenant.request = request

    async def _capture(self, gateway: int, request: str) -> None:
        """Record what a gateway answers; meanwhile nobody else asks it anything."""
        tenant = self._tenants.get(gateway)
        if tenant is None or not tenant.settings.host:
            raise Unready
        async with self._lock:
            key = tenant.settings.key
            client = self._engine.gateways.get(key)
            known = self._shelf.known(key, tenant.settings.host) if client is None else client.known
            credentials = tenant.settings.credentials if client is None else client.credentials
            if client is not None:
                await self._engine.remove(key)
            recorder = self._record(tenant.settings.host, credentials, before=known, cloud=Cloud())
            try:
                name, content = await record(recorder, self._teller.language, self._progress(request))
            finally:
                await recorder.close()
                if client is not None:
                    self._begin(tenant)
        await asyncio.to_thread(self._shelf.keep_capture, key, content)
        self._teller.answer(request, "captured", self._say("captured", name=name), name=name)

    def _progress(self, request: str) -> Callable[[int, int, str], None]:
        def tell(number: int, all_: int, target: str) -> None:
            self._teller.answer(request, "working", self._say("capturing", number=number, all=all_, target=target))

        return tell

    async def _try(self, settings: Settings, request: str) -> None:
        known = self._shelf.known(settings.key, settings.host)
        trial = await try_out(settings, known, self._connect, self._teller.wish)
        self._teller.answer(request, "warned" if trial.short_lived else "accepted", trial.text)

    async def _search(self, request: str) -> None:
        self._teller.answer(request, "found", gateways=search(await self._discover()))
