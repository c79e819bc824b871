"""What the API says of gateways and values: every time in epoch seconds UTC, every number in its SI unit."""

from typing import Annotated

from msgspec import Meta

from heliograph.web.shapes.base import Because, Scalar, Serial, Shape, Time


class Reading(Shape, frozen=True):
    """One value, with its time, origin and quality."""

    value: Annotated[Scalar, Meta(examples=[2680.0])]
    at: Time
    age: Annotated[float, Meta(description="Seconds since it was measured", examples=[12.5])]
    quality: Annotated[str, Meta(description="measured, derived, corrected or stale", examples=["measured"])]
    source: Annotated[str, Meta(description="Where it was read", examples=["/ivp/meters/readings"])]
    text: Annotated[str | None, Meta(description="A state in words of the reader's language")] = None
    raw: Annotated[Scalar | None, Meta(description="What the gateway said, where that differs")] = None
    reason: Annotated[Because | None, Meta(description="Why it differs")] = None
    since: Annotated[float | None, Meta(description="Since when it differs, epoch seconds")] = None


class Device(Shape, frozen=True):
    """One subject of a gateway with its present values, and why others are absent."""

    subject: Annotated[str, Meta(examples=["inverter"])]
    id: Annotated[str, Meta(examples=["482200001234"])]
    title: Annotated[str, Meta(description="How to call it", examples=["Micro-inverter 482200001234"])]
    values: Annotated[dict[str, Reading], Meta(description="By the metric's key")]
    absent: Annotated[dict[str, Because], Meta(description="Why a metric has no value, by its key")]
    model: str | None = None
    part_number: str | None = None
    retired: bool = False


class Finding(Shape, frozen=True):
    """Something that was noticed about what a gateway said."""

    gateway: Serial
    code: Annotated[str, Meta(examples=["counter_wrapped"])]
    subject: Annotated[str, Meta(examples=["system"])]
    id: str
    text: Annotated[str, Meta(description="The finding as a sentence")]
    key: Annotated[str | None, Meta(description="The metric concerned", examples=["production_lifetime"])] = None
    raw: Scalar | None = None
    given: Scalar | None = None
    since: float | None = None
    until: Annotated[float | None, Meta(description="When it was over; null while it is in force")] = None


class Condition(Shape, frozen=True):
    """How a gateway is doing."""

    state: Annotated[str, Meta(description="online, degraded, away, or starting", examples=["online"])]
    text: Annotated[str, Meta(description="The state in words", examples=["online"])]
    since: Time
    problem: Annotated[Because | None, Meta(description="What went wrong at the latest poll")] = None


class GatewayValues(Shape, frozen=True):
    """All present values of one gateway."""

    gateway: Serial
    name: Annotated[str, Meta(description="As its owner calls it", examples=["Roof"])]
    at: Annotated[float, Meta(description="When it was last read, epoch seconds")]
    condition: Condition
    equipment: list[Device]
    findings: list[Finding]


class Values(Shape, frozen=True):
    """Present values."""

    now: Annotated[float, Meta(description="The service's clock, epoch seconds")]
    gateways: list[GatewayValues]


class MetricRow(Shape, frozen=True):
    """One row of the vocabulary."""

    name: Annotated[str, Meta(examples=["system.production_power"])]
    subject: Annotated[str, Meta(examples=["system"])]
    key: Annotated[str, Meta(examples=["production_power"])]
    quantity: Annotated[str, Meta(examples=["power"])]
    unit: Annotated[str, Meta(examples=["W"])]
    kind: Annotated[str, Meta(description="now, total, net_total, period or fact", examples=["now"])]
    cadence: Annotated[int, Meta(description="Seconds between two readings, as promised", examples=[60])]
    group: Annotated[str, Meta(examples=["core"])]
    core: bool
    states: Annotated[list[str], Meta(description="Every value a state can take; empty where firmware may add some")]
    label: Annotated[dict[str, str], Meta(description="By language", examples=[{"fr": "Production instantanée"}])]


class Catalog(Shape, frozen=True):
    """The whole vocabulary, with its words in every language."""

    metrics: list[MetricRow]
    words: Annotated[
        dict[str, dict[str, str]],
        Meta(description="Names of subjects, states, groups and qualities, by language", examples=[{"fr": {}}]),
    ]
