"""When a group's results were told there last, and which: so that they are not posted over and over.

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("groups", sa.Column("told", sa.String, nullable=False, server_default=""))
    op.add_column("groups", sa.Column("told_at", sa.BigInteger, nullable=False, server_default="0"))
