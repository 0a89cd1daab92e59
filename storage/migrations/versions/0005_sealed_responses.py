"""Sealed responses: campaigns, what waits for its release, what was released, who took part.

Revision 0005, after 0004. Responses of earlier versions stay where they are until they are sealed (`sealed.earlier`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
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
        sa.Column("taken_back", sa.Integer, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
    )
    op.add_column("runs", sa.Column("campaign", sa.String, nullable=False, server_default="general"))
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
        "participations",
        _campaign(),
        sa.Column("mark", sa.LargeBinary, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "taken",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Integer, nullable=False),
    )
    _what_was_released()


def _what_was_released() -> None:
    op.create_table(
        "released",
        _campaign(),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("release", sa.Integer, nullable=False),
        sa.Column("flow", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("answers", sa.String, nullable=False),
        sa.Column("receipt", sa.LargeBinary, nullable=False, unique=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "comments",
        _campaign(),
        sa.Column("id", sa.String, primary_key=True),
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
        "leaving",
        _campaign(),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("details", sa.String, nullable=False),
        sa.Column("answers", sa.String, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "frozen",
        _campaign(),
        sa.Column("release", sa.Integer, nullable=False),
        sa.Column("shown", sa.String, nullable=False),
    )
    op.create_table(
        "releases",
        _campaign(),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("so_far", sa.Integer, nullable=False),
        sa.Column("wanted", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
    )


def _campaign() -> sa.Column[str]:
    return sa.Column("campaign", sa.Text, sa.ForeignKey("campaigns.code"), primary_key=True)
