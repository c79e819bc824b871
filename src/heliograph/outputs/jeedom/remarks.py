"""What an owner may want to know beside the values: why one is missing, and what the ledger noticed."""

from collections.abc import Mapping
from typing import Final

from heliograph.model import METRICS, Finding, Metric, Quality, Reason, Snapshot, Subject, metric
from heliograph.model.labels import label, noticed, sentence
from heliograph.model.labels import words as labels
from heliograph.outputs.jeedom.layout import command_name, equipment_id, split
from heliograph.outputs.jeedom.values import Wish

NOTHING_MISSING: Final = "no_problem"
"""The reason of what is absent because all is well."""

Remark = Mapping[str, str]
"""`what` it is about, and `why`; what has one reason stands together."""


def gaps(snapshot: Snapshot, wish: Wish) -> dict[str, list[Remark]]:
    """Return for each equipment which of the wanted values are missing, and why."""
    told: dict[str, dict[str, list[str]]] = {}
    for item in snapshot.equipment:
        if item.retired:
            continue
        phase = split(item.subject, item.id)[1]
        rows = told.setdefault(equipment_id(item.subject, item.id), {})
        for key, reason in item.absent.items():
            if reason.code != NOTHING_MISSING:
                _put(rows, metric(item.subject, key), phase, reason, wish)
        for reading in item.values.values():
            if reading.quality is Quality.STALE and reading.reason is not None:
                _put(rows, reading.metric, phase, reading.reason, wish)
    return {id_: _remarks(rows) for id_, rows in told.items()}


def _put(rows: dict[str, list[str]], what: Metric, phase: str, reason: Reason, wish: Wish) -> None:
    if wish.wants(what):
        rows.setdefault(sentence(reason, wish.language), []).append(command_name(what, wish.language, phase))


def findings(snapshot: Snapshot, language: str) -> list[Remark]:
    """Return what the ledger noticed, of the whole first."""
    rows: dict[str, list[str]] = {}
    for finding in sorted(snapshot.findings, key=lambda finding: finding.subject is not Subject.SYSTEM):
        rows.setdefault(noticed(finding, language), []).append(about(finding, language))
    return _remarks(rows)


def about(finding: Finding, language: str) -> str:
    """Name what a finding is about."""
    names = labels(language)
    known = METRICS.get(f"{finding.subject}.{finding.key}")
    what = names[f"subject.{finding.subject}"] if known is None else label(known, language)
    return what if finding.subject is Subject.SYSTEM else f"{what} ({finding.id})"


def _remarks(rows: Mapping[str, list[str]]) -> list[Remark]:
    return [{"what": ", ".join(what), "why": why} for why, what in rows.items()]
