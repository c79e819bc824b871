"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _make_names()
    _make_samples()
    _make_records()


def _make_names() -> None:
    op.create_table(
        "gateway",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("serial", sa.Text, nullable=False, unique=True),
        sa.Column("firmware", sa.Text, nullable=False),
        sa.Column("part_number", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("first_at", sa.Double, nullable=False),
        sa.Column("last_at", sa.Double, nullable=False),
        sa.Column("rolled", _ID, nullable=False),
    )
    op.create_table(
        "equipment",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("gateway", sa.Integer, sa.ForeignKey("gateway.id"), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("model", sa.Text),
        sa.Column("part_number", sa.Text),
        sa.Column("retired", sa.Boolean, nullable=False),
        sa.Column("first_at", sa.Double, nullable=False),
        sa.UniqueConstraint("gateway", "subject", "name"),
    )
    op.create_table(
        "series",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("equipment", sa.Integer, sa.ForeignKey("equipment.id"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("quantity", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("cadence", sa.Integer, nullable=False),
        sa.UniqueConstraint("equipment", "key"),
    )
    op.create_table(
        "word",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False, unique=True),
    )


def _make_samples() -> None:
    op.create_table(
        "journal",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("gateway", sa.Integer, sa.ForeignKey("gateway.id"), nullable=False),
        sa.Column("at", _ID, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("journal_gateway", "journal", ["gateway", "at"])
    op.create_table(
        "chunk",
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("series", sa.Integer, sa.ForeignKey("series.id"), primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "axis",
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("equipment", sa.Integer, sa.ForeignKey("equipment.id"), primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "rollup",
        sa.Column("grain", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("block", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("series", sa.Integer, sa.ForeignKey("series.id"), primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )


def _make_records() -> None:
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("series", sa.Integer, sa.ForeignKey("series.id"), nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("until", sa.Double),
        sa.Column("raw", sa.Text),
        sa.Column("given", sa.Text),
    )
    op.create_index("correction_series", "correction", ["series", "since"])
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("gateway", sa.Integer, sa.ForeignKey("gateway.id"), nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("raw", sa.Text),
        sa.Column("given", sa.Text),
        sa.Column("since", sa.Double),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("opened", sa.Double, nullable=False),
        sa.Column("closed", sa.Double),
    )
    op.create_index("finding_gateway", "finding", ["gateway", "opened"])
    op.create_table(
        "event",
        sa.Column("gateway", sa.Integer, sa.ForeignKey("gateway.id"), primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("until", sa.Double),
        sa.Column("details", sa.Text, nullable=False),
    )
    op.create_table(
        "blob",
        sa.Column("gateway", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
