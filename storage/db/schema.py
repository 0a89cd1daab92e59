"""The tables. They are the schema only: no table class leaves this room, and the way of an update writes with Core.

Times are whole seconds since 1970 (UTC). Chat ids need 64 bits. What a respondent typed is encrypted (`cipher`).
"""

from typing import ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, Table, Text
from sqlmodel import Field, SQLModel

ROW_NUMBER = BigInteger().with_variant(Integer(), "sqlite")


class Remembered(SQLModel):
    """All tables of this project share one set of metadata."""

    metadata = MetaData()


class CampaignRow(Remembered, table=True):
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
    key: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    closed: bool = False
    releases: int = 0
    taken_back: int = 0
    people: int = 0
    organisation: str | None = Field(default=None, index=True)
    asker: str = ""
    language: str = ""
    promise: str = ""
    promised_by: int | None = None
    welcome: str = ""
    opens_on: int | None = None
    closes_on: int | None = None
    results: str | None = Field(default=None, index=True, unique=True)


class ChatRow(Remembered, table=True):
    """A chat that the bot talks in: where its newest buttons stand, and which updates were taken in lately.

    `opened_at` is when the open question was first said, by Telegram's clock. 0: not known.
    """

    __tablename__ = "chats"

    chat: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    taken: str = ""
    open_message: int | None = Field(default=None, sa_column=Column(BigInteger))
    open_ask: int = 0
    opened_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    blocked: bool = False
    seen_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))


class TakenRow(Remembered, table=True):
    """The number of an update of some chat that has been let go, so that it is not taken in twice.

    Nothing says which chat. `day` (days since 1970) is when it goes.
    """

    __tablename__ = "taken"

    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    day: int


class RunRow(Remembered, table=True):
    """One respondent's unfinished way through one flow."""

    __tablename__ = "runs"

    id: str = Field(primary_key=True)
    chat: int = Field(
        sa_column=Column(BigInteger, ForeignKey("chats.chat", ondelete="CASCADE"), nullable=False, unique=True)
    )
    flow: str
    version: int
    language: str
    place: str
    ask: int
    passed: str
    changing: bool
    left: str | None = None
    held: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    seen_at: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    again: bool = False
    campaign: str = "general"


class AnswerRow(Remembered, table=True):
    """One answer of an unfinished run: a choice, or words (encrypted). Neither: skipped."""

    __tablename__ = "answers"

    run: str = Field(sa_column=Column(Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True))
    question: str = Field(primary_key=True)
    choice: str | None = None
    said: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class OutboxRow(Remembered, table=True):
    """What one turn leaves to be said in its chat, as events (encrypted: they carry answers)."""

    __tablename__ = "outbox"
    __table_args__ = {"sqlite_autoincrement": True}  # a number is never used again: striking off names the right one

    id: int | None = Field(default=None, sa_column=Column(ROW_NUMBER, primary_key=True))
    chat: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    saying: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    left_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    bulk: bool = False  # one of many that nobody waits for: said at the pace all workers share


class SetAsideRow(Remembered, table=True):
    """An update that failed again and again: the update itself (encrypted), where it failed, and how."""

    __tablename__ = "set_aside"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, sa_column=Column(ROW_NUMBER, primary_key=True))
    chat: int | None = Field(default=None, sa_column=Column(BigInteger, index=True))
    kind: str
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    error: str
    place: str
    set_aside_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class MomentRow(Remembered, table=True):
    """A moment that all workers share: milliseconds since 1970."""

    __tablename__ = "moments"

    name: str = Field(primary_key=True)
    at: int = Field(sa_column=Column(BigInteger, nullable=False))


class KeyRow(Remembered, table=True):
    """The mark of the key that this database is written with: another key is noticed before it does harm."""

    __tablename__ = "keys"

    mark: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))


def table_of(row: type[SQLModel]) -> Table:
    """The table behind a row's class."""
    return row.__table__  # type: ignore[attr-defined, no-any-return]


campaigns, chats, runs, answers = table_of(CampaignRow), table_of(ChatRow), table_of(RunRow), table_of(AnswerRow)
outbox, keys = table_of(OutboxRow), table_of(KeyRow)
set_aside, moments, taken = table_of(SetAsideRow), table_of(MomentRow), table_of(TakenRow)


# @@DOC The tables of those who gather answers: organisations, their coordinators, what these did; groups; where people stop.
# @@
# @@ Nothing here is about anybody who answers: `stops` are counts, and a coordinator's chat is theirs as a coordinator.
# @@
class OrganisationRow(Remembered, table=True):
    """Whoever opens campaigns together: a charity, a council, a group."""

    __tablename__ = "organisations"

    id: str = Field(primary_key=True)
    name: str


class CoordinatorRow(Remembered, table=True):
    """Somebody who opens campaigns for an organisation, and downloads what was answered."""

    __tablename__ = "coordinators"

    chat: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    organisation: str = Field(sa_column=Column(Text, ForeignKey("organisations.id"), nullable=False))


class InvitationRow(Remembered, table=True):
    """A link with which one person becomes a coordinator, once, until it expires. `mark` is a keyed hash of it."""

    __tablename__ = "invitations"

    mark: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    organisation: str = Field(sa_column=Column(Text, ForeignKey("organisations.id"), nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class AuditRow(Remembered, table=True):
    """What a coordinator did: who (their chat; 0: the command line), what, with which campaign, when. No answers."""

    __tablename__ = "audit"
    __table_args__: ClassVar = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, sa_column=Column(ROW_NUMBER, primary_key=True))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    chat: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    act: str
    campaign: str = ""


class StopRow(Remembered, table=True):
    """How many unfinished runs of a campaign ended at a place, by time; and, with a dash before the place, how many
    stopped there in all as of the newest release.
    """

    __tablename__ = "stops"

    campaign: str = Field(sa_column=Column(Text, ForeignKey("campaigns.code"), primary_key=True))
    place: str = Field(primary_key=True)
    many: int = 0


class GroupRow(Remembered, table=True):
    """A group that the bot is in, and the campaign whose link it gives there (`general`: none). `told`: which results
    were told there last; `told_at`: when.
    """

    __tablename__ = "groups"

    chat: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    campaign: str = Field(sa_column=Column(Text, ForeignKey("campaigns.code"), nullable=False))
    told: str = ""
    told_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))


organisations, coordinators = table_of(OrganisationRow), table_of(CoordinatorRow)
invitations, audit = table_of(InvitationRow), table_of(AuditRow)
stops, groups = table_of(StopRow), table_of(GroupRow)
