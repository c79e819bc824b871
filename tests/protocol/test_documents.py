"""The generated pages are current."""

import pytest

from heliograph.emulator.families import FAMILIES
from heliograph.model import METRICS, Subject
from heliograph.protocol.choice import CHAINS
from tests import supported, vocabulary
from tests.recordings import NAMES, needs_recordings

LEDGER = {"net", "import", "export", "charged", "discharged", "consumption"}


@needs_recordings
def test_the_page_of_supported_gateways_is_current() -> None:
    assert supported.DOCUMENT.read_text() == supported.render(), "run python -m tests.supported"


def test_the_page_of_supported_gateways_tells_every_family() -> None:
    assert supported.families() in supported.DOCUMENT.read_text(), "run python -m tests.supported"
    assert len(supported.families().splitlines()) == len(FAMILIES) + 2


@needs_recordings
def test_every_recorded_gateway_has_a_model() -> None:
    assert len(NAMES) == supported.recordings().count("\n") - 1
    assert "?" not in supported.recordings()


def test_an_unknown_part_number_has_no_model() -> None:
    assert supported.model_of("800-99999-r01") == "?"


def test_the_page_of_metrics_is_current() -> None:
    assert vocabulary.DOCUMENT.read_text() == vocabulary.render(), "run python -m tests.vocabulary"


@pytest.mark.parametrize("name", CHAINS)
def test_every_source_of_every_chain_is_told(name: str) -> None:
    assert len(vocabulary.sources()[name]) >= len(CHAINS[name])


def test_a_metric_that_no_answer_carries_is_counted_or_observed() -> None:
    unread = {METRICS[name] for name, told in vocabulary.sources().items() if not told}

    assert {metric.subject for metric in unread} <= {Subject.SYSTEM, Subject.NETWORK}
    for metric in unread:
        if metric.subject is Subject.SYSTEM:
            assert metric.key in {"self_consumption", "autarky"} or metric.key.split("_")[0] in LEDGER
