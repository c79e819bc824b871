import pytest

from heliograph.emulator.documents.measures import (
    Registers,
    Sample,
    channel_eid,
    power_factor,
    sum_registers,
    sum_samples,
)


@pytest.mark.parametrize(
    ("eid", "phase", "expected"),
    [(0x21000100, 0, 0x61000111), (0x2A000100, 2, 0x6A000113), (0x2B000200, 0, 0x6B000211)],
)
def test_channels_are_numbered_after_their_device(eid: int, phase: int, expected: int) -> None:
    assert channel_eid(eid, phase) == expected


def test_phases_add_up_in_every_column() -> None:
    assert sum_samples([Sample(1, 2, 3, 4, 5), Sample(10, 20, 30, 40, 50)]) == Sample(11, 22, 33, 44, 55)
    assert sum_registers([Registers(1, 2, 3, 4, 5)] * 3) == Registers(3, 6, 9, 12, 15)


def test_power_factor_of_nothing_is_nothing() -> None:
    assert power_factor(Sample(0, 0, 0, 230_000, 0), 2) == 0.0
    assert power_factor(Sample(-500, 0, 1000, 230_000, 4), 2) == -0.5
