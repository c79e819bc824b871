"""What every route may ask for: the house, the reader's language, who calls, and a body that is JSON."""

from collections.abc import Iterable
from typing import Any

from litestar import Request
from litestar.di import NamedDependency

from heliograph.web.access.gate import Visitor
from heliograph.web.house import House
from heliograph.web.problem import ProblemError

TheHouse = NamedDependency[House]
Language = NamedDependency[str]
Who = NamedDependency[Visitor]


class Reading(Request[Any, Any, Any]):
    """A request whose body is JSON, or is refused."""

    async def json(self) -> Any:
        """Return the body, decoded.

        Raises:
            ProblemError: `bad_body`: text that is not UTF-8, or nested deeper than can be decoded.
        """
        try:
            return await super().json()
        except (RecursionError, UnicodeDecodeError) as err:
            # The framework translates the decoder's own errors only.
            raise ProblemError("bad_body", 400) from err


def nested_within(value: object, depth: int) -> bool:
    """Tell whether no list or object lies within more than `depth` others."""
    level = [value]
    for _ in range(depth + 1):
        level = [inner for item in level for inner in _items(item) if isinstance(inner, dict | list)]
        if not level:
            return True
    return False


def _items(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
