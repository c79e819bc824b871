"""The service itself: health, settings, what it is."""

from typing import Annotated, Any

from msgspec import Meta

from heliograph.web.shapes.base import Form, Shape, Time


class Part(Shape, frozen=True):
    """How one part of the service is doing."""

    name: Annotated[str, Meta(examples=["history"])]
    ok: bool
    details: dict[str, Any]
    problem: Annotated[str | None, Meta(description="What is wrong and what can be done")] = None


class Health(Shape, frozen=True):
    """How the service is doing."""

    ok: bool
    version: str
    now: Time
    started: Time
    parts: list[Part]


class Sign(Shape, frozen=True):
    """A sign of life."""

    ok: bool


class About(Shape, frozen=True):
    """What this service is."""

    version: str
    site: Annotated[str, Meta(description="Name of the installation, as set")]
    language: Annotated[str, Meta(description="Of whoever does not say theirs")]
    languages: list[str]
    demo: Annotated[bool, Meta(description="It shows a site that does not exist")] = False


class Preference(Shape, frozen=True):
    """One setting."""

    key: Annotated[str, Meta(examples=["web.port"])]
    value: Annotated[float | bool | str | list[str], Meta(examples=[8420])]
    default: float | bool | str | list[str]
    kind: Annotated[str, Meta(description="text, number, choice, flag or list", examples=["number"])]
    origin: Annotated[str, Meta(description="default, file or environment", examples=["file"])]
    text: Annotated[str, Meta(description="What it means")]
    live: Annotated[bool, Meta(description="Takes effect at once; else at the next start")]
    variable: Annotated[str, Meta(examples=["HELIOGRAPH_WEB_PORT"])]
    pending: Annotated[bool, Meta(description="Changed since the start, and not in effect yet")] = False
    secret: Annotated[bool, Meta(description="What is set is never shown: *** stands for it")] = False
    options: Annotated[list[str], Meta(description="Of a choice")] = []
    least: Annotated[int | None, Meta(description="Of a number")] = None
    most: int | None = None


class Section(Shape, frozen=True):
    """Settings that belong together."""

    name: str
    title: str
    settings: list[Preference]


class Settings(Shape, frozen=True):
    """All settings."""

    file: Annotated[str, Meta(description="Where they stand")]
    sections: list[Section]
    restart_needed: bool = False


class Changes(Form, frozen=True):
    """Settings to be changed, by key."""

    changes: Annotated[
        dict[str, float | bool | str | list[str]], Meta(max_length=100, examples=[{"polling.system": 30}])
    ]
