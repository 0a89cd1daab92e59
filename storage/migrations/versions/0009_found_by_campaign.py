"""What is looked for among ever more rows is found by an index: what waits of one campaign, what one coordinator did,
the campaigns of one organisation.

Revision 0009, after 0008.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_waiting_campaign_id", "waiting", ["campaign", "id"])
    op.create_index("ix_audit_chat", "audit", ["chat"])
    op.create_index("ix_campaigns_organisation", "campaigns", ["organisation"])
