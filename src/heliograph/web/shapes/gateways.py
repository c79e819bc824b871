"""Gateways: what is known of them, and how they are added, tried and synchronised."""

from typing import Annotated

from msgspec import Meta

from heliograph.web.shapes.base import Because, Form, Serial, Shape, Time
from heliograph.web.shapes.values import Condition

Host = Annotated[
    str, Meta(min_length=1, max_length=253, description="Name or IP address", examples=["192.168.1.20", "envoy.local"])
]
Name = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f/]*[^\x00-\x20/][^\x00-\x1f/]*$")]
Secret = Annotated[str, Meta(min_length=1, max_length=8192)]


class Account(Form, frozen=True):
    """An Enlighten account, which fetches and renews tokens."""

    user: Annotated[str, Meta(min_length=1, max_length=254, description="Its e-mail address")]
    password: Secret


class Credentials(Form, frozen=True):
    """Any of what a gateway may ask for."""

    user: Annotated[
        Annotated[str, Meta(max_length=100)] | None, Meta(description="Up to firmware 5; envoy unless given")
    ] = None
    password: Annotated[
        Annotated[str, Meta(max_length=256)] | None, Meta(description="Up to firmware 5; default ones are tried")
    ] = None
    token: Annotated[
        Annotated[str, Meta(max_length=8192)] | None, Meta(description="From firmware 7 on, as pasted")
    ] = None
    account: Annotated[Account | None, Meta(description="From firmware 7 on")] = None


class ProbeWish(Form, frozen=True):
    """An address to be asked who is there."""

    host: Host


class TestWish(Form, frozen=True):
    """A gateway to be tried without keeping anything."""

    host: Host
    credentials: Credentials | None = None


class GatewayWish(Form, frozen=True):
    """A gateway to be added."""

    host: Host
    name: Annotated[Name | None, Meta(description="How to call it; its serial number unless given")] = None
    credentials: Credentials | None = None
    trust: Annotated[bool, Meta(description="Accept another certificate than the one known")] = False


class GatewayChange(Form, frozen=True):
    """What is to change about a gateway; what is left out stays."""

    name: Name | None = None
    host: Host | None = None
    credentials: Annotated[Credentials | None, Meta(description="In the place of all that were given before")] = None
    trust: bool = False


class Probed(Shape, frozen=True):
    """Who answers at an address, and what it needs."""

    host: str
    serial: Serial
    firmware: Annotated[str, Meta(examples=["D8.3.5169"])]
    part_number: str
    authentication: Annotated[str, Meta(description="none, digest or token", examples=["token"])]
    advice: Annotated[str, Meta(description="What to enter, and where to get it")]
    known: Annotated[bool, Meta(description="It is read already")] = False
    metered: bool | None = None


class Count(Shape, frozen=True):
    """How many there are of one subject."""

    subject: Annotated[str, Meta(examples=["inverter"])]
    title: Annotated[str, Meta(description="In the plural where there are several", examples=["Micro-inverters"])]
    count: int
    ids: list[str]


class Missing(Shape, frozen=True):
    """A promised value that this gateway does not give, and why."""

    metric: Annotated[str, Meta(examples=["system.consumption_power"])]
    label: str
    reason: Because


class Tested(Shape, frozen=True):
    """What a trial read."""

    serial: Serial
    firmware: str
    devices: list[Count]
    missing: Annotated[list[Missing], Meta(description="Of the core promise")]


class Found(Shape, frozen=True):
    """A device that a synchronisation found new or gone."""

    subject: str
    id: str
    title: str


class Sync(Shape, frozen=True):
    """A synchronisation, under way or over."""

    gateway: Serial
    name: str
    host: str
    state: Annotated[str, Meta(description="running, done or failed", examples=["done"])]
    started: Time
    asked: Annotated[int, Meta(description="Questions asked so far; a gateway takes about twenty")]
    target: Annotated[str | None, Meta(description="What is being asked")] = None
    finished: float | None = None
    devices: Annotated[list[Count], Meta(description="Everything in service")] = []
    missing: Annotated[list[Missing], Meta(description="Of the core promise")] = []
    added: list[Found] = []
    retired: list[Found] = []
    unanswered: Annotated[list[str], Meta(description="What did not answer; it is asked again within hours")] = []
    problem: Because | None = None


class Token(Shape, frozen=True):
    """What an access token says of itself."""

    role: str
    expires: Time
    days_left: int
    renewed: Annotated[bool, Meta(description="An Enlighten account renews it by itself")]


class Keeping(Shape, frozen=True):
    """Which credentials are kept; what they are is never told."""

    password: bool
    token: bool
    account: bool
    user: str | None = None


class Latency(Shape, frozen=True):
    """How long one endpoint takes, in seconds."""

    target: str
    last: float
    mean: float
    worst: float
    count: int


class Load(Shape, frozen=True):
    """What a gateway was asked to bear since the start."""

    sent: int
    answered: int
    failed: int
    repeated: int
    sessions: int
    refused: int


class Trouble(Shape, frozen=True):
    """What is wrong with one endpoint at present."""

    target: str
    code: str
    text: str


class Gateway(Shape, frozen=True):
    """One gateway that is read."""

    serial: Serial
    name: str
    host: str
    condition: Condition
    credentials: Keeping
    devices: list[Count]
    requests: Load
    firmware: str | None = None
    part_number: str | None = None
    authentication: str | None = None
    zone: Annotated[
        str | None,
        Meta(
            description="In which its days begin: its own, or that of the service where it tells none",
            examples=["Europe/Paris"],
        ),
    ] = None
    metered: bool | None = None
    address: Annotated[str | None, Meta(description="Where it was found again, if not at `host` any more")] = None
    token: Token | None = None
    problems: list[Trouble] = []
    latency: list[Latency] = []


class Neighbour(Shape, frozen=True):
    """A gateway that announces itself on this network."""

    serial: Serial
    name: str
    addresses: list[str]
    known: Annotated[bool, Meta(description="It is read already")]
    firmware: str | None = None


class Piece(Shape, frozen=True):
    """One piece of equipment, in service or retired."""

    gateway: Serial
    subject: str
    id: str
    title: str
    model: str | None = None
    part_number: str | None = None
    phase: str | None = None
    retired: bool = False
    since: Annotated[float | None, Meta(description="When it was first seen, epoch seconds")] = None
