"""Answers as no gateway should give them: fields dropped, types changed, bodies cut, lists shuffled, pages for data."""

import copy
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from heliograph.protocol import Answer, answer

_STRANGE: Final[tuple[Any, ...]] = (
    None, "", "x", "12", "true", "1790000000", True, False, [], {}, [[]], [None], [{}], {"": None}, 0, -1, -0.0, 0.5,
    1e-9, -5, 101, 1 << 31, 1 << 40, 4294967292, 1e308, -1e308, 10**30, -(10**30), "NaN", "Infinity", [1, "2", None],
    {"type": "eim"}, {"devices": 3}, "\u0000\u0006", "é" * 50,
)  # fmt: skip
"""What stands where something else should."""

_BODIES: Final[tuple[bytes, ...]] = (
    b"", b" \n", b"{}", b"[]", b"null", b"3", b'"text"', b"NaN", b"{", b"[[[[", b"[" * 5000, b"<html>busy</html>",
    b"<?xml version='1.0'?><envoy_info/>", b"\xff\xfe\x00", b'{"a": NaN}', b'{"error":"404 - Not Found"}',
    b'{"devices:":[{"serial_num":5}],"devices":7}', b"[1,2,3]", b'[{"type":"PCU"}]', b"\xef\xbb\xbf[]", b"[1e999]",
)  # fmt: skip
"""Bodies that come in place of others."""

_STATUSES: Final = (200, 200, 200, 204, 301, 401, 403, 404, 405, 500, 503, 0)


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """List every place in a document but its root."""
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in entries:
        yield (*path, key)
        yield from places(child, (*path, key))


def _parent(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path[:-1]:
        document = document[step]
    return document


def _drop(document: Any, path: tuple[Any, ...], chance: random.Random) -> None:
    del _parent(document, path)[path[-1]]


def _swap(document: Any, path: tuple[Any, ...], chance: random.Random) -> None:
    _parent(document, path)[path[-1]] = copy.deepcopy(chance.choice(_STRANGE))


def _scale(document: Any, path: tuple[Any, ...], chance: random.Random) -> None:
    parent, last = _parent(document, path), path[-1]
    if isinstance(parent[last], int | float) and not isinstance(parent[last], bool):
        parent[last] = parent[last] * chance.choice((-1, 0, 10, 1e6, 0.001))


def _reorder(document: Any, path: tuple[Any, ...], chance: random.Random) -> None:
    node = _parent(document, path)[path[-1]]
    if isinstance(node, list):
        chance.shuffle(node)


def _repeat(document: Any, path: tuple[Any, ...], chance: random.Random) -> None:
    node = _parent(document, path)[path[-1]]
    if isinstance(node, list) and node:
        node.append(copy.deepcopy(chance.choice(node)))


_DEEDS: Final[tuple[Callable[[Any, tuple[Any, ...], random.Random], None], ...]] = (
    _drop, _drop, _swap, _swap, _scale, _reorder, _repeat,
)  # fmt: skip


def mutate_document(document: Any, chance: random.Random, times: int) -> Any:
    """Give a copy of a document with some places changed."""
    document = copy.deepcopy(document)
    for _ in range(times):
        listed = list(places(document))
        if listed:
            chance.choice(_DEEDS)(document, chance.choice(listed), chance)
    return document


def mutate(answers: Mapping[str, Answer], chance: random.Random) -> dict[str, Answer]:
    """Give answers of which some are damaged."""
    damaged = dict(answers)
    for target in chance.sample(sorted(answers), chance.randint(1, min(4, len(answers)))):
        if target == "/info":
            continue
        damaged[target] = _damage(answers[target], chance)
    return damaged


def _damage(given: Answer, chance: random.Random) -> Answer:
    deed, status = chance.random(), given.status
    if deed < 0.1:
        body = chance.choice(_BODIES)
    elif deed < 0.2:
        body = given.body[: chance.randint(0, len(given.body))]
    elif deed < 0.25:
        body, status = given.body, chance.choice(_STATUSES)
    elif deed < 0.3:
        middle = chance.randint(0, len(given.body))
        body = given.body[:middle] + bytes([chance.randrange(256)]) + given.body[middle + 1 :]
    elif given.document is not None:
        body = msgspec.json.encode(mutate_document(given.document, chance, chance.randint(1, 8)))
    else:
        body = given.body.replace(b"<td", b"<td x", chance.randint(0, 9))
    return answer(given.target, status, body, given.at, seconds=given.seconds)
