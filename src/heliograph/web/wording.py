"""From the model to what the API hands out, in the reader's language."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from heliograph import model
from heliograph.errors import HeliographError
from heliograph.live import Condition, Update
from heliograph.model import CATALOG, METRICS, Quality, Quantity
from heliograph.model.labels import LANGUAGES, label, sentence, spoken, words
from heliograph.web.shapes import values as shapes
from heliograph.web.shapes.base import Because

_TEXTUAL: Final = {Quantity.STATE, Quantity.TEXT}
_GENERAL: Final = ("subject.", "state.", "group.", "quality.")

Chosen = Callable[[model.Equipment], bool]


def because(reason: model.Reason | None, language: str) -> Because | None:
    """Return the sentence of a reason; None where there is none."""
    return None if reason is None else Because(code=reason.code, text=sentence(reason, language))


def trouble(err: HeliographError, language: str) -> Because:
    """Return the sentence of an error."""
    return Because(code=err.code, text=err.text(language))


def reading(said: model.Reading, now: float, language: str) -> shapes.Reading:
    """Return one value as the API gives it."""
    metric = said.metric
    text = spoken(metric, said.value, language) if metric.quantity in _TEXTUAL else None
    return shapes.Reading(
        value=said.value,
        at=said.at,
        age=round(max(0.0, now - said.at), 1),
        quality=str(said.quality),
        source=said.source,
        text=text,
        raw=said.raw,
        reason=because(said.reason, language),
        since=said.since if said.quality is not Quality.MEASURED else None,
    )


def device(equipment: model.Equipment, now: float, language: str, keys: frozenset[str] | None = None) -> shapes.Device:
    """Return one piece of equipment with its values; `keys` narrows them."""
    return shapes.Device(
        subject=str(equipment.subject),
        id=equipment.id,
        title=title(equipment.subject, equipment.id, language),
        values={
            key: reading(said, now, language) for key, said in equipment.values.items() if keys is None or key in keys
        },
        absent={
            key: Because(code=why.code, text=sentence(why, language))
            for key, why in equipment.absent.items()
            if keys is None or key in keys
        },
        model=equipment.model,
        part_number=equipment.part_number,
        retired=equipment.retired,
    )


def title(subject: model.Subject, identity: str, language: str) -> str:
    """Name a piece of equipment: `Micro-onduleur 482200001234`."""
    name = words(language)[f"subject.{subject}"]
    return name if subject is model.Subject.SYSTEM else f"{name} {identity}"


def finding(gateway: str, found: model.Finding, language: str, until: float | None = None) -> shapes.Finding:
    """Return a finding with its sentence."""
    return shapes.Finding(
        gateway=gateway,
        code=found.code,
        subject=str(found.subject),
        id=found.id,
        text=finding_text(
            found.code, {**found.details, "id": found.id, "raw": found.raw, "given": found.given}, language
        ),
        key=found.key,
        raw=found.raw,
        given=found.given,
        since=found.since,
        until=until,
    )


def reason_text(code: str, details: Mapping[str, object], language: str) -> str:
    """Return why something was corrected."""
    return words(language).get(f"reason.{code}", code).format_map(Lenient(details))


def finding_text(code: str, details: Mapping[str, object], language: str) -> str:
    """Return what a finding means."""
    return words(language).get(f"finding.{code}", code).format_map(Lenient(details))


class Lenient(dict[str, object]):
    """Details of which one may be missing: it is then left open rather than failing the answer."""

    def __missing__(self, key: str) -> str:
        return "…"


def condition(said: Condition, language: str) -> shapes.Condition:
    """Return how a gateway is doing."""
    return shapes.Condition(
        state=str(said.state),
        text=words(language)[f"state.{said.state}"],
        since=said.since,
        problem=None if said.error is None else trouble(said.error, language),
    )


def gateway_values(
    update: Update,
    now: float,
    language: str,
    *,
    equipment: Iterable[model.Equipment] | None = None,
    keys: frozenset[str] | None = None,
) -> shapes.GatewayValues:
    """Return all current values of a gateway, or those of some equipment."""
    snapshot = update.snapshot
    serial = snapshot.gateway.serial
    return shapes.GatewayValues(
        gateway=serial,
        name=update.name,
        at=snapshot.at,
        condition=condition(update.condition, language),
        equipment=[
            device(item, now, language, keys) for item in (snapshot.equipment if equipment is None else equipment)
        ],
        findings=[finding(serial, found, language) for found in snapshot.findings],
    )


def catalog() -> shapes.Catalog:
    """Return every metric with its labels."""
    rows = [
        shapes.MetricRow(
            name=metric.name,
            subject=str(metric.subject),
            key=metric.key,
            quantity=str(metric.quantity),
            unit=metric.unit,
            kind=str(metric.kind),
            cadence=metric.cadence,
            group=metric.group,
            core=metric.core,
            states=list(metric.states),
            label={language: label(metric, language) for language in LANGUAGES},
        )
        for metric in CATALOG
    ]
    general = {
        language: {key: text for key, text in words(language).items() if key.startswith(_GENERAL)}
        for language in LANGUAGES
    }
    return shapes.Catalog(metrics=rows, words=general)


def known_metric(name: str) -> model.Metric | None:
    """Find a metric by its full name."""
    return METRICS.get(name)
