"""The tables of history, the same on SQLite and PostgreSQL."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

METADATA: Final = MetaData()

# SQLite numbers its rows itself only where the key is a plain INTEGER, which reaches as far as BIGINT there.
_Id: Final = BigInteger().with_variant(Integer(), "sqlite")

GATEWAY: Final = Table(
    "gateway",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("serial", Text, nullable=False, unique=True),
    Column("firmware", Text, nullable=False),
    Column("part_number", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("first_at", Double, nullable=False),
    Column("last_at", Double, nullable=False),
    Column("rolled", _Id, nullable=False),
)
"""`zone`: the IANA name of its time zone; `first_at`, `last_at`: of its snapshots; `rolled`: the local midnight, epoch
seconds, up to which its roll-ups are made."""

EQUIPMENT: Final = Table(
    "equipment",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("gateway", ForeignKey(GATEWAY.c.id), nullable=False),
    Column("subject", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("model", Text),
    Column("part_number", Text),
    Column("retired", Boolean, nullable=False),
    Column("first_at", Double, nullable=False),
    UniqueConstraint("gateway", "subject", "name"),
)

SERIES: Final = Table(
    "series",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("equipment", ForeignKey(EQUIPMENT.c.id), nullable=False),
    Column("key", Text, nullable=False),
    Column("quantity", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("cadence", Integer, nullable=False),
    UniqueConstraint("equipment", "key"),
)
"""What its values are is told here, so that history outlives changes of the vocabulary."""

WORD: Final = Table(
    "word",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False, unique=True),
)
"""States, texts and reasons, each once."""

JOURNAL: Final = Table(
    "journal",
    METADATA,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("gateway", ForeignKey(GATEWAY.c.id), nullable=False),
    Column("at", _Id, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("journal_gateway", "gateway", "at"),
)
"""What was written of late, a row a poll; folded into chunks by the hour."""

CHUNK: Final = Table(
    "chunk",
    METADATA,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("series", ForeignKey(SERIES.c.id), primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
"""The samples of one series in one UTC day. In order of time first: what is written together lies together."""

AXIS: Final = Table(
    "axis",
    METADATA,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("equipment", ForeignKey(EQUIPMENT.c.id), primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
"""When one piece of equipment was sampled in one UTC day."""

ROLLUP: Final = Table(
    "rollup",
    METADATA,
    Column("grain", SmallInteger, primary_key=True, autoincrement=False),
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("series", ForeignKey(SERIES.c.id), primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
"""Hours or local days of one series, a block a row."""

CORRECTION: Final = Table(
    "correction",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("series", ForeignKey(SERIES.c.id), nullable=False),
    Column("code", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("since", Double, nullable=False),
    Column("until", Double),
    Column("raw", Text),
    Column("given", Text),
    Index("correction_series", "series", "since"),
)
"""From when to when a series was corrected, why, and the first value given for which word of the gateway."""

FINDING: Final = Table(
    "finding",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("gateway", ForeignKey(GATEWAY.c.id), nullable=False),
    Column("code", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("key", Text),
    Column("raw", Text),
    Column("given", Text),
    Column("since", Double),
    Column("details", Text, nullable=False),
    Column("opened", Double, nullable=False),
    Column("closed", Double),
    Index("finding_gateway", "gateway", "opened"),
)

EVENT: Final = Table(
    "event",
    METADATA,
    Column("gateway", ForeignKey(GATEWAY.c.id), primary_key=True, autoincrement=False),
    Column("at", Double, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("until", Double),
    Column("details", Text, nullable=False),
)

BLOB: Final = Table(
    "blob",
    METADATA,
    Column("gateway", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("at", Double, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""Small named things; `gateway` is a serial number, empty for what belongs to no gateway."""

HOURS: Final = 0
DAYS: Final = 1
"""The grains of roll-ups."""
BLOCKS: Final = {HOURS: 16 * 86_400, DAYS: 256 * 86_400}
"""Seconds that one block of each grain spans."""
