"""The tables. They are the schema only: no table class leaves this room, and the way of an update writes with Core.

Times are whole seconds since 1970 (UTC). Chat ids need 64 bits. What a respondent typed is encrypted (`cipher`).
"""

from typing import ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, Table, Text
from sqlmodel import Field, SQLModel

ROW_ID_TYPE = BigInteger().with_variant(Integer(), "sqlite")


class BaseRow(SQLModel):
    """All tables of this project share one set of metadata."""

    metadata = MetaData()


class CampaignRow(BaseRow, table=True):
    """A link that a group shares. `key` makes the marks of who took part; it is destroyed when the campaign closes.

    `releases` counts those made so far, `taken_back` the released responses that people took back, `people` those who
    have taken part for the first time since the newest release. `about` is the service or place, `asker` who asks.
    Days are counted since 1970 (UTC); the campaign is open from `opens_on` up to and with `closes_on`. `results` is the
    code of the link to its results.
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
    """A chat that the bot talks in: where its newest buttons stand, and which updates were taken in lately.

    `opened_at` is when the open question was first said, by Telegram's clock. 0: not known.
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
    """The number of an update of some chat that has been let go, so that it is not taken in twice.

    Nothing says which chat. `day` (days since 1970) is when it goes.
    """

    __tablename__ = "processed_updates"

    update_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    day: int


class RunRow(BaseRow, table=True):
    """One respondent's unfinished way through one flow."""

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
    """One answer of an unfinished run: a choice, or words (encrypted). Neither: skipped."""

    __tablename__ = "answers"

    run_id: str = Field(sa_column=Column(Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True))
    question: str = Field(primary_key=True)
    choice: str | None = None
    texts: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class OutboxEntryRow(BaseRow, table=True):
    """What one turn leaves to be said in its chat, as events (encrypted: they carry answers)."""

    __tablename__ = "outbox_entries"
    __table_args__ = {"sqlite_autoincrement": True}  # a number is never used again: striking off names the right one

    id: int | None = Field(default=None, sa_column=Column(ROW_ID_TYPE, primary_key=True))
    chat_id: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    is_broadcast: bool = False  # one of many that nobody waits for: said at the pace all workers share


class DeadLetterRow(BaseRow, table=True):
    """An update that failed again and again: the update itself (encrypted), where it failed, and how."""

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
    """A moment that all workers share: milliseconds since 1970."""

    __tablename__ = "shared_clock"

    name: str = Field(primary_key=True)
    time_ms: int = Field(sa_column=Column(BigInteger, nullable=False))


class EncryptionKeyRow(BaseRow, table=True):
    """The mark of the key that this database is written with: another key is noticed before it does harm."""

    __tablename__ = "encryption_keys"

    fingerprint: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))


def get_table(row: type[SQLModel]) -> Table:
    """The table behind a row's class."""
    return row.__table__  # type: ignore[attr-defined, no-any-return]


campaigns, chats, runs, answers = get_table(CampaignRow), get_table(ChatRow), get_table(RunRow), get_table(AnswerRow)
outbox_entries, encryption_keys = get_table(OutboxEntryRow), get_table(EncryptionKeyRow)
telegram_files = get_table(TelegramFileRow)
dead_letters, shared_clock, processed_updates = (
    get_table(DeadLetterRow),
    get_table(SharedClockRow),
    get_table(ProcessedUpdateRow),
)


# @@DOC The tables of those who gather answers: organisations, their coordinators, what these did; groups; where people stop.
# @@
# @@ Nothing here is about anybody who answers: `stops` are counts, and a coordinator's chat is theirs as a coordinator.
# @@
class OrganisationRow(BaseRow, table=True):
    """Whoever opens campaigns together: a charity, a council, a group."""

    __tablename__ = "organisations"

    id: str = Field(primary_key=True)
    name: str


class CoordinatorRow(BaseRow, table=True):
    """Somebody who opens campaigns for an organisation, and downloads what was answered."""

    __tablename__ = "coordinators"

    chat_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    organisation: str = Field(sa_column=Column(Text, ForeignKey("organisations.id"), nullable=False))


class InvitationRow(BaseRow, table=True):
    """A link with which one person becomes a coordinator, once, until it expires. `mark` is a keyed hash of it."""

    __tablename__ = "invitations"

    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    organisation: str = Field(sa_column=Column(Text, ForeignKey("organisations.id"), nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class AuditEntryRow(BaseRow, table=True):
    """What a coordinator did: who (their chat; 0: the command line), what, with which campaign, when. No answers."""

    __tablename__ = "audit_log"
    __table_args__: ClassVar = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, sa_column=Column(ROW_ID_TYPE, primary_key=True))
    happened_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    chat_id: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    action: str
    campaign: str = ""


class DropOffRow(BaseRow, table=True):
    """How many unfinished runs of a campaign ended at a place, by time; and, with a dash before the place, how many
    stopped there in all as of the newest release.
    """

    __tablename__ = "drop_offs"

    campaign: str = Field(sa_column=Column(Text, ForeignKey("campaigns.code"), primary_key=True))
    step: str = Field(primary_key=True)
    run_count: int = 0


class GroupRow(BaseRow, table=True):
    """A group that the bot is in, and the campaign whose link it gives there (`general`: none). `told`: which results
    were told there last; `told_at`: when.
    """

    __tablename__ = "groups"

    chat_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    campaign: str = Field(sa_column=Column(Text, ForeignKey("campaigns.code"), nullable=False))
    last_answer: str = ""
    last_answer_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))


organisations, coordinators = get_table(OrganisationRow), get_table(CoordinatorRow)
invitations, audit_log = get_table(InvitationRow), get_table(AuditEntryRow)
drop_offs, groups = get_table(DropOffRow), get_table(GroupRow)
