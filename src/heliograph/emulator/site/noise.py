"""Chance without memory: a seed and a place give the same value, in whatever order they are asked for."""

from math import floor

_WORD = 0xFFFFFFFF


def chance(seed: int, index: int) -> float:
    """Return a number of [0, 1) that belongs to this seed and index."""
    mixed = (index * 0x9E3779B1 + seed * 0x85EBCA77 + 0x27D4EB2F) & _WORD
    mixed = ((mixed ^ (mixed >> 15)) * 0x2C1B3C6D) & _WORD
    mixed = ((mixed ^ (mixed >> 12)) * 0x297A2D39) & _WORD
    return (mixed ^ (mixed >> 15)) / 4294967296.0


def drift(seed: int, position: float) -> float:
    """Return a number of [0, 1) that changes smoothly along a line; whole positions are independent of each other."""
    index = floor(position)
    part = position - index
    before = chance(seed, index)
    return before + (chance(seed, index + 1) - before) * part * part * (3.0 - 2.0 * part)
