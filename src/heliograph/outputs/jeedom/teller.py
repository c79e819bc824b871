"""Tells Jeedom what a gateway says: its equipment, values, what is missing, and how it is doing."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from heliograph.gateway import Gateway
from heliograph.live import Update
from heliograph.model import Snapshot, Subject
from heliograph.outputs.base import there, zone_of
from heliograph.outputs.jeedom.desk import role_word
from heliograph.outputs.jeedom.evening import Evening
from heliograph.outputs.jeedom.history import PanelHistory
from heliograph.outputs.jeedom.layout import GATEWAY, SCENARIOS
from heliograph.outputs.jeedom.news import Message, Watch, because, payload
from heliograph.outputs.jeedom.remarks import Remark, findings, gaps
from heliograph.outputs.jeedom.roofs import roof_gaps, roof_values
from heliograph.outputs.jeedom.scenarios import Scenarios, scenario_gaps
from heliograph.outputs.jeedom.settings import Roof, Settings
from heliograph.outputs.jeedom.shelf import Shelf
from heliograph.outputs.jeedom.values import Told, Wish, Worth, link_values, listing, moment, spoke, values
from heliograph.protocol.token import TokenInfo

EVERYTHING: Final = frozenset(Subject)
LINK_ONLY: Final = frozenset({Subject.NETWORK})
CHUNK: Final = 10
"""Equipments in one POST of a synchronisation: Jeedom takes a while to create each."""
REPEAT_AFTER: Final = 900
"""Seconds after which everything is sent again: Jeedom may have emptied its cache, and dates values by arrival."""


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
    evening: Evening
    scenarios: Scenarios
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
    latest: Update | None = None
    """The update that was sent last."""
    complete_at: float = 0.0
    """When everything was last sent, epoch seconds."""

    def send_all(self) -> None:
        """Have everything sent with the next update, and not only what changed."""
        self.complete_at = 0.0


class Teller:
    """Speaks to Jeedom, in its language; what it heard already is not said again."""

    def __init__(self, line: Line, shelf: Shelf, zone: ZoneInfo) -> None:
        """Prepare; `zone` is that of the times in sentences, and of gateways whose own is not known."""
        self.line = line
        self.language = "en"
        self._shelf = shelf
        self._zone = zone
        self.history = PanelHistory(shelf.folder / "history")

    @property
    def wish(self) -> Wish:
        """How values are put where no gateway's groups matter."""
        return Wish(language=self.language, zone=self._zone)

    async def tell(self, tenant: Tenant, update: Update, gateway: Gateway | None) -> None:
        """Pass on what a gateway said; `gateway` is its client, as long as it is read."""
        wish = self._wish(tenant)
        tenant.latest = update
        self._repeat_if_due(tenant, update.at)
        if update.fresh:
            tenant.last_poll = update.at
            await self._list(tenant, update, wish)
        elif tenant.request:
            self.fail(tenant, because(update.condition, self.language))
        self._tell_state(tenant, update, gateway)
        await self._tell_report(tenant, update)
        acted_on = await self._scenario_values(tenant, update, gateway, wish)
        self._tell_values(tenant, update, wish, acted_on)
        if update.fresh:
            self._tell_gaps(tenant, update, wish, acted_on)
            zone = zone_of(update, self._zone)
            await asyncio.to_thread(self.history.record, tenant.settings.key, update, zone)

    @staticmethod
    def _repeat_if_due(tenant: Tenant, at: float) -> None:
        if abs(at - tenant.complete_at) >= REPEAT_AFTER:
            tenant.told.forget()
            tenant.watch.show_again()
            tenant.missing.clear()
            tenant.complete_at = at

    def show(self, tenant: Tenant, **facts: Any) -> None:
        """Tell what is new of a gateway's state."""
        changed = tenant.watch.shown(**facts)
        if changed:
            self.line.put(states={tenant.settings.key: changed})

    def answer(self, request: str, kind: str, text: str = "", **more: Any) -> None:
        """Answer a page that waits."""
        self.line.put(answers=[{"request": request, "kind": kind, "text": text, **more}])

    def fail(self, tenant: Tenant, text: str) -> None:
        """Tell the page that waits for a synchronisation why it will not come."""
        self.answer(tenant.request or "", "failed", text)
        tenant.request = None

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
                "inverters": sum(row["kind"] == Subject.INVERTER for row in rows),
            }
            if part["done"] == len(rows):
                part["present"] = [row["id"] for row in rows]
            if not await self.line.post(equipment={tenant.settings.key: part}):
                tenant.request = request
                return
        tenant.request = None
        tenant.told.forget()
        tenant.missing.clear()
        note.synced = True
        self._shelf.keep_note(tenant.settings.key, note)

    async def _scenario_values(
        self, tenant: Tenant, update: Update, gateway: Gateway | None, wish: Wish
    ) -> dict[str, Worth]:
        """Follow what scenarios act on; return its values, where the owner wants them."""
        tenant.scenarios.observe(update)
        if update.fresh:
            await asyncio.to_thread(self._shelf.keep_totals, tenant.settings.key, tenant.scenarios.encode())
        if SCENARIOS not in wish.groups:
            return {}
        inverters = {item.id: item.id for item in update.snapshot.of(Subject.INVERTER) if not item.retired}
        silent = tenant.evening.values(Roof("", "", inverters), update.snapshot.gateway.serial)["silent"]
        return tenant.scenarios.values(update, None if gateway is None else gateway.token, silent, wish)

    def _tell_values(self, tenant: Tenant, update: Update, wish: Wish, acted_on: Mapping[str, Worth]) -> None:
        key = tenant.settings.key
        # Where only the condition is new, so is only what tells it: until the gateway is away, and its powers with it.
        reachable = there(update)
        subjects = EVERYTHING if update.fresh or not reachable else LINK_ONLY
        now = values(update.snapshot, wish, subjects, reachable=reachable)
        link = link_values(wish, online=reachable, last_poll=tenant.last_poll)
        if link or acted_on:
            now.setdefault(GATEWAY, {}).update(link | dict(acted_on))
        if subjects is EVERYTHING:
            now.update(self._roofs(tenant, update))
        news = tenant.told.news(now)
        if news:
            self.line.put(values={key: news})
        alive = self._alive(tenant, update.snapshot) if update.fresh else []
        if alive:
            self.line.put(alive={key: alive})

    @staticmethod
    def _roofs(tenant: Tenant, update: Update) -> dict[str, dict[str, Worth]]:
        serial = update.snapshot.gateway.serial
        rows = roof_values(update.snapshot, tenant.settings.roofs, reachable=there(update))
        return {roof.id: rows[roof.id] | tenant.evening.values(roof, serial) for roof in tenant.settings.roofs}

    async def _tell_report(self, tenant: Tenant, update: Update) -> None:
        """Watch the inverters; in the evening, replace the message of the day before."""
        settings = tenant.settings
        whole = Roof("", settings.name, settings.inverters)
        report = tenant.evening.observe(update, whole, settings.roofs, self.language)
        await asyncio.to_thread(self._shelf.keep_evening, settings.key, tenant.evening.encode())
        if report is not None:
            id_ = f"report:{settings.id}:"
            messages = [Message(id_, report.message)] if report.message else []
            self._announce(tenant, messages, [id_])

    def _tell_gaps(self, tenant: Tenant, update: Update, wish: Wish, acted_on: Mapping[str, Worth]) -> None:
        now = gaps(update.snapshot, wish) | roof_gaps(self._roofs(tenant, update), wish.language)
        now.setdefault(GATEWAY, []).extend(scenario_gaps(acted_on, wish.language))
        news = {id_: rows for id_, rows in now.items() if tenant.missing.get(id_, []) != rows}
        if news:
            tenant.missing.update(news)
            self.line.put(missing={tenant.settings.key: news})

    @staticmethod
    def _alive(tenant: Tenant, snapshot: Snapshot) -> list[str]:
        """List the equipment that said something new since the last time."""
        latest = spoke(snapshot)
        for roof in tenant.settings.roofs:
            # A roof has spoken when one of its inverters has.
            times = [latest[id_] for serial in roof.inverters if (id_ := f"{Subject.INVERTER}:{serial}") in latest]
            if times:
                latest[roof.id] = max(times)
        alive = [id_ for id_, at in latest.items() if at > tenant.heard.get(id_, 0.0)]
        tenant.heard = latest
        return alive

    def _tell_state(self, tenant: Tenant, update: Update, gateway: Gateway | None) -> None:
        token = None if gateway is None else gateway.token
        end = "" if token is None else moment(token.expires, self._wish(tenant))
        messages, settled = tenant.watch.condition(update.condition, update.at)
        warnings, past = tenant.watch.token(token, update.at, end)
        self._announce(tenant, messages + warnings, settled + past)
        self.show(
            tenant,
            text=because(update.condition, self.language),
            serial=update.snapshot.gateway.serial or None,
            firmware=update.snapshot.gateway.firmware or None,
            part=update.snapshot.gateway.part_number or None,
            last_poll=tenant.last_poll and round(tenant.last_poll),
            address=str(gateway.address) if gateway is not None and gateway.address != gateway.host else "",
            findings=len(update.snapshot.findings),
            remarks=findings(update.snapshot, self.language),
            **self._token_facts(token),
        )

    def _announce(self, tenant: Tenant, messages: list[Message], settled: list[str]) -> None:
        if settled:
            self.line.put(settled=settled)
        if messages:
            self.line.put(messages=payload(messages))
        note = self._shelf.note(tenant.settings.key)
        if note.warned != tenant.watch.warned:
            note.warned = tenant.watch.warned
            self._shelf.keep_note(tenant.settings.key, note)

    def _token_facts(self, token: TokenInfo | None) -> dict[str, Any]:
        if token is None:
            return {"token_serial": "", "token_role": "", "token_expires": ""}
        role = role_word(token, self.language)
        return {"token_serial": token.serial, "token_role": role, "token_expires": round(token.expires)}

    def _wish(self, tenant: Tenant) -> Wish:
        return replace(self.wish, groups=tenant.settings.groups)
