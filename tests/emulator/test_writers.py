import re

from heliograph.emulator.writers import WRITERS


def test_names_are_kebab_case() -> None:
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in WRITERS)


def test_only_lists_with_eids_can_be_picked_from() -> None:
    assert {name for name, writer in WRITERS.items() if writer.picks_eid} == {"meters", "readings", "eh-devices"}
