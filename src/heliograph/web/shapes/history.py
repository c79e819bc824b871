"""What history hands out: curves, accounts, heat maps, findings, events."""

from typing import Annotated

from msgspec import Meta

from heliograph.web.shapes.base import Scalar, Serial, Shape, Time

Column = Annotated[
    list[float | bool | str | None], Meta(description="One entry for each `at`; null where nothing is known")
]
Numbers = Annotated[list[float | None], Meta(description="One entry for each `at`; empty where this makes no sense")]


class Correction(Shape, frozen=True):
    """From when to when a series was corrected, and why."""

    code: str
    text: str
    since: Time
    until: Annotated[float | None, Meta(description="Null while it lasts")] = None
    raw: Annotated[Scalar | None, Meta(description="What the gateway first said")] = None
    given: Annotated[Scalar | None, Meta(description="What was first given instead")] = None


class Curve(Shape, frozen=True):
    """One series over the span, in columns of one length."""

    series: Annotated[str, Meta(description="As it was asked for", examples=["system.production_power"])]
    gateway: Serial
    subject: str
    id: str
    key: str
    label: Annotated[str, Meta(examples=["Production instantanée"])]
    unit: str
    quantity: str
    kind: str
    step: Annotated[str, Meta(description="raw, seconds, hour, day, month or year", examples=["300"])]
    at: list[float]
    value: Column
    low: Numbers = []
    high: Numbers = []
    energy: Annotated[list[float | None], Meta(description="Of a counter: what it counted in each bucket, Wh")] = []
    covered: Annotated[list[int], Meta(description="Seconds of each bucket of which the value is known")] = []
    quality: Annotated[list[str | None], Meta(description="Of each sample; empty for buckets")] = []
    raw: Annotated[list[float | bool | str | None], Meta(description="What the gateway said, where that differs")] = []
    reason: Annotated[list[str | None], Meta(description="Why it differs: a code, see `corrections`")] = []
    corrections: list[Correction] = []


class History(Shape, frozen=True):
    """Several series over one span."""

    start: Annotated[float, Meta(description="Epoch seconds")]
    end: float
    zone: Annotated[str, Meta(description="In which days and months begin", examples=["Europe/Paris"])]
    curves: list[Curve]


class Accounts(Shape, frozen=True):
    """Energy by hour, day, month or year, in Wh; columns of one length."""

    gateway: Serial
    per: Annotated[str, Meta(examples=["day"])]
    zone: str
    at: Annotated[list[float], Meta(description="When each begins, epoch seconds")]
    production: Numbers
    consumption: Numbers
    net: Annotated[list[float | None], Meta(description="Import less export")]
    imported: Numbers
    exported: Numbers
    charged: Numbers
    discharged: Numbers
    self_consumption: Annotated[list[float | None], Meta(description="Share of production that was not exported, %")]
    autarky: Annotated[list[float | None], Meta(description="Share of consumption that was not imported, %")]
    covered: Annotated[list[int], Meta(description="Seconds of each of which something is known")]
    total: Annotated[dict[str, float | None], Meta(description="The same over the whole span, by name")]


class HeatMap(Shape, frozen=True):
    """A year by day and hour of day."""

    gateway: Serial
    series: str
    unit: str
    year: int
    days: Annotated[list[str], Meta(description="ISO dates, one a row")]
    rows: Annotated[list[list[float | None]], Meta(description="24 values a day: energy of a counter, else the mean")]


class Event(Shape, frozen=True):
    """Something that happened to a gateway."""

    gateway: Serial
    kind: Annotated[str, Meta(examples=["firmware_changed"])]
    at: Time
    text: Annotated[str, Meta(description="What happened, as a sentence")]
    until: Annotated[float | None, Meta(description="Null for a moment, and while it lasts")] = None
    details: dict[str, float | str] = {}
