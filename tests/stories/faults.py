"""What gateways have been seen to get wrong, as faults that change meters or documents."""

from typing import Any

from tests.stories.gateway import WRAP, Fault, Gateway, Inverter, Meter

PRODUCTION, NET, STORAGE = "production", "net-consumption", "storage"
FOREVER = float("inf")
LIVE = ("/ivp/meters/readings", "/production.json?details=1", "/api/v1/production")
"""The documents that tell powers and counters of the whole."""


def overflow(at: float, count: int = 1) -> Fault:
    """Return the overflow of the counters of some inverters in the sum that the gateway tells."""

    def change(gateway: Gateway) -> None:
        if gateway.metered:
            gateway.meters[PRODUCTION].delivered -= count * WRAP
        elif f"overflow {at}" not in gateway.memory:
            gateway.memory[f"overflow {at}"] = 1.0
            gateway.lost += count * WRAP

    return Fault(at, FOREVER, change)


def zeros(start: float, end: float) -> Fault:
    """Return a gateway that starts: everything is zero."""

    def change(gateway: Gateway, target: str, document: Any) -> Any:
        return _scaled(document, 0) if target in LIVE else document

    return Fault(start, end, documents=change)


NUMBERS = ("wNow", "whLifetime", "whToday", "whLastSevenDays", "activePower", "actEnergyDlvd", "actEnergyRcvd",
           "wattsNow", "wattHoursToday", "wattHoursSevenDays", "wattHoursLifetime")  # fmt: skip
ENERGIES = tuple(name for name in NUMBERS if name not in {"wNow", "activePower", "wattsNow"})


def _scaled(document: Any, factor: float, names: tuple[str, ...] = NUMBERS) -> Any:
    if isinstance(document, list):
        return [_scaled(each, factor, names) for each in document]
    if isinstance(document, dict):
        return {
            name: round(value * factor, 3) if name in names else _scaled(value, factor, names)
            for name, value in document.items()
        }
    return document


def frozen(start: float, end: float, *names: str, power: bool = False, catch_up: bool = True) -> Fault:
    """Return meters whose counters stand still; afterwards they make up for it, or have lost it."""

    def change(gateway: Gateway) -> None:
        memory = gateway.memory
        for name in names:
            meter = gateway.meters[name]
            for part in ("power", "delivered", "received"):
                key, value = f"frozen {start} {name} {part}", getattr(meter, part)
                if gateway.site.at < end:
                    kept = memory.setdefault(key, value)
                    if part != "power" or power:
                        setattr(meter, part, kept)
                    memory[f"{key} lost"] = value - kept
                elif part != "power" and not catch_up:
                    setattr(meter, part, value - memory.get(f"{key} lost", 0.0))

    return Fault(start, FOREVER, change)


def added(start: float, end: float, name: str, delivered: float = 0.0, received: float = 0.0) -> Fault:
    """Return a meter whose counters jump by some energy, and perhaps back again."""

    def change(gateway: Gateway) -> None:
        if gateway.site.at < end:
            gateway.meters[name].delivered += delivered
            gateway.meters[name].received += received

    return Fault(start, FOREVER, change)


def restarted(at: float, *names: str, first: float = 0.0) -> Fault:
    """Return meters that count anew from a number."""

    def change(gateway: Gateway) -> None:
        for name in names:
            meter = gateway.meters[name]
            meter.delivered -= gateway.memory.setdefault(f"restarted {at} {name} delivered", meter.delivered) - first
            meter.received -= gateway.memory.setdefault(f"restarted {at} {name} received", meter.received)

    return Fault(at, FOREVER, change)


def scaled(start: float, end: float, name: str, factor: float) -> Fault:
    """Return a meter of which everything is a share: one of two phases shows nothing."""

    def change(gateway: Gateway) -> None:
        if gateway.site.at < end:
            meter = gateway.meters[name]
            gateway.meters[name] = Meter(meter.power * factor, meter.delivered * factor, meter.received * factor)

    return Fault(start, FOREVER, change)


def reversed_production(start: float, end: float = FOREVER) -> Fault:
    """Return a production transformer that is clamped the wrong way round."""

    def change(gateway: Gateway) -> None:
        meter, memory = gateway.meters[PRODUCTION], gateway.memory
        key = f"reversed {start}"
        if gateway.site.at < end:
            stands = memory.setdefault(key, meter.delivered)
            memory[f"{key} lost"] = meter.delivered - stands
            gateway.meters[PRODUCTION] = Meter(-meter.power, stands, meter.delivered - stands)
        else:
            meter.delivered -= memory.get(f"{key} lost", 0.0)

    return Fault(start, FOREVER, change)


def missing(name: str, noise: float, creep: float) -> Fault:
    """Return a transformer that is enabled and was never fitted: noise, and counters next to nothing."""

    def change(gateway: Gateway) -> None:
        turn = (int(gateway.site.at) * 7919) % 13 / 6 - 1
        gateway.meters[name] = Meter(noise * turn, creep, 0.0)

    return Fault(0.0, FOREVER, change)


def total_is_net(start: float, end: float) -> Fault:
    """Return a total consumption that repeats the net (protocol.md Q5)."""

    def change(gateway: Gateway, target: str, document: Any) -> Any:
        if target == "/production.json?details=1" and "consumption" in document:
            total, net = document["consumption"]
            total |= {name: net[name] for name in ("wNow", "whLifetime")}
        return document

    return Fault(start, end, documents=change)


def today(start: float, end: float, *, lifetime: bool = False, add: float = 0.0) -> Fault:
    """Return a day of the gateway's own that is its lifetime, or too high."""

    def change(gateway: Gateway, target: str, document: Any) -> Any:
        if target == "/production.json?details=1":
            for element in (*document["production"], *document.get("consumption", ())):
                if "whToday" in element:
                    element["whToday"] = element["whLifetime"] if lifetime else element["whToday"] + add
        if target == "/api/v1/production":
            whole = document["wattHoursLifetime"]
            document["wattHoursToday"] = whole if lifetime else round(document["wattHoursToday"] + add)
        return document

    return Fault(start, end, documents=change)


def late_today(by: float) -> Fault:
    """Return a day of the gateway's own that begins some time after midnight."""

    def change(gateway: Gateway, target: str, document: Any) -> Any:
        past, yesterday = gateway.site.at - gateway.began, gateway.yesterday
        if past >= by or not yesterday:
            return document
        if target == "/production.json?details=1":
            elements = {element.get("measurementType"): element
                        for element in (*document["production"], *document.get("consumption", ()))}  # fmt: skip
            for kind, name in ((PRODUCTION, "production"), ("total-consumption", "consumption")):
                if kind in elements:
                    elements[kind]["whToday"] += gateway.today[name] - yesterday[name]
        if target == "/api/v1/production":
            document["wattHoursToday"] += round(gateway.today["production"] - yesterday["production"])
        return document

    return Fault(0.0, FOREVER, documents=change)


def without(start: float, end: float, targets: tuple[str, ...], answer: Any) -> Fault:
    """Return documents in whose place something else is answered: an empty list, a status."""
    return Fault(start, end, documents=lambda gateway, target, document: answer if target in targets else document)


def stale(start: float, end: float) -> Fault:
    """Return a gateway that repeats an old reading with its old time."""

    def change(gateway: Gateway, target: str, document: Any) -> Any:
        if target not in LIVE:
            return document
        return gateway.documents.setdefault(f"{target} {start}", document)

    return Fault(start, end, documents=change)


def deaf(start: float, end: float) -> Fault:
    """Return a power line over which no inverter reports for some time; they catch up afterwards."""

    def change(gateway: Gateway) -> None:
        gateway.deaf = start <= gateway.site.at < end

    return Fault(start, FOREVER, change)


def replaced(at: float, index: int) -> Fault:
    """Return the replacement of one inverter: what the gateway sums up loses what the old one has produced."""

    def change(gateway: Gateway) -> None:
        if f"replaced {at}" in gateway.memory:
            return
        gateway.memory[f"replaced {at}"] = 1.0
        old = gateway.inverters[index]
        old.until = gateway.site.at
        new = Inverter(f"1299{index:08}", 0.0, old.share, gateway.site.at)
        gateway.inverters.append(new)
        if not gateway.metered:
            for marks in (gateway.today, gateway.week, gateway.yesterday):
                for name in marks:
                    marks[name] -= old.energy

    return Fault(at, FOREVER, change)


def summary_zero(at: float) -> Fault:
    """Return an `/api/v1/production` that is all zeros from some moment on."""
    return Fault(at, FOREVER, documents=_summary_zero)


def _summary_zero(gateway: Gateway, target: str, document: Any) -> Any:
    return _scaled(document, 0) if target == "/api/v1/production" else document


def zero_at_night() -> Fault:
    """Return a gateway that counts itself out while nothing produces (protocol.md Q2)."""

    def change(gateway: Gateway, target: str, document: Any) -> Any:
        if target == "/production.json?details=1" and gateway.site.powers[PRODUCTION] == 0:
            document["production"][0] |= {"activeCount": 0, "whLifetime": 0, "wNow": 0, "readingTime": 0}
        return document

    return Fault(documents=change)


def stepping(every: float) -> Fault:
    """Return a gateway that renews its summary now and then only."""

    def change(gateway: Gateway, target: str, document: Any) -> Any:
        if target != "/api/v1/production":
            return document
        turn = gateway.site.at // every
        if gateway.memory.get("stepping") != turn:
            gateway.memory["stepping"] = turn
            gateway.documents["stepping"] = document
        return gateway.documents["stepping"]

    return Fault(documents=change)


def held_power() -> Fault:
    """Return a gateway without meters that goes on telling the evening's last power all night."""

    def change(gateway: Gateway, target: str, document: Any) -> Any:
        if target == "/api/v1/production":
            document["wattsNow"] = sum(each.power for each in gateway.reporting())
        return document

    return Fault(documents=change)


def net_counts_imports() -> Fault:
    """Return a net lifetime that counts imports only (protocol.md Q17)."""

    def change(gateway: Gateway, target: str, document: Any) -> Any:
        if target == "/production.json?details=1" and "consumption" in document:
            document["consumption"][1]["whLifetime"] = round(gateway.meters[NET].delivered, 3)
        return document

    return Fault(documents=change)
