"""The truth of a site, worked out apart from every document."""

from collections.abc import Iterable

from heliograph.emulator.dialect import Dialect
from heliograph.emulator.documents.view import View
from heliograph.emulator.site.books import Books
from heliograph.emulator.site.plan import Condition, Plan
from heliograph.emulator.site.truth import BatteryTruth, Energies, InverterTruth, PhaseTruth, Truth
from heliograph.emulator.site.world import World


def truth_of(plan: Plan, world: World, dialect: Dialect, now: float) -> Truth:
    """Return the true values of a site at an epoch time."""
    moment = world.at(now)
    view = View(serial=plan.serial, part="", plan=plan, dialect=dialect, world=world, moment=moment)
    midnight, week_ago = world.days[-1], world.days[max(0, len(world.days) - 8)]
    return Truth(
        at=moment.time,
        midnight=midnight.time,
        production_power=_watts(moment.production),
        consumption_power=_watts(moment.consumption),
        net_power=_watts(moment.net),
        battery_power=_watts(moment.battery),
        state_of_charge=100 * moment.charge if plan.batteries else None,
        lifetime=_energies(moment.books),
        today=_energies(moment.books.minus(midnight)),
        seven_days=_energies(moment.books.minus(week_ago)),
        inverters={
            each.inverter.serial: InverterTruth(
                joules=each.joules,
                power=each.interval_joules / each.duration if each.duration else 0.0,
                last_report=each.time,
                communicating=each.communicating,
                retired=each.inverter.condition is Condition.RETIRED,
                phase=each.inverter.phase,
            )
            for each in view.reports
        },
        batteries={
            each.serial: BatteryTruth(
                power=view.power(each) / 1000,
                state_of_charge=100 * view.energy(each),
                capacity=each.model.capacity,
                rating=each.model.rating,
                maximum_temperature=view.temperature(each),
            )
            for each in plan.batteries
        },
        phases=tuple(
            PhaseTruth(*(power / 1000 for power in powers))
            for powers in zip(
                moment.production, moment.consumption, moment.net, moment.battery, moment.voltages, strict=True
            )
        ),
    )


def _watts(powers: Iterable[int]) -> float:
    return sum(powers) / 1000


def _energies(books: Books) -> Energies:
    return Energies(
        production=sum(books.delivered) / 1000,
        production_received=sum(books.received) / 1000,
        consumption=sum(books.consumed) / 1000,
        imported=sum(books.imported) / 1000,
        exported=sum(books.exported) / 1000,
        charged=sum(books.charged) / 1000,
        discharged=sum(books.discharged) / 1000,
    )
