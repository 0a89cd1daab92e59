"""Since when the newest buttons of a chat stand there, by Telegram's clock.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chats", sa.Column("opened_at", sa.BigInteger, nullable=False, server_default="0"))
