"""What can be said: the vocabulary, the readings that use it, and what is known of a gateway."""

from heliograph.model.catalog import CATALOG, METRICS, metric, metrics_of
from heliograph.model.facts import Authentication, DeviceFact, EndpointFact, Facts, MeterFact, firmware_version
from heliograph.model.metric import (
    UNITS,
    Equipment,
    Finding,
    Identity,
    Kind,
    Metric,
    Quality,
    Quantity,
    Reading,
    Reason,
    Snapshot,
    Subject,
    Value,
)

__all__ = [
    "CATALOG",
    "METRICS",
    "UNITS",
    "Authentication",
    "DeviceFact",
    "EndpointFact",
    "Equipment",
    "Facts",
    "Finding",
    "Identity",
    "Kind",
    "MeterFact",
    "Metric",
    "Quality",
    "Quantity",
    "Reading",
    "Reason",
    "Snapshot",
    "Subject",
    "Value",
    "firmware_version",
    "metric",
    "metrics_of",
]
