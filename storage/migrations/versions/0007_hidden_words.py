"""Which words of a comment a coordinator has hidden.

Revision 0007, after 0006. Nothing is hidden in the comments that are there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("comments", sa.Column("hidden", sa.String, nullable=False, server_default="[]"))
