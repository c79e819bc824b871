"""From gateways and synchronisations to what the API hands out of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from heliograph import model
from heliograph.gateway.discovery import Found as Announced
from heliograph.live import Update
from heliograph.model import Authentication, DeviceFact, Facts, Snapshot, Subject
from heliograph.model.labels import called, label
from heliograph.web import wording
from heliograph.web.house import Kept, Sync
from heliograph.web.shapes import gateways as shapes
from heliograph.web.shapes.values import Condition
from heliograph.web.words import say

_COUNTED: Final = (
    Subject.INVERTER,
    Subject.BATTERY,
    Subject.METER,
    Subject.CONTROLLER,
    Subject.COLLAR,
    Subject.COMBINER,
    Subject.RELAY,
    Subject.DRY_CONTACT,
    Subject.GENERATOR,
)
_DAY: Final = 86_400


def probed(facts: Facts, host: str, language: str, *, known: bool) -> shapes.Probed:
    """Return who answers, and what it needs."""
    advice = say(f"advice.{facts.authentication}", language, serial=facts.serial, password=facts.serial[-6:])
    return shapes.Probed(
        host=host,
        serial=facts.serial,
        firmware=facts.firmware,
        part_number=facts.part_number,
        authentication=str(facts.authentication),
        advice=advice,
        known=known,
        metered=facts.metered,
    )


def tested(snapshot: Snapshot, language: str) -> shapes.Tested:
    """Return what a trial read."""
    return shapes.Tested(
        serial=snapshot.gateway.serial,
        firmware=snapshot.gateway.firmware,
        devices=counted(((item.subject, item.id) for item in snapshot.equipment if not item.retired), language),
        missing=missing(snapshot, language),
    )


def counted(items: Iterable[tuple[Subject, str]], language: str) -> list[shapes.Count]:
    """Count equipment by subject."""
    found: dict[Subject, list[str]] = defaultdict(list)
    for subject, identity in items:
        found[subject].append(identity)
    return [
        shapes.Count(
            subject=str(subject),
            title=called(subject, len(found[subject]), language),
            count=len(found[subject]),
            ids=found[subject],
        )
        for subject in _COUNTED
        if subject in found
    ]


def missing(snapshot: Snapshot | None, language: str) -> list[shapes.Missing]:
    """Return which promised values of the system are absent, and why."""
    system = None if snapshot is None else snapshot.find(Subject.SYSTEM)
    if system is None:
        return []
    found = []
    for key, reason in system.absent.items():
        metric = wording.known_metric(f"system.{key}")
        why = wording.because(reason, language)
        if metric is not None and metric.core and why is not None:
            found.append(shapes.Missing(metric=metric.name, label=label(metric, language), reason=why))
    return found


def sync(one: Sync, language: str) -> shapes.Sync:
    """Return how far a synchronisation is, and what it found."""
    synced = one.synced
    facts = None if synced is None else synced.facts
    return shapes.Sync(
        gateway=one.serial,
        name=one.name,
        host=one.host,
        state=one.state,
        started=one.started,
        asked=one.asked,
        target=one.target if one.state == "running" and one.target else None,
        finished=one.finished,
        devices=[] if facts is None else devices(facts, language),
        missing=missing(one.snapshot, language),
        added=[] if synced is None else [_found(device, language) for device in synced.added],
        retired=[] if synced is None else [_found(device, language) for device in synced.retired],
        unanswered=[] if synced is None else list(synced.unanswered),
        problem=None if one.error is None else wording.trouble(one.error, language),
    )


def devices(facts: Facts, language: str) -> list[shapes.Count]:
    """Count what a gateway has in service, its enabled meters included."""
    items = [(device.subject, device.serial) for device in facts.devices if not device.retired]
    items += [(Subject.METER, meter.measurement) for meter in facts.meters or () if meter.enabled]
    return counted(items, language)


def _found(device: DeviceFact, language: str) -> shapes.Found:
    title = wording.title(device.subject, device.serial, language)
    return shapes.Found(subject=str(device.subject), id=device.serial, title=title)


def gateway(
    kept: Kept, update: Update | None, now: float, language: str, *, started: float, zone: str
) -> shapes.Gateway:
    """Return all about a gateway but its values; `zone` is the one in which its days begin."""
    client = kept.client
    facts, info, credentials, load = client.facts, client.token, client.credentials, client.requests
    token = None
    if info is not None and (facts is None or facts.authentication is Authentication.TOKEN):
        token = shapes.Token(
            role=info.role or "",
            expires=float(info.expires),
            days_left=int((info.expires - now) // _DAY),
            renewed=credentials.account is not None,
        )
    return shapes.Gateway(
        serial=kept.serial,
        name=kept.name,
        host=kept.host,
        address=None if client.address == client.host else str(client.address),
        condition=_starting(started, language) if update is None else wording.condition(update.condition, language),
        credentials=shapes.Keeping(
            password=credentials.password is not None,
            token=credentials.token is not None,
            account=credentials.account is not None,
            user=credentials.user,
        ),
        devices=[] if facts is None else devices(facts, language),
        requests=shapes.Load(
            sent=load.sent,
            answered=load.answered,
            failed=load.failed,
            repeated=load.repeated,
            sessions=load.sessions,
            refused=load.refused,
        ),
        firmware=None if facts is None else facts.firmware,
        part_number=None if facts is None else facts.part_number,
        authentication=None if facts is None else str(facts.authentication),
        zone=zone,
        metered=None if facts is None else facts.metered,
        token=token,
        problems=[
            shapes.Trouble(target=target, code=err.code, text=err.text(language))
            for target, err in client.problems.items()
        ],
        latency=[
            shapes.Latency(
                target=target,
                last=round(seconds.last, 4),
                mean=round(seconds.mean, 4),
                worst=round(seconds.worst, 4),
                count=seconds.count,
            )
            for target, seconds in client.latency.items()
        ],
    )


def _starting(started: float, language: str) -> Condition:
    return Condition(state="starting", text=say("state.starting", language), since=started)


def neighbour(found: Announced, *, known: bool) -> shapes.Neighbour:
    """Return what announces itself."""
    return shapes.Neighbour(
        serial=found.serial, name=found.name, addresses=list(found.addresses), known=known, firmware=found.firmware
    )


def pieces(serial: str, facts: Facts | None, snapshot: Snapshot | None, language: str) -> Sequence[shapes.Piece]:
    """List everything that a gateway has or had, as far as it is known without history."""
    found: dict[tuple[Subject, str], shapes.Piece] = {}
    for item in () if snapshot is None else snapshot.equipment:
        found[item.subject, item.id] = _piece(serial, item, language)
    for device in () if facts is None else facts.devices:
        known = found.get((device.subject, device.serial))
        found[device.subject, device.serial] = shapes.Piece(
            gateway=serial,
            subject=str(device.subject),
            id=device.serial,
            title=wording.title(device.subject, device.serial, language),
            model=device.model or (known.model if known else None),
            part_number=device.part_number or (known.part_number if known else None),
            phase=device.phase,
            retired=device.retired,
        )
    return list(found.values())


def _piece(serial: str, item: model.Equipment, language: str) -> shapes.Piece:
    return shapes.Piece(
        gateway=serial,
        subject=str(item.subject),
        id=item.id,
        title=wording.title(item.subject, item.id, language),
        model=item.model,
        part_number=item.part_number,
        retired=item.retired,
    )
