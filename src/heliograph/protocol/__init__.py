"""Bytes to readings: the gateway's dialects, without any I/O."""
