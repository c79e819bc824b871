"""The HTML pages of firmware 3 (protocol.md §3.10): three significant digits, and zeros after boot."""

import re
from collections.abc import Iterator
from typing import Final

from heliograph.model import Facts, Subject
from heliograph.protocol.answer import Answer
from heliograph.protocol.fields import Statement

PAGE: Final = "/production?locale=en"
HOME_PAGE: Final = "/home?locale=en"
HTML: Final = "html"

_CELLS: Final = {
    "Currently": "production_power",
    "Today": "production_today",
    "Past Week": "production_7_days",
    "Since Installation": "production_lifetime",
}
_FACTORS: Final = {"": 1, "k": 1_000, "M": 1_000_000, "G": 1_000_000_000}
_VALUE: Final = re.compile(
    rf"<td[^<>]*>\s*({'|'.join(_CELLS)})\s*</td>\s*<td[^<>]*>\s*(\d{{1,12}}(?:\.\d{{1,6}})?)\s*([kMG]?)(Wh?)\s*</td>",
    re.IGNORECASE,
)
_COUNT: Final = re.compile(r"Number of Microinverters Online\s*</td>\s*<td[^<>]*>\s*(\d{1,6})\s*<", re.IGNORECASE)


def page(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read the table of `/production`; a cell whose unit does not fit its label says nothing."""
    keys = {label.lower(): key for label, key in _CELLS.items()}
    for label, number, prefix, unit in _VALUE.findall(answer.text):
        key = keys[label.lower()]
        if (unit.lower() == "w") == key.endswith("_power"):
            multiplier = _FACTORS[prefix if prefix in _FACTORS else prefix.swapcase()]
            value = round(float(number) * multiplier, 3)
            yield Statement(Subject.SYSTEM, facts.serial, key, value, answer.at, HTML)


def home_page(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read the number of inverters from `/home`; those that sleep are not counted, so that none says nothing."""
    match = _COUNT.search(answer.text)
    if match and int(match[1]):
        yield Statement(Subject.SYSTEM, facts.serial, "inverter_count", int(match[1]), answer.at, HTML)
