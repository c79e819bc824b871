from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run, emulated


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Certificate", "Time zone", "Missing values and reasons", "/production.json?details=1", " ms")),
        ("fr", ("Certificat", "Fuseau horaire", "Valeurs manquantes et raisons", "requêtes")),
    ],
)
async def test_explains_a_gateway(
    language: str, words: tuple[str, ...], run: Run, token_file: Callable[[str], Path]
) -> None:
    async with emulated("iq-8.3") as gateway:
        ended = await run("doctor", gateway.host, "--lang", language, "--token-file", token_file(gateway.token()))

        assert (ended.code, ended.err) == (0, "")
        assert [word for word in words if word not in ended.out] == []
        assert f"CN=envoy-{gateway.source.serial}" in ended.out


async def test_tells_a_wrong_clock(run: Run, token_file: Callable[[str], Path]) -> None:
    async with emulated("iq-standard-7.6") as gateway:
        token = token_file(gateway.token(iat=1))
        gateway.faults.on("clock-skew", amount=-200)
        behind = await run("doctor", gateway.host, "--token-file", token)
        gateway.faults.off("clock-skew")
        right = await run("doctor", gateway.host, "--token-file", token)
        gateway.faults.on("clock-skew", amount=7300)
        ahead = await run("doctor", gateway.host, "--token-file", token)

    assert "right" in right.out
    assert "2 h ahead" in ahead.out
    assert "3 min behind" in behind.out


async def test_tells_what_a_role_may_not_read(run: Run, token_file: Callable[[str], Path]) -> None:
    async with emulated("iq-standard-7.3") as gateway:
        ended = await run("doctor", gateway.host, "--token-file", token_file(gateway.token()))

    assert ended.code == 0
    assert "Unavailable endpoints" in ended.out
    assert "this role may not read it" in " ".join(ended.out.split())


async def test_needs_no_certificate(run: Run) -> None:
    async with emulated("envoy-r-3.7") as gateway:
        ended = await run("doctor", gateway.host)

    assert ended.code == 0
    assert "unknown" in ended.out
