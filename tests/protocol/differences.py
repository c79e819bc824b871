"""Where we read a recording otherwise than its judges, and why: the one source of docs/differences.md.

Run `python -m tests.protocol.differences` to write the document anew.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from heliograph.model import Value
from tests.protocol.asking import replayed
from tests.protocol.judges import Place, agrees, found_in, golden_values, pyenphase_values
from tests.recordings import FOLDERS

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "differences.md"


class Rule(NamedTuple):
    """One deliberate difference: which metrics of which recordings, and why."""

    name: str
    why: str
    metrics: tuple[str, ...]
    recordings: tuple[str, ...] = ()
    """Empty: any recording."""


class Difference(NamedTuple):
    """One value that we read otherwise."""

    recording: str
    judge: str
    place: Place
    theirs: Value
    ours: Value | None

    @property
    def metric(self) -> str:
        return f"{self.place[0]}.{self.place[2]}"


_BATTERIES_BESIDE_HOUSE = (
    "7.3.517",
    "7.3.517_legacy_savings_mode",
    "8.2.127_with_3cts_and_battery_split",
    "8.2.4286_with_3cts_and_battery_split",
    "8.2.4382_ACB_2",
    "8.3.1598_collar",
    "8.3.5167_3rd-pv",
    "8.3.5169_ACB_inventory",
)
_TRANSFORMERS_OFF = ("7.3.466_metered_disabled_cts", "7.6.175_total", "8.2.4264_metered_noct")

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "net-of-the-day",
        "The gateway says 0 on every firmware (Q3, Q4). The day and the week of the net are counted from the "
        "lifetime counters instead.",
        ("system.net_today", "system.net_7_days"),
    ),
    Rule(
        "consumption-of-7-days",
        "The seven days of the total consumption are worthless on every firmware (Q3); they are counted from the "
        "lifetime counters instead.",
        ("system.consumption_7_days",),
    ),
    Rule(
        "net-counts-imports",
        "Before 7.3.517 the lifetime of the net counts imports only (Q17): exports are taken off.",
        ("system.net_lifetime",),
        ("7.3.130",),
    ),
    Rule(
        "net-from-counters",
        "The net of production.json drifts away from the meter's own counters (Q18), and before 7.3.517 it counts "
        "imports only (Q17). Net = import − export of the readings, consumption = production + net "
        "(+ discharged − charged where a storage CT is enabled).",
        ("system.net_lifetime", "system.consumption_lifetime"),
        (
            "7.3.466_with_cts_3phase",
            "7.6.175_with_cts",
            "7.6.175_with_cts_3phase",
            "8.2.127_with_3cts_and_battery_split",
            "8.2.4286_with_3cts_and_battery_split",
            "8.3.1598_collar",
            "8.3.5167_3rd-pv",
            "8.3.5169_ACB_inventory",
            "8.3.5169_with_generator",
        ),
    ),
    Rule(
        "implausible-account",
        "Today or the seven days repeat the lifetime, or say 0, or contradict their own lines (Q3, Q4): absent with "
        "that reason, or the sum of the inverters' own days where these are known.",
        ("system.production_today", "system.production_7_days", "system.consumption_today"),
        (
            "8.2.127_with_3cts_and_battery_split",
            "8.2.4286_with_3cts_and_battery_split",
            "8.3.5167_3rd-pv",
            "8.3.5169_with_generator",
            "8.3.5433_tot_is_net_cons",
        ),
    ),
    Rule(
        "battery-in-total",
        "Beside a battery the gateway counts as consumed what the battery stores (H2). Consumption is "
        "production + net + battery; on one phase, and of the day, it cannot be told.",
        ("system.consumption_power", "system.consumption_today", "phase.consumption_power"),
        _BATTERIES_BESIDE_HOUSE,
    ),
    Rule(
        "total-equals-net",
        "The total repeats the net (Q5): production is added. The golden table holds what the gateway says.",
        ("system.consumption_power", "system.consumption_lifetime", "system.consumption_today"),
        ("8.3.5433_tot_is_net_cons",),
    ),
    Rule(
        "transformers-off",
        "No production CT is enabled (Q6): the meter's entry is noise, and the summary that follows it says zero or "
        "stands still. The inverters' sum is read; day and week are absent.",
        (
            "system.production_power",
            "system.production_today",
            "system.production_7_days",
            "system.production_lifetime",
        ),
        _TRANSFORMERS_OFF,
    ),
    Rule(
        "inverters-listed",
        "The recording's list of inverters was shortened before it was published, its activeCount was not. "
        "The list is counted.",
        ("system.inverter_count",),
        ("8.2.127_with_3cts_and_battery_split", "8.2.4264_metered_noct"),
    ),
    Rule(
        "removed-inverters",
        "32 of the 51 listed inverters are not counted by the gateway and have not reported for a month to years "
        "(Q13): they were removed.",
        ("system.inverter_count", "inverter.power", "inverter.max_power", "inverter.last_report"),
        ("4.2.33",),
    ),
    Rule(
        "ac-battery-no-inverter",
        "AC Batteries stand among the inverters of /api/v1/production/inverters (devType 11); they are batteries here.",
        ("system.inverter_count", "inverter.power", "inverter.max_power", "inverter.last_report"),
        ("8.2.4382_ACB_2",),
    ),
    Rule(
        "reports-before-device-data",
        "The list of last reports comes before device_data, which stops at fifty devices (Q14); the two were recorded "
        "minutes apart.",
        ("inverter.power", "inverter.max_power", "inverter.last_report"),
        ("8.3.5169_ACB_inventory", "8.3.5169_with_generator"),
    ),
    Rule(
        "mutilated-serial",
        "One serial number of device_data was made unreadable in the recording (12122012100000); no other list knows "
        "this inverter.",
        (
            "inverter.dc_voltage",
            "inverter.dc_current",
            "inverter.ac_voltage",
            "inverter.ac_current",
            "inverter.frequency",
            "inverter.temperature",
            "inverter.energy_today",
            "inverter.energy_lifetime",
        ),
        ("8.3.5169_ACB_inventory",),
    ),
    Rule(
        "ac-battery-balance",
        "Of one AC Battery, device_data tells what it gave and what it took; its power is the difference.",
        ("battery.power",),
        ("8.3.5169_ACB_inventory",),
    ),
    Rule(
        "storage-meter-first",
        "The storage CT is read before the sum of what the batteries say of themselves; it measures every second.",
        ("system.battery_power",),
        ("8.2.127_with_3cts_and_battery_split", "8.2.4286_with_3cts_and_battery_split", "8.3.1598_collar"),
    ),
    Rule(
        "no-battery",
        "No battery is installed, so it has no level and no storage mode; the gateway says 0 % and a mode all the "
        "same.",
        ("system.battery_level", "storage.mode", "storage.reserve_level", "storage.charge_from_grid"),
        (
            "7.3.130_no_consumption",
            "7.3.466_metered_disabled_cts",
            "7.3.466_with_cts_3phase",
            "7.6.175_total",
            "7.6.175_with_cts",
            "7.6.175_with_cts_3phase",
            "8.2.4264_metered_noct",
            "8.3.5169_with_generator",
            "8.3.5433_tot_is_net_cons",
        ),
    ),
    Rule(
        "mode-as-it-came",
        "The storage mode is given as the gateway says it; pyenphase calls the older `savings-mode` `economy`.",
        ("storage.mode",),
        ("7.3.517_legacy_savings_mode",),
    ),
    Rule(
        "degrees-celsius",
        "The system controller measures in °F; temperatures are °C here.",
        ("controller.temperature",),
    ),
    Rule(
        "voltage-of-one-phase",
        "The gateway adds up the voltages of the phases (Q10); the mean of those that are connected is given.",
        ("meter.voltage",),
    ),
    Rule(
        "no-frequency",
        "A transformer that measures no frequency says 0 Hz; nothing alternates so.",
        ("meter.frequency",),
        ("8.3.1598_collar",),
    ),
    Rule(
        "power-factor-beyond-one",
        "A power factor beyond ±1 cannot be (Q39).",
        ("meter.power_factor",),
        ("8.3.1598_collar", "8.3.5433_tot_is_net_cons"),
    ),
)


def rule_of(difference: Difference) -> Rule | None:
    """Find the rule that explains a difference."""
    fitting = (
        rule
        for rule in RULES
        if difference.metric in rule.metrics and (not rule.recordings or difference.recording in rule.recordings)
    )
    return next(fitting, None)


def differences() -> Iterator[Difference]:
    """Compare every recording with both judges."""
    for folder in FOLDERS:
        snapshot = replayed(folder).read()
        for judge, values in (("pyenphase", pyenphase_values(folder)), ("golden", golden_values(folder.name))):
            for place, theirs in (values or {}).items():
                ours = found_in(snapshot, place)
                if not agrees(theirs, ours):
                    yield Difference(folder.name, judge, place, theirs, ours)


_HEAD = """\
# Where Heliograph reads otherwise

Every recording of a real gateway is read and compared with two others who read it: pyenphase 4.2.0, and the golden
values computed by hand from the same answers. Wherever they differ, it is meant, and this is why.
Q and H numbers are the firmware quirks of [protocol.md](protocol.md#6-quirks-and-firmware-bugs). This page is written
by `python -m tests.protocol.differences` and checked by the tests.

"""


def rules_table() -> str:
    """Render the reasons."""
    lines = ["| rule | why |", "|---|---|"]
    return "\n".join([*lines, *(f"| {rule.name} | {rule.why} |" for rule in RULES)])


def render(found: Sequence[Difference]) -> str:
    """Render the document."""
    rows: dict[tuple[str, str, str, str], list[Difference]] = {}
    for difference in found:
        rule = rule_of(difference)
        name = rule.name if rule else "**unexplained**"
        rows.setdefault((difference.recording, difference.judge, difference.metric, name), []).append(difference)
    lines = ["| recording | metric | judge | theirs | ours | rule |", "|---|---|---|---|---|---|"]
    for (recording, judge, metric, name), several in rows.items():
        theirs, ours = _values(several)
        lines.append(f"| {recording} | {metric} | {judge} | {theirs} | {ours} | {name} |")
    return "\n\n".join([_HEAD.rstrip("\n"), "## Reasons", rules_table(), "## Values", "\n".join(lines)]) + "\n"


def _values(several: Sequence[Difference]) -> tuple[str, str]:
    if len(several) == 1:
        return _value(several[0].theirs), _value(several[0].ours)
    absent = sum(difference.ours is None for difference in several)
    return f"{len(several)} values", "absent" if absent == len(several) else f"{len(several) - absent} others"


def _value(value: Value | None) -> str:
    if value is None:
        return "absent"
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


if __name__ == "__main__":
    DOCUMENT.write_text(render(tuple(differences())))
