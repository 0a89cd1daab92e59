"""The tables, except those of responses (`storage.anonymity.schema`).

The classes are the schema only: statements are written with SQLAlchemy Core, on the tables at the end of this module.
Times are seconds since 1970 and days are days since 1970, in UTC. Chat ids need 64 bits. Typed text is encrypted
(`storage.db.encryption`).
"""

from typing import ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, Table, Text
from sqlmodel import Field, SQLModel

ROW_ID_TYPE = BigInteger().with_variant(Integer(), "sqlite")


class BaseRow(SQLModel):
    """All tables share one set of metadata."""

    metadata = MetaData()


class CampaignRow(BaseRow, table=True):
    """A campaign, which people join by a link with its `code`. `general` is for those who come without a link.

    `about` is the service or place, `asker` who asks. `participation_key` makes the hashes of the chats that took
    part, and is destroyed when the campaign closes. `release_count` counts its releases, `withdrawn_count` the
    released responses that people have withdrawn, `new_participants` the chats that took part for the first time
    since the newest release. The campaign is open from `opens_on` to `closes_on`, both included. `results_code` is
    the code of the link to its results.
    """

    __tablename__ = "campaigns"

    code: str = Field(primary_key=True)
    flow: str
    about: str = ""
    participation_key: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    is_closed: bool = False
    release_count: int = 0
    withdrawn_count: int = 0
    new_participants: int = 0
    organisation: str | None = Field(default=None, index=True)
    asker: str = ""
    language: str = ""
    promise: str = ""
    promised_by: int | None = None
    welcome: str = ""
    opens_on: int | None = None
    closes_on: int | None = None
    results_code: str | None = Field(default=None, index=True, unique=True)


class ChatRow(BaseRow, table=True):
    """A chat: its open prompt, and the updates that were processed last.

    `opened_at` is when the open prompt was first sent, by Telegram's clock; 0 if that is not known.
    """

    __tablename__ = "chats"

    chat_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    recent_update_ids: str = ""
    open_message_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    open_prompt: int = 0
    opened_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    is_blocked: bool = False
    seen_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))


class ProcessedUpdateRow(BaseRow, table=True):
    """An update of a chat that has been deleted, so that it is not processed twice. Its chat is not stored.

    `day` is when the chat was deleted.
    """

    __tablename__ = "processed_updates"

    update_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    day: int


class RunRow(BaseRow, table=True):
    """One person's unfinished run through one flow."""

    __tablename__ = "runs"

    id: str = Field(primary_key=True)
    chat_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("chats.chat_id", ondelete="CASCADE"), nullable=False, unique=True)
    )
    flow: str
    version: int
    language: str
    step: str
    prompt: int
    passed_forks: str
    is_changing: bool
    resume_step: str | None = None
    pending_text: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    seen_at: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    is_prompted_again: bool = False
    campaign: str = "general"


class AnswerRow(BaseRow, table=True):
    """One answer of an unfinished run: a choice, or text (encrypted). A skipped question has neither."""

    __tablename__ = "answers"

    run_id: str = Field(sa_column=Column(Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True))
    question: str = Field(primary_key=True)
    choice: str | None = None
    texts: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class OutboxEntryRow(BaseRow, table=True):
    """What one turn leaves to be sent, as events (encrypted, as they contain answers)."""

    __tablename__ = "outbox_entries"
    __table_args__ = {
        "sqlite_autoincrement": True
    }  # ids are never used again, so that an acknowledgement names the right entry

    id: int | None = Field(default=None, sa_column=Column(ROW_ID_TYPE, primary_key=True))
    chat_id: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    is_broadcast: bool = False  # one of many that nobody waits for, paced across all workers


class DeadLetterRow(BaseRow, table=True):
    """An update that failed repeatedly: the update (encrypted), where it failed, and with which error."""

    __tablename__ = "dead_letters"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, sa_column=Column(ROW_ID_TYPE, primary_key=True))
    chat_id: int | None = Field(default=None, sa_column=Column(BigInteger, index=True))
    update_kind: str
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    error_type: str
    location: str
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class TelegramFileRow(BaseRow, table=True):
    """The file id (encrypted) of a picture or PDF that Telegram has stored: see `conversations.telegram_files`.

    `drawing_hash` is a keyed hash of what it shows; `last_used_day` counts days since 1970.
    """

    __tablename__ = "telegram_files"
    __table_args__: ClassVar = {"sqlite_with_rowid": False}  # rows are stored in the order of their hashes

    drawing_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    file_id: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    last_used_day: int


class SharedClockRow(BaseRow, table=True):
    """A time that all workers share, in milliseconds since 1970."""

    __tablename__ = "shared_clock"

    name: str = Field(primary_key=True)
    time_ms: int = Field(sa_column=Column(BigInteger, nullable=False))


class EncryptionKeyRow(BaseRow, table=True):
    """The fingerprint of the key of this database, so that a wrong key is noticed before anything is written."""

    __tablename__ = "encryption_keys"

    fingerprint: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))


class OrganisationRow(BaseRow, table=True):
    """An organisation whose coordinators share campaigns: a charity, a council, a group."""

    __tablename__ = "organisations"

    id: str = Field(primary_key=True)
    name: str


class CoordinatorRow(BaseRow, table=True):
    """Someone who opens campaigns for an organisation and downloads their results. `chat_id` is their own chat."""

    __tablename__ = "coordinators"

    chat_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    organisation: str = Field(sa_column=Column(Text, ForeignKey("organisations.id"), nullable=False))


class InvitationRow(BaseRow, table=True):
    """A link by which one person can become a coordinator until it expires. `token_hash` is a keyed hash of it."""

    __tablename__ = "invitations"

    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    organisation: str = Field(sa_column=Column(Text, ForeignKey("organisations.id"), nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class AuditEntryRow(BaseRow, table=True):
    """One action of a coordinator (`storage.campaigns.coordinators`). Contains no answers."""

    __tablename__ = "audit_log"
    __table_args__: ClassVar = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, sa_column=Column(ROW_ID_TYPE, primary_key=True))
    happened_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    chat_id: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    action: str
    campaign: str = ""


class DropOffRow(BaseRow, table=True):
    """How many unfinished runs of a campaign expired at a step (`storage.anonymity.drop_off`).

    A `step` that starts with a dash has the total as of the newest release.
    """

    __tablename__ = "drop_offs"

    campaign: str = Field(sa_column=Column(Text, ForeignKey("campaigns.code"), primary_key=True))
    step: str = Field(primary_key=True)
    run_count: int = 0


class GroupRow(BaseRow, table=True):
    """A group that the bot is in, and the campaign that it has joined (`general`: none).

    `last_answer` is what the bot last sent there on request, `last_answer_at` when.
    """

    __tablename__ = "groups"

    chat_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    campaign: str = Field(sa_column=Column(Text, ForeignKey("campaigns.code"), nullable=False))
    last_answer: str = ""
    last_answer_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))


def get_table(row: type[SQLModel]) -> Table:
    """Returns the table of a row class."""
    return row.__table__  # type: ignore[attr-defined, no-any-return]  # SQLModel adds it, and does not declare it


campaigns = get_table(CampaignRow)
chats = get_table(ChatRow)
runs = get_table(RunRow)
answers = get_table(AnswerRow)
outbox_entries = get_table(OutboxEntryRow)
dead_letters = get_table(DeadLetterRow)
processed_updates = get_table(ProcessedUpdateRow)
telegram_files = get_table(TelegramFileRow)
shared_clock = get_table(SharedClockRow)
encryption_keys = get_table(EncryptionKeyRow)
organisations = get_table(OrganisationRow)
coordinators = get_table(CoordinatorRow)
invitations = get_table(InvitationRow)
audit_log = get_table(AuditEntryRow)
drop_offs = get_table(DropOffRow)
groups = get_table(GroupRow)
