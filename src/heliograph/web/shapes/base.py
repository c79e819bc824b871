"""What all shapes of the API have in common."""

from typing import Annotated

import msgspec
from msgspec import Meta

Scalar = float | bool | str
"""A number in the metric's unit, a yes/no, a state or text."""
Time = Annotated[float, Meta(description="Epoch seconds UTC", examples=[1781776800])]
Serial = Annotated[str, Meta(description="Serial number of the gateway", examples=["122000000001"])]


class Shape(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something the API hands out; what is left out is null, empty or no."""


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something the API is given."""


class Because(Shape, frozen=True):
    """Why something is as it is: a code for machines, a sentence for people."""

    code: Annotated[str, Meta(examples=["no_consumption_meter"])]
    text: Annotated[str, Meta(examples=["no consumption CT is enabled on this gateway"])]
