import pytest

from heliograph.emulator.generation import Ports, generation_of, version_of


@pytest.mark.parametrize(
    ("firmware", "name", "ports"),
    [
        ("D3.7.0", "3", Ports.HTTP),
        ("D3.17.3", "3", Ports.HTTP),
        ("R3.9.36", "3", Ports.HTTP),
        ("M4.2.33", "5", Ports.HTTP),
        ("D5.0.62", "5", Ports.HTTP),
        ("D7.0.88", "7", Ports.REDIRECT),
        ("D8.2.4382", "7", Ports.REDIRECT),
        ("D8.3.1598", "8.3", Ports.HTTPS),
        ("D9.0.1", "8.3", Ports.HTTPS),
        ("", "3", Ports.HTTP),
    ],
)
def test_knows_the_manners_of_a_firmware(firmware: str, name: str, ports: Ports) -> None:
    generation = generation_of(firmware)

    assert (generation.name, generation.ports) == (name, ports)


def test_compares_versions_as_numbers() -> None:
    assert version_of("D3.17.3") > version_of("R3.9.36")
