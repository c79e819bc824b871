"""The interview of one gateway, from `/info` to the plan: what protocol wants to know is asked, in its order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from heliograph import protocol
from heliograph.errors import AnswerError, HeliographError, UnreachableError
from heliograph.gateway.conversation import Conversation
from heliograph.gateway.line import BUSY, gone
from heliograph.gateway.log import LOGGER
from heliograph.gateway.probe import INFO
from heliograph.model import DeviceFact, Facts
from heliograph.protocol import Answer, Plan


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a synchronisation is."""

    target: str
    """What is asked now."""
    number: int
    """How many questions that makes."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a synchronisation found."""

    facts: Facts
    plan: Plan
    answers: Mapping[str, Answer]
    """Everything that was answered, refusals included, by target."""
    unanswered: tuple[str, ...] = ()
    """Targets that did not answer this time; they are asked again within hours."""
    added: tuple[DeviceFact, ...] = ()
    """Devices that were not known before."""
    retired: tuple[DeviceFact, ...] = ()
    """Devices that were in service before and are no more."""


async def interview(
    conversation: Conversation,
    info: Answer,
    progress: Callable[[Progress], None] | None,
    *,
    clock: Callable[[], float],
) -> Synced:
    """Interview a gateway that was identified, and leave the new facts with the conversation.

    Raises:
        HeliographError: as `Conversation.ask`, if it concerns the gateway and not one question; or nothing was served.
    """
    before = conversation.facts
    assert before is not None  # noqa: S101 - identified before
    conversation.outdated = False
    answers = {INFO: info}
    unanswered: list[str] = []
    failures: list[HeliographError] = []
    while (target := protocol.next_question(conversation.facts or before, answers)) is not None:
        if progress is not None:
            progress(Progress(target, len(answers)))
        try:
            answers[target] = await conversation.ask(target)
        except (UnreachableError, AnswerError) as err:
            failures.append(err)
            unanswered.append(target)
            answers[target] = Answer(target, 0, b"", clock())
            if gone(err) or unanswered[-2:] == [*answers][-2:]:
                raise
            continue
        failure = conversation.complaint(answers[target])
        if failure is not None:
            failures.append(failure)
        if answers[target].status in BUSY or protocol.is_missed(answers[target]):
            LOGGER.warning("%s: %s was refused (%s)", conversation.host, target, answers[target].status)
            unanswered.append(target)
    if failures and not any(answer.served for target, answer in answers.items() if target != INFO):
        raise failures[0]
    facts, plan = protocol.conclude(conversation.facts or before, answers)
    conversation.facts = facts
    LOGGER.info("%s: %d devices, %d questions to repeat", conversation.host, len(facts.devices), len(plan.questions))
    return Synced(facts, plan, answers, tuple(unanswered), *_differences(before, facts))


def _differences(before: Facts, after: Facts) -> tuple[tuple[DeviceFact, ...], tuple[DeviceFact, ...]]:
    """Return the devices that are new, and those that went out of service."""
    known = {(device.subject, device.serial): device for device in before.devices}
    added = tuple(device for device in after.devices if (device.subject, device.serial) not in known)
    retired = tuple(
        device
        for device in after.devices
        if device.retired and (old := known.get((device.subject, device.serial))) is not None and not old.retired
    )
    return added, retired
