"""`heliograph doctor`: what a gateway gives, what it does not, and why."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final

from rich.table import Table

from heliograph.cli import keys
from heliograph.cli.commands.read import first_reading
from heliograph.cli.commands.sync import access_words, meter_words, rhythm
from heliograph.cli.desk import Desk
from heliograph.cli.figures import age, day, duration
from heliograph.cli.prose import Prose
from heliograph.cli.tables import DASH
from heliograph.cli.target import opened, resolve
from heliograph.gateway import Gateway
from heliograph.gateway.tls import gateway_context
from heliograph.model import Equipment, Facts, Snapshot, Subject, metrics_of
from heliograph.model.labels import called, label, noticed, sentence, words
from heliograph.protocol.endpoints.info import clock as gateway_clock

_SKEW: Final = 60.0
"""Seconds by which a clock may be wrong without harm."""
_SLOW: Final = 10.0
"""Seconds from which on an answer is called slow."""
_HTTPS: Final = 443


async def run(desk: Desk, *, host: str | None, token_file: str | None) -> None:
    """Examine a gateway."""
    target = resolve(desk, host)
    async with opened(desk, target, keys.given(desk, token_file)) as gateway:
        facts = await gateway.identify()
        snapshot = await first_reading(desk, gateway, target)
        facts = gateway.facts or facts
        certificate = await _certificate(gateway)
        _Report(desk, gateway, facts, snapshot).say(certificate)


@dataclass(frozen=True, slots=True)
class _Certificate:
    """What the gateway shows of itself."""

    name: str
    expires: float


async def _certificate(gateway: Gateway) -> _Certificate | None:
    """Look at the certificate; None where there is none to see."""
    if gateway.known.scheme != "https":
        return None
    from cryptography import x509  # noqa: PLC0415 - slow, and needed here only

    address = gateway.address
    context = gateway_context()
    try:
        async with asyncio.timeout(10):
            _, writer = await asyncio.open_connection(address.host, address.port or _HTTPS, ssl=context)
            shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            writer.close()
            await writer.wait_closed()
        found = x509.load_der_x509_certificate(shown)
    except (OSError, ValueError, ssl.SSLError):
        return None
    return _Certificate(found.subject.rfc4514_string(), found.not_valid_after_utc.timestamp())


class _Report:
    """Says everything, the important first."""

    def __init__(self, desk: Desk, gateway: Gateway, facts: Facts, snapshot: Snapshot) -> None:
        self._desk = desk
        self._gateway = gateway
        self._facts = facts
        self._snapshot = snapshot

    def say(self, certificate: _Certificate | None) -> None:
        """Write the report."""
        self._gateway_rows(certificate)
        self._given()
        self._missing()
        self._refused()
        self._latency()
        self._findings()

    def _title(self, key: str) -> None:
        self._desk.print()
        self._desk.print(self._desk.say(key), style="bold")

    def _gateway_rows(self, certificate: _Certificate | None) -> None:
        desk, facts, gateway = self._desk, self._facts, self._gateway
        desk.print(desk.say("sync.found", serial=facts.serial, host=gateway.address), style="bold")
        rows = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
        rows.add_row(desk.say("sync.firmware"), facts.firmware or DASH)
        rows.add_row(desk.say("sync.part_number"), facts.part_number or DASH)
        rows.add_row(desk.say("doctor.transport"), gateway.known.scheme or DASH)
        rows.add_row(desk.say("doctor.certificate"), self._certificate(certificate))
        rows.add_row(desk.say("sync.access"), access_words(desk, gateway, facts))
        rows.add_row(desk.say("doctor.clock"), self._clock())
        rows.add_row(desk.say("doctor.timezone"), facts.timezone or desk.say("doctor.timezone_unknown"))
        rows.add_row(desk.say("sync.meters"), meter_words(desk, facts))
        if gateway.plan is not None:
            rows.add_row(desk.say("sync.requests"), rhythm(desk, gateway.plan))
        desk.show(rows)

    def _certificate(self, certificate: _Certificate | None) -> str:
        if certificate is None:
            return DASH
        details = {"name": certificate.name, "day": day(certificate.expires, self._desk.language)}
        over = certificate.expires < self._desk.clock()
        return self._desk.say("doctor.certificate_over" if over else "doctor.certificate_until", **details)

    def _clock(self) -> str:
        answer = self._gateway.answers.get("/info")
        told = gateway_clock(answer) if answer is not None else None
        if answer is None or told is None:
            return DASH
        off = told - answer.at
        if abs(off) <= _SKEW:
            return self._desk.say("doctor.clock_right")
        lasting = age(abs(off), self._desk.say)
        return self._desk.say("doctor.clock_ahead" if off > 0 else "doctor.clock_behind", age=lasting)

    def _given(self) -> None:
        """Count what is read, by kind of equipment."""
        desk = self._desk
        self._title("doctor.given")
        rows = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
        for subject in Subject:
            items = [item for item in self._snapshot.of(subject) if not item.retired]
            if items:
                told = sum(len(item.values) for item in items)
                possible = len(items) * len(metrics_of(subject))
                name = called(subject, len(items), desk.language)
                rows.add_row(name, str(len(items)), desk.say("doctor.values", n=told, all=possible))
        desk.show(rows)

    def _missing(self) -> None:
        """Print what is absent and why, once for each reason and kind."""
        desk, found = self._desk, dict[tuple[Subject, str], dict[str, None]]()
        for item in self._snapshot.equipment:
            for key, why in self._absent(item):
                found.setdefault((item.subject, why), {})[key] = None
        if not found:
            return
        self._title("doctor.missing")
        for (subject, why), labels in found.items():
            name = words(desk.language)[f"subject.{subject}"]
            said = desk.say("doctor.absent", subject=name, labels=", ".join(labels), why=why)
            desk.show(Prose(said, mark="— "))

    def _absent(self, item: Equipment) -> list[tuple[str, str]]:
        language = self._desk.language
        return [
            (label(metric, language), sentence(item.absent[metric.key], language))
            for metric in metrics_of(item.subject)
            if metric.key in item.absent
        ]

    def _refused(self) -> None:
        desk = self._desk
        refused = {
            target: fact.reason for target, fact in self._facts.endpoints.items() if not fact.served and fact.reason
        }
        if refused:
            self._title("doctor.refused")
            for reason in refused.values():
                desk.show(Prose(sentence(reason, desk.language), mark="— "))
        for problem in self._gateway.problems.values():
            desk.warn(problem.text(desk.language))

    def _latency(self) -> None:
        desk = self._desk
        if not self._gateway.latency:
            return
        self._title("doctor.latency")
        rows = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
        rows.add_column(no_wrap=True)
        rows.add_column(justify="right")
        rows.add_column()
        for target, latency in sorted(self._gateway.latency.items(), key=lambda item: -item[1].mean):
            slow = desk.say("doctor.slow") if latency.worst >= _SLOW else ""
            rows.add_row(target, duration(latency.mean, desk.language), slow)
        desk.show(rows)
        requests = self._gateway.requests
        desk.print(desk.say("doctor.requests", sent=requests.sent, repeated=requests.repeated, failed=requests.failed))

    def _findings(self) -> None:
        desk, findings = self._desk, self._snapshot.findings
        desk.print()
        title = desk.say.count("read.findings", len(findings)) if findings else desk.say("read.findings.none")
        desk.print(title, style="bold")
        for finding in findings:
            desk.show(Prose(noticed(finding, desk.language), mark="• "))
