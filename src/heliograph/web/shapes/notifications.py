"""Notifications: where they go, what is told, a test message and a dry run."""

from typing import Annotated, Literal

from msgspec import Meta

from heliograph.web.shapes.base import Because, Form, Serial, Shape, Time

Number = Annotated[int, Meta(description="Its place in the setting notifications.to, from 1")]
Kind = Annotated[str, Meta(description="What it begins with; the rest of it is never told", examples=["mailto"])]
Code = Annotated[str, Meta(examples=["inverter_silent"])]


class Address(Shape, frozen=True):
    """Where messages go."""

    number: Number
    kind: Kind


class Rule(Shape, frozen=True):
    """What is worth a message."""

    code: Code
    title: Annotated[str, Meta(examples=["micro-inverter silent"])]
    on: bool


class Notifications(Shape, frozen=True):
    """Where messages go and what is told, as the settings file has it."""

    addresses: list[Address]
    rules: list[Rule]


class Trial(Shape, frozen=True):
    """What became of a test message to one address."""

    number: Number
    kind: Kind
    ok: bool
    problem: Annotated[str | None, Meta(description="Why it was not taken, as a sentence")] = None


class DryRunWish(Form, frozen=True):
    """Over what is to be gone."""

    days: Annotated[int, Meta(ge=1, le=365, description="How far back")] = 30
    gateway: Annotated[
        Annotated[str, Meta(max_length=64)] | None, Meta(description="Serial number; all unless given")
    ] = None


class Message(Shape, frozen=True):
    """A message that would have been sent, word for word."""

    gateway: Serial
    rule: Code
    state: Annotated[Literal["begun", "over"], Meta(description="`over` where it says that something has ended")]
    at: Time
    title: str
    text: str


class DryRun(Shape, frozen=True):
    """A dry run, under way or over."""

    state: Annotated[Literal["running", "done", "failed"], Meta(examples=["running"])]
    start: Annotated[float, Meta(description="Of the span, epoch seconds")]
    end: float
    started: Time
    done: Annotated[int, Meta(description="Days that are gone over, of all gateways together")]
    total: Annotated[int, Meta(description="Of so many")]
    since: Annotated[float | None, Meta(description="From when on there is history in the span; null for none")] = None
    messages: Annotated[list[Message], Meta(description="In order of time, so far")] = []
    problem: Because | None = None
