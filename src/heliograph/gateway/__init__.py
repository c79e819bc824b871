"""One gateway on the owner's network: its connection, its doors, what it was asked and what it answered."""

from heliograph.gateway.address import Address, parse_address
from heliograph.gateway.client import Gateway
from heliograph.gateway.cloud import Cloud
from heliograph.gateway.credentials import Account, Credentials
from heliograph.gateway.events import Event, Happening, Latency, Requests
from heliograph.gateway.guard import CloudGuard
from heliograph.gateway.known import Known
from heliograph.gateway.log import Redaction
from heliograph.gateway.synchronise import Progress, Synced
from heliograph.gateway.transport import Patience

__all__ = [
    "Account",
    "Address",
    "Cloud",
    "CloudGuard",
    "Credentials",
    "Event",
    "Gateway",
    "Happening",
    "Known",
    "Latency",
    "Patience",
    "Progress",
    "Redaction",
    "Requests",
    "Synced",
    "parse_address",
]
