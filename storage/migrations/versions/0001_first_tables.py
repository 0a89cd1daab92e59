"""The first tables: chats, runs with their answers, the outbox, responses.

Revision 0001, after none.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chats",
        sa.Column("chat", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("taken", sa.String, nullable=False),
        sa.Column("open_message", sa.BigInteger),
        sa.Column("open_ask", sa.Integer, nullable=False),
        sa.Column("blocked", sa.Boolean, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("chat", sa.BigInteger, sa.ForeignKey("chats.chat", ondelete="CASCADE"), nullable=False, unique=True),
        sa.Column("flow", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("place", sa.String, nullable=False),
        sa.Column("ask", sa.Integer, nullable=False),
        sa.Column("passed", sa.String, nullable=False),
        sa.Column("changing", sa.Boolean, nullable=False),
        sa.Column("left", sa.String),
        sa.Column("held", sa.LargeBinary),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_runs_seen_at", "runs", ["seen_at"])
    op.create_table(
        "answers",
        sa.Column("run", sa.Text, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("question", sa.String, primary_key=True),
        sa.Column("choice", sa.String),
        sa.Column("said", sa.LargeBinary),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("chat", sa.BigInteger, nullable=False),
        sa.Column("saying", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_chat", "outbox", ["chat"])
    op.create_table(
        "responses",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("flow", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("answers", sa.String, nullable=False),
        sa.Column("receipt", sa.LargeBinary, nullable=False, unique=True),
        sqlite_with_rowid=False,
    )
