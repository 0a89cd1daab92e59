"""The first tables, and the campaign `general` for those who come without a link.

From release 0.1.0 on, every change of the tables is a migration of its own.
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROW_ID_TYPE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _create_campaigns()
    _create_runs()
    _create_outbox_and_updates()
    _create_clock_and_key()
    _create_responses()
    _create_comments()
    _create_releases()
    _create_coordinators()
    _create_general_campaign()


def _create_campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("code", sa.String, primary_key=True),
        sa.Column("flow", sa.String, nullable=False),
        sa.Column("about", sa.String, nullable=False),
        sa.Column("participation_key", sa.LargeBinary),
        sa.Column("is_closed", sa.Boolean, nullable=False),
        sa.Column("release_count", sa.Integer, nullable=False),
        sa.Column("withdrawn_count", sa.Integer, nullable=False),
        sa.Column("new_participants", sa.Integer, nullable=False),
        sa.Column("organisation", sa.String, index=True),
        sa.Column("asker", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("promise", sa.String, nullable=False),
        sa.Column("promised_by", sa.Integer),
        sa.Column("welcome", sa.String, nullable=False),
        sa.Column("opens_on", sa.Integer),
        sa.Column("closes_on", sa.Integer),
        sa.Column("results_code", sa.String, index=True, unique=True),
    )
    op.create_table(
        "drop_offs",
        _campaign_column(primary_key=True),
        sa.Column("step", sa.String, primary_key=True),
        sa.Column("run_count", sa.Integer, nullable=False),
    )
    op.create_table(
        "groups",
        sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
        _campaign_column(),
        sa.Column("last_answer", sa.String, nullable=False),
        sa.Column("last_answer_at", sa.BigInteger, nullable=False),
    )


def _create_runs() -> None:
    op.create_table(
        "chats",
        sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("recent_update_ids", sa.String, nullable=False),
        sa.Column("open_message_id", sa.BigInteger),
        sa.Column("open_prompt", sa.Integer, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("is_blocked", sa.Boolean, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column(
            "chat_id", sa.BigInteger, sa.ForeignKey("chats.chat_id", ondelete="CASCADE"), nullable=False, unique=True
        ),
        sa.Column("flow", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("step", sa.String, nullable=False),
        sa.Column("prompt", sa.Integer, nullable=False),
        sa.Column("passed_forks", sa.String, nullable=False),
        sa.Column("is_changing", sa.Boolean, nullable=False),
        sa.Column("resume_step", sa.String),
        sa.Column("pending_text", sa.LargeBinary),
        sa.Column("seen_at", sa.BigInteger, nullable=False, index=True),
        sa.Column("is_prompted_again", sa.Boolean, nullable=False),
        sa.Column("campaign", sa.String, nullable=False),
    )
    op.create_table(
        "answers",
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("question", sa.String, primary_key=True),
        sa.Column("choice", sa.String),
        sa.Column("texts", sa.LargeBinary),
    )


def _create_outbox_and_updates() -> None:
    op.create_table(
        "outbox_entries",
        sa.Column("id", ROW_ID_TYPE, primary_key=True),
        sa.Column("chat_id", sa.BigInteger, nullable=False, index=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("is_broadcast", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", ROW_ID_TYPE, primary_key=True),
        sa.Column("chat_id", sa.BigInteger, index=True),
        sa.Column("update_kind", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("error_type", sa.String, nullable=False),
        sa.Column("location", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "processed_updates",
        sa.Column("update_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Integer, nullable=False),
    )


def _create_clock_and_key() -> None:
    op.create_table(
        "telegram_files",
        sa.Column("drawing_hash", sa.LargeBinary, primary_key=True),
        sa.Column("file_id", sa.LargeBinary, nullable=False),
        sa.Column("last_used_day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "shared_clock",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
    )
    op.create_table("encryption_keys", sa.Column("fingerprint", sa.LargeBinary, primary_key=True))


def _create_responses() -> None:
    op.create_table(
        "participations",
        _campaign_column(primary_key=True),
        sa.Column("chat_hash", sa.LargeBinary, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pending_parts",
        sa.Column("id", sa.String, primary_key=True),
        _campaign_column(),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("receipt_hash", sa.LargeBinary, nullable=False, unique=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_pending_parts_campaign_id", "pending_parts", ["campaign", "id"])
    op.create_table(
        "released_responses",
        _campaign_column(primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("release", sa.Integer, nullable=False),
        sa.Column("flow", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("answers", sa.String, nullable=False),
        sa.Column("receipt_hash", sa.LargeBinary, nullable=False, unique=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "withdrawn_responses",
        _campaign_column(primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("quasi_identifiers", sa.String, nullable=False),
        sa.Column("answers", sa.String, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_comments() -> None:
    op.create_table(
        "comments",
        _campaign_column(primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("release", sa.Integer, nullable=False),
        sa.Column("flow", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("text", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("redacted_words", sa.String, nullable=False),
        sa.Column("receipt_hash", sa.LargeBinary, nullable=False, unique=True),
        sqlite_with_rowid=False,
    )


def _create_releases() -> None:
    op.create_table(
        "releases",
        _campaign_column(primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("response_count", sa.Integer, nullable=False),
        sa.Column("period_start", sa.Integer, nullable=False),
        sa.Column("period_response_count", sa.Integer, nullable=False),
        sa.Column("period_target", sa.Integer, nullable=False),
        sa.Column("total_response_count", sa.Integer, nullable=False),
    )
    op.create_table(
        "disclosure_plans",
        _campaign_column(primary_key=True),
        sa.Column("release", sa.Integer, nullable=False),
        sa.Column("plan", sa.String, nullable=False),
    )


def _create_coordinators() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
    )
    op.create_table(
        "coordinators",
        sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
        _organisation_column(),
    )
    op.create_table(
        "invitations",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        _organisation_column(),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", ROW_ID_TYPE, primary_key=True),
        sa.Column("happened_at", sa.BigInteger, nullable=False),
        sa.Column("chat_id", sa.BigInteger, nullable=False, index=True),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("campaign", sa.String, nullable=False),
        sqlite_autoincrement=True,
    )


def _create_general_campaign() -> None:
    # Its key is random, so it is made here and not in a fixture. It never closes, and keeps this key.
    campaigns = sa.table(
        "campaigns",
        *(sa.column(name) for name in ("code", "flow", "about", "asker", "language", "promise", "welcome")),
        sa.column("participation_key", sa.LargeBinary),
        sa.column("is_closed", sa.Boolean),
        *(sa.column(name, sa.Integer) for name in ("release_count", "withdrawn_count", "new_participants")),
    )
    texts = dict.fromkeys(("about", "asker", "language", "promise", "welcome"), "")
    counts = dict.fromkeys(("release_count", "withdrawn_count", "new_participants"), 0)
    general = {"code": "general", "flow": "connection_test", "participation_key": secrets.token_bytes(32)}
    op.execute(sa.insert(campaigns).values(**general, **texts, **counts, is_closed=False))


def _campaign_column(*, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column("campaign", sa.Text, sa.ForeignKey("campaigns.code"), primary_key=primary_key, nullable=False)


def _organisation_column() -> sa.Column[str]:
    return sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id"), nullable=False)
