"""Every recording, read without HTTP and compared with its judges."""

from pathlib import Path

import pytest

from heliograph.emulator.replay import Replay
from heliograph.model import Quality, Subject, metrics_of
from heliograph.model.labels import sentence
from heliograph.protocol import read
from tests.protocol import differences
from tests.protocol.asking import NOW, ask, replayed
from tests.protocol.differences import DOCUMENT, RULES, rule_of
from tests.protocol.judges import SPECIFICATION, golden_reports, golden_rows, golden_values, pyenphase_values
from tests.recordings import FOLDERS, NAMES, every_recording, needs_recordings

needs_specification = pytest.mark.skipif(not SPECIFICATION.is_file(), reason="no GATEWAY-API.md beside the project")


@pytest.fixture(scope="module")
def found() -> tuple[differences.Difference, ...]:
    return tuple(differences.differences())


@needs_recordings
@needs_specification
def test_every_difference_is_deliberate(found: tuple[differences.Difference, ...]) -> None:
    assert [difference for difference in found if rule_of(difference) is None] == []


@needs_recordings
@needs_specification
def test_every_rule_explains_something_everywhere_it_says(found: tuple[differences.Difference, ...]) -> None:
    used = {(rule.name, difference.recording) for difference in found if (rule := rule_of(difference))}
    listed = {(rule.name, recording) for rule in RULES for recording in rule.recordings}

    assert listed - used == set()
    assert {rule.name for rule in RULES} == {name for name, _ in used}


@needs_recordings
@needs_specification
def test_the_document_of_differences_is_current(found: tuple[differences.Difference, ...]) -> None:
    assert DOCUMENT.read_text() == differences.render(found), "run python -m tests.protocol.differences"


def test_the_document_tells_every_reason() -> None:
    assert differences.rules_table() in DOCUMENT.read_text()


@needs_recordings
@needs_specification
def test_the_golden_table_is_read_whole() -> None:
    assert sorted(golden_rows()) == NAMES
    assert golden_values("8.3.5169_with_generator")[Subject.SYSTEM, "", "net_lifetime"] == 15727231
    assert golden_values("4.2.27")[Subject.SYSTEM, "", "inverter_count"] == 34


@needs_recordings
def test_pyenphase_judges_hundreds_of_values() -> None:
    counts = {folder.name: len(pyenphase_values(folder) or ()) for folder in FOLDERS}

    assert [name for name, count in counts.items() if not count] == ["3.7.0"]
    assert sum(counts.values()) > 2500


@needs_specification
@pytest.mark.parametrize("folder", every_recording())
def test_the_reports_add_up_to_the_golden_sum(folder: Path) -> None:
    golden = golden_reports(folder.name)
    if golden is None:
        pytest.skip("this recording has no reports")
    read_ = replayed(folder)
    inverters = [
        (statement["serialNumber"], statement["lastReportWatts"])
        for statement in read_.answers["/api/v1/production/inverters"].document
        if statement.get("devType", 1) == 1
    ]
    snapshot = read_.read()
    retired = {device.serial for device in read_.facts.devices if device.retired}

    assert (len(inverters), sum(watts for _, watts in inverters)) == golden
    for serial, watts in inverters:
        equipment = snapshot.find(Subject.INVERTER, serial)
        assert (None if equipment is None else equipment.value("power")) == (None if serial in retired else watts)


@pytest.mark.parametrize("folder", every_recording())
def test_every_absence_has_a_reason_and_no_value_beside_it(folder: Path) -> None:
    for equipment in replayed(folder).read().equipment:
        keys = {metric.key for metric in metrics_of(equipment.subject)}
        assert equipment.values.keys() | equipment.absent.keys() == keys
        assert not equipment.values.keys() & equipment.absent.keys()
        assert all(sentence(reason, language) for reason in equipment.absent.values() for language in ("fr", "en"))


@pytest.mark.parametrize("folder", every_recording())
def test_what_the_plan_asks_carries_every_value(folder: Path) -> None:
    """After the interview only the plan's answers are read again; no value may hang on another."""
    interviewed = replayed(folder)
    source = Replay(folder)
    planned = {question.target: ask(source, question.target, NOW) for question in interviewed.plan.questions}
    whole = {(e.subject, e.id): {k: r.value for k, r in e.values.items()} for e in interviewed.read().equipment}
    carried = {
        (e.subject, e.id): {k: r.value for k, r in e.values.items()} for e in interviewed.read(planned).equipment
    }

    assert carried == whole


@pytest.mark.parametrize("folder", every_recording())
def test_a_second_reading_is_the_same_and_keeps_its_pins(folder: Path) -> None:
    interviewed = replayed(folder)
    first, facts = read(interviewed.facts, interviewed.answers, host="gateway", at=NOW)
    second, again = read(facts, interviewed.answers, host="gateway", at=NOW)

    assert second == first
    assert again == facts
    assert set(facts.pins) <= set(first.system.values)


@pytest.mark.parametrize("folder", every_recording())
def test_corrected_values_keep_what_the_gateway_said(folder: Path) -> None:
    for equipment in replayed(folder).read().equipment:
        for reading in equipment.values.values():
            corrected = reading.quality is Quality.CORRECTED
            assert (reading.raw is not None) == (reading.reason is not None) == corrected
