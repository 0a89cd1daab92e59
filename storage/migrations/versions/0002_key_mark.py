"""The mark of the key that the database is written with.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("keys", sa.Column("mark", sa.LargeBinary, primary_key=True))
