"""The owner's gateways as Jeedom knows them: takes its wishes, tells it values, states and what a sync found."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Final, Protocol

from heliograph.errors import CertificateError, HeliographError
from heliograph.gateway import Event, Gateway, Known, Progress, Synced
from heliograph.live import Subscription, Update
from heliograph.model import Snapshot, Subject
from heliograph.outputs.jeedom.desk import Connect, Discover, Unready, role_word, search, try_out
from heliograph.outputs.jeedom.layout import GATEWAY
from heliograph.outputs.jeedom.news import Message, State, Watch, because, payload
from heliograph.outputs.jeedom.remarks import Remark, findings, gaps
from heliograph.outputs.jeedom.settings import Settings
from heliograph.outputs.jeedom.shelf import Shelf
from heliograph.outputs.jeedom.values import Told, Wish, link_values, listing, moment, spoke, values
from heliograph.protocol.token import TokenInfo

LOGGER: Final = logging.getLogger("heliograph.jeedom")
EVERYTHING: Final = frozenset(Subject)
LINK_ONLY: Final = frozenset({Subject.NETWORK})
CHUNK: Final = 10
"""Equipments in one POST of a synchronisation: Jeedom takes a while to create each."""
TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "asking": {"fr": "Interrogation de la passerelle : {number}", "en": "Asking the gateway: {number}"},
    "twin": {
        "fr": "L’équipement « {name} » lit déjà cette passerelle ({serial}) : celui-ci ne la lit pas une seconde fois. "
        "Supprimez-le, ou donnez-lui l’adresse d’une autre passerelle.",
        "en": "The equipment “{name}” reads this gateway ({serial}) already: this one does not read it a second time. "
        "Remove it, or give it the address of another gateway.",
    },
}

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


class Line(Protocol):
    """What carries words to Jeedom."""

    def put(self, **parts: Mapping[Any, Any] | list[Any]) -> None:
        """Say something with the next POST."""

    async def post(self, **message: Any) -> bool:
        """Say something now."""


@dataclass(slots=True)
class Tenant:
    """One gateway under way."""

    settings: Settings
    watch: Watch
    told: Told = field(default_factory=Told)
    heard: dict[str, float] = field(default_factory=dict)
    """When each equipment last said something."""
    missing: dict[str, list[Remark]] = field(default_factory=dict)
    """What Jeedom was told to be missing, by equipment."""
    twin: int | None = None
    """The tenant that reads the same gateway in this one's stead."""
    request: str | None = None
    """The page that waits for a synchronisation to reach Jeedom; empty text for nobody."""
    last_poll: float | None = None


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
        zone: tzinfo | None = None,
        follow_level: Callable[[str], None] = lambda _level: None,
    ) -> None:
        """Put together; nothing runs yet."""
        self._line = line
        self._engine = engine
        self._shelf = shelf
        self._discover = discover
        self._connect = connect
        self._zone = zone
        self._follow_level = follow_level
        self._language = "en"
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
            case "sync":
                trust = bool(message.get("trust"))
                self._start(self._sync(int(message["gateway"]), str(message["request"]), trust=trust), message)
            case "test":
                self._start(self._try(Settings.of(message["settings"]), str(message["request"])), message)
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

    # -- settings ------------------------------------------------------------------------------------------------

    async def configure(self, message: Mapping[str, Any]) -> None:
        """Take all of the owner's settings; what did not change goes on undisturbed."""
        async with self._lock:
            self._language = str(message.get("language") or "en")
            self._follow_level(str(message.get("loglevel") or "error"))
            rows = [Settings.of(row) for row in message["gateways"]]
            for gone in self._tenants.keys() - {row.id for row in rows}:
                await self._remove(self._tenants.pop(gone))
            for row in rows:
                await self._settle(row)
        self.configured.set()

    async def _remove(self, tenant: Tenant) -> None:
        await self._engine.remove(tenant.settings.key)
        self._shelf.forget(tenant.settings.key)

    async def _settle(self, new: Settings) -> None:
        tenant = self._tenants.get(new.id)
        if tenant is None:
            note = self._shelf.note(new.key)
            watch = Watch(new.id, new.name, self._language, met=note.synced, warned=note.warned)
            tenant = self._tenants[new.id] = Tenant(new, watch)
        old, tenant.settings = tenant.settings, new
        if old.groups != new.groups or tenant.watch.language != self._language:
            tenant.told.forget()
            tenant.missing.clear()
        if old.host != new.host or str(tenant.twin) not in self._engine.gateways:
            tenant.twin = None
        tenant.watch.name, tenant.watch.language = new.name, self._language
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
            self._show(tenant, text="")

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
            self._line.put(secrets={name: {"token": token}})

    async def load_books(self, serial: str) -> bytes | None:
        """Give the books last kept of a serial."""
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
        self._show(tenant, text=text, serial=serial)
        if tenant.request:
            self._fail(tenant, text)

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
        wish = self._wish(tenant)
        if update.books is not None:
            await asyncio.to_thread(self._shelf.keep_books, update.snapshot.gateway.serial, update.books)
        if update.fresh:
            tenant.last_poll = update.at
            await self._list(tenant, update, wish)
        elif tenant.request:
            self._fail(tenant, because(update.condition, self._language))
        self._tell_state(tenant, update)
        self._tell_values(tenant, update, wish)
        if update.fresh:
            self._tell_gaps(tenant, update, wish)

    async def _list(self, tenant: Tenant, update: Update, wish: Wish) -> None:
        """Hand the list of equipment to Jeedom when a page waits for it, or an interview happened by itself."""
        note = self._shelf.note(tenant.settings.key)
        by_itself = note.synced and any(event.code == "synced" for event in update.events)
        if tenant.request is None and not by_itself:
            return
        rows = listing(update.snapshot, wish)
        request = tenant.request or ""
        for start in range(0, len(rows), CHUNK):
            part: dict[str, Any] = {
                "request": request,
                "equipment": rows[start : start + CHUNK],
                "done": min(start + CHUNK, len(rows)),
                "total": len(rows),
            }
            if part["done"] == len(rows):
                part["present"] = [row["id"] for row in rows]
            if not await self._line.post(equipment={tenant.settings.key: part}):
                tenant.request = request
                return
        tenant.request = None
        tenant.told.forget()
        tenant.missing.clear()
        note.synced = True
        self._shelf.keep_note(tenant.settings.key, note)

    def _tell_values(self, tenant: Tenant, update: Update, wish: Wish) -> None:
        key = tenant.settings.key
        # Of a gateway that is away only its own state is news.
        now = values(update.snapshot, wish, EVERYTHING if update.fresh else LINK_ONLY)
        link = link_values(wish, online=tenant.watch.state is State.OK, last_poll=tenant.last_poll)
        if link:
            now.setdefault(GATEWAY, {}).update(link)
        news = tenant.told.news(now)
        if news:
            self._line.put(values={key: news})
        alive = self._alive(tenant, update.snapshot) if update.fresh else []
        if alive:
            self._line.put(alive={key: alive})

    def _tell_gaps(self, tenant: Tenant, update: Update, wish: Wish) -> None:
        now = gaps(update.snapshot, wish)
        news = {id_: rows for id_, rows in now.items() if tenant.missing.get(id_, []) != rows}
        if news:
            tenant.missing.update(news)
            self._line.put(missing={tenant.settings.key: news})

    @staticmethod
    def _alive(tenant: Tenant, snapshot: Snapshot) -> list[str]:
        """List the equipment that said something new since the last time."""
        latest = spoke(snapshot)
        alive = [id_ for id_, at in latest.items() if at > tenant.heard.get(id_, 0.0)]
        tenant.heard = latest
        return alive

    def _tell_state(self, tenant: Tenant, update: Update) -> None:
        gateway = self._engine.gateways.get(tenant.settings.key)
        token = None if gateway is None else gateway.token
        end = "" if token is None else moment(token.expires, self._wish(tenant))
        messages, settled = tenant.watch.condition(update.condition, update.at)
        warnings, past = tenant.watch.token(token, update.at, end)
        self._announce(tenant, messages + warnings, settled + past)
        self._show(
            tenant,
            text=because(update.condition, self._language),
            serial=update.snapshot.gateway.serial or None,
            firmware=update.snapshot.gateway.firmware or None,
            part=update.snapshot.gateway.part_number or None,
            last_poll=tenant.last_poll and round(tenant.last_poll),
            address=str(gateway.address) if gateway is not None and gateway.address != gateway.host else "",
            findings=len(update.snapshot.findings),
            remarks=findings(update.snapshot, self._language),
            **self._token_facts(token),
        )

    def _announce(self, tenant: Tenant, messages: list[Message], settled: list[str]) -> None:
        if settled:
            self._line.put(settled=settled)
        if messages:
            self._line.put(messages=payload(messages))
        note = self._shelf.note(tenant.settings.key)
        if note.warned != tenant.watch.warned:
            note.warned = tenant.watch.warned
            self._shelf.keep_note(tenant.settings.key, note)

    def _token_facts(self, token: TokenInfo | None) -> dict[str, Any]:
        if token is None:
            return {"token_serial": "", "token_role": "", "token_expires": ""}
        role = role_word(token, self._language)
        return {"token_serial": token.serial, "token_role": role, "token_expires": round(token.expires)}

    def _show(self, tenant: Tenant, **facts: Any) -> None:
        changed = tenant.watch.shown(**facts)
        if changed:
            self._line.put(states={tenant.settings.key: changed})

    def _wish(self, tenant: Tenant) -> Wish:
        return Wish(tenant.settings.groups, self._language, self._zone)

    # -- what the owner asks for ---------------------------------------------------------------------------------

    def _start(self, job: Any, message: Mapping[str, Any]) -> None:
        task = asyncio.create_task(self._answered(job, str(message.get("request"))), name=str(message.get("action")))
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def _answered(self, job: Awaitable[None], request: str) -> None:
        """See a job through; whatever goes wrong, the page that waits is told."""
        try:
            await job
        except HeliographError as err:
            # These the owner may accept.
            accepted = isinstance(err, CertificateError) or err.code == "wrong_gateway"
            self._answer(request, "changed" if accepted else "failed", err.text(self._language))
        except Unready as err:
            self._answer(request, "failed", err.text(self._language))
        except Exception as err:
            LOGGER.exception("What was asked on the page could not be done")
            self._answer(request, "failed", f"{type(err).__name__}: {err}")

    def _answer(self, request: str, kind: str, text: str = "", **more: Any) -> None:
        self._line.put(answers=[{"request": request, "kind": kind, "text": text, **more}])

    def _say(self, code: str, **details: object) -> str:
        texts = TEXTS[code]
        return texts.get(self._language, texts["en"]).format(**details)

    def _refresh(self, gateway: int) -> None:
        if str(gateway) in self._engine.gateways:
            self._engine.refresh(str(gateway))

    async def _sync(self, gateway: int, request: str, *, trust: bool) -> None:
        tenant = self._tenants.get(gateway)
        if tenant is not None and tenant.twin is not None:
            self._answer(request, "failed", self._twin_text(tenant.twin))
            return
        if tenant is None or tenant.settings.key not in self._engine.gateways:
            raise Unready
        if trust:
            await self._engine.remove(tenant.settings.key)
            self._begin(tenant, anew=True)

        def progress(step: Progress) -> None:
            self._answer(request, "working", self._say("asking", number=step.number))

        await self._engine.sync(tenant.settings.key, progress)
        tenant.request = request

    def _fail(self, tenant: Tenant, text: str) -> None:
        self._answer(tenant.request or "", "failed", text)
        tenant.request = None

    async def _try(self, settings: Settings, request: str) -> None:
        known = self._shelf.known(settings.key, settings.host)
        text = await try_out(settings, known, self._connect, Wish(language=self._language, zone=self._zone))
        self._answer(request, "accepted", text)

    async def _search(self, request: str) -> None:
        self._answer(request, "found", gateways=search(await self._discover()))
