"""What real gateways have been seen to say wrong, told of a made life: each as `name(start, end) -> Lie`."""

import math
from collections.abc import Callable

from tests.ledger.life import WRAP, Lie, Life, Values

Sources = dict[str, str]
Tell = Callable[[Life, Values, Sources], None]

LIES: dict[str, Tell] = {}
"""Everything a gateway may say for some time."""


def lie(tell: Tell) -> Tell:
    LIES[tell.__name__] = tell
    return tell


def told(name: str, start: float, end: float) -> Lie:
    return Lie(name, start, end, LIES[name])


def _add(values: Values, key: str, energy: float) -> None:
    value = values.get(key)
    if isinstance(value, float | int):
        values[key] = value + energy


def _scale(values: Values, key: str, factor: float) -> None:
    value = values.get(key)
    if isinstance(value, float | int):
        values[key] = value * factor


def _remember(life: Life, values: Values, key: str) -> None:
    """Stand still at the first value since the present lie began."""
    value = values.get(key)
    if isinstance(value, float | int) and life.telling is not None:
        values[key] = life.memory.setdefault(f"{key} {life.telling.start}", float(value))


@lie
def fallen_back(life: Life, values: Values, sources: Sources) -> None:
    """Stand where the counter stood once before."""
    values["production_lifetime"] = life.memory.setdefault("once", life.truth["production"] - 30_000.0)


@lie
def wrapped(life: Life, values: Values, sources: Sources) -> None:
    _add(values, "production_lifetime", -WRAP)


@lie
def wrapped_twice(life: Life, values: Values, sources: Sources) -> None:
    _add(values, "production_lifetime", -2 * WRAP)


@lie
def zeros(life: Life, values: Values, sources: Sources) -> None:
    for key in values:
        if key.endswith(("_lifetime", "_power", "_today", "_7_days")):
            values[key] = 0


@lie
def lifetime_zero(life: Life, values: Values, sources: Sources) -> None:
    values["production_lifetime"] = 0


@lie
def spike(life: Life, values: Values, sources: Sources) -> None:
    for key in ("production_lifetime", "import_lifetime", "consumption_lifetime"):
        _add(values, key, 6_780_000.0)


@lie
def small_spike(life: Life, values: Values, sources: Sources) -> None:
    _add(values, "import_lifetime", 12_000.0)


@lie
def fallen(life: Life, values: Values, sources: Sources) -> None:
    for key in ("production_lifetime", "export_lifetime"):
        _add(values, key, -3_333_333.0)


@lie
def halved(life: Life, values: Values, sources: Sources) -> None:
    for key in ("charged_lifetime", "discharged_lifetime", "battery_power"):
        _scale(values, key, 0.5)


@lie
def flipped(life: Life, values: Values, sources: Sources) -> None:
    _add(values, "production_lifetime", -4_600_000.0)
    _scale(values, "production_lifetime", 1.004)
    sources["production_lifetime"] = sources["production_power"] = "/production.json production.inverters"


@lie
def frozen_counter(life: Life, values: Values, sources: Sources) -> None:
    _remember(life, values, "production_lifetime")
    _remember(life, values, "production_today")


@lie
def frozen_grid(life: Life, values: Values, sources: Sources) -> None:
    for key in ("import_lifetime", "export_lifetime", "net_lifetime"):
        _remember(life, values, key)


@lie
def frozen_production(life: Life, values: Values, sources: Sources) -> None:
    for key in ("production_lifetime", "production_today", "production_power"):
        _remember(life, values, key)


@lie
def frozen_consumption(life: Life, values: Values, sources: Sources) -> None:
    _remember(life, values, "consumption_power")


@lie
def production_zero(life: Life, values: Values, sources: Sources) -> None:
    values["production_power"] = 0.4
    _remember(life, values, "production_lifetime")
    values["production_today"] = 0


@lie
def reversed_meter(life: Life, values: Values, sources: Sources) -> None:
    _scale(values, "production_power", -1.0)
    _remember(life, values, "production_lifetime")


@lie
def total_is_net(life: Life, values: Values, sources: Sources) -> None:
    for unit in ("power", "lifetime"):
        if f"net_{unit}" in values:
            values[f"consumption_{unit}"] = values[f"net_{unit}"]


@lie
def today_is_lifetime(life: Life, values: Values, sources: Sources) -> None:
    for name in ("production", "consumption"):
        if f"{name}_today" in values:
            values[f"{name}_today"] = values[f"{name}_lifetime"]


@lie
def week_is_lifetime(life: Life, values: Values, sources: Sources) -> None:
    values["production_7_days"] = values["production_lifetime"]


@lie
def week_absurd(life: Life, values: Values, sources: Sources) -> None:
    values["production_7_days"] = 19.155


@lie
def today_kept(life: Life, values: Values, sources: Sources) -> None:
    _add(values, "production_today", 15_000.0)


@lie
def today_late(life: Life, values: Values, sources: Sources) -> None:
    """Begin the day at two o'clock (protocol.md F4)."""
    yesterday = life.marks.get(life.today - 1)
    if yesterday is not None and life.at - life.start < 7200.0:
        _add(values, "production_today", life.marks[life.today]["production"] - yesterday["production"])


@lie
def today_foreign(life: Life, values: Values, sources: Sources) -> None:
    """Begin the day with another counter's energy, which creeps on (protocol.md F4)."""
    values["production_today"] = 740.0 + (life.at - life.start) / 900.0


@lie
def all_is_lifetime(life: Life, values: Values, sources: Sources) -> None:
    """protocol.md F5."""
    today_is_lifetime(life, values, sources)
    week_is_lifetime(life, values, sources)


@lie
def meter_noise(life: Life, values: Values, sources: Sources) -> None:
    """A transformer that is switched on and clamped to nothing (protocol.md F6)."""
    _remember(life, values, "production_lifetime")
    _add(values, "production_lifetime", life.memory.get("noise", 0.0))
    life.memory["noise"] = life.memory.get("noise", 0.0) + 0.05
    values["production_power"] = 2.0 + 1.9 * math.sin(life.at / 47)
    values["production_today"] = 3.0


@lie
def restarted(life: Life, values: Values, sources: Sources) -> None:
    """Count anew from below zero, as after some updates (protocol.md F7)."""
    for name in ("production", "import"):
        key = f"{name}_lifetime"
        begun = life.memory.setdefault(f"{key} restarted", life.truth[name])
        _add(values, key, -begun - 500.0)


@lie
def meter_low(life: Life, values: Values, sources: Sources) -> None:
    _scale(values, "production_power", 0.78)
