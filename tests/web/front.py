"""A front to ask: everything behind it is real but the network of gateways and the clock."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
from msgspec import structs

from heliograph.app import made
from heliograph.app.file import load
from heliograph.app.notifier import Notifier
from heliograph.app.preferences import Preferences
from heliograph.errors import Cause, UnreachableError
from heliograph.gateway import Credentials, Gateway, Known, Synced
from heliograph.gateway.discovery import Found
from heliograph.ledger import Books, Settings, advance
from heliograph.live import Condition, Event, Live, State, Update
from heliograph.model import Facts, Finding, Quality, Reason, Snapshot, Subject
from heliograph.outputs.notifications.post import UndeliveredError
from heliograph.outputs.notifications.text import Told
from heliograph.protocol import Plan
from heliograph.store import Event as KeptEvent
from heliograph.store import Store
from heliograph.web.access.callers import Neighbourhood
from heliograph.web.access.gate import Gate, Login
from heliograph.web.access.limits import Limits
from heliograph.web.access.vault import Vault
from heliograph.web.application import PREFIX, ROUTES, create
from heliograph.web.house import Change, Health, House, Kept, Sync, TakenError, Wish
from heliograph.web.problem import ProblemError
from heliograph.web.stream import Hub

NOON: Final = 1_781_776_800.0
"""2026-06-18 12:00 in Lyon."""
NAME: Final = "Roof"
TOKEN: Final = "eyJraWQiOiJ0ZXN0In0.c2VjcmV0LXRva2Vu.c2lnbmF0dXJl"
PASSWORD: Final = "a gateway's own password"
ACCOUNT: Final = "enlighten-secret-1"
ADDRESSES: Final = "mailto://me:mail-secret@192.0.2.9 https://192.0.2.9/hook-secret"
SECRETS: Final = (TOKEN, PASSWORD, ACCOUNT, "hidden-database-password", "mail-secret", "hook-secret")


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self, now: float = NOON) -> None:
        self.time = now

    def now(self) -> float:
        return self.time


class Gateways:
    """A fleet that answers without a network: one gateway is read, another stands at 192.0.2.2, nobody elsewhere."""

    def __init__(self, clock: Clock, facts: Facts, snapshot: Snapshot) -> None:
        self.clock = clock
        self.facts = facts
        self.snapshot = snapshot
        self.kept: dict[str, Kept] = {}
        self.syncs: dict[str, Sync] = {}
        self.refreshed: list[str] = []
        self.given: list[Credentials] = []
        self.keep(facts, NAME, "192.0.2.1", Credentials(token=TOKEN, password=PASSWORD))

    def keep(self, facts: Facts, name: str, host: str, credentials: Credentials) -> Kept:
        client = Gateway(host, credentials, known=Known(facts, Plan()), clock=self.clock.now)
        self.kept[facts.serial] = kept = Kept(facts.serial, name, host, client)
        return kept

    def all(self) -> Sequence[Kept]:
        return list(self.kept.values())

    def find(self, serial: str) -> Kept | None:
        return self.kept.get(serial)

    async def identify(self, host: str) -> Facts:
        if host == "192.0.2.1":
            return self.facts
        if host == "192.0.2.2":
            return replace(self.facts, serial="122000000002")
        raise UnreachableError("unreachable", host=host, cause=Cause("connection_refused"))

    async def test(self, host: str, credentials: Credentials) -> Snapshot:
        self.given.append(credentials)
        await self.identify(host)
        return self.snapshot

    async def add(self, wish: Wish) -> Sync:
        self.given.append(wish.credentials)
        facts = await self.identify(wish.host)
        if facts.serial in self.kept:
            raise TakenError("gateway_known", serial=facts.serial)
        name = wish.name or facts.serial
        self.keep(facts, name, wish.host, wish.credentials)
        return self._synced(facts, name, wish.host)

    def _synced(self, facts: Facts, name: str, host: str) -> Sync:
        synced = Synced(facts, Plan(), {}, added=facts.devices[:2])
        sync = Sync(host, NOON, facts.serial, name, "done", 20, "", NOON + 1, synced, self.snapshot)
        self.syncs[facts.serial] = sync
        return sync

    async def change(self, serial: str, change: Change) -> Kept:
        before = self.kept[serial]
        if any(change.name == kept.name for kept in self.kept.values() if kept is not before):
            raise TakenError("name_taken", name=str(change.name))
        if change.host is not None:
            await self.identify(change.host)
        credentials = change.credentials or before.client.credentials
        return self.keep(
            replace(self.facts, serial=serial), change.name or before.name, change.host or before.host, credentials
        )

    async def remove(self, serial: str) -> None:
        del self.kept[serial]

    def sync(self, serial: str) -> Sync:
        kept = self.kept[serial]
        return self._synced(replace(self.facts, serial=serial), kept.name, kept.host)

    def syncing(self, serial: str) -> Sync | None:
        return self.syncs.get(serial)

    def refresh(self, serial: str) -> None:
        self.refreshed.append(serial)

    async def discover(self, seconds: float) -> Sequence[Found]:
        return (Found(self.facts.serial, "8.2.4286", ("192.0.2.1",), "envoy"),)


@dataclass(slots=True)
class Front:
    """The front, and what stands behind it."""

    gate: Gate
    house: House
    clock: Clock
    gateways: Gateways
    store: Store
    vault: Vault
    folder: Path
    update: Update
    serial: str
    saved: list[bytes] = field(default_factory=list)

    def caller(self, address: str = "127.0.0.1", host: str = "localhost", **options: Any) -> httpx.AsyncClient:
        """Give a client that calls from an address by a name."""
        transport = httpx.ASGITransport(app=self.gate, client=(address, 50000), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=f"http://{host}", **options)


def operations() -> list[str]:
    """List every route: `GET /api/v1/values`."""
    return [
        f"{method} {PREFIX}{re.sub(r':str', '', path)}"
        for route in ROUTES
        for path in sorted(route.paths)
        for method in sorted(str(method) for method in route.http_methods - {"OPTIONS"})
    ]


def past(family: str = "iq-encharge-8.2") -> made.Past:
    """Interview an emulated site that began two days before noon."""
    return made.Past.of(family, NOON - 2 * 86_400)


def said(one: made.Past) -> Snapshot:
    """Give what its gateway says at noon, one value of it corrected and with a finding."""
    books = Books(serial=one.source.serial)
    _, spoken = made._interviewed(made.build_site("iq-encharge-8.2", NOON - 2 * 86_400), NOON)
    snapshot = advance(books, spoken, NOON, Settings(zone=one.source.plan.zone)).snapshot
    system = snapshot.system
    lifetime = system.values["production_lifetime"]
    mended = structs.replace(
        lifetime,
        quality=Quality.CORRECTED,
        raw=12.0,
        reason=Reason("counter_wrapped_settled", {"offset": 1_193_046, "count": 1}),
        since=NOON - 3600,
    )
    others = tuple(item for item in snapshot.equipment if item is not system)
    system = replace(system, values={**system.values, "production_lifetime": mended})
    finding = Finding(
        "counter_wrapped",
        Subject.SYSTEM,
        system.id,
        "production_lifetime",
        12.0,
        float(lifetime.value),
        NOON - 3600,
        {"offset": 1_193_046, "count": 1},
    )
    return replace(snapshot, equipment=(system, *others), findings=(finding,))


async def mailbox(address: str, _: Told, __: Mapping[str, object]) -> None:
    """Take messages to every address but web hooks."""
    if address.startswith("https"):
        raise UndeliveredError("hook_refused", status=404)


@asynccontextmanager
async def front(folder: Path, *, login: Login = "auto", proxies: tuple[str, ...] = ()) -> AsyncIterator[Front]:
    """Put a front together, with two hours of history behind it."""
    clock, live, site = Clock(), Live(), past()
    snapshot = said(site)
    serial = snapshot.gateway.serial
    gateways = Gateways(clock, site.facts, snapshot)
    update = Update(NAME, snapshot, Condition(State.ONLINE, NOON - 60), NOON, events=(Event("synced", NOON, {}),))
    saved: list[bytes] = []
    vault = Vault(lambda: None, saved.append, clock=clock.now)
    environment = {
        "HELIOGRAPH_HISTORY_DATABASE": "postgresql+psycopg://me:hidden-database-password@192.0.2.9/h",
        "HELIOGRAPH_NOTIFICATIONS_TO": ADDRESSES,
    }
    effective = load(folder / "heliograph.toml", environment)
    async with await Store.open(folder, clock=clock.now) as store:
        for earlier in site.snapshots(NOON - 7200, NOON - 1, step=180, devices=900):
            store.post(earlier, zone="Europe/Paris")
        events = [KeptEvent("firmware_changed", NOON - 3600, None, {"before": "D8.2.1", "after": "D8.2.4286"})]
        await store.write(snapshot, zone="Europe/Paris", events=events)

        def history() -> Store:
            if getattr(store, "gone", False):
                raise ProblemError("no_history", 503, cause="…")
            return store

        preferences = Preferences(effective, environment, changed=lambda _: None)
        notifier = Notifier(
            settings=lambda: preferences.current.notifications,
            names=lambda: {kept.serial: kept.name for kept in gateways.all()},
            history=history,
            zone=ZoneInfo("Europe/Paris"),
            clock=clock.now,
            send=mailbox,
        )
        house = House(
            live=live,
            hub=Hub(live, clock.now),
            fleet=gateways,
            clock=clock.now,
            language=lambda: "en",
            health=lambda: [Health("web", ok=True), Health("history", ok=True, details={"place": store.place})],
            history=history,
            preferences=preferences,
            notifier=notifier,
            vault=vault,
            limits=Limits(clock.now),
            session_days=90,
            zone="Europe/Paris",
            site=lambda: "Home",
            version="1.2.3",
            started=NOON - 3600,
        )
        neighbourhood = Neighbourhood.of(("solar.home.arpa",), proxies)
        listening = asyncio.create_task(house.hub.run())
        await asyncio.sleep(0)
        live.publish(update)
        await asyncio.sleep(0)
        gate = create(house, neighbourhood, login=login)
        try:
            yield Front(gate, house, clock, gateways, store, vault, folder, update, serial, saved)
        finally:
            await notifier.close()
            house.hub.close()
            live.close()
            await listening
