"""Sealed responses: campaigns, what waits for its release, released comments, who took part.

Revision 0005, after 0004. Responses of earlier versions keep release 0 until they are sealed (`sealed.earlier`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("code", sa.String, primary_key=True),
        sa.Column("flow", sa.String, nullable=False),
        sa.Column("about", sa.String, nullable=False),
        sa.Column("key", sa.LargeBinary),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.Column("releases", sa.Integer, nullable=False),
    )
    op.add_column("runs", sa.Column("campaign", sa.String, nullable=False, server_default="general"))
    op.add_column("responses", sa.Column("campaign", sa.String, nullable=False, server_default="general"))
    op.add_column("responses", sa.Column("release", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "waiting",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("campaign", sa.Text, sa.ForeignKey("campaigns.code"), nullable=False),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("receipt", sa.LargeBinary, nullable=False, unique=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("campaign", sa.Text, sa.ForeignKey("campaigns.code"), nullable=False),
        sa.Column("release", sa.Integer, nullable=False),
        sa.Column("flow", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("words", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("receipt", sa.LargeBinary, nullable=False, unique=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "participations",
        sa.Column("campaign", sa.Text, sa.ForeignKey("campaigns.code"), primary_key=True),
        sa.Column("mark", sa.LargeBinary, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "taken",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Integer, nullable=False),
    )
