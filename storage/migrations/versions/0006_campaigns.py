"""Campaigns that groups share, and those who open them.

Revision 0006, after 0005. The campaign `general` has nobody who asks.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
    )
    for name in ("asker", "language", "promise", "welcome"):
        op.add_column("campaigns", sa.Column(name, sa.String, nullable=False, server_default=""))
    for name in ("promised_by", "opens_on", "closes_on"):
        op.add_column("campaigns", sa.Column(name, sa.Integer))
    op.add_column("campaigns", sa.Column("organisation", sa.String))
    op.add_column("campaigns", sa.Column("results", sa.String))
    op.create_index("ix_campaigns_results", "campaigns", ["results"], unique=True)
    _coordinators()
    op.create_table(
        "stops",
        sa.Column("campaign", sa.Text, sa.ForeignKey("campaigns.code"), primary_key=True),
        sa.Column("place", sa.String, primary_key=True),
        sa.Column("many", sa.Integer, nullable=False),
    )
    op.create_table(
        "groups",
        sa.Column("chat", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("campaign", sa.Text, sa.ForeignKey("campaigns.code"), nullable=False),
    )


def _coordinators() -> None:
    op.create_table(
        "coordinators",
        sa.Column("chat", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id"), nullable=False),
    )
    op.create_table(
        "invitations",
        sa.Column("mark", sa.LargeBinary, primary_key=True),
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("chat", sa.BigInteger, nullable=False),
        sa.Column("act", sa.String, nullable=False),
        sa.Column("campaign", sa.String, nullable=False),
        sqlite_autoincrement=True,
    )
