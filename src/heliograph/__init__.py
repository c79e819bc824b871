"""Reads Enphase Envoy / IQ Gateways and hands over numbers that can be trusted."""

__version__ = "0.1.0"
