"""Says a message in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from heliograph.model import METRICS
from heliograph.model.labels import label
from heliograph.outputs.notifications.rules import SERVICE, Case
from heliograph.outputs.notifications.watch import Message
from heliograph.outputs.wording import say


@dataclass(frozen=True, slots=True)
class Told:
    """A message in words."""

    title: str
    text: str


def told(message: Message, language: str, zone: ZoneInfo) -> Told:
    """Return the text of a message."""
    key = f"rule.{message.rule}.{'over' if message.over else 'begun'}"
    if message.rule == SERVICE.code:
        names = " ".join(str(case.details["problem"]) for case in message.cases)
    else:
        names = ", ".join(dict.fromkeys(_named(case, language) for case in message.cases))
    first = message.cases[0]
    details = {**first.details, "names": names}
    when = datetime.fromtimestamp(message.at, zone).strftime("%d/%m %H:%M" if language == "fr" else "%d %b %H:%M")
    what = say(f"rule.{message.rule}", language)
    if message.gateway:
        title = say("notification.title", language, gateway=message.gateway, what=what)
    else:
        title = say("notification.service.title", language, what=what)
    return Told(title, say("notification.text", language, when=when, text=say(key, language, **details)))


def _named(case: Case, language: str) -> str:
    named = METRICS.get(str(case.details.get("metric", "")))
    if named is not None:
        return label(named, language)
    heat = case.details.get("temperature")
    return case.id if heat is None else f"{case.id} ({heat} °C)"


def test(language: str) -> Told:
    """Return the text of a test message."""
    return Told(say("notification.test.title", language), say("notification.test.text", language))


def document(message: Message | None, said: Told) -> Mapping[str, object]:
    """Return what a web hook is sent."""
    if message is None:
        return {"rule": "test", "title": said.title, "text": said.text}
    cases = [{"id": case.id, "stage": case.stage, **case.details} for case in message.cases]
    return {
        "rule": message.rule,
        "state": "over" if message.over else "begun",
        **({"gateway": message.gateway} if message.gateway else {}),
        "at": message.at,
        "title": said.title,
        "text": said.text,
        "cases": cases,
    }
