"""Several workers and failures: how old a saying is, who waits for it, updates set aside, moments that all share.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("left_at", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("bulk", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("runs", sa.Column("again", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "set_aside",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("chat", sa.BigInteger),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("error", sa.String, nullable=False),
        sa.Column("place", sa.String, nullable=False),
        sa.Column("set_aside_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_set_aside_chat", "set_aside", ["chat"])
    op.create_table(
        "moments",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
