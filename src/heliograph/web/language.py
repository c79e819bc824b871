"""Which language a caller reads."""

from typing import Final

from heliograph.model.labels import LANGUAGES

_LONGEST: Final = 200


def preferred(header: str | None, otherwise: str) -> str:
    """Return the language of an Accept-Language header that is spoken here, or else another."""
    wishes: list[tuple[float, str]] = []
    for part in (header or "")[:_LONGEST].split(","):
        tag, _, quality = part.strip().partition(";")
        language = tag.strip().split("-")[0].lower()
        if language in LANGUAGES:
            wishes.append((_weight(quality), language))
    best = max(wishes, key=lambda wish: wish[0], default=(0.0, otherwise))
    return best[1] if best[0] > 0 else otherwise


def _weight(quality: str) -> float:
    text = quality.strip().removeprefix("q=")
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
