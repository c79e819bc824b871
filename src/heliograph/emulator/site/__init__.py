"""A physical site that does not exist: sun, clouds, loads, batteries, and counters that add up to the last digit."""

from heliograph.emulator.site.plan import Plan
from heliograph.emulator.site.truth import Truth
from heliograph.emulator.site.world import Moment, World

__all__ = ["Moment", "Plan", "Truth", "World"]
