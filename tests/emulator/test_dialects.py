import pytest

from heliograph.emulator import dialects
from heliograph.emulator.dialect import Dialect, Tongue
from heliograph.emulator.writers import WRITERS

EVERY = {name: each for name, each in vars(dialects).items() if isinstance(each, Dialect)}


@pytest.mark.parametrize("name", sorted(EVERY))
def test_every_route_has_a_writer_and_every_writer_a_handler(name: str) -> None:
    dialect = EVERY[name]

    assert set(dialect.routes.values()) <= WRITERS.keys()
    assert set(dialect.handlers) == set(Tongue)
    assert dialect.free <= {path.partition("?")[0] for path in dialect.routes}


def test_every_writer_is_reached() -> None:
    assert {name for each in EVERY.values() for name in each.routes.values()} == set(WRITERS)


def test_no_firmware_is_there_twice() -> None:
    assert len({each.firmware for each in EVERY.values()}) == len(EVERY)


@pytest.mark.parametrize("name", sorted(name for name in EVERY if name.startswith("IQ")))
def test_token_firmware_keeps_everything_but_info(name: str) -> None:
    assert EVERY[name].free == {"/info", "/info.xml"}


def test_the_first_token_firmware_keeps_most_from_owners() -> None:
    assert "/ivp/ensemble/power" in dialects.IQ_7_3_130.refused
    assert "/ivp/ensemble/inventory" not in dialects.IQ_7_3_130.refused
    assert "/ivp/ensemble/power" not in dialects.IQ_7_3_517.refused
