"""How the tests of simulated gateways ask, and when."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from heliograph.emulator.gateway import SimulatedGateway

PARIS = ZoneInfo("Europe/Paris")
MORNING = datetime(2025, 7, 14, 9, 0, tzinfo=PARIS).timestamp()
NOON = datetime(2025, 7, 14, 13, 37, 11, tzinfo=PARIS).timestamp()
NIGHT = datetime(2025, 7, 15, 2, 20, tzinfo=PARIS).timestamp()
MIDNIGHT = datetime(2025, 7, 15, 0, 0, tzinfo=PARIS).timestamp()


def ask(gateway: SimulatedGateway, target: str, now: float = NOON) -> Any:
    """Ask for a JSON document that must be there."""
    answer = gateway.answer("GET", target, b"", now)
    assert answer.status == 200, (target, answer.status)
    return msgspec.json.decode(answer.body)


def eims(document: Any) -> dict[str, dict[str, Any]]:
    """Give the meter entries of production.json by what they measure."""
    entries = (*document["production"], *document.get("consumption", ()))
    return {each["measurementType"]: each for each in entries if each["type"] == "eim"}
