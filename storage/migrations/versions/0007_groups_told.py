"""When a group's results were told there last, and which: so that they are not posted over and over.

Revision 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("groups", sa.Column("told", sa.String, nullable=False, server_default=""))
    op.add_column("groups", sa.Column("told_at", sa.BigInteger, nullable=False, server_default="0"))
